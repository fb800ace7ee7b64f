"""Bounded search: shortest runs with least parameters, that really happen; and no run where there is none."""

from __future__ import annotations

import pytest

from modelcheck.engine.certificate import invariant_facts
from modelcheck.engine.explicit import ExplicitSearch
from modelcheck.engine.portfolio import happens, run_of
from modelcheck.semantics.system import CreationHazard, Sort, StateVariable
from modelcheck.semantics.terms import NO, YES, Linear, positive, substitute, var, zero
from modelcheck.semantics.unrolling import dangers
from modelcheck.solver.bounded import BoundedAnswer, bounded_search
from tests.engine.systems import CASES, Known, candidate, count, known, system, transition

ENOUGH = 50_000_000
N = StateVariable("N", Sort.PARAMETER, "N", minimum=1)


def _search(here: Known, depth: int, rlimit: int = ENOUGH) -> BoundedAnswer:
    looked_for = dangers(here.system, lambda rule, path: YES)
    return bounded_search(here.system, invariant_facts(here.laws()), looked_for, (), depth=depth, rlimit=rlimit)


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_the_explicit_search(name: str) -> None:
    for here in known(name):
        answer = _search(here, 10 if here.sites else 5)
        assert not answer.reason
        if not here.sites:
            assert (answer.run, answer.depth) == (None, 5)
            continue
        assert answer.run is not None
        site, run = run_of(here.system, answer.run)
        search = ExplicitSearch(here.system)
        assert site in here.sites
        assert happens(here.system, run)
        shortest = search.search(dict(run.parameters), limit=20_000)
        lengths = {len(other.transitions) - (not other.in_state) for _, other in shortest.runs}
        assert min(lengths) == len(answer.run.transitions) == answer.depth + 1
        for name_of, value in run.parameters:
            fewer = {**dict(run.parameters), name_of: value - 1}
            if value > next(v.minimum for v in here.system.variables if v.name == name_of):
                found = search.search(fewer, limit=20_000).runs
                assert all(len(other.transitions) > len(run.transitions) for _, other in found)


def test_large_parameters_are_found_at_once() -> None:
    """The hazard needs a hundred tables at one point, and only two steps."""
    move = transition("move", positive(var("#a")), [("#a", Linear(0)), ("#b", var("#b") + var("#a"))])
    burst = transition("burst", positive(var("#b")), hazard=positive(var("#b") - 99))
    here = system([N, count("#a"), count("#b")], [move, burst], [("#a", var("N"))])
    answer = _search(Known(here, frozenset()), 5)
    assert answer.run is not None
    assert answer.run.parameters == (("N", 100),)
    assert answer.run.transitions == (0,)
    assert happens(here, run_of(here, answer.run)[1])


def test_a_hazard_of_the_creation() -> None:
    hazard = CreationHazard("OV101", positive(var("N") - 6), "too many", "", "", (), "create")
    here = system([N, count("#a")], [], [("#a", var("N"))], [hazard])
    answer = bounded_search(here, invariant_facts(candidate(here)), (), (0,), depth=3, rlimit=ENOUGH)
    assert answer.run is not None
    assert (answer.run.in_creation, answer.run.parameters) == (True, (("N", 7),))
    run = run_of(here, answer.run)[1]
    assert run.creation == hazard
    assert substitute(hazard.guard, {"N": Linear(7)}) == YES
    assert happens(here, run)


def test_nothing_is_found_where_nothing_is_looked_for() -> None:
    (here,) = known("page-freed-while-sibling-in-use")
    assert dangers(here.system, lambda rule, path: NO) == ()
    answer = bounded_search(here.system, (), (), (), depth=4, rlimit=ENOUGH)
    assert (answer.run, answer.depth) == (None, 4)


def test_a_small_budget_is_said() -> None:
    (here,) = known("flag-left-set-at-free")
    answer = _search(here, 12, 100_000)
    assert answer.run is None
    assert -1 <= answer.depth < 9
    assert answer.reason.startswith(f"Z3 gave up at depth {answer.depth + 1}")
    again = _search(here, 12, 100_000)
    assert again == answer


def test_lemmas_are_believed() -> None:
    """A lemma that is not so hides what contradicts it: nothing may be a lemma that no certificate stands for."""
    (here,) = known("page-freed-while-sibling-in-use")
    looked_for = dangers(here.system, lambda rule, path: YES)
    facts = [*invariant_facts(here.laws()), zero(var("PTE_FRAG_NR") - 1)]
    answer = bounded_search(here.system, facts, looked_for, (), depth=4, rlimit=ENOUGH)
    assert answer.run is None
