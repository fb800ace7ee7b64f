"""Who may move when: readers and grace periods, atomic blocks, locks, transitions, actions, the environment."""

from __future__ import annotations

import pytest

from modelcheck.model.conditions import SymbolSet
from modelcheck.model.guards import Compare, CountIn, FlagIs, GuardNot, Number
from modelcheck.model.operations import (
    Acquire,
    AllocPage,
    CallRcu,
    Choose,
    FreePage,
    FreeTable,
    GracePeriod,
    InitLock,
    ListAdd,
    ListDel,
    Populate,
    Pun,
    Read,
    Release,
    SetFlag,
    Skip,
    TouchTable,
    UseLock,
    Write,
)
from modelcheck.model.program import End, ToNode, ToPath, ToState
from modelcheck.model.variables import ExternalLock, GhostFlag
from modelcheck.replay.legal import enabled, leak
from modelcheck.replay.moves import apply
from modelcheck.replay.state import Inside, Position
from modelcheck.replay.world import ReplayError
from modelcheck.trace import Move
from tests.replay.models import (
    SPAN,
    START,
    STEP,
    action,
    begin,
    create,
    doing,
    enter,
    f,
    go,
    leave,
    lifecycle,
    node,
    path,
    reader,
    resume,
    state,
    step,
    use,
    walk,
    world,
)

MADE = create(AllocPage(), Populate(((None, "live"),)))
MAKE = (START, STEP, STEP)
LIST = Move("neighbour", "environment", "page.lru")
LINKS = Move("rcu_links", "environment", "page.head")


def freeing(*steps, readers=("gup", "walk"), tables=1, paths=(), **parts):
    """Tables in state `live` that readers come into; `free` runs `steps` with one."""
    kinds = (reader("gup", TouchTable(), Read(f("mapping")), mechanism="irq_off"), reader("walk", UseLock(f("ptl"))))
    parts = {"creates": (MADE,)} | parts
    live = state("live", go("free", ToPath("free")), go("park", ToState("parked")), readers=readers)
    states = (live, state("parked", go("unpark", ToState("live"))))
    return world(
        lifecycle(tables=tables, states=states, readers=kinds, paths=(path("free", *steps), *paths), **parts)
    )


def rule(where, moment, move):
    hazard = apply(where, moment, move).hazard
    return hazard.rule if hazard else ""


# --------------------------------------------------------------------------------------------- grace periods


def test_only_readers_inside_at_the_start_are_waited_for():
    where = freeing(GracePeriod("rcu"), Skip(), tables=2)
    moment = walk(where, where.initial(), *MAKE, enter(0, "walk", 1), begin(0, "free"), step(0))
    assert moment.tables[0].at.waits_for == (0,)
    with pytest.raises(ReplayError, match="still waits for reader 0"):
        apply(where, moment, resume(0))
    with pytest.raises(ReplayError, match="waits for a grace period"):
        apply(where, moment, step(0))
    moment = walk(where, moment, enter(1, "walk", 1), leave(0))
    later = walk(where, moment, enter(0, "walk", 1))
    for state_now in (moment, later):
        assert walk(where, state_now, resume(0)).tables[0].at == Position("path:free", 1)


def test_grace_periods_wait_for_all_readers_and_ipis_for_those_with_interrupts_off():
    for mechanism, waited in (("rcu", (0, 1)), ("ipi", (1,))):
        where = freeing(GracePeriod(mechanism), Skip())
        moment = walk(where, where.initial(), *MAKE, enter(0, "walk", 0), enter(1, "gup", 0), begin(0, "free"), step(0))
        assert moment.tables[0].at.waits_for == waited


def test_two_actors_wait_for_their_own_readers():
    where = freeing(GracePeriod("rcu"), Skip(), tables=2)
    moment = walk(where, where.initial(), *MAKE, begin(0, "free"), step(0))
    moment = walk(where, moment, enter(0, "walk", 1), begin(1, "free"), step(1))
    assert [t.at.waits_for for t in moment.tables] == [(), (0,)]
    assert walk(where, moment, resume(0), leave(0), resume(1)).tables[1].at.waits_for is None


