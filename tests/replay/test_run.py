"""Replaying whole runs of a page with two tables that RCU frees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.model.conditions import SymbolSet
from modelcheck.model.guards import Compare, ConstantRef, Number, Sum, Tables
from modelcheck.model.operations import (
    AllocPage,
    CallRcu,
    FreePage,
    GracePeriod,
    ListAdd,
    Populate,
    SetCounter,
    Skip,
    SubAndTest,
)
from modelcheck.model.program import End, ToNode, ToPath
from modelcheck.model.variables import Counter
from modelcheck.replay.run import replay_in
from modelcheck.replay.world import ReplayError
from modelcheck.trace import Move, Schedule
from tests.replay.models import (
    SPAN,
    START,
    STEP,
    begin,
    create,
    demand,
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
    world,
)

COUNT = Counter("refcount", f("count"), SPAN)
MADE = create(AllocPage(), SetCounter("refcount", Tables()), Populate(((None, "live"),)))
MAKE = (START, STEP, STEP, STEP)
DROP = node(SubAndTest("refcount", Number(1)), ToNode(1), End(), text="if (dec_and_test(refcount))")


def schedule(*moves):
    return Schedule("ppc64le", (), (("FRAG_NR", 2),), moves)


def fragments(*free, tables=2, extra=(), **parts):
    """Tables that share a page; `queue` queues the page's one head for each table, `free` runs `free`."""
    live = state("live", go("unmap", ToPath("free")), go("zap", ToPath("queue")), readers=("gup",))
    paths = (
        path("free", *free),
        path("queue", node(CallRcu(f("head"), "drop"), text="call_rcu(head, drop);")),
        path("drop", DROP, FreePage()),
        *extra,
    )
    cycle = lifecycle(
        tables=tables,
        states=(live,),
        paths=paths,
        creates=(MADE,),
        variables=(COUNT,),
        readers=(reader("gup"),),
        **parts,
    )
    return world(cycle, constants={"FRAG_NR": 2})


SKIP = (Skip(),)
TWICE = (*MAKE, begin(0, "zap"), begin(1, "zap"), step(0), step(1))


def test_a_head_queued_twice():
    found = replay_in(fragments(*SKIP), schedule(*TWICE))
    assert (found.hazard.rule, found.hazard.field) == ("OV103", "page.head")
    assert (found.tables, found.cpus, found.readers, found.path) == (2, 2, 0, "queue")
    assert [s.actor for s in found.steps] == ["CPU 0"] * 5 + ["CPU 1", "CPU 0", "CPU 1"]
    assert [s.number for s in found.steps] == list(range(1, 9))
    assert [s.path for s in found.steps] == ["create"] * 4 + ["queue"] * 4
    assert [s.what for s in found.steps[4:]] == [
        "zap of table 0 (live)",
        "zap of table 1 (live)",
        "call_rcu(head, drop): queued; no reader is inside to wait for",
        "call_rcu(head, drop)",
    ]
    assert found.steps[-1].citation == "mm/x.c:f" and found.steps[-1].place == "hand.arch:1:1"
    assert found.hazard.message == "`call_rcu(head, drop)` queues `page.head`, which is queued already"
    assert found.schedule == schedule(*TWICE)


def test_one_cpu_is_enough_for_runs_one_after_the_other():
    found = replay_in(fragments(*SKIP), schedule(*MAKE, begin(0, "zap"), step(0), begin(1, "zap"), step(1)))
    assert found.cpus == 1 and {s.actor for s in found.steps} == {"CPU 0"}


def test_callbacks_have_a_lane_of_their_own_and_say_what_they_did():
    never = demand(Compare("==", Tables(), Number(0)), "never;")
    moves = (begin(0, "zap"), step(0), resume(0), begin(1, "zap"), step(1), resume(1), step(0), step(1), step(1))
    found = replay_in(fragments(*SKIP, demands=(never,)), schedule(*MAKE, *moves))
    assert (found.hazard.rule, found.cpus) == ("OV107", 1)
    assert [(s.actor, s.what) for s in found.steps[6:]] == [
        ("RCU callback", "RCU calls drop"),
        ("CPU 0", "zap of table 1 (live)"),
        ("CPU 0", "call_rcu(head, drop): queued; no reader is inside to wait for"),
        ("RCU callback 2", "RCU calls drop"),
        ("RCU callback", "if (dec_and_test(refcount)): 2 -> 1, not zero"),
        ("RCU callback 2", "if (dec_and_test(refcount)): 1 -> 0, zero"),
        ("RCU callback 2", "FreePage"),
    ]
    assert {s.path for s in found.steps[6:]} == {"queue"}


def test_readers_count_as_cpus():
    moves = (*MAKE, enter(0, "gup", 1), use(0), enter(3, "gup", 1), leave(0), begin(0, "unmap"), step(0))
    found = replay_in(fragments(FreePage()), schedule(*moves))
    assert (found.hazard.rule, found.cpus, found.readers, found.tables) == ("OV105", 3, 2, 2)
    assert [s.actor for s in found.steps[4:8]] == ["reader 0 (gup)"] * 2 + ["reader 3 (gup)", "reader 0 (gup)"]
    assert [s.what for s in found.steps[4:8]] == [
        "comes into table 1",
        "TouchTable",
        "comes into table 1",
        "leaves table 1",
    ]
    assert {s.path for s in found.steps[4:8]} == {"gup"} and found.path == "free"


