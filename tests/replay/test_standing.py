"""Contexts and locks: what an actor may do in softirq, and with or without a lock."""

from __future__ import annotations

import pytest

from modelcheck.model.operations import (
    Acquire,
    AllocPage,
    CallRcu,
    GracePeriod,
    InitLock,
    ListAdd,
    ListDel,
    ListInit,
    MightSleep,
    Populate,
    QueueWork,
    Release,
    Skip,
    UseLock,
    Write,
)
from modelcheck.model.program import GuardedList, ToPath
from modelcheck.model.variables import ExternalLock
from modelcheck.replay.legal import enabled
from modelcheck.replay.moves import apply
from tests.replay.models import SPAN, create, f, go, lifecycle, path, state, world

MADE = create(AllocPage(), InitLock(f("ptl")), ListInit(f("lru")), Populate(((None, "live"),)))
OUTSIDE = (ExternalLock("outside", SPAN), ExternalLock("other", SPAN))
INTO_SOFTIRQ = (GracePeriod("rcu", deferred=True),)


def rules(*steps, by=(), guarded=(), tables=2):
    """The rules that tables break whose path is `steps`, or `by`, in any order."""
    where = world(
        lifecycle(
            tables=tables,
            states=(state("live", go("one", ToPath("one")), go("two", ToPath("two"))),),
            paths=(path("one", *steps), path("two", *by), path("back", Skip(), MightSleep())),
            creates=(MADE,),
            variables=OUTSIDE,
            guarded=guarded,
            keeps_page=True,
        )
    )
    found, seen, pending = set(), set(), [where.initial()]
    while pending:
        moment = pending.pop()
        for move in enabled(where, moment):
            outcome = apply(where, moment, move)
            if outcome.hazard:
                found.add(outcome.hazard.rule)
            elif outcome.state not in seen:
                seen.add(outcome.state)
                pending.append(outcome.state)
    return found


@pytest.mark.parametrize("sleeps", [MightSleep(), GracePeriod("rcu"), GracePeriod("ipi")], ids=str)
def test_softirq_does_not_sleep(sleeps):
    assert rules(sleeps) == set()
    assert rules(*INTO_SOFTIRQ, sleeps) == {"OV110"}
    assert rules(*INTO_SOFTIRQ, QueueWork(), sleeps) == set()
    assert rules(*INTO_SOFTIRQ, *INTO_SOFTIRQ, QueueWork(), Skip(), sleeps) == set()


def test_a_callback_runs_in_softirq():
    assert rules(CallRcu(f("head"), "back"), tables=1) == {"OV110"}


@pytest.mark.parametrize("lock", ["outside", f("ptl")], ids=str)
def test_softirq_does_not_take_what_it_may_have_interrupted(lock):
    held = (Acquire(lock), Skip(), Release(lock))
    with_softirqs_off = (Acquire(lock, plain=False), Skip(), Release(lock))
    assert rules(*INTO_SOFTIRQ, *held, by=held) == {"OV110"}
    assert rules(*INTO_SOFTIRQ, *with_softirqs_off, by=held) == {"OV110"}
    assert rules(*INTO_SOFTIRQ, *held, by=with_softirqs_off) == set()
    assert rules(*INTO_SOFTIRQ, QueueWork(), *held, by=held) == set()
    assert rules(*INTO_SOFTIRQ, *held, by=(*INTO_SOFTIRQ, *held)) == set()
    assert rules(*held, by=held) == set()


def test_using_a_lock_is_taking_it():
    held = (Acquire(f("ptl")), Skip(), Release(f("ptl")))
    assert rules(*INTO_SOFTIRQ, UseLock(f("ptl")), by=held) == {"OV110"}
    assert rules(UseLock(f("ptl")), by=held) == set()


LISTED = (GuardedList(f("lru"), "outside", SPAN),)


CHANGES = [ListAdd(f("lru")), ListDel(f("lru"), False), ListDel(f("list"), True)]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_list_is_changed_under_its_lock(change):
    steps, locked, elsewhere = (change,), Acquire("outside"), Acquire("other")
    assert rules(locked, *steps, Release("outside"), guarded=LISTED, tables=1) == set()
    assert rules(*steps, tables=1) == set()
    assert rules(*steps, guarded=LISTED, tables=1) == {"OV110"}
    assert rules(elsewhere, *steps, guarded=LISTED, tables=1) == {"OV110"}
    assert rules(locked, Release("outside"), *steps, guarded=LISTED, tables=1) == {"OV110"}
    assert rules(*steps, by=(locked, Skip()), guarded=LISTED) == {"OV110"}


def test_other_fields_need_no_lock():
    assert rules(Write(f("mapping")), ListInit(f("lru")), guarded=LISTED) == set()