def test_call_rcu_queues_waits_and_calls_back():
    where = freeing(CallRcu(f("head"), "callback"), paths=(path("callback", FreePage()),))
    moment = walk(where, where.initial(), *MAKE, enter(0, "walk", 0), begin(0, "free"), step(0))
    assert moment.links == ((f("head"), "queued"),)
    with pytest.raises(ReplayError, match="still waits"):
        apply(where, moment, resume(0))
    called = walk(where, moment, leave(0), resume(0))
    assert called.links == () and called.tables[0].at == Position("path:callback", 0, softirq=True)
    done = walk(where, called, step(0))
    assert (done.phase, done.tables[0].state) == ("freed", "gone")


def test_queueing_a_queued_head():
    where = freeing(CallRcu(f("head"), "callback"), paths=(path("callback"),), tables=2)
    moment = walk(where, where.initial(), *MAKE, begin(0, "free"), begin(1, "free"), step(0))
    assert rule(where, moment, step(1)) == "OV103"
    assert rule(where, walk(where, moment, resume(0)), step(1)) == ""


def test_overwriting_a_queued_head_and_not_after_the_callback():
    where = freeing(CallRcu(f("head"), "after"), paths=(path("after", Skip(), Write(f("other_head"))),), tables=2)
    where_writes = freeing(
        node(Choose(), ToNode(1), ToNode(2)),
        node(CallRcu(f("head"), "over"), ToPath("over")),
        node(Write(f("pte"))),
        paths=(path("over", Skip()),),
        tables=2,
    )
    both = walk(where_writes, where_writes.initial(), *MAKE, begin(0, "free"), step(0, 0), begin(1, "free"), step(1, 1))
    queued = walk(where_writes, both, step(0))
    outcome = apply(where_writes, queued, step(1))
    met = outcome.hazard
    assert (met.rule, met.field, met.clobbered_by) == ("OV102", "page.head", "page.pte")
    assert outcome.state == queued
    assert ("owner of page.head", "page.head", "page.pte (bytes 20-23)") in [
        (c.what, c.before, c.after) for c in outcome.changes
    ]
    assert rule(where_writes, walk(where_writes, queued, resume(0)), step(1)) == ""
    after = walk(where, where.initial(), *MAKE, begin(0, "free"), step(0), resume(0), step(0))
    assert rule(where, after, step(0)) == ""


def test_the_callback_of_a_page_that_was_freed_meanwhile():
    queues = action("defer", CallRcu(f("head"), "over"))
    frees = action("free", FreePage())
    where = doing(AllocPage(), paths=(path("over"),), actions=(queues, frees))
    begun = (Move("start", "action:defer"), Move("step", "action:defer"), Move("start", "action:free"))
    moment = walk(where, where.initial(), START, STEP, *begun)
    back = Move("resume", "action:defer")
    assert (rule(where, moment, LINKS), rule(where, moment, back)) == ("", "")
    freed = walk(where, moment, Move("step", "action:free"))
    assert (rule(where, freed, LINKS), rule(where, freed, back)) == ("OV104", "OV104")


# --------------------------------------------------------------------------------------------------- readers


def test_readers_come_only_where_the_state_lets_them():
    where = freeing(Skip(), readers=("gup",))
    moment = walk(where, where.initial(), *MAKE)
    with pytest.raises(ReplayError, match="does not let `walk` in"):
        apply(where, moment, enter(0, "walk", 0))
    moment = walk(where, moment, enter(0, "gup", 0))
    with pytest.raises(ReplayError, match="inside already"):
        apply(where, moment, enter(0, "gup", 0))
    with pytest.raises(ReplayError, match="no table 1"):
        apply(where, moment, enter(1, "gup", 1))
    moment = walk(where, moment, begin(0, "park"))
    assert moment.readers == ((0, Inside("gup", 0)),)
    with pytest.raises(ReplayError, match="is `parked`"):
        apply(where, moment, enter(1, "gup", 0))


def test_readers_of_another_configuration_do_not_exist():
    kinds = (reader("gup", condition=SymbolSet("SMP")),)
    cycle = lifecycle(states=(state("live", readers=("gup",)),), readers=kinds, creates=(MADE,))
    for symbols in ((), ("SMP",)):
        where = world(cycle, *symbols)
        moves = enabled(where, walk(where, where.initial(), *MAKE))
        assert any(move.kind == "enter" for move in moves) is bool(symbols)


