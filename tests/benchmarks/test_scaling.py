"""What an answer costs, against the number of tables. Only ratios of one run are compared, never seconds.

Run with `-m benchmark`; see the README of this folder.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.benchmarks.measure import ANY, Cost, Point, measure, points, runs_after_each_other, start_up
from tests.benchmarks.spin import MISSING
from tests.benchmarks.subjects import SUBJECTS, subject

pytestmark = pytest.mark.benchmark

NAMES = [s.name for s in SUBJECTS]
SPIN_TABLES = {"last-dropper": 7, "powerpc": 4}
ENGINE = (3, 16, 256)
needs_spin = pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")


@cache
def _costs(name: str) -> dict[Point, Cost]:
    return measure(subject(name), list(points(ENGINE, SPIN_TABLES[name], 3)), repetitions=3)


@pytest.mark.parametrize("name", NAMES)
def test_every_way_finds_the_protocol_safe(name: str) -> None:
    assert {point: cost.verdict for point, cost in _costs(name).items() if cost.verdict != "SAFE"} == {}


@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_tables_costs_no_more_than_a_few(name: str) -> None:
    costs = _costs(name)
    assert costs[Point("engine, any number", ANY)].search < 3 * costs[Point("engine", ENGINE[0])].search


@pytest.mark.parametrize("name", NAMES)
def test_many_tables_cost_the_engine_what_some_cost(name: str) -> None:
    """A fixed number costs more than any number, and ever less more with every table."""
    costs = _costs(name)
    some, many = (costs[Point("engine", tables)] for tables in ENGINE[1:])
    assert many.states < 2 * some.states
    assert many.search < 4 * some.search


@needs_spin
@pytest.mark.parametrize("name", NAMES)
def test_spin_grows_with_the_number_of_tables(name: str) -> None:
    costs = _costs(name)
    most = SPIN_TABLES[name]
    # Its states, which no busy machine can disturb: a multiple with every table.
    for tables in range(2, most + 1):
        assert costs[Point("SPIN", tables)].states > 4 * costs[Point("SPIN", tables - 1)].states
        assert costs[Point("SPIN, two at a time", tables)].states > 2 * costs[Point("SPIN", 1)].states
    assert costs[Point("SPIN", most)].search > 4 * costs[Point("SPIN", 1)].search


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_grows_with_the_number_of_tables(name: str) -> None:
    costs = _costs(name)
    for tables in (2, 3):
        assert costs[Point("oracle", tables)].states > 2 * costs[Point("oracle", tables - 1)].states


def test_the_program_spends_its_time_on_deciding() -> None:
    found = start_up("powerpc", repetitions=1)
    assert found.ratio < 1.5
    assert found.memory < 300


def test_a_small_case_is_not_buried_under_starting_up() -> None:
    found = start_up(SUBJECTS[0].file, repetitions=3)
    assert found.ratio < 5
    assert found.memory < 300


def test_a_second_run_costs_less_than_the_first() -> None:
    first, second = runs_after_each_other("powerpc", repetitions=2)
    assert second < 0.8 * first
