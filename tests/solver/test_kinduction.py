"""k-induction: the least k is found, its certificate is accepted, and none is that should not be."""

from __future__ import annotations

import pytest

from modelcheck.engine.certificate import invariant_facts
from modelcheck.engine.houdini import unallowed
from modelcheck.engine.kinductive import k_induction_certificate
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import number, positive, var, zero
from modelcheck.solver.certificate import CheckOutcome, check_with_cvc5, check_with_z3, cvc5_available
from modelcheck.solver.kinduction import KInductionAnswer, find_k
from tests.engine.systems import CASES, Known, candidate, count, known, system, transition

ENOUGH = 50_000_000
BY_K_INDUCTION = ("count-of-sharers-checked", "last-sibling-frees-page", "page-type-cleared-before-free")


def _find(here: Known, depth: int = 4) -> KInductionAnswer:
    lemmas = here.laws()
    return find_k(here.system, invariant_facts(lemmas), unallowed(lemmas), depth=depth, rlimit=ENOUGH)


def _check(here: Known, k: int) -> CheckOutcome:
    lemmas = here.laws()
    certificate = k_induction_certificate(lemmas, unallowed(lemmas), k)
    return check_with_z3(certificate.script, certificate.queries, ENOUGH)


@pytest.mark.parametrize("name", BY_K_INDUCTION)
def test_a_proof(name: str) -> None:
    for here in known(name):
        answer = _find(here)
        assert answer.k == answer.tried == 2
        assert _check(here, 2).accepted
        assert _check(here, 3).accepted
        assert not _check(here, 1).accepted
        assert not _check(here, 0).accepted


@pytest.mark.skipif(not cvc5_available(), reason="cvc5 is not installed")
@pytest.mark.parametrize("name", BY_K_INDUCTION)
def test_the_second_judge(name: str) -> None:
    for here in known(name):
        lemmas = here.laws()
        right, wrong = (k_induction_certificate(lemmas, unallowed(lemmas), k) for k in (2, 1))
        assert check_with_cvc5(right.script, right.queries).accepted
        assert not check_with_cvc5(wrong.script, wrong.queries).accepted


@pytest.mark.parametrize("name", CASES)
def test_no_proof_of_what_is_not_so(name: str) -> None:
    for here in known(name):
        if here.sites:
            answer = _find(here, 6)
            # The step may hold: it says nothing of the beginning.
            assert not _check(here, answer.tried if answer.k is None else answer.k).accepted


def _countdown(start: int) -> System:
    """`a` counts down from `start` and is never above it; at 9 there is a hazard."""
    down = transition("down", positive(var("a")), [("a", var("a") - 1)], hazard=zero(var("a") - 9))
    return system([count("a")], [down], [("a", number(start))])


def test_the_beginning_matters() -> None:
    """A run that starts above the hazard reaches it after some steps; one that starts below does not."""
    below, above = (Known(_countdown(start), frozenset()) for start in (8, 12))
    for k in range(6):
        assert not _check(above, k).accepted
    # From 12 the hazard is three steps away: only the states before it are free of hazards.
    lemmas = candidate(above.system)
    certificate = k_induction_certificate(lemmas, unallowed(lemmas), 3)
    outcome = check_with_z3(certificate.script, certificate.queries)
    assert certificate.queries - outcome.answered == 1
    assert _find(below).k is None


def test_lemmas_are_checked() -> None:
    """A clause that is not invariant is no lemma, however much it would help."""
    here = _countdown(12)
    planted = candidate(here, positive(var("a") - 9))
    hazards = unallowed(planted)
    assert find_k(here, invariant_facts(planted), hazards, depth=0, rlimit=ENOUGH).k == 0
    certificate = k_induction_certificate(planted, hazards, 0)
    assert not check_with_z3(certificate.script, certificate.queries).accepted
    sound = candidate(_countdown(8), positive(number(9) - var("a")))
    certificate = k_induction_certificate(sound, unallowed(sound), 0)
    assert check_with_z3(certificate.script, certificate.queries).accepted


def test_a_small_budget_is_said() -> None:
    (here,) = known("flag-cleared-at-exit")
    lemmas = here.laws()
    answer = find_k(here.system, invariant_facts(lemmas), unallowed(lemmas), depth=12, rlimit=100_000)
    assert answer.k is None
    assert answer.tried < 12
    assert answer.reason.startswith(f"Z3 gave up at k = {answer.tried + 1}")
