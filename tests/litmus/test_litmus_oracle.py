"""Every litmus case means what it says, by the oracle: in every configuration, for one to three tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Expectation, Unit
from modelcheck.resolve import load_unit
from tests.oracle import Outcome, explore
from tests.oracle.configurations import Instance, condition_holds, instances

CASES = sorted(Path(__file__).parent.glob("*.litmus"))


def _answers(unit: Unit, lifecycle: Lifecycle) -> list[tuple[Instance, Outcome]]:
    return [
        (i, explore(lifecycle, i.configuration, i.configuration.layout, i.tables, i.constants))
        for i in instances(unit, lifecycle)
    ]


def _target(unit: Unit, expectation: Expectation) -> Lifecycle:
    candidates = unit.proposed if expectation.proposal else unit.lifecycles
    return next(lc for lc in candidates if lc.name == expectation.lifecycle and lc.proposal == expectation.proposal)


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_oracle_agrees_with_the_expectation(path: Path) -> None:
    unit = load_unit(path)
    assert unit.litmus
    assert unit.expectations
    for expectation in unit.expectations:
        lifecycle = _target(unit, expectation)
        answers = _answers(unit, lifecycle)
        assert answers, "no configuration has this life cycle"
        for instance, outcome in answers:
            assert outcome.complete, f"{instance}: more states than the limit"
            unsafe = expectation.verdict == "UNSAFE" and condition_holds(expectation.condition, instance)
            assert bool(outcome.hazards) == unsafe, f"{instance}: {sorted(outcome.runs.items())}"
        # A case shows the rules that it names and no other.
        assert {rule for _, o in answers for rule in o.rules} == set(expectation.rules)


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_every_step_of_a_safe_case_happens(path: Path) -> None:
    unit = load_unit(path)
    for expectation in unit.expectations:
        if expectation.verdict != "SAFE":
            continue
        lifecycle = _target(unit, expectation)
        paths = (
            *lifecycle.paths,
            *(c.path for c in lifecycle.creates),
            *(a.path for a in lifecycle.actions),
        )
        steps = {(p.name, i) for p in paths for i in range(len(p.nodes))}
        assert steps == {node for _, o in _answers(unit, lifecycle) for node in o.executed}


def test_both_sides_of_every_rule_are_there() -> None:
    shown: set[str] = set()
    safe = 0
    for path in CASES:
        for expectation in load_unit(path).expectations:
            shown |= set(expectation.rules)
            safe += expectation.verdict == "SAFE"
    assert shown == {f"OV{n}" for n in range(101, 112)}
    assert safe * 5 >= len(CASES) * 2
