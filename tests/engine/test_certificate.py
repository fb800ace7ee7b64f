"""A certificate asks of each step only the facts that it may change, and decides what asking for all would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from modelcheck.engine.certificate import (
    Invariant,
    invariant_facts,
    smtlib_script,
    step_guard,
    unsafe_conditions,
    unsafe_state,
)
from modelcheck.semantics import smtlib
from modelcheck.semantics.terms import conjunction, disjunction
from modelcheck.solver.certificate import check_with_z3
from tests.engine.answers import litmus

NAMES = (
    "count-starts-at-the-number-of-tables",
    "freed-after-grace-period",
    "lock-size-decides-where-it-lives",
    "page-linked-once-for-all-its-tables",
    "table-memory-reused-after-grace-period",
)


def _whole(invariant: Invariant) -> tuple[str, int]:
    """Every step asked of the whole invariant, which is written out before and after it."""
    system = invariant.system
    facts = [*smtlib.typing(system.variables), *map(smtlib.formula, invariant_facts(invariant))]
    here = smtlib.conjunction(facts)
    asked = []
    for case in system.initial:
        asked.append(f"(and {smtlib.formula(case.guard)} {_after(invariant, case.values, f'(not {here})')})")
    for transition in system.transitions:
        danger = conjunction(transition.guard, disjunction(*unsafe_conditions(invariant, transition)))
        asked.append(f"(and {here} {smtlib.formula(danger)})")
        left = _after(invariant, transition.updates, f"(not {here})")
        asked.append(f"(and {here} {smtlib.formula(step_guard(transition))} {left})")
    asked.extend(f"(and {here} {smtlib.formula(unsafe_state(invariant, hazard))})" for hazard in system.state_hazards)
    lines = [*map(smtlib.declare, system.variables), *(f"(push)(assert {q})(check-sat)(pop)" for q in asked)]
    # Parameters are within their ranges from the beginning.
    within = replace(invariant, laws=(), clauses=())
    lines[len(system.variables) : len(system.variables)] = [
        f"(assert {smtlib.formula(fact)})" for fact in invariant_facts(within)
    ]
    return "\n".join(lines), len(asked)


def _after(invariant: Invariant, values: tuple[tuple[str, object], ...], text: str) -> str:
    system = invariant.system
    bound = [f"({smtlib.symbol(n)} {smtlib.new_value(system, n, v)})" for n, v in values]  # type: ignore[arg-type]
    return f"(let ({' '.join(bound)}) {text})" if bound else text


def _fewer(invariant: Invariant) -> Iterator[Invariant]:
    """The invariant, and without each of its laws and clauses."""
    yield invariant
    for number in range(len(invariant.laws)):
        yield replace(invariant, laws=(*invariant.laws[:number], *invariant.laws[number + 1 :]))
    for number in range(len(invariant.clauses)):
        yield replace(invariant, clauses=(*invariant.clauses[:number], *invariant.clauses[number + 1 :]))


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_that_a_step_may_change_decide(name: str) -> None:
    verdicts = []
    for answer in litmus(name)[1]:
        for invariant in answer.invariants:
            if invariant.system.creation_hazards:
                continue
            for fewer in _fewer(invariant):
                accepted = check_with_z3(*smtlib_script(fewer)).accepted
                assert accepted == check_with_z3(*_whole(fewer)).accepted
                verdicts.append(accepted)
    assert {True, False} == set(verdicts)
