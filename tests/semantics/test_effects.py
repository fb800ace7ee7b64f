"""Every operation: in which states it meets which hazard, in which it does not, and what it does then."""

from __future__ import annotations

import pytest

from modelcheck.semantics.effects import effect_of_node
from modelcheck.semantics.names import ALLOCATED, BEFORE, FREED
from modelcheck.semantics.points import Point
from tests.semantics.corners import model
from tests.semantics.evaluation import truth, value
from tests.semantics.models import context_of

READY = {"page": ALLOCATED}
OWNED = {f"owned page.{name}": 1 for name in ("lru", "rcu_head", "ptl", "count", "kind", "word0", "other")}


def effect(statement: str, *, allocator: str = "", symbols: tuple[str, ...] = (), occupied: bool = False):
    """The effect of the first step of a path, taken by an actor with a table."""
    # The second path makes sure that the page can be linked and queued through the fields that overlap.
    others = "list_add(lru); call_rcu(rcu_head, q);"
    text = model(
        f"state a {{ readers walker; go -> p; on -> q; over -> b; }} state b {{ go -> q; }} path p {{ {statement} }}"
        f" path q {{ write word0; {others} }} reader walker rcu {{ touch_table; }}",
        allocator=allocator,
    )
    context = context_of(text, *symbols)
    node = context.lifecycle.path("p").nodes[0]
    return effect_of_node(context, node, Point("table", "at", "p", "p", 0, occupied=occupied))


class Zeroes(dict):
    """A state in which everything that is not said is zero."""

    def __missing__(self, key: str) -> int:
        return 0


def met(found, state: dict[str, int]) -> str:
    return next((h.rule for h in found.hazards if truth(h.condition, Zeroes(state))), "")


def after(found, state: dict[str, int]) -> dict[str, int]:
    before = Zeroes(state)
    (outcome,) = [o for o in found.outcomes if truth(o.guard, before)]
    return {name: value(new, before) for name, new in outcome.updates.items()}


TOUCHING = [
    "write word0;",
    "read word0;",
    "pun lru as word0;",
    "count = 1;",
    "count += 1;",
    "if (dec_and_test(count)) skip;",
    "set_flag(PG_a);",
    "clear_flag(PG_a);",
    "if (test_set_flag(PG_a)) skip;",
    "if (test_clear_flag(PG_a)) skip;",
    "kind = table;",
    "init_lock(ptl);",
    "use_lock(ptl);",
    "list_init(lru);",
    "list_add(lru);",
    "list_del(lru);",
    "call_rcu(rcu_head, q);",
    "touch_table;",
    "free_table;",
    "if (PG_a) skip;",
    "if (kind == none) skip;",
    "bug_on(count == 3);",
    "if (list_empty(lru)) skip;",
    "needs(count == 3);",
]
NOT_TOUCHING = [
    "skip;",
    "g = true;",
    "n = count(a);",
    "n += 1;",
    "lock(outside);",
    "grace_period;",
    "grace_period deferred;",
    "ipi_sync;",
    "queue_work;",
    "might_sleep;",
    "needs(!g || n == 1);",
    "move a -> b;",
    "if (g && n == 0) skip;",
    "wait(kind == none);",
]


@pytest.mark.parametrize("statement", TOUCHING)
def test_steps_that_touch_the_page(statement):
    found = effect(statement)
    assert met(found, {"page": FREED}) == "OV104"
    assert met(found, {"page": BEFORE}) == "OV104"


@pytest.mark.parametrize("statement", NOT_TOUCHING)
def test_steps_that_do_not(statement):
    assert met(effect(statement), {"page": FREED, "n": 1, "#a": 1}) == ""


