"""Leaves out of a system what cannot matter, so that the engine has less to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from modelcheck.semantics.system import HazardCase, InitialCase, Sort, System, Transition
from modelcheck.semantics.terms import (
    NO,
    YES,
    Atom,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Positive,
    Truth,
    Zero,
    positive,
    rewrite,
    variables_of,
    zero,
)

Fold = Callable[[Formula], Formula]
"""Simplifies a formula by what is known; gives back the formula itself where it says nothing of that."""


def pruned(system: System) -> System:
    """Fold variables that never change, drop those that nothing reads, drop transitions that can do nothing."""
    system = _drop_unread(_fold_constants(system))
    transitions = tuple(t for t in system.transitions if t.guard != NO and (t.hazards or t.updates or t.label.keys))
    return replace(system, transitions=transitions)


def _fold_constants(system: System) -> System:
    constants = unchanging(system)
    if not constants:
        return system
    fold = _folding(constants)
    transitions = []
    for transition in system.transitions:
        if _says_nothing_of(transition, constants):
            transitions.append(transition)
            continue
        guard = fold(transition.guard)
        if guard != NO:
            hazards = tuple(_possible(transition.hazards, fold))
            updates = tuple((n, v.substitute(constants)) for n, v in transition.updates if n not in constants)
            transitions.append(Transition(transition.label, guard, hazards, updates))
    in_states = (replace(h, condition=fold(h.condition)) for h in system.state_hazards)
    return replace(
        system,
        variables=tuple(v for v in system.variables if v.name not in constants),
        initial=tuple(_without(case, constants.keys()) for case in system.initial),
        transitions=tuple(transitions),
        state_hazards=tuple(h for h in in_states if h.condition != NO),
    )


def _says_nothing_of(transition: Transition, constants: Mapping[str, Linear]) -> bool:
    """Is the transition what it was when these are put in?"""
    return (
        constants.keys().isdisjoint(transition.mentions)
        and transition.guard != NO
        and not any(isinstance(hazard.condition, Truth) for hazard in transition.hazards)
    )


def unchanging(system: System) -> Mapping[str, Linear]:
    """Variables that start as one number in every initial case, and that no transition changes."""
    constants: dict[str, Linear] = {}
    starts = [dict(case.values) for case in system.initial]
    for variable in system.variables:
        if variable.sort is not Sort.PARAMETER:
            values = {start[variable.name] for start in starts}
            if len(values) == 1 and not (value := values.pop()).terms:
                constants[variable.name] = value
    updates = [(n, v) for transition in system.transitions for n, v in transition.updates if n in constants]
    changed = True
    while changed:
        changed = False
        for name, value in updates:
            if name in constants and value.substitute(constants) != constants[name]:
                del constants[name]
                changed = True
    return constants


def _folding(constants: Mapping[str, Linear]) -> Fold:
    """Puts the constants into a formula."""

    def atom(part: Atom) -> Formula:
        match part:
            case IsSet(name) if name in constants:
                return Truth(constants[name].constant == 1)
            case IsValue(name, value) if name in constants:
                return Truth(constants[name].constant == value)
            case Positive(expression):
                new = expression.substitute(constants)
                return part if new is expression else positive(new)
            case Zero(expression):
                new = expression.substitute(constants)
                return part if new is expression else zero(new)
            case _:
                return part

    return lambda formula: rewrite(formula, atom)


def _possible(cases: Iterable[HazardCase], fold: Fold) -> Iterator[HazardCase]:
    """Folded, without those that never happen, and those behind one that always does."""
    for case in cases:
        condition = fold(case.condition)
        if condition != NO:
            yield case if condition is case.condition else replace(case, condition=condition)
        if condition == YES:
            return


def _without(case: InitialCase, names: Iterable[str]) -> InitialCase:
    left_out = set(names)
    return replace(case, values=tuple((n, v) for n, v in case.values if n not in left_out))


def _drop_unread(system: System) -> System:
    """Cone of influence: a variable matters if a guard or a hazard reads it, or the new value of one that matters."""
    matters = _read_by_conditions(system)
    grew = True
    while grew:
        grew = False
        for transition in system.transitions:
            for name, value in transition.updates:
                more = {n for n, _ in value.terms} - matters if name in matters else None
                if more:
                    matters |= more
                    grew = True
    matters |= _counted_with_the_rest(system, matters)
    unread = {v.name for v in system.variables} - matters
    if not unread:
        return system
    return replace(
        system,
        variables=tuple(v for v in system.variables if v.name in matters),
        initial=tuple(_without(case, unread) for case in system.initial),
        transitions=tuple(
            t
            if all(n in matters for n, _ in t.updates)
            else Transition(t.label, t.guard, t.hazards, tuple((n, v) for n, v in t.updates if n in matters))
            for t in system.transitions
        ),
    )


def _counted_with_the_rest(system: System, matters: set[str]) -> set[str]:
    """What a counter that starts at a constant counts beside the tables in use, so that a law can say what it is.

    A page may be given fewer tables than its counter says: those that were never born are the difference.
    """
    found: set[str] = set()
    for case in system.initial:
        depends = {name for name, value in case.values if value.terms}
        if any(name in matters and not name.startswith("#") for name in depends):
            found |= {name for name in depends if name.startswith("#")}
    return found


def _read_by_conditions(system: System) -> set[str]:
    matters = {v.name for v in system.variables if v.sort is Sort.PARAMETER}
    for transition in system.transitions:
        matters.update(transition.reads)
        # A count of actors at a point is kept: it says where everybody is, which traces and laws need.
        matters.update({transition.label.source, transition.label.target} - {""})
    for state_hazard in system.state_hazards:
        matters.update(variables_of(state_hazard.condition))
    return matters