def test_what_a_reader_does_meets_hazards():
    where = freeing(Skip(), FreePage(), tables=1)
    moment = walk(where, where.initial(), *MAKE, enter(0, "gup", 0), enter(1, "walk", 0))
    assert rule(where, moment, use(0, 0)) == ""
    assert rule(where, moment, use(0, 1)) == "OV101"
    assert rule(where, moment, use(1, 0)) == "OV109"
    with pytest.raises(ReplayError, match="no use number 2"):
        apply(where, moment, use(0, 2))
    with pytest.raises(ReplayError, match="not inside"):
        apply(where, moment, use(2))


def test_freeing_under_a_reader():
    for operation in (FreePage(), FreeTable()):
        where = freeing(operation, tables=2, keeps_page=True)
        moment = walk(where, where.initial(), *MAKE, enter(0, "walk", 0), begin(0, "free"))
        outcome = apply(where, moment, step(0))
        assert outcome.hazard.rule == "OV105" and "reader 0 (walk)" in outcome.hazard.message


def test_freeing_a_table_under_a_reader_of_another():
    where = freeing(FreeTable(), tables=2)
    moment = walk(where, where.initial(), *MAKE, enter(0, "walk", 1), begin(0, "free"))
    assert rule(where, moment, step(0)) == ""
    whole = freeing(FreePage(), tables=2)
    moment = walk(whole, whole.initial(), *MAKE, enter(0, "walk", 1), begin(0, "free"))
    assert rule(whole, moment, step(0)) == "OV105"


def test_a_reader_bound_limits_only_what_is_offered():
    where = freeing(Skip(), tables=2)
    moment = walk(where, where.initial(), *MAKE, enter(0, "gup", 0), enter(1, "gup", 1))
    assert not any(move.kind == "enter" for move in enabled(where, moment))
    assert len(walk(where, moment, enter(7, "walk", 0)).readers) == 3


def test_a_reader_touches_a_table_of_a_freed_page():
    parked = freeing(FreePage(), readers=("gup",))
    moment = walk(parked, parked.initial(), *MAKE, begin(0, "free"), step(0))
    with pytest.raises(ReplayError, match="is `gone`"):
        apply(parked, moment, enter(0, "gup", 0))


# ------------------------------------------------------------------------------------------- atomic and locks


def test_nobody_else_moves_inside_an_atomic_block():
    held = node(Skip(), ToNode(1), holds=True)
    where = freeing(held, node(Skip(), ToNode(2)), node(Skip()), tables=2, actions=(action("scan", Skip()),))
    moment = walk(where, where.initial(), *MAKE, enter(0, "gup", 1), begin(0, "free"))
    assert len(enabled(where, moment)) > 1
    inside = walk(where, moment, step(0))
    assert enabled(where, inside) == (step(0),)
    others = (begin(1, "free"), enter(1, "gup", 1), use(0), leave(0), Move("start", "action:scan", "scan"), LIST)
    for move in others:
        with pytest.raises(ReplayError, match="inside an atomic block"):
            apply(where, inside, move)
    assert len(enabled(where, walk(where, inside, step(0)))) > 1


def test_an_atomic_block_ends_with_its_actor():
    where = freeing(node(Skip(), holds=True))
    assert walk(where, where.initial(), *MAKE, begin(0, "free"), step(0)).atomic == ""


@pytest.mark.parametrize("lock", [f("ptl"), "mmap_lock"], ids=str)
def test_a_held_lock_keeps_others_waiting(lock):
    made = create(AllocPage(), InitLock(f("ptl")), Populate(((None, "live"),)))
    where = freeing(
        Acquire(lock), Skip(), Release(lock), tables=2, creates=(made,), variables=(ExternalLock("mmap_lock", SPAN),)
    )
    moment = walk(where, where.initial(), START, STEP, STEP, STEP, begin(0, "free"), begin(1, "free"), step(0))
    assert moment.lock(str(lock)).holder == "table:0"
    with pytest.raises(ReplayError, match="is held by table:0"):
        apply(where, moment, step(1))
    assert [m.actor for m in enabled(where, moment) if m.kind == "step"] == ["table:0"]
    moment = walk(where, moment, step(0), step(0), step(1))
    assert moment.lock(str(lock)).holder == "table:1"


