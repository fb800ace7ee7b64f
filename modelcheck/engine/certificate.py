"""An inductive invariant as data, and the questions a solver has to answer `unsat` for it to count.

The invariant is: every count is a natural number, the conservation laws hold, the clauses hold. The questions are put
over the original system, with all its counters, so that nothing has to be believed about how the invariant was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelcheck.engine.laws import ConservationLaw
from modelcheck.engine.reduced import Interval
from modelcheck.semantics import smtlib
from modelcheck.semantics.system import StateHazard, System, Transition
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

    In order: no creation leads to a hazard; every initial case is in the invariant; and of all states in the invariant:
    no step meets a hazard, no step leaves it, and none is a hazard itself. A step leaves it only by a fact that speaks
    of a variable that the step changes: the other facts hold afterwards because they held before.
    """
    system = invariant.system
    facts = tuple(_facts(invariant))
    every = "\n    ".join(fact.at({}) for fact in facts)
    here = smtlib.Function(smtlib.symbol("invariant"), f"(and true\n    {every})", system.variables)
    outside = tuple(_plain_questions(invariant, here))
    inside = tuple(_inductive_questions(invariant, facts))
    lines = [
        "(set-logic QF_LIA)",
        *(smtlib.declare(v) for v in system.variables),
        *(fact.defined for fact in (*facts, here)),
        *(line for question in outside for line in _asked(*question)),
        "(push 1) ; in the invariant",
        f"(assert {here.at({})})",
        *(line for question in inside for line in _asked(*question)),
        "(pop 1)",
    ]
    return "\n".join(lines) + "\n", len(outside) + len(inside)


def _asked(what: str, text: str) -> Iterator[str]:
    yield from (f"(push 1) ; {what}", f"(assert {text})", "(check-sat)", "(pop 1)")


def _facts(invariant: Invariant) -> Iterator[smtlib.Function]:
    variables = invariant.system.variables
    for variable in variables:
        for text in smtlib.typing([variable]):
            yield smtlib.Function(smtlib.symbol(f"sort of {variable.name}"), text, (variable,))
    kinds = {
        "range": _parameter_facts(invariant),
        "law": [zero(law.difference) for law in invariant.laws],
        "clause": invariant.clauses,
    }
    for kind, formulas in kinds.items():
        for number, fact in enumerate(formulas, 1):
            yield smtlib.Function.of(smtlib.symbol(f"{kind} {number}"), fact, variables)


def _plain_questions(invariant: Invariant, here: smtlib.Function) -> Iterator[tuple[str, str]]:
    """Questions about how it begins."""
    system = invariant.system
    facts = [smtlib.formula(f) for f in _parameter_facts(invariant)]
    for hazard in system.creation_hazards:
        happens = allowed_where(invariant, hazard.rule, f"create {hazard.name}")
        danger = conjunction(hazard.guard, negate(happens))
        if danger != NO:
            yield f"safe: create {hazard.name}", smtlib.conjunction([*facts, smtlib.formula(danger)])
    for case in system.initial:
        outside = f"(not {here.at(_printed(system, case.values))})"
        yield f"initial: {case.name}", smtlib.conjunction([*facts, smtlib.formula(case.guard), outside])


def _inductive_questions(invariant: Invariant, facts: Sequence[smtlib.Function]) -> Iterator[tuple[str, str]]:
    """Questions about states in the invariant."""
    system = invariant.system
    about: dict[str, list[int]] = {variable.name: [] for variable in system.variables}
    for number, fact in enumerate(facts):
        for variable in fact.variables:
            about[variable.name].append(number)
    for transition in system.transitions:
        dangers = unsafe_conditions(invariant, transition)
        if dangers:
            yield _name("safe", transition), smtlib.formula(conjunction(transition.guard, disjunction(*dangers)))
        after = _printed(system, transition.updates)
        concerned = sorted({number for name in after for number in about[name]})
        if concerned:
            guard = smtlib.formula(step_guard(transition))
            kept = smtlib.conjunction(facts[number].at(after) for number in concerned)
            yield _name("preserved", transition), smtlib.conjunction([guard, f"(not {kept})"])
    for state_hazard in system.state_hazards:
        danger = unsafe_state(invariant, state_hazard)
        if danger != NO:
            yield f"safe: {state_hazard.rule}", smtlib.formula(danger)


def _printed(system: System, values: Iterable[tuple[str, Linear]]) -> Mapping[str, str]:
    return {name: smtlib.new_value(system, name, value) for name, value in values}


def _name(kind: str, transition: Transition) -> str:
    label = transition.label
    where = f" ({label.source})" if label.source else ""
    return f"{kind}: {label.text}{where}".replace("\n", " ")
