"""Houdini: what it calls inductive is, what it calls safe is accepted, and a hazard that happens is never excluded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.engine.certificate import Allowed, smtlib_script
from modelcheck.engine.houdini import HoudiniAnswer, houdini
from modelcheck.engine.reduced import Interval
from modelcheck.semantics.system import CreationHazard, Sort, StateVariable
from modelcheck.semantics.terms import YES, Formula, IsSet, conjunction, negate, number, positive, var, zero
from modelcheck.solver.certificate import check_with_z3
from tests.engine.systems import CASES, Known, candidate, count, known, system, transition


def _houdini(
    here: Known,
    allowed: frozenset[Allowed] = frozenset(),
    *,
    states: int = 5_000,
    tables: int = 3,
    questions: int = 2_000,
) -> HoudiniAnswer:
    laws = here.laws().laws
    return houdini(here.system, laws, {}, allowed, states=states, tables=tables, questions=questions, rlimit=20_000_000)


def _accepted(answer: HoudiniAnswer) -> bool:
    assert answer.invariant is not None
    return check_with_z3(*smtlib_script(answer.invariant)).accepted


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_what_is_known(name: str) -> None:
    for here in known(name):
        answer = _houdini(here)
        assert answer.safe is (not here.sites)
        if here.sites:
            assert (answer.invariant, answer.reason) == (None, "a hazard can be reached")
        else:
            assert _accepted(answer)


@pytest.mark.parametrize("name", CASES)
def test_the_rest_is_proved_where_what_happens_is_excused(name: str) -> None:
    for here in known(name):
        if not here.sites:
            continue
        allowed = frozenset(Allowed(site.rule, site.path) for site in here.sites)
        answer = _houdini(here, allowed)
        assert answer.safe
        if not answer.safe:
            continue
        assert _accepted(answer)
        for site in sorted(allowed, key=lambda a: (a.rule, a.path)):
            assert not _houdini(here, allowed - {site}).safe


@pytest.mark.parametrize("name", CASES)
def test_without_any_state_known_nothing_wrong_is_called_safe(name: str) -> None:
    """Candidates that are false go by the solver's states alone."""
    for here in known(name):
        answer = _houdini(here, states=1, tables=1)
        assert not (answer.safe and here.sites)
        if answer.safe:
            assert _accepted(answer)


@pytest.mark.parametrize("name", ["freed-after-grace-period", "last-sibling-frees-page", "list-head-by-two-names"])
def test_a_planted_invariant_is_rejected(name: str) -> None:
    for here in known(name):
        invariant = _houdini(here).invariant
        assert invariant is not None and invariant.clauses
        for position, clause in enumerate(invariant.clauses):
            clauses: tuple[Formula, ...] = (
                *invariant.clauses[:position],
                negate(clause),
                *invariant.clauses[position + 1 :],
            )
            assert not check_with_z3(*smtlib_script(replace(invariant, clauses=clauses))).accepted


def test_what_is_inductive_but_not_safe() -> None:
    """That `a` is twice `b` is no small clause; that `c` stays zero is."""
    steps = [
        transition("grow", YES, [("a", var("a") + 2), ("b", var("b") + 1)]),
        transition("compare", conjunction(zero(var("b") - 5), positive(var("a") - 10)), hazard=YES),
        transition("see", positive(var("c")), hazard=YES),
    ]
    here = Known(system([count("a"), count("b"), count("c")], steps), frozenset())
    bare = houdini(here.system, (), {}, frozenset(), states=50, tables=1, questions=500, rlimit=20_000_000)
    assert bare.invariant is not None
    assert (bare.safe, bare.invariant.clauses) == (False, (negate(positive(var("c"))),))
    allowed = frozenset({Allowed("OV104", "compare")})
    assert check_with_z3(*smtlib_script(replace(bare.invariant, allowed=allowed))).accepted
    assert not _accepted(bare)
    assert _houdini(here).safe


def test_a_clause_holds_for_the_parameters_that_were_not_tried() -> None:
    """With one table everybody is alone; the solver shows that this is not so with two."""
    take = transition("take", positive(var("#a")), [("#a", var("#a") - 1), ("#b", var("#b") + 1)])
    meet = transition("meet", positive(var("#b") - 1), hazard=YES)
    size = StateVariable("N", Sort.PARAMETER, "N", minimum=1)
    here = system([size, count("#a"), count("#b")], [take, meet], [("#a", var("N"))])
    laws = candidate(here).laws
    for high, safe in ((1, True), (2, False), (None, False)):
        parameters = {"N": Interval(1, high)}
        answer = houdini(here, laws, parameters, frozenset(), states=50, tables=1, questions=500, rlimit=20_000_000)
        assert answer.safe is safe


def test_a_hazard_of_the_creation() -> None:
    size = StateVariable("N", Sort.PARAMETER, "N", minimum=1)
    hazard = CreationHazard("OV101", positive(var("N") - 6), "too many", "", "", (), "create")
    here = Known(system([size, count("#a")], [], [("#a", var("N"))], [hazard]), frozenset())
    assert _houdini(here).reason == "a hazard can be reached"
    assert _houdini(here, frozenset({Allowed("OV101", "create create")})).safe
    few = houdini(here.system, (), {"N": Interval(1, 6)}, frozenset(), states=9, tables=1, questions=9, rlimit=10**6)
    assert few.safe
    assert _accepted(few)


def test_a_family_excuses_some_of_its_members() -> None:
    mark = StateVariable("mark", Sort.BOOLEAN, "mark")
    variables = [count("#a"), mark]
    steps = [transition("free", positive(var("#a")), [("#a", var("#a") - 1)], hazard=IsSet("mark"))]
    one = system(variables, steps, [("#a", number(1)), ("mark", number(1))])
    other = system(variables, steps, [("#a", number(1)), ("mark", number(0))])
    both = replace(one, initial=(*one.initial, replace(other.initial[0], name="other")))
    here = Known(both, frozenset())
    assert not _houdini(here).safe
    assert _houdini(here, frozenset({Allowed("OV104", "free", IsSet("mark"))})).safe
    assert not _houdini(here, frozenset({Allowed("OV104", "free", negate(IsSet("mark")))})).safe
    assert _houdini(here, frozenset({Allowed("OV104", "free", YES)})).safe


def test_a_small_budget_is_said() -> None:
    (here,) = known("flag-cleared-at-exit")
    answer = _houdini(here, questions=5)
    assert (answer.invariant, answer.safe, answer.questions) == (None, False, 5)
    assert answer.reason == "no inductive clauses within 5 questions"


def test_the_same_again() -> None:
    (here,) = known("flag-cleared-at-exit")
    assert _houdini(here) == _houdini(here)


def test_candidates_may_be_none() -> None:
    nothing = system([], [])
    assert _houdini(Known(nothing, frozenset())).safe
    assert candidate(nothing).laws == ()
