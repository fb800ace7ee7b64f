"""Program points: their names, and where actors come to."""

from __future__ import annotations

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


def test_ways_in_are_told_apart_on_demand():
    found = names(context_of(ROUND, ways_in=True).tables)
    assert {"#q.0@p", "#q.0", "#a"} <= found
    assert "#a@p" not in found


def test_the_readers_table_is_told_apart_only_where_tables_are_given_away():
    freed = model("state a { readers walker; go -> p; } path p { free_table; }" + READERS)
    assert {"#a +reader", "#p.0 +reader", "#gone +reader"} <= names(context_of(freed).tables)


def test_bulk_moves_take_the_reader_along():
    moved = model(
        "state a { readers walker; go -> p; } state b { go -> p; } path p { free_table; } action sweep { move a -> b; }"
        + READERS
    )
    assert "#b +reader" in names(context_of(moved).tables)
