"""The other ways to an answer: none contradicts what is known, all that counts was checked, and the rest is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from modelcheck.engine import portfolio
from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Allowed
from modelcheck.engine.explicit import Run, Site
from modelcheck.engine.portfolio import ALL_SITES, ENGINES, Outcome, happens, try_everything
from modelcheck.engine.reduced import Interval
from modelcheck.semantics.system import CreationHazard, Sort, StateVariable
from modelcheck.semantics.terms import YES, conjunction, positive, var, zero
from modelcheck.solver.certificate import CheckOutcome, check_with_z3
from modelcheck.solver.isolated import NoAnswer
from tests.engine.systems import CASES, Known, count, known, system, transition

BUDGET = Budget(concrete_states=15_000, rlimit=5_000_000, depth=10)
SOME = (
    "call-rcu-per-fragment",
    "count-of-sharers-checked",
    "count-starts-at-the-number-of-tables",
    "flag-left-set-at-free",
    "freed-after-grace-period",
    "last-sibling-frees-page",
    "lock-size-decides-where-it-lives",
    "page-freed-while-sibling-in-use",
)


def _try(
    here: Known,
    engine: str,
    *,
    excused: frozenset[Allowed] = frozenset(),
    doubtful: frozenset[Site] = frozenset({ALL_SITES}),
    budget: Budget = BUDGET,
) -> Outcome:
    return try_everything(here.system, here.laws().laws, {}, excused, doubtful, budget, engine)


def _check(here: Known, outcome: Outcome) -> None:
    """Nothing said is wrong, and something is said."""
    assert outcome.proof is None or not here.sites
    if outcome.proof is not None:
        (checked,) = outcome.proof.outcomes
        assert checked.accepted
        assert check_with_z3(outcome.proof.script, checked.queries).accepted
    for site, run in outcome.runs:
        assert site in here.sites
        assert happens(here.system, run)
    assert outcome.efforts or (outcome.proof, outcome.runs) == (None, ())
    assert all(effort.detail for effort in outcome.efforts)


@pytest.mark.parametrize("name", CASES)
def test_everything_decides_every_case(name: str) -> None:
    for here in known(name):
        outcome = _try(here, "auto")
        _check(here, outcome)
        assert (outcome.proof is None) is bool(here.sites)
        assert {site for site, _ in outcome.runs} == here.sites


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "auto"])
def test_no_engine_contradicts(engine: str, name: str) -> None:
    for here in known(name):
        _check(here, _try(here, engine))


@pytest.mark.parametrize("engine", ["houdini", "k-induction", "spacer"])
def test_every_prover_proves(engine: str) -> None:
    for here in known("count-of-sharers-checked"):
        outcome = _try(here, engine)
        assert outcome.proof is not None
        assert [effort.detail for effort in outcome.efforts] == [
            "on Booleans: proved" if engine == "spacer" else "proved"
        ]


def test_engines_have_help_and_a_way() -> None:
    assert set(portfolio._WAYS) == set(ENGINES)
    assert all(text and "\n" not in text for text in ENGINES.values())
    (here,) = known("freed-after-grace-period")
    with pytest.raises(KeyError):
        _try(here, "magic")


def test_only_doubtful_sites_are_looked_for() -> None:
    (here,) = known("count-dropped-and-tested-in-two-steps")
    assert len(here.sites) > 1
    for site in sorted(here.sites, key=lambda s: (s.rule, s.path)):
        outcome = _try(here, "bounded", doubtful=frozenset({site}))
        assert [found for found, _ in outcome.runs] == [site]
        assert outcome.depth == BUDGET.depth
        excused = frozenset({Allowed(site.rule, site.path)})
        assert _try(here, "bounded", doubtful=frozenset({site}), excused=excused).runs == ()
        others = {found for found, _ in _try(here, "bounded", excused=excused).runs}
        assert others == here.sites - {site}


def test_what_is_excused_is_left_out_of_the_proof() -> None:
    for name in ("call-rcu-per-fragment", "page-freed-while-sibling-in-use"):
        for here in known(name):
            allowed = frozenset(Allowed(site.rule, site.path) for site in here.sites)
            outcome = _try(here, "auto", excused=allowed)
            assert outcome.proof is not None
            assert outcome.proof.invariant.allowed == allowed


def test_bounds_of_parameters_count() -> None:
    (here,) = known("page-freed-while-sibling-in-use")
    laws = here.laws().laws
    for high, safe in ((1, True), (2, False)):
        parameters = {"PTE_FRAG_NR": Interval(1, high)}
        outcome = try_everything(here.system, laws, parameters, frozenset(), frozenset({ALL_SITES}), BUDGET, "auto")
        assert (outcome.proof is not None, bool(outcome.runs)) == (safe, not safe)


def test_a_run_that_does_not_happen() -> None:
    (here,) = known("flag-left-set-at-free")
    ((_, run),) = _try(here, "bounded").runs
    assert happens(here.system, run)
    assert not happens(here.system, replace(run, parameters=(("PTE_FRAG_NR", 1),)))
    for position in range(len(run.transitions)):
        shorter = (*run.transitions[:position], *run.transitions[position + 1 :])
        assert not happens(here.system, replace(run, transitions=shorter))
    assert not happens(here.system, replace(run, hazard=run.hazard + 1))
    hazard = CreationHazard("OV101", positive(var("N") - 6), "too many", "", "", (), "create")
    size = StateVariable("N", Sort.PARAMETER, "N", minimum=1)
    created = system([size], [], (), [hazard])
    assert happens(created, Run((("N", 7),), None, (), 0, False, hazard))
    assert not happens(created, Run((("N", 6),), None, (), 0, False, hazard))


def _beyond() -> Known:
    """Safe for a reason that no engine knows: after each round three are left or five, never four."""
    steps = [
        transition("up", zero(var("a") - 3), [("a", var("a") + 2)]),
        transition("down", zero(var("a") - 5), [("a", var("a") - 2)]),
        transition("far", positive(var("a") - 20), [("a", var("a") - 2)]),
        transition("look", conjunction(zero(var("a") - 4)), hazard=YES),
    ]
    return Known(system([count("a")], steps, [("a", var("a").scaled(0) + 3)]), frozenset())


def test_what_nobody_decides_is_said() -> None:
    spent = replace(BUDGET, rlimit=30, depth=2)
    outcome = _try(_beyond(), "auto", budget=spent)
    assert (outcome.proof, outcome.runs) == (None, ())
    assert [effort.engine for effort in outcome.efforts] == ["houdini", "bounded", "k-induction", "spacer", "spacer"]
    for effort in outcome.efforts:
        assert effort.engine in outcome.reason
        assert effort.detail in outcome.reason


@pytest.mark.parametrize("engine", ["bounded", "k-induction", "spacer"])
def test_a_child_that_dies_gives_no_answer(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object, **__: object) -> NoAnswer:
        return NoAnswer("the child process ended by signal 11 without an answer")

    monkeypatch.setattr(portfolio, "run_isolated", dies)
    for name in ("count-of-sharers-checked", "page-freed-while-sibling-in-use"):
        for here in known(name):
            outcome = _try(here, engine)
            assert (outcome.proof, outcome.runs, outcome.depth) == (None, (), -1)
            assert "signal 11" in outcome.reason


def test_what_the_judge_rejects_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[..., object] = portfolio.run_isolated

    def rejecting(seconds: float, function: Callable[..., object], *arguments: object, **options: object) -> object:
        answer = original(seconds, function, *arguments, **options)
        value = getattr(answer, "value", None)
        if isinstance(value, CheckOutcome):
            return replace(answer, value=replace(value, accepted=False))  # type: ignore[type-var]
        return answer

    monkeypatch.setattr(portfolio, "run_isolated", rejecting)
    for here in known("count-of-sharers-checked"):
        outcome = _try(here, "auto")
        assert outcome.proof is None
        assert "Z3 accepted only" in outcome.reason


def test_the_same_again() -> None:
    (here,) = known("flag-left-set-at-free")
    assert _try(here, "auto") == _try(here, "auto")
    small = replace(BUDGET, rlimit=200_000)
    assert _try(here, "bounded", budget=small) == _try(here, "bounded", budget=small)
