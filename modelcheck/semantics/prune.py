"""Leaves out of a system what cannot matter, so that the engine has less to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelcheck.semantics.system import HazardCase, InitialCase, Sort, System, Transition
from modelcheck.semantics.terms import (
    NO,
    YES,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Positive,
    Truth,
    Zero,
    rewrite,
    variables_of,
)


def pruned(system: System) -> System:
    """Fold variables that never change, drop those that nothing reads, drop transitions that can do nothing."""
    system = _fold_constants(system)
    system = _drop_unread(system)
    transitions = tuple(t for t in system.transitions if t.guard != NO and (t.hazards or t.updates or t.label.keys))
    return replace(system, transitions=transitions)


def _fold_constants(system: System) -> System:
    constants: dict[str, Linear] = {}
    candidates = [v for v in system.variables if v.sort is not Sort.PARAMETER]
    for variable in candidates:
        values = {dict(case.values)[variable.name] for case in system.initial}
        if len(values) == 1 and not (value := next(iter(values))).terms:
            constants[variable.name] = value
    changed = True
    while changed:
        changed = False
        for transition in system.transitions:
            for name, value in transition.updates:
                if name in constants and value.substitute(constants) != constants[name]:
                    del constants[name]
                    changed = True
    if not constants:
        return system

    def atom(part: IsSet | IsValue | Positive | Zero) -> Formula:
        match part:
            case IsSet(name) if name in constants:
                return Truth(constants[name].constant == 1)
            case IsValue(name, value) if name in constants:
                return Truth(constants[name].constant == value)
            case Positive(expression):
                folded = expression.substitute(constants)
                return Positive(folded) if folded.terms else Truth(folded.constant >= 1)
            case Zero(expression):
                folded = expression.substitute(constants)
                return Zero(folded) if folded.terms else Truth(folded.constant == 0)
            case _:
                return part

    def fold(formula: Formula) -> Formula:
        return rewrite(formula, atom)

    transitions = []
    for transition in system.transitions:
        guard = fold(transition.guard)
        if guard == NO:
            continue
        transitions.append(
            Transition(
                transition.label,
                guard,
                _hazards(
                    HazardCase(h.rule, fold(h.condition), h.message, h.field, h.clobbered_by)
                    for h in transition.hazards
                ),
                tuple((n, v.substitute(constants)) for n, v in transition.updates if n not in constants),
            )
        )
    return System(
        tuple(v for v in system.variables if v.name not in constants),
        system.assumptions,
        tuple(_without(case, set(constants)) for case in system.initial),
        system.creation_hazards,
        tuple(transitions),
        tuple(replace(h, condition=fold(h.condition)) for h in system.state_hazards if fold(h.condition) != NO),
        system.keys,
    )


def _hazards(cases: Iterator[HazardCase]) -> tuple[HazardCase, ...]:
    kept = []
    for case in cases:
        if case.condition == NO:
            continue
        kept.append(case)
        if case.condition == YES:
            break
    return tuple(kept)


def _without(case: InitialCase, names: set[str]) -> InitialCase:
    return replace(case, values=tuple((n, v) for n, v in case.values if n not in names))


def _drop_unread(system: System) -> System:
    """Cone of influence: a variable matters if a guard or a hazard reads it, or the new value of one that matters."""
    matters: set[str] = {v.name for v in system.variables if v.sort is Sort.PARAMETER}
    for transition in system.transitions:
        matters.update(variables_of(transition.guard))
        for hazard in transition.hazards:
            matters.update(variables_of(hazard.condition))
    for state_hazard in system.state_hazards:
        matters.update(variables_of(state_hazard.condition))
    # A count of actors at a point is kept: it says where everybody is, which traces and laws need.
    for transition in system.transitions:
        matters.update({transition.label.source, transition.label.target} - {""})
    grew = True
    while grew:
        grew = False
        for transition in system.transitions:
            for name, value in transition.updates:
                if name in matters:
                    more = {n for n, _ in value.terms} - matters
                    if more:
                        matters |= more
                        grew = True
    unread = {v.name for v in system.variables} - matters
    if not unread:
        return system
    return replace(
        system,
        variables=tuple(v for v in system.variables if v.name in matters),
        initial=tuple(_without(case, unread) for case in system.initial),
        transitions=tuple(
            replace(t, updates=tuple((n, v) for n, v in t.updates if n in matters)) for t in system.transitions
        ),
    )