# The statement; a state without a hazard; what has to change for which rule.
HAZARDS = [
    ("read word0;", {"owned page.word0": 1}, "OV101", {"owned page.word0": 0}),
    ("pun word0 as lru;", {"owned page.word0": 1}, "OV101", {"owned page.word0": 0}),
    ("write word0;", {}, "OV102", {"linked page.lru": 1}),
    ("write word0;", {}, "OV102", {"queued page.rcu_head": 1}),
    ("kind = table;", {}, "OV104", {"page": FREED}),
    ("count += 1;", {"owned page.count": 1}, "OV101", {"owned page.count": 0}),
    ("count -= 1;", {"owned page.count": 1, "count": 1}, "OV111", {"count": 0}),
    ("n -= 2;", {"n": 2}, "OV111", {"n": 1}),
    ("needs(!g);", {}, "OV110", {"g": 1}),
    ("needs(count == 2);", {"owned page.count": 1, "count": 2}, "OV101", {"owned page.count": 0}),
    ("n = count - 2;", {"count": 2}, "OV111", {"count": 1}),
    ("if (dec_and_test(count)) skip;", {"owned page.count": 1, "count": 1}, "OV111", {"count": 0}),
    ("use_lock(ptl);", {"owned page.ptl": 1, "alive page.ptl": 1}, "OV109", {"alive page.ptl": 0}),
    ("use_lock(ptl);", {"owned page.ptl": 1, "alive page.ptl": 1}, "OV101", {"owned page.ptl": 0}),
    ("destroy_lock(ptl); init_lock(ptl);", {"owned page.ptl": 1, "alive page.ptl": 1}, "OV109", {"alive page.ptl": 0}),
    ("lock(ptl); unlock(ptl);", {"owned page.ptl": 1, "alive page.ptl": 1}, "OV109", {"alive page.ptl": 0}),
    ("list_add(lru);", {}, "OV103", {"linked page.lru": 1}),
    ("list_add(lru);", {}, "OV102", {"queued page.rcu_head": 1}),
    ("list_del(lru);", {"owned page.lru": 1, "linked page.lru": 1}, "OV101", {"owned page.lru": 0}),
    ("list_del(lru);", {"owned page.lru": 1, "initialised page.lru": 1}, "OV101", {"initialised page.lru": 0}),
    ("call_rcu(rcu_head, q);", {}, "OV103", {"queued page.rcu_head": 1}),
    ("call_rcu(rcu_head, q);", {}, "OV102", {"linked page.lru": 1}),
    ("if (kind == none) skip;", {"owned page.kind": 1}, "OV101", {"owned page.kind": 0}),
    ("bug_on(count == 2);", {"owned page.count": 1, "count": 3}, "OV111", {"count": 2}),
    ("if (list_empty(lru)) skip;", {"owned page.lru": 1}, "OV101", {"owned page.lru": 0}),
    ("free_page;", {}, "OV106", {"page": FREED}),
    ("free_page;", {}, "OV104", {"page": BEFORE}),
    ("free_page;", {}, "OV105", {"inside walker": 1}),
    ("free_page;", {"#p.0": 1, "#gone": 4, "#unborn": 2}, "OV105", {"#p.0": 2}),
    ("free_page;", {"#p.0": 1, "#gone": 4, "#unborn": 2}, "OV105", {"#b": 1}),
]


@pytest.mark.parametrize(("statement", "fine", "rule", "change"), HAZARDS)
def test_hazards(statement, fine, rule, change):
    found = effect(statement)
    assert met(found, {**READY, **fine}) == ""
    assert met(found, {**READY, **fine, **change}) == rule


def test_what_the_allocator_demands():
    found = effect("free_page;", allocator="allocator { leaves { } demands { kind == none; !PG_a; } }\n")
    none = {**READY, "owned page.kind": 1, "kind": 1, "#p.0": 1}
    assert met(found, none) == ""
    for change in ({"kind": 0}, {"kind": 2}, {"owned page.kind": 0}, {"PG_a": 1}):
        assert met(found, {**none, **change}) == "OV107"


def test_a_reader_in_the_table_that_is_given_away():
    assert met(effect("free_table;", occupied=True), READY) == "OV105"
    assert met(effect("free_table;"), {**READY, "inside walker": 1}) == ""


