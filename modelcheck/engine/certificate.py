"""An inductive invariant as data, and the questions a solver has to answer `unsat` for it to count.

The invariant is: every count is a natural number, the conservation laws hold, the clauses hold. The questions are put
over the original system, with all its counters, so that nothing has to be believed about how the invariant was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelcheck.engine.laws import ConservationLaw
from modelcheck.engine.reduced import Interval
from modelcheck.semantics import smtlib
from modelcheck.semantics.system import Sort, StateHazard, System, Transition
from modelcheck.semantics.terms import (
    NO,
    YES,
    Formula,
    Linear,
    conjunction,
    disjunction,
    negate,
    positive,
    zero,
)


@dataclass(frozen=True)
class Allowed:
    """A hazard that the certificate does not exclude, because a run to it was found: rule and way in.

    `where` is over flags that no step changes: in the other states it is excluded all the same.
    """

    rule: str
    path: str
    where: Formula = YES


@dataclass(frozen=True)
class Invariant:
    """Laws and clauses over a system's variables; `parameters` bounds the values it speaks of."""

    system: System
    laws: tuple[ConservationLaw, ...]
    clauses: tuple[Formula, ...]
    parameters: tuple[tuple[str, Interval], ...]
    allowed: frozenset[Allowed] = frozenset()


def step_guard(transition: Transition) -> Formula:
    """Where the step happens without a hazard."""
    return conjunction(transition.guard, *(negate(h.condition) for h in transition.hazards))


def unsafe_conditions(invariant: Invariant, transition: Transition) -> list[Formula]:
    """Where the step meets a hazard that is not allowed for (the first hazard that holds is the one met)."""
    dangers = []
    earlier: list[Formula] = []
    for hazard in transition.hazards:
        happens = allowed_where(invariant, hazard.rule, transition.label.path)
        danger = conjunction(*earlier, hazard.condition, negate(happens))
        if danger != NO:
            dangers.append(danger)
        if happens != NO:
            earlier.append(negate(conjunction(hazard.condition, happens)))
    return dangers


def allowed_where(invariant: Invariant, rule: str, path: str) -> Formula:
    """In which states the certificate does not exclude a hazard."""
    found = [allowed.where for allowed in invariant.allowed if (allowed.rule, allowed.path) == (rule, path)]
    return disjunction(*sorted(found, key=repr))


def unsafe_state(invariant: Invariant, hazard: StateHazard) -> Formula:
    """The states that are a hazard themselves and not allowed for."""
    return conjunction(hazard.condition, negate(allowed_where(invariant, hazard.rule, "leak")))


def invariant_facts(invariant: Invariant) -> list[Formula]:
    """Parameters, laws and clauses as formulas."""
    return [
        *_parameter_facts(invariant),
        *(zero(law.difference) for law in invariant.laws),
        *invariant.clauses,
    ]


def _parameter_facts(invariant: Invariant) -> list[Formula]:
    facts = []
    for name, interval in invariant.parameters:
        value = Linear(0, ((name, 1),))
        facts.append(positive(value - interval.low + 1))
        if interval.high is not None:
            facts.append(positive(Linear(interval.high + 1) - value))
    return facts


def smtlib_script(invariant: Invariant) -> tuple[str, int]:
    """The whole certificate as one SMT-LIB script, and how many `check-sat` it has; each must answer `unsat`.

    In order: no creation leads to a hazard; every initial case is in the invariant; in the invariant no step meets a
    hazard; no step leaves the invariant; no state of the invariant is a hazard itself.
    """
    system = invariant.system
    questions = [*_plain_questions(invariant), *_inductive_questions(invariant)]
    parts = [
        *smtlib.typing(system.variables),
        *(smtlib.formula(fact) for fact in invariant_facts(invariant)),
    ]
    arguments = " ".join(smtlib.parameter(v) for v in system.variables)
    lines = ["(set-logic QF_LIA)"]
    lines.extend(smtlib.declare(v) for v in system.variables)
    lines.append(f"(define-fun invariant ({arguments}) Bool\n  (and true\n    " + "\n    ".join(parts) + "))")
    for what, text in questions:
        lines.extend((f"(push 1) ; {what}", f"(assert {text})", "(check-sat)", "(pop 1)"))
    return "\n".join(lines) + "\n", len(questions)


def _plain_questions(invariant: Invariant) -> Iterator[tuple[str, str]]:
    system = invariant.system
    facts = [smtlib.formula(f) for f in _parameter_facts(invariant)]
    for hazard in system.creation_hazards:
        happens = allowed_where(invariant, hazard.rule, f"create {hazard.name}")
        danger = conjunction(hazard.guard, negate(happens))
        if danger != NO:
            yield f"safe: create {hazard.name}", smtlib.conjunction([*facts, smtlib.formula(danger)])
    for case in system.initial:
        outside = f"(not {_invariant_at(system, dict(case.values))})"
        yield f"initial: {case.name}", smtlib.conjunction([*facts, smtlib.formula(case.guard), outside])


def _inductive_questions(invariant: Invariant) -> Iterator[tuple[str, str]]:
    system = invariant.system
    here = _invariant_at(system, {})
    for transition in system.transitions:
        dangers = unsafe_conditions(invariant, transition)
        if dangers:
            danger = conjunction(transition.guard, disjunction(*dangers))
            yield _name("safe", transition), smtlib.conjunction([here, smtlib.formula(danger)])
        if transition.updates:
            outside = f"(not {_invariant_at(system, dict(transition.updates))})"
            guard = smtlib.formula(step_guard(transition))
            yield _name("preserved", transition), smtlib.conjunction([here, guard, outside])
    for state_hazard in system.state_hazards:
        danger = unsafe_state(invariant, state_hazard)
        if danger != NO:
            yield f"safe: {state_hazard.rule}", smtlib.conjunction([here, smtlib.formula(danger)])


def _invariant_at(system: System, values: Mapping[str, Linear]) -> str:
    """The invariant applied to the state in which variables have these values, and the others the ones they have."""
    arguments = []
    for variable in system.variables:
        value = values.get(variable.name)
        if value is None:
            arguments.append(smtlib.symbol(variable.name))
        elif variable.sort is Sort.BOOLEAN:
            arguments.append("true" if value.constant else "false")
        else:
            arguments.append(smtlib.linear(value))
    return f"(invariant {' '.join(arguments)})" if arguments else "invariant"


def _name(kind: str, transition: Transition) -> str:
    label = transition.label
    where = f" ({label.source})" if label.source else ""
    return f"{kind}: {label.text}{where}".replace("\n", " ")
