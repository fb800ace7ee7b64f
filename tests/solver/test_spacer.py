"""Spacer: what it answers is read back as it was meant and accepted where it should be; giving up is no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.engine.certificate import Invariant, invariant_facts, smtlib_script
from modelcheck.engine.houdini import unallowed
from modelcheck.semantics.booleans import over_booleans
from modelcheck.semantics.horn import Argument, Horn, Rule, over_integers
from modelcheck.semantics.system import Sort, StateVariable
from modelcheck.semantics.terms import (
    YES,
    IsSet,
    Linear,
    conjunction,
    negate,
    number,
    positive,
    var,
    variables_of,
    zero,
)
from modelcheck.solver.certificate import check_with_z3
from modelcheck.solver.spacer import SpacerAnswer, ask_spacer
from tests.engine.systems import Known, candidate, count, known, system, transition

ENOUGH = 5_000_000
SMALL = (
    "count-starts-at-the-number-of-tables",
    "count-starts-one-too-high",
    "early-table-with-count",
    "freed-after-grace-period",
    "freed-at-once-under-a-reader",
    "last-sibling-frees-page",
    "list-head-by-two-names",
    "list-head-shifted-in-overlay",
    "page-freed-while-sibling-in-use",
    "slab-cache-under-a-debugging-rcu-head",
)


def _booleans(lemmas: Invariant) -> Horn:
    eliminated = {law.dependent: law.expression for law in lemmas.laws if not law.dependent.startswith("#")}
    return over_booleans(lemmas.system, eliminated, invariant_facts(lemmas), unallowed(lemmas))


def _integers(lemmas: Invariant) -> Horn:
    return over_integers(lemmas.system, invariant_facts(lemmas), unallowed(lemmas))


def _accepted(lemmas: Invariant, answer: SpacerAnswer) -> bool:
    assert answer.clauses is not None
    return check_with_z3(*smtlib_script(replace(lemmas, clauses=answer.clauses))).accepted


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("reading", [_booleans, _integers])
def test_agrees_with_what_is_known(name: str, reading: object) -> None:
    assert callable(reading)
    for here in known(name):
        lemmas = here.laws()
        answer = ask_spacer(reading(lemmas), ENOUGH)
        if here.sites:
            assert answer.clauses is None
            assert answer.reachable or "resource limit" in answer.reason
        elif answer.clauses is None:
            assert not answer.reachable
            assert "resource limit" in answer.reason
        else:
            assert _accepted(lemmas, answer)


@pytest.mark.parametrize("reading", [_booleans, _integers])
def test_small_ones_are_decided(reading: object) -> None:
    assert callable(reading)
    for name in ("freed-after-grace-period", "last-sibling-frees-page"):
        for here in known(name):
            assert ask_spacer(reading(here.laws()), ENOUGH).clauses is not None


def _lopsided() -> Known:
    """Of four counts of different fates only `c` is never above one; a hazard where it is."""
    steps = [
        transition("grow", positive(number(1)), [("a", var("a") + 1), ("b", var("b") + 2)]),
        transition("take", positive(var("d")), [("c", number(1)), ("d", number(0)), ("f", number(1))]),
        transition("look", conjunction(positive(var("c") - 1), IsSet("f")), hazard=positive(var("a"))),
    ]
    flag = StateVariable("f", Sort.BOOLEAN, "f")
    return Known(system([count("a"), count("b"), count("c"), flag, count("d")], steps, [("d", number(1))]), frozenset())


@pytest.mark.parametrize("reading", [_booleans, _integers])
def test_arguments_are_not_confused(reading: object) -> None:
    assert callable(reading)
    here = _lopsided()
    lemmas = candidate(here.system)
    answer = ask_spacer(reading(lemmas), ENOUGH)
    assert _accepted(lemmas, answer)
    assert answer.clauses is not None
    # Without laws the answer itself has to speak of what matters.
    assert {"c", "f"} & {name for clause in answer.clauses for name in variables_of(clause)}


def _planted(body: str) -> Horn:
    """One count that starts at a value and never changes; asked is `body`."""
    return Horn((Argument("x", Linear(0, (("x", 1),))),), (Rule("(= |x| 7)", (), True),), (body,))


NUMBERS = {
    "(>= |x| 8)": positive(var("x") - 7),
    "(< |x| 7)": positive(number(7) - var("x")),
    "(not (= |x| 7))": negate(zero(var("x") - 7)),
    "(>= (* 3 |x|) 22)": positive(var("x").scaled(3) - 21),
    "(>= (- 2 |x|) (- 4))": positive(number(7) - var("x")),
}


@pytest.mark.parametrize("body", NUMBERS)
def test_numbers_are_read_back(body: str) -> None:
    answer = ask_spacer(_planted(body), ENOUGH)
    here = system([count("x")], [transition("look", NUMBERS[body], hazard=YES)], [("x", number(7))])
    assert _accepted(replace(candidate(here), laws=()), answer)


def test_what_cannot_be_said_is_no_proof() -> None:
    """Evenness is beyond linear clauses."""
    horn = Horn(
        (Argument("x", Linear(0, (("x", 1),))),),
        (Rule("(= |x| 0)", (), True), Rule("true", (("x", "(+ |x| 2)"),))),
        ("(= (mod |x| 2) 1)",),
    )
    answer = ask_spacer(horn, ENOUGH)
    assert answer.clauses is None
    assert answer.reason


def test_a_small_budget_is_said() -> None:
    (here,) = known("flag-cleared-at-exit")
    answer = ask_spacer(_integers(here.laws()), 50_000)
    assert answer == SpacerAnswer(None, False, "Spacer gave up: max. resource limit exceeded")


def test_without_hazards_there_is_nothing_to_ask() -> None:
    horn = _planted("true")
    assert ask_spacer(replace(horn, hazards=()), ENOUGH).clauses == ()
    assert ask_spacer(horn, ENOUGH).reachable


def test_a_planted_invariant_is_rejected() -> None:
    (here,) = known("freed-after-grace-period")
    lemmas = here.laws()
    answer = ask_spacer(_integers(lemmas), ENOUGH)
    assert answer.clauses
    for position in range(len(answer.clauses)):
        clauses = list(answer.clauses)
        clauses[position] = negate(clauses[position])
        assert not check_with_z3(*smtlib_script(replace(lemmas, clauses=tuple(clauses)))).accepted