# The statement, a state, and what it changes there (of what is looked at).
CHANGES = [
    ("write lru;", OWNED, {"owned page.lru": 1, "owned page.word0": 0, "owned page.rcu_head": 0}),
    ("pun lru as word0;", OWNED, {"owned page.word0": 1, "owned page.lru": 0}),
    ("count = TABLES;", {}, {"count": 2, "owned page.count": 1}),
    ("n = count(a) + 1;", {"#a": 4}, {"n": 5}),
    ("count -= 2;", {"count": 5}, {"count": 3}),
    ("n += count;", {"count": 5, "n": 1}, {"n": 6}),
    ("set_flag(PG_a);", {}, {"PG_a": 1}),
    ("g = false;", {"g": 1}, {"g": 0}),
    ("kind = table;", {}, {"kind": 2, "owned page.kind": 1}),
    ("init_lock(ptl);", {}, {"alive page.ptl": 1, "owned page.ptl": 1}),
    ("destroy_lock(ptl); init_lock(ptl);", {"alive page.ptl": 1}, {"alive page.ptl": 0}),
    ("lock(outside);", {}, {"held outside": 1}),
    ("unlock(outside);", {"held outside": 1}, {"held outside": 0}),
    ("list_init(lru);", {}, {"initialised page.lru": 1, "owned page.lru": 1}),
    ("list_add(lru);", {"initialised page.lru": 1}, {"linked page.lru": 1, "initialised page.lru": 0}),
    ("list_del(lru);", {"linked page.lru": 1}, {"linked page.lru": 0, "initialised page.lru": 0}),
    ("list_del_init(lru);", {"linked page.lru": 1}, {"linked page.lru": 0, "initialised page.lru": 1}),
    ("write word0;", {"initialised page.lru": 1}, {"initialised page.lru": 0}),
    ("call_rcu(rcu_head, q);", {}, {"queued page.rcu_head": 1, "owned page.rcu_head": 1, "owned page.lru": 0}),
    ("move a -> b;", {"#a": 3, "#b": 1}, {"#a": 0, "#b": 4}),
    ("n = drain(a);", {"#a": 3, "#gone": 1}, {"n": 3, "#a": 0, "#gone": 4}),
    ("n = drain(a -> b) + drain(b);", {"#a": 3, "#b": 2}, {"n": 5, "#a": 0, "#b": 3, "#gone": 2}),
    ("free_page;", READY, {"page": FREED}),
]


@pytest.mark.parametrize(("statement", "state", "changed"), CHANGES)
def test_changes(statement, state, changed):
    found = after(effect(statement), {**READY, **state})
    assert {name: found.get(name) for name in changed} == changed


def test_tests_have_two_ways():
    found = effect("if (dec_and_test(count)) skip;")
    for count, choice in ((1, 0), (2, 1)):
        (outcome,) = [o for o in found.outcomes if truth(o.guard, Zeroes(count=count))]
        assert outcome.choice == choice
    found = effect("if (test_set_flag(PG_a)) skip;")
    for before, choice in ((1, 0), (0, 1)):
        (outcome,) = [o for o in found.outcomes if truth(o.guard, Zeroes(PG_a=before))]
        assert outcome.choice == choice and dict(outcome.updates.items())["PG_a"].constant == 1


def test_the_configuration_leaves_one_way():
    assert [o.choice for o in effect("if (A) { skip; } else { g = true; }").outcomes] == [1]
    assert [o.choice for o in effect("if (A) { skip; } else { g = true; }", symbols=("A",)).outcomes] == [0]
    assert [o.choice for o in effect("choose { skip; } or { g = true; } or { PG_a = true; }").outcomes] == [0, 1, 2]


@pytest.mark.parametrize(
    ("statement", "waiting", "going"),
    [
        ("lock(outside); unlock(outside);", {"held outside": 1}, {}),
        ("lock(ptl); unlock(ptl);", {"held page.ptl": 1}, {}),
        ("wait(g);", {}, {"g": 1}),
        ("wait(count(b) == 0);", {"#b": 1}, {}),
    ],
)
def test_steps_that_wait(statement, waiting, going):
    (outcome,) = effect(statement).outcomes
    assert not truth(outcome.guard, Zeroes(waiting)) and truth(outcome.guard, Zeroes(going))