# ------------------------------------------------------------------------------------ transitions and actions


def test_guards_of_transitions_and_empty_paths():
    guard = GuardNot(FlagIs("busy"))
    states = (state("live", go("away", ToPath("hop"), guard), go("free", ToPath("none"))), state("far"))
    paths = (path("hop", end=ToPath("none2")), path("none"), path("none2", end=ToState("far")))
    cycle = lifecycle(
        states=states,
        paths=paths,
        creates=(MADE,),
        variables=(GhostFlag("busy", False, SPAN),),
        actions=(action("work", SetFlag("busy", True)),),
    )
    where = world(cycle)
    moment = walk(where, where.initial(), *MAKE)
    assert walk(where, moment, begin(0, "away")).tables[0].state == "far"
    assert walk(where, moment, begin(0, "free")).tables[0].state == "gone"
    busy = walk(where, moment, Move("start", "action:work"), Move("step", "action:work"))
    with pytest.raises(ReplayError, match="guard of `away` does not hold"):
        apply(where, busy, begin(0, "away"))
    with pytest.raises(ReplayError, match="no transition `fly`"):
        apply(where, busy, begin(0, "fly"))


def test_empty_paths_in_a_circle_are_refused():
    states = (state("live", go("free", ToPath("a"))),)
    paths = (path("a", end=ToPath("b")), path("b", end=ToPath("a")))
    where = world(lifecycle(states=states, paths=paths, creates=(MADE,)))
    with pytest.raises(ReplayError, match="leads back to itself"):
        walk(where, where.initial(), *MAKE, begin(0, "free"))


def test_creation_happens_once_and_one_way():
    where = world(lifecycle(creates=(create(Skip(), name="a"), create(Skip(), name="b"))))
    assert enabled(where, where.initial()) == (Move("start", "creator", "a"), Move("start", "creator", "b"))
    moment = walk(where, where.initial(), Move("start", "creator", "b"))
    assert moment.creator == Position("create:b", 0)
    with pytest.raises(ReplayError, match="created already"):
        apply(where, moment, Move("start", "creator", "a"))
    with pytest.raises(ReplayError, match="no create block `c`"):
        apply(where, where.initial(), Move("start", "creator", "c"))


def test_no_action_starts_before_the_creation_is_over():
    where = doing(AllocPage(), Skip(), actions=(action("scan", Skip()), action("slub", Skip(), environment=True)))
    starts = [Move("start", "action:scan"), Move("start", "action:slub")]
    moments = [where.initial()]
    for move in (START, STEP):
        moments.append(walk(where, moments[-1], move))
    for moment in moments:
        for start in starts:
            with pytest.raises(ReplayError, match="not created yet"):
                apply(where, moment, start)
        assert all(move.actor == "creator" for move in enabled(where, moment))
    assert {m.actor for m in enabled(where, walk(where, moments[-1], STEP))} == {"action:scan", "action:slub"}


def test_different_actions_run_at_the_same_time_and_each_by_one_actor():
    actions = (
        action("exit", Skip(), once=True),
        action("scan", Skip()),
        action("slub", Skip(), environment=True),
    )
    where = doing(AllocPage(), actions=actions)
    start = {a.name: Move("start", f"action:{a.name}", a.name) for a in actions}
    running = walk(where, where.initial(), START, STEP, start["exit"], start["scan"], start["slub"])
    assert sorted(name for name, _ in running.actions) == ["exit", "scan", "slub"]
    for name, begins in start.items():
        with pytest.raises(ReplayError, match=f"action `{name}` is on the way"):
            apply(where, running, begins)
    done = walk(where, running, Move("step", "action:exit"))
    with pytest.raises(ReplayError, match="only once"):
        apply(where, done, start["exit"])
    again = walk(where, done, Move("step", "action:scan"), start["scan"])
    assert again.position("action:scan") is not None


