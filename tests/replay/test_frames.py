"""A run as a film: whose bytes are whose after every step."""

from __future__ import annotations

import pytest

from modelcheck.model.guards import Number
from modelcheck.model.operations import (
    AddCounter,
    AllocPage,
    CallRcu,
    FreePage,
    InitLock,
    ListAdd,
    Operation,
    Populate,
    Read,
    SetCounter,
    SetFlag,
    Write,
)
from modelcheck.model.program import ToState
from modelcheck.model.variables import Counter, ExternalLock, Flag
from modelcheck.replay.frames import Film, Frame, film
from modelcheck.replay.run import replay_in
from modelcheck.replay.world import ReplayError
from modelcheck.trace import Schedule
from tests.replay.models import (
    SPAN,
    START,
    STEP,
    begin,
    create,
    doing,
    enter,
    f,
    go,
    lifecycle,
    path,
    reader,
    state,
    world,
)

COUNT = Counter("refcount", f("count"), SPAN)


def filmed(*steps: Operation, **parts: object) -> Film:
    """The film of a creator that runs these steps; the last one must meet the hazard."""
    where = doing(*steps, **parts)
    schedule = Schedule("", (), (), (START, *[STEP] * len(steps)))
    replay_in(where, schedule)
    return film(where, schedule)


def owned(shown: Film, frame: Frame) -> dict[str, list[int]]:
    """Fields with the bytes that they own."""
    return {
        str(field.ref): found
        for number, field in enumerate(shown.fields)
        if (found := [byte for byte, owners in enumerate(frame.owners) if owners == (number,)])
    }


def test_one_frame_for_each_step_and_one_before() -> None:
    shown = filmed(AllocPage(), Write(f("mapping")), Write(f("pte")), Read(f("mapping")))
    assert len(shown.frames) == 5
    assert shown.structs == ("page",)
    assert (shown.before.phase, shown.frames[1].phase) == ("before", "allocated")
    assert owned(shown, shown.frames[1]) == {}
    assert owned(shown, shown.frames[2]) == {"page.mapping": list(range(24, 32))}
    assert owned(shown, shown.frames[3]) == {"page.pte": list(range(20, 28)), "page.mapping": list(range(28, 32))}


def test_what_a_step_stored_and_relied_on() -> None:
    shown = filmed(AllocPage(), Write(f("mapping")), Read(f("mapping")), Write(f("pte")), Read(f("mapping")))
    stored = [sorted(frame.stored) for frame in shown.frames]
    relied = [sorted(frame.relied) for frame in shown.frames]
    mapping, pte = list(range(24, 32)), list(range(20, 28))
    assert stored == [[], [], mapping, [], pte, []]
    assert relied == [[], [], [], mapping, [], mapping]


def test_an_atomic_addition_stores_and_relies() -> None:
    variables = (COUNT,)
    shown = filmed(
        AllocPage(), SetCounter("refcount", Number(1)), AddCounter("refcount", Number(1), False),
        AddCounter("refcount", Number(3), True), variables=variables,
    )  # fmt: skip
    assert sorted(shown.frames[3].stored) == sorted(shown.frames[3].relied) == [40, 41, 42, 43]
    (number,) = (n for n, field in enumerate(shown.fields) if field.ref == f("count"))
    assert [dict(frame.holds).get(number) for frame in shown.frames] == [None, None, "1", "2", "2"]


def test_bytes_that_were_lost_are_at_stake() -> None:
    shown = filmed(AllocPage(), Write(f("mapping")), Write(f("pte")), Read(f("mapping")))
    assert sorted(shown.at_stake) == [24, 25, 26, 27]
    assert shown.is_lost


def test_bytes_that_nobody_wrote_are_at_stake_and_not_lost() -> None:
    shown = filmed(AllocPage(), Read(f("mapping")))
    assert sorted(shown.at_stake) == list(range(24, 32))
    assert not shown.is_lost