def test_a_table_that_is_only_in_the_way_counts():
    found = replay_in(fragments(FreePage()), schedule(*MAKE, begin(0, "unmap"), step(0)))
    assert (found.hazard.rule, found.tables) == ("OV105", 2)


def test_a_leak_after_the_last_move():
    moves = (*MAKE, begin(0, "unmap"), step(0), begin(1, "unmap"), step(1))
    found = replay_in(fragments(*SKIP), schedule(*moves))
    assert (found.hazard.rule, found.path) == ("OV108", "free")
    with pytest.raises(ReplayError, match="ends without a hazard"):
        replay_in(fragments(*SKIP), schedule(*moves[:-1]))


def test_a_cpu_is_free_during_a_grace_period_but_not_during_an_ipi():
    for mechanism, cpus in (("rcu", 1), ("ipi", 2)):
        where = fragments(GracePeriod(mechanism), FreePage())
        moves = (*MAKE, begin(0, "unmap"), step(0), begin(1, "unmap"), step(1), resume(0), step(0))
        assert replay_in(where, schedule(*moves)).cpus == cpus


def test_the_environment_has_lanes():
    where = fragments(FreePage(), tables=1, extra=())
    links = Move("rcu_links", "environment", "page.head")
    one = world(
        lifecycle(
            states=(state("live", go("free", ToPath("free"))),),
            paths=(path("free", FreePage()),),
            creates=(create(AllocPage(), ListAdd(f("lru")), Populate(((None, "live"),))),),
        )
    )
    near = Move("neighbour", "environment", "page.lru")
    found = replay_in(one, schedule(*MAKE, near, begin(0, "free"), step(0), near))
    assert (found.hazard.rule, found.path, found.cpus) == ("OV104", "", 1)
    assert [s.actor for s in found.steps][-4:] == ["list neighbour", "CPU 0", "CPU 0", "list neighbour"]
    with pytest.raises(ReplayError, match="move 5 of 5: environment cannot rcu_links"):
        replay_in(where, schedule(*MAKE, links))


def test_changes_are_told():
    found = replay_in(fragments(*SKIP), schedule(*TWICE))
    changes = {s.number: [(c.what, c.before, c.after) for c in s.changes] for s in found.steps}
    assert changes[2] == [("page", "before", "allocated")]
    assert changes[3] == [("owner of page.count", "nobody", "page.count"), ("refcount", "0", "2")]
    assert changes[4] == [("table 0", "unborn", "live"), ("table 1", "unborn", "live")]
    assert changes[5] == [("table 0", "live", "in queue")]
    assert changes[7] == [
        ("owner of page.head", "nobody", "page.head"),
        ("page.head", "not linked", "queued"),
        ("table 0", "in queue", "in queue, waiting"),
    ]


# ------------------------------------------------------------------------------------------------ rejections


def test_a_hazard_before_the_last_move_is_refused():
    with pytest.raises(ReplayError, match="move 8 of 9 meets OV103 already"):
        replay_in(fragments(*SKIP), schedule(*TWICE, begin(0, "zap")))


@pytest.mark.parametrize("missing", range(len(TWICE)))
def test_a_missing_move_is_noticed(missing):
    with pytest.raises(ReplayError):
        replay_in(fragments(*SKIP), schedule(*TWICE[:missing], *TWICE[missing + 1 :]))


@pytest.mark.parametrize("at", [i for i in range(len(TWICE) - 1) if i not in (1, 2, 4, 5, 6)])
def test_swapped_moves_are_noticed(at):
    moves = list(TWICE)
    moves[at], moves[at + 1] = moves[at + 1], moves[at]
    with pytest.raises(ReplayError):
        replay_in(fragments(*SKIP), schedule(*moves))


def test_an_empty_run_is_refused():
    with pytest.raises(ReplayError, match="no moves"):
        replay_in(fragments(*SKIP), schedule())


# ------------------------------------------------------------------------------------------------- the world


def test_tables_may_depend_on_constants():
    parts = {"tables": Sum(ConstantRef("N"), Number(1), negative=True)}
    assert world(lifecycle(**parts), constants={"N": 4}).table_count == 3
    for constants, why in (({}, "`N` has no value"), ({"N": 0}, "-1 tables"), ({"N": 10**9}, "999999999 tables")):
        with pytest.raises(ReplayError, match=why):
            world(lifecycle(**parts), constants=constants)
    for count in (Tables(), Sum(Tables(), Number(1))):
        with pytest.raises(ReplayError, match="in terms of itself"):
            world(lifecycle(tables=count))


def test_a_life_cycle_of_another_configuration_does_not_exist():
    cycle = replace(lifecycle(), condition=SymbolSet("SMP"))
    assert world(cycle, "SMP").table_count == 1
    with pytest.raises(ReplayError, match="does not exist in this configuration"):
        world(cycle)