def test_choices():
    where = freeing(node(Choose(), ToNode(1), End()), Skip())
    moment = walk(where, where.initial(), *MAKE, begin(0, "free"))
    assert [m.choice for m in enabled(where, moment) if m.kind == "step"] == [0, 1]
    assert walk(where, moment, step(0, 0)).tables[0].at == Position("path:free", 1)
    assert walk(where, moment, step(0, 1)).tables[0].state == "gone"
    for choice in (2, -1):
        with pytest.raises(ReplayError, match="no alternative"):
            apply(where, moment, step(0, choice))


# --------------------------------------------------------------------------------------- environment and leak


def test_neighbours_read_and_write_while_the_page_is_linked():
    linked = (AllocPage(), ListAdd(f("lru")))
    where = doing(*linked, Write(f("mapping")), Pun(f("lru"), f("head")))
    moment = walk(where, where.initial(), START, STEP, STEP)
    assert LIST in enabled(where, moment)
    assert walk(where, moment, LIST).owners == moment.owners
    punned = walk(where, moment, STEP, STEP)
    hazard = apply(where, punned, LIST).hazard
    assert (hazard.rule, hazard.clobbered_by) == ("OV101", "page.head")
    unlinked = doing(*linked, ListDel(f("lru"), False))
    gone = walk(unlinked, unlinked.initial(), START, STEP, STEP, STEP)
    assert LIST not in enabled(unlinked, gone)
    freed = doing(*linked, FreePage())
    assert rule(freed, walk(freed, freed.initial(), START, STEP, STEP, STEP), LIST) == "OV104"


def test_rcu_writes_the_links_of_a_queued_head():
    where = doing(AllocPage(), CallRcu(f("head"), "over"), paths=(path("over"),))
    moment = walk(where, where.initial(), START, STEP, STEP)
    assert LINKS in enabled(where, moment) and rule(where, moment, LINKS) == ""
    called = walk(where, moment, Move("resume", "creator"))
    assert LINKS not in enabled(where, called)


def test_environment_moves_need_a_known_field_and_actor():
    where = doing(AllocPage(), ListAdd(f("lru")))
    moment = walk(where, where.initial(), START, STEP, STEP)
    with pytest.raises(ReplayError, match=r"no field `page\.nothing`"):
        apply(where, moment, Move("neighbour", "environment", "page.nothing"))
    with pytest.raises(ReplayError, match="not queued"):
        apply(where, moment, Move("rcu_links", "environment", "page.lru"))
    with pytest.raises(ReplayError, match="is not `environment`"):
        apply(where, moment, Move("neighbour", "reader:0", "page.lru"))


def test_a_page_that_nobody_frees_leaks():
    waiting = GuardNot(Compare("==", CountIn("gone"), Number(1)))
    for parts, leaks in (
        ({}, True),
        ({"keeps_page": True}, False),
        ({"actions": (action("exit", Skip(), once=True),)}, False),
        ({"actions": (action("exit", Skip(), guard=waiting),)}, True),
        ({"actions": (action("slub", Skip(), environment=True),)}, True),
    ):
        where = freeing(Skip(), **parts)
        live = walk(where, where.initial(), *MAKE)
        assert leak(where, live) is None
        gone = walk(where, live, begin(0, "free"), step(0))
        found = leak(where, gone)
        assert (found.rule if found else "") == ("OV108" if leaks else "")


def test_no_leak_while_somebody_is_on_the_way_or_the_page_is_freed():
    where = freeing(GracePeriod("rcu"), FreePage())
    moment = walk(where, where.initial(), *MAKE, begin(0, "free"), step(0))
    assert leak(where, moment) is None
    assert leak(where, walk(where, moment, resume(0), step(0))) is None
    assert leak(where, where.initial()) is None


@pytest.mark.parametrize("actor", ["table:9", "table:-1", "table:x", "table:01", "creatr", "action:a", ""])
@pytest.mark.parametrize("kind", ["step", "resume", "begin", "start", "leave"])
def test_strange_actors_are_refused(kind, actor):
    where = freeing(Skip())
    with pytest.raises(ReplayError):
        apply(where, where.initial(), Move(kind, actor, "free"))
