"""Program points: their names, and where actors come to."""

from __future__ import annotations

import pytest

from modelcheck.semantics.points import Point, idle, is_table_point, resting, waiting
from tests.semantics.corners import READERS, model
from tests.semantics.models import context_of

ROUND = model(
    "state a { readers walker; go -> p; b -> b; } state b { back -> q; } path p {"
    " if (g) goto q; call_rcu(rcu_head, q); } path q { atomic { skip; skip; } goto a; }"
    " action now once when g { goto r; } path r { }" + READERS
)


def names(points) -> set[str]:
    return {point.name for point in points}


def test_names_say_everything():
    point = Point("table", "at", "q", "p", 3, inner=True, occupied=True)
    assert point.name == "#q.3@p! +reader" and point.words == "q.3 of p!"
    assert waiting(point, blocked=True).name == "#q.3@p waiting blocked +reader"
    assert resting("a").name == "#a" and idle("now").name == "#action:now idle"


def test_only_tables_have_names_without_an_actor():
    assert is_table_point(resting("a").name)
    assert not is_table_point(idle("now").name)
    assert not is_table_point(Point("creator", "at", "create", "create", 0).name)


def test_tables_reach_what_their_paths_say():
    found = names(context_of(ROUND).tables)
    assert {"#unborn", "#gone", "#a", "#b", "#p.0", "#q.0", "#q.1!"} <= found
    assert {"#p.1", "#p.1 waiting", "#p.1 waiting blocked"} <= found
    assert not any("@" in name or "+reader" in name for name in found)


def test_what_the_configuration_decides_is_no_step():
    decided = model(
        "state a { go -> p; } path p { if (SMP) skip; else goto q; if (!SMP) skip; } path q { if (SMP) goto a; skip; }"
        " action act once { atomic { if (SMP) skip; if (!SMP) skip; } }"
    )
    context = context_of("config SMP;" + decided, "SMP")
    assert names(context.tables) == {"#unborn", "#gone", "#a", "#p.1"}
    start = context.points.started("action:act", context.actions[0].path, context.live)
    assert start.node == 1 and not start.inner
    end = context.points.after(start, 0, context.live)
    assert end.inner  # The empty step by which an atomic block is left.
    assert context.points.after(end, 0, context.live).place == "done"


def test_ways_in_are_told_apart_on_demand():
    found = names(context_of(ROUND, ways_in=True).tables)
    assert {"#q.0@p", "#q.0", "#a"} <= found
    assert "#a@p" not in found


def test_the_readers_table_is_told_apart_only_where_tables_are_given_away():
    freed = model("state a { readers walker; go -> p; } path p { free_table; }" + READERS)
    assert {"#a +reader", "#p.0 +reader", "#gone +reader"} <= names(context_of(freed).tables)


def test_bulk_moves_take_the_reader_along():
    moved = model(
        "state a { readers walker; go -> p; } state b { go -> p; } path p { free_table; }"
        " action sweep once { move a -> b; }"
        + READERS
    )
    assert "#b +reader" in names(context_of(moved).tables)


BOTH_CONTEXTS = (
    "state a { go -> p; now -> q; } path p { call_rcu(rcu_head, q); } path q { skip; %s g = true; unlock(outside); }"
)


def test_softirq_is_told_apart_only_up_to_what_depends_on_it():
    found = names(context_of(model(BOTH_CONTEXTS % "might_sleep;")).tables)
    assert {"#q.0", "#q.0 in softirq", "#q.1", "#q.1 in softirq", "#q.2"} <= found
    assert "#q.2 in softirq" not in found


@pytest.mark.parametrize("step", ["skip;", "lock(outside);", "grace_period deferred;", "queue_work; might_sleep;"])
def test_where_nothing_depends_on_softirq_it_is_not_told_apart(step):
    """A lock that is taken with softirqs on is contested; one that no other context takes is not."""
    body = BOTH_CONTEXTS % step if step != "lock(outside);" else BOTH_CONTEXTS.replace("now -> q;", "") % step
    assert not any("softirq" in name for name in names(context_of(model(body)).tables))


def test_held_locks_are_told_apart_only_up_to_what_depends_on_them():
    body = "list lru under outside; state a { go -> p; } path p { %s skip; list_del(lru); skip; unlock(outside); }"
    found = names(context_of(model(body % "if (g) lock(outside); skip;")).tables)
    assert {"#p.2", "#p.2 with outside", "#p.3 with outside", "#p.4"} <= found
    assert not found & {"#p.0 with outside", "#p.5 with outside", "#p.6 with outside"}
    assert not any("with outside" in name for name in names(context_of(model(body % "")).tables))