def test_links_that_are_written_over_are_at_stake_at_the_failing_step() -> None:
    shown = filmed(AllocPage(), ListAdd(f("lru")), Write(f("head.next")))
    assert sorted(shown.at_stake) == list(range(8, 16))
    assert shown.is_lost
    # The last frame shows what the step did before it was found out.
    assert owned(shown, shown.frames[-1])["page.head.next"] == list(range(8, 16))
    assert sorted(shown.frames[-1].stored) == list(range(8, 16))
    (linked,) = (n for n, field in enumerate(shown.fields) if field.ref == f("lru"))
    assert dict(shown.frames[-1].holds)[linked] == "linked"


def test_a_hazard_of_the_whole_page_is_about_no_field() -> None:
    shown = filmed(AllocPage(), FreePage(), FreePage())
    assert shown.at_stake == frozenset()
    assert [frame.phase for frame in shown.frames] == ["before", "allocated", "freed", "freed"]


def test_two_names_are_one_field() -> None:
    shown = filmed(
        AllocPage(), Write(f("kind")), Read(f("kind_again")), Read(f("mapping")), same=((f("kind"), f("kind_again")),)
    )
    (field,) = (field for field in shown.fields if f("kind") in field.names)
    assert field.names == (f("kind"), f("kind_again"))
    assert (field.start, field.stop) == (44, 48)


def test_flags_locks_tables_and_readers() -> None:
    where = world(
        lifecycle(
            tables=2,
            variables=(COUNT, Flag("PG_active", SPAN), ExternalLock("outside", SPAN)),
            creates=(create(AllocPage(), InitLock(f("ptl")), Populate(((None, "live"),))),),
            states=(state("live", go("free", ToState("rest")), readers=("walk",)), state("rest")),
            paths=(path("unused", SetFlag("PG_active", True), CallRcu(f("head"), "unused")),),
            readers=(reader("walk"),),
        )
    )
    moves = (START, STEP, STEP, STEP, enter(0, "walk", 1), begin(0, "free"))
    # A film does not need a hazard.
    shown = film(where, Schedule("", (), (), moves))
    last = shown.frames[-1]
    assert dict(last.facts) == {"page": "allocated", "PG_active": "clear", "outside": "free"}
    assert last.tables == (("rest", (0,)), ("live", (1,)))
    assert last.readers == (("reader 0 (walk)", 1),)
    (lock,) = (n for n, field in enumerate(shown.fields) if field.ref == f("ptl"))
    assert dict(last.holds)[lock] == "lives"
    assert shown.frames[0].tables == ()
    assert shown.at_stake == frozenset()


def test_a_run_that_is_not_possible_has_no_film() -> None:
    where = doing(AllocPage(), FreePage())
    with pytest.raises(ReplayError):
        film(where, Schedule("", (), (), (START, STEP, STEP, STEP)))
    assert len(film(where, Schedule("", (), (), ())).frames) == 0


def test_bits_are_shown_as_the_bytes_they_lie_in(monkeypatch: pytest.MonkeyPatch) -> None:
    from modelcheck.layout.placed import PlacedField
    from tests.replay import models

    def place(ref: object) -> PlacedField:
        offset, size = {"low": (0, 4), "high": (4, 4), "wide": (8, 16)}[ref.path]  # type: ignore[attr-defined]
        return PlacedField(ref.path, "unsigned", "unsigned", offset, size, True, None)  # type: ignore[attr-defined]

    monkeypatch.setattr(models, "place", place)
    shown = filmed(AllocPage(), Write(f("low")), Write(f("high")), Write(f("wide")), FreePage(), FreePage())
    assert [(field.start, field.stop) for field in shown.fields] == [(0, 1), (0, 1), (1, 3)]
    assert shown.frames[2].owners == ((0,), (), ())
    assert shown.frames[4].owners == ((0, 1), (2,), (2,))
    assert shown.frames[3].stored == frozenset({0})
