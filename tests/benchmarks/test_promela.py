"""SPIN says of the generated models what the litmus cases say of themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.model.operations import SetFlag
from modelcheck.model.program import Lifecycle, Node
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_unit
from tests.benchmarks.promela import promela
from tests.benchmarks.spin import MISSING, verify
from tests.benchmarks.subjects import ROOT
from tests.oracle.configurations import condition_holds, instances

CASES = sorted((ROOT / "tests" / "litmus").glob("*.litmus"))
# A few rules, both sides, and each kind of waiting; all cases with `-m benchmark`.
SAMPLE = (
    "batch-callback-takes-a-lock-of-the-page",
    "callback-leaves-it-to-a-work-item",
    "callback-sleeps",
    "count-of-sharers-below-zero",
    "flag-set-after-drop",
    "freed-while-linked",
    "half-page-linked-while-other-half-queued",
    "ipi-does-not-wait-for-an-rcu-reader",
    "last-fragment-queues-flag-before-drop",
    "list-changed-in-callback-under-its-lock",
    "lock-destroyed-before-grace-period",
    "table-memory-reused-after-grace-period",
    "unlocked-list-changed-in-callback",
)

needs_spin = pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")


def _agrees(path: Path, folder: Path, tables: int, readers: int) -> None:
    unit = load_unit(path)
    for expectation in unit.expectations:
        lifecycle = _target(unit, expectation.lifecycle, expectation.proposal)
        asked = list(instances(unit, lifecycle, tables))
        assert asked, "no configuration has this life cycle"
        for instance in asked:
            model = promela(lifecycle, instance.configuration, instance.constants, instance.tables, readers=readers)
            answer = verify(model, folder, optimise=False, depth=100_000)
            unsafe = expectation.verdict == "UNSAFE" and condition_holds(expectation.condition, instance)
            assert answer.verdict == ("UNSAFE" if unsafe else "SAFE"), str(instance)
            assert not unsafe or answer.rule in expectation.rules, str(instance)


def _target(unit: Unit, name: str, proposal: str) -> Lifecycle:
    pool = unit.proposed if proposal else unit.lifecycles
    return next(lc for lc in pool if lc.name == name and lc.proposal == proposal)


@needs_spin
@pytest.mark.parametrize("name", SAMPLE)
def test_spin_agrees_with_the_expectation(name: str, tmp_path: Path) -> None:
    _agrees(ROOT / "tests" / "litmus" / f"{name}.litmus", tmp_path, 2, 1)


@needs_spin
@pytest.mark.benchmark
@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_spin_agrees_with_every_expectation(path: Path, tmp_path: Path) -> None:
    _agrees(path, tmp_path, 2, 2)


@needs_spin
def test_a_bound_on_busy_tables_leaves_runs_out(tmp_path: Path) -> None:
    unit = load_unit(ROOT / "tests" / "litmus" / "last-fragment-queues-flag-before-drop.litmus")
    lifecycle = unit.lifecycles[0]
    *_, three = instances(unit, lifecycle, 3)
    states = [
        verify(promela(lifecycle, three.configuration, three.constants, 3, busy=busy), tmp_path, optimise=False).states
        for busy in (0, 2, 1)
    ]
    assert states[0] > states[1] > states[2]


def test_the_same_life_cycle_gives_the_same_model() -> None:
    for path in CASES:
        first, second = (_models(load_unit(path)) for _ in range(2))
        assert first == second


def _models(unit: Unit) -> list[str]:
    return [
        promela(lifecycle, instance.configuration, instance.constants, instance.tables)
        for lifecycle in unit.lifecycles
        for instance in instances(unit, lifecycle, 2)
    ]


@needs_spin
def test_a_step_that_is_changed_is_noticed(tmp_path: Path) -> None:
    """The mark that the last dropper looks for is never set: the same case, no longer safe."""
    unit = load_unit(ROOT / "tests" / "litmus" / "last-fragment-queues-flag-before-drop.litmus")
    lifecycle = unit.lifecycles[0]

    def without_mark(node: Node) -> Node:
        match node.operation:
            case SetFlag("PG_active", True):
                return replace(node, operation=SetFlag("PG_active", False))
            case _:
                return node

    paths = tuple(replace(p, nodes=tuple(map(without_mark, p.nodes))) for p in lifecycle.paths)
    *_, two = instances(unit, lifecycle, 2)
    broken = promela(replace(lifecycle, paths=paths), two.configuration, two.constants, 2)
    answer = verify(broken, tmp_path, optimise=False)
    assert (answer.verdict, answer.rule) == ("UNSAFE", "OV105")
