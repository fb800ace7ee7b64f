"""A run is said to happen for a range of numbers of tables: it does, for each of them, step by step."""

from __future__ import annotations

import pytest
from hypothesis import given

from modelcheck.engine.check import check
from modelcheck.engine.refute import Refutation, repeated_for
from modelcheck.resolve import load_text
from modelcheck.semantics.system import System
from modelcheck.verdict import Result
from tests.engine.answers import CASES, answered, litmus
from tests.engine.sampling import sample
from tests.semantics.corners import model
from tests.semantics.evaluation import taken, truth, value
from tests.strategies.lifecycles import models


def _happens(system: System, refutation: Refutation, constants: tuple[tuple[str, int], ...]) -> bool:
    """Run it literally; is the hazard met that it is a run to?"""
    run = repeated_for(refutation, constants)
    parameters = dict(constants)
    if run.creation is not None:
        return truth(run.creation.guard, parameters)
    assert run.initial is not None
    if not truth(run.initial.guard, parameters):
        return False
    state = {**parameters, **{name: value(start, parameters) for name, start in run.initial.values}}
    for number, t in enumerate(run.transitions):
        result = taken(system.transitions[t], state)
        if result is None:
            return False
        if isinstance(result, str):
            last = number == len(run.transitions) - 1 and not run.in_state
            return last and result == system.transitions[t].hazards[run.hazard].rule == refutation.site.rule
        state = result
    return run.in_state and truth(system.state_hazards[run.hazard].condition, state)


def _check(system: System, refutation: Refutation, more: int) -> int:
    """The run itself, then every value that is claimed, up to `more` above the least; how many were run."""
    run, claimed = refutation.run, refutation.values
    assert _happens(system, refutation, run.parameters)
    if claimed is None:
        assert not run.parameters
        return 1
    (name, own), *others = run.parameters
    assert claimed.low <= own and (claimed.high is None or own <= claimed.high)
    high = claimed.low + more if claimed.high is None else min(claimed.high, claimed.low + more)
    values = range(claimed.low, high + 1) if claimed.contiguous else (own,)
    for number in values:
        assert _happens(system, refutation, ((name, number), *others)), f"{refutation.site} for {name} = {number}"
    return len(values)


@pytest.mark.parametrize("name", CASES)
def test_litmus_cases(name: str) -> None:
    for answer in litmus(name)[1]:
        for system, refutation in answer.refutations:
            assert _check(system, refutation, 6)


@sample(12)
@given(models())
def test_random_models(text: str) -> None:
    unit = load_text(text)
    for system, refutation in answered(unit, unit.lifecycles[0]).refutations:
        _check(system, refutation, 4)


def test_a_part_is_repeated_where_more_tables_need_it() -> None:
    """The last table out leaks the page: every other one has to be given back before."""
    found = [r for answer in litmus("count-starts-one-too-high")[1] for _, r in answer.refutations]
    assert any(r.values and r.values.repeated and r.values.high is None for r in found)


def _few(free: str) -> Result:
    """A page is given back when the last of N references is, of which every table has one."""
    create = "create { alloc_page; count = N; populate 1 -> a; }"
    reader = "reader walker rcu { touch_table; }"
    body = f"state a {{ readers walker; go -> p; }} path p {{ count -= 1; {free} }} {reader}"
    unit = load_text(model(body, tables="1", create=create))
    (result,) = check(unit)
    return result


def test_what_happens_for_few_tables_is_excluded_for_more() -> None:
    result = _few("if (count == 0) free_page;")
    assert {(f.rule, f.condition.text) for f in result.findings} == {("OV105", "N == 1"), ("OV108", "N >= 2")}
    assert not result.undecided
    assert any(c.configuration.startswith("N >= 2") for c in result.certificates)


def test_what_is_not_excluded_for_more_tables_stays_open() -> None:
    # With seven it happens again, which is more than runs are looked for.
    result = _few("if (count == 0) free_page; else if (count == 6) free_page;")
    undecided = {(each.rule, each.path, each.why) for each in result.undecided}
    assert ("OV105", "p", "happens for N = 1; not decided for more") in undecided
