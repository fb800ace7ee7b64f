"""Runs, one lane for each actor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.report.counterexample import lanes, places
from modelcheck.report.page import plain
from modelcheck.trace import Change
from tests.report.samples import CLOBBERED, QUEUED_TWICE


def test_two_actors_stand_side_by_side() -> None:
    text = plain(lanes(QUEUED_TWICE))
    head, *rows = text.splitlines()
    second = head.index("CPU 1")
    assert head.index("CPU 0") < second
    for number in ("2", "3"):
        row = next(row for row in rows if row.split()[:1] == [number])
        assert row[6:second].strip() == ""


def test_every_step_is_numbered_and_the_last_is_marked() -> None:
    for run in (QUEUED_TWICE, CLOBBERED):
        text = plain(lanes(run))
        numbers = [row.split()[0] for row in text.splitlines() if row[:6].strip().isdigit()]
        assert numbers == [str(step.number) for step in run.steps]
        assert text.rstrip().endswith(f"^^^ {run.hazard.rule}")


def test_what_is_too_long_for_its_lane_goes_on_behind_a_parenthesis() -> None:
    what = "if (sub_and_test(pt_frag_refcount_of_the_page, drain(cached))): 15 -> 0"
    first, *others = QUEUED_TWICE.steps
    text = plain(lanes(replace(QUEUED_TWICE, steps=(replace(first, what=what), *others)), 70))
    assert "   1    if (sub_and_test(\n" in text
    rows = [row[8:40].strip() for row in text.splitlines() if row[:8].strip() in ("", "1")]
    assert "".join(rows).replace(" ", "").count(what.replace(" ", "")) == 1


def test_many_actors_share_a_column() -> None:
    text = plain(lanes(CLOBBERED))
    assert all(step.actor in text for step in CLOBBERED.steps)
    assert "step  CPU 0" not in text


def test_no_steps_no_lanes() -> None:
    assert lanes(replace(QUEUED_TWICE, steps=())) == []


def test_places_once_each() -> None:
    assert places(QUEUED_TWICE.steps) == ["pte_free_defer() in arch/powerpc/mm/pgtable-frag.c"]
    (only,) = places(QUEUED_TWICE.steps, in_model=True)
    assert only.endswith("(archs/6.12/powerpc.arch:41:9, archs/6.12/powerpc.arch:42:9, archs/6.12/powerpc.arch:43:9)")


def test_bytes_that_nobody_owned_are_shown_on_demand() -> None:
    gained, taken = Change("owner of page.lru", "nobody", "page.lru"), Change("holder of lock", "nobody", "CPU 0")
    first = replace(QUEUED_TWICE.steps[0], changes=(gained, taken))
    run = replace(QUEUED_TWICE, steps=(first, *QUEUED_TWICE.steps[1:]))
    assert "holder of lock" in plain(lanes(run))
    assert "owner of page.lru" not in plain(lanes(run))
    assert "owner of page.lru" in plain(lanes(run, everything=True))


def test_tables_that_go_the_same_way_go_together() -> None:
    moved = tuple(Change(f"table {i}", "unborn", "cached") for i in (1, 2, 3))
    alone = (Change("table 0", "unborn", "fresh"), *moved, Change("table 7", "unborn", "cached"))
    first = replace(QUEUED_TWICE.steps[0], changes=moved)
    assert "tables 1 to 3: unborn -> cached" in plain(lanes(replace(QUEUED_TWICE, steps=(first,))))
    text = plain(lanes(replace(QUEUED_TWICE, steps=(replace(first, changes=alone),))))
    assert "table 0: unborn -> fresh" in text
    assert "tables 1, 2, 3 and 7: unborn -> cached" in text


@pytest.mark.parametrize("columns", [1, 80])
def test_names_that_leave_no_room(columns: int) -> None:
    steps = tuple(replace(step, actor="actor" * 40) for step in QUEUED_TWICE.steps)
    shown = plain(lanes(replace(QUEUED_TWICE, steps=steps), columns))
    assert "^^^ OV103" in shown


@pytest.mark.parametrize("actors", [1, 2, 4])
@pytest.mark.parametrize("columns", [73, 100])
def test_nothing_that_can_be_wrapped_is_wider_than_the_page(actors: int, columns: int) -> None:
    names = [f"{'kworker ' * 30}{'of ' * number}" for number in range(actors)]
    step = replace(QUEUED_TWICE.steps[0], citation=f"mm/memory.c:{'free ' * 30}", what="free " * 30)
    run = replace(QUEUED_TWICE, steps=tuple(replace(step, number=i + 1, actor=name) for i, name in enumerate(names)))
    shown = plain(lanes(replace(run, hazard=replace(run.hazard, rule="OV103 " * 30)), columns))
    assert max(map(len, shown.splitlines())) <= columns
    assert shown.count("kworker") == 30 * actors
    assert shown.split().count("of") == sum(range(actors))
    assert shown.split().count("OV103") == 30
    numbers = [row.split()[0] for row in shown.splitlines() if row[:6].strip().isdigit()]
    assert numbers == [str(number + 1) for number in range(actors)]
