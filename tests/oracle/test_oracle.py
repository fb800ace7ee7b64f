"""What the oracle makes of single steps: one small life cycle for each line of the language reference."""

from __future__ import annotations

import pytest

from modelcheck.resolve import load_text
from tests.oracle import Outcome, explore
from tests.oracle.configurations import condition_holds, instances

HEAD = """
litmus "a step";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
layout {
    typedef struct { int counter; } atomic_t;
    typedef struct { unsigned int locked; } spinlock_t;
    struct list_head { struct list_head *next, *prev; };
    struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
    struct page {
        unsigned long flags;
        union { struct rcu_head rcu_head; struct list_head lru; struct { unsigned long low; unsigned long high; }; };
        unsigned long other;
        spinlock_t ptl;
        atomic_t count;
        struct list_head list;
    };
}
"""


def run(body: str, tables: int = 1, readers: int = 2, limit: int = 100_000) -> Outcome:
    text = f"{HEAD}lifecycle t on page level pte {{ tables {tables}; {body} }} expect t SAFE;"
    unit = load_text(text)
    (instance,) = instances(unit, unit.lifecycles[0])
    configuration = instance.configuration
    return explore(unit.lifecycles[0], configuration, configuration.layout, tables, readers=readers, limit=limit)


def steps(text: str) -> frozenset[tuple[str, str]]:
    """The hazards of one table whose only path is `text`."""
    return run(
        f"flag PG_a; counter count; ghost flag g; ghost counter n; lock outside; keeps_page;"
        f"lock guard; list page.list under guard;"
        f"create {{ alloc_page; populate 1 -> rest; }} state rest {{ go -> p; }} path p {{ {text} }}"
    ).hazards


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("write other; read other;", ""),
        ("read other;", "OV101"),
        ("might_sleep; grace_period; ipi_sync;", ""),
        ("grace_period deferred; might_sleep;", "OV110"),
        ("grace_period deferred; grace_period;", "OV110"),
        ("grace_period deferred; ipi_sync;", "OV110"),
        ("grace_period deferred; grace_period deferred; skip;", ""),
        ("grace_period deferred; queue_work; might_sleep;", ""),
        ("lock(outside); grace_period deferred; lock(outside);", "OV110"),
        ("lock_bh(outside); grace_period deferred; lock(outside);", ""),
        ("lock_irq(outside); grace_period deferred; lock(outside);", ""),
        ("lock(outside); unlock(outside); grace_period deferred; lock(outside);", ""),
        ("init_lock(ptl); lock(ptl); grace_period deferred; use_lock(ptl);", "OV110"),
        ("init_lock(ptl); lock_bh(ptl); grace_period deferred; use_lock(ptl);", ""),
        ("needs(!g);", ""),
        ("needs(g);", "OV110"),
        ("needs(count == 1);", "OV101"),
        ("list_add(list);", "OV110"),
        ("lock(guard); list_add(list); list_del(list); unlock(guard);", ""),
        ("lock(guard); list_add(list); unlock(guard); list_del(list);", "OV110"),
        ("lock(outside); list_add(list);", "OV110"),
        ("list_init(list); write list;", ""),
        ("write rcu_head; write high; read rcu_head;", "OV101"),
        ("write rcu_head; write high; read high;", ""),
        ("write low; write high; read rcu_head;", "OV101"),
        ("write lru.next; write lru.prev; read lru;", ""),
        ("write lru; write low; write lru.next; read lru;", ""),
        ("write lru; write high; write lru.next; read lru;", "OV101"),
        ("write lru; pun lru as high; read high;", ""),
        ("write lru; pun lru as high; read lru;", "OV101"),
        ("pun lru as high;", "OV101"),
        ("count = 1; count -= 1; bug_on(count != 0);", ""),
        ("count = 0; count -= 1;", "OV111"),
        ("count += 1;", "OV101"),
        ("n += 1; bug_on(n == 1);", "OV111"),
        ("bug_on(count == 7);", "OV101"),
        ("set_flag(PG_a); if (test_set_flag(PG_a)) bug_on(PG_a);", "OV111"),
        ("set_flag(PG_a); if (test_clear_flag(PG_a)) bug_on(PG_a);", ""),
        ("use_lock(ptl);", "OV109"),
        ("init_lock(ptl); use_lock(ptl);", ""),
        ("init_lock(ptl); write ptl; use_lock(ptl);", ""),
        ("init_lock(ptl); destroy_lock(ptl); use_lock(ptl);", "OV109"),
        ("if (g) init_lock(ptl); destroy_lock(ptl);", "OV109"),
        ("init_lock(ptl); lock(ptl); unlock(ptl); lock(ptl);", ""),
        ("list_add(lru); list_add(lru);", "OV103"),
        ("list_add(lru); list_del(lru); list_add(lru); list_del(lru);", ""),
        ("list_add(lru); list_del(lru); list_del(lru);", "OV101"),
        ("list_add(lru); list_del_init(lru); list_del(lru);", ""),
        ("list_init(lru); list_del(lru);", ""),
        ("list_add(lru); write high;", "OV102"),
        ("list_add(lru); write lru.prev; list_del(lru);", ""),
        ("list_add(lru); call_rcu(rcu_head, p);", "OV102"),
        ("list_init(lru); bug_on(list_empty(lru));", "OV111"),
        ("list_add(lru); bug_on(list_empty(lru));", ""),
        ("g = true; if (g) { bug_on(!g); } else { read other; }", ""),
        ("choose { skip; } or { read other; }", "OV101"),
    ],
)
def test_a_step_of_one_table(text: str, rule: str) -> None:
    assert {r for r, _ in steps(text)} == ({rule} if rule else set())


def test_free_page_twice() -> None:
    assert steps("free_page; free_page;") == {("OV106", "p")}


def test_touch_after_free() -> None:
    assert steps("free_page; touch_table;") == {("OV104", "p")}


def test_free_while_linked_meets_the_neighbour() -> None:
    assert steps("list_add(lru); free_page;") == {("OV104", "list neighbour")}


def test_a_queued_head_is_written_by_rcu_and_its_func_is_gone_in_the_callback() -> None:
    frame = (
        "keeps_page; create { alloc_page; write high; populate 1 -> rest; } state rest { go -> p; }"
        "path p { call_rcu(rcu_head, q); } path q { %s }"
    )
    assert run(frame % "read high;").hazards == {("OV101", "p")}
    assert run(frame % "read rcu_head; write high; read high;").hazards == set()


def test_the_entry_path_is_where_the_actor_began() -> None:
    found = run(
        "keeps_page; create { alloc_page; populate 1 -> rest; } state rest { go -> p; }"
        "path p { goto q; } path q { read other; }"
    )
    assert found.hazards == {("OV101", "p")}


READERS = """
    create { alloc_page; populate 1 -> rest; }
    state rest { readers slow, fast; go -> p; }
    reader slow rcu { touch_table; } reader fast irq_off { touch_table; }
"""


@pytest.mark.parametrize(
    ("wait", "safe"),
    [("grace_period;", True), ("ipi_sync;", False), ("skip;", False), ("call_rcu(rcu_head, q);", True)],
)
def test_who_is_waited_for(wait: str, safe: bool) -> None:
    last = f"path p {{ {wait} }} path q {{ free_page; }}" if "call" in wait else f"path p {{ {wait} free_page; }}"
    assert run(READERS + last).safe == safe


def test_an_interrupt_waits_for_readers_with_interrupts_off() -> None:
    only_fast = READERS.replace("readers slow, fast", "readers fast").replace("reader slow rcu { touch_table; }", "")
    assert run(f"{only_fast} path p {{ ipi_sync; free_page; }}").safe
    assert run(f"{only_fast} path p {{ free_page; }}").hazards == {("OV105", "p")}


def test_readers_that_come_later_are_not_waited_for() -> None:
    two = (
        "create { alloc_page; populate rest -> rest; } state rest { readers slow; a -> p; b -> q; }"
        "reader slow rcu { touch_table; } ghost counter n = 2;"
        "path p { if (dec_and_test(n)) { grace_period; free_page; } }"
        "path q { grace_period; if (dec_and_test(n)) free_page; }"
    )
    assert run(two, tables=2).hazards == {("OV105", "q")}
    assert run(two, tables=2, readers=0).safe


def test_free_table_asks_for_readers_of_this_table_only() -> None:
    body = (
        "keeps_page; create { alloc_page; populate 1 -> a, rest -> b; } state a { readers slow; }"
        "state b { go -> p; } path p { free_table; } reader slow rcu { touch_table; }"
    )
    assert run(body, tables=2).safe
    assert run(body.replace("state b {", "state b { readers slow;"), tables=2).hazards == {("OV105", "p")}


def test_a_sibling_in_use_keeps_the_page() -> None:
    body = "create { alloc_page; populate rest -> rest; } state rest { go -> p; } path p { free_page; }"
    assert run(body).safe
    assert run(body, tables=2).hazards == {("OV105", "p")}


def test_leak() -> None:
    body = "create { alloc_page; populate 1 -> rest; } state rest { go -> p; } path p { done; }"
    assert run(body).hazards == {("OV108", "leak")}
    assert run(f"keeps_page; {body}").safe
    assert run(f"action tidy once when count(gone) == TABLES {{ free_page; }} {body}").safe
    assert run(f"environment other once when count(gone) == TABLES {{ write low; }} {body}").rules == {"OV108"}


def test_a_leak_although_some_tables_were_never_born() -> None:
    body = "create { alloc_page; populate 1 -> rest; } state rest { go -> p; } path p { %s }"
    assert run(body % "done;", tables=3).hazards == {("OV108", "leak")}
    assert run(body % "free_page;", tables=3).safe


def test_the_lock_outside_and_atomic_keep_others_out() -> None:
    frame = (
        "keeps_page; ghost counter n; lock outside; create { alloc_page; populate rest -> rest; }"
        "state rest { go -> p; } path p { %s }"
    )
    work = "n += 1; bug_on(n > 1); n -= 1;"
    assert run(frame % work, tables=2).rules == {"OV111"}
    assert run(frame % f"lock(outside); {work} unlock(outside);", tables=2).safe
    assert run(frame % f"atomic {{ {work} }}", tables=2).safe


def test_drain_and_move() -> None:
    frame = (
        "keeps_page; create { alloc_page; populate rest -> a; } state a { go -> b; } state b { } ghost counter n = 2;"
        "action once_for_all once when count(a) == 2 { %s }"
    )
    assert run(frame % "n -= drain(a); bug_on(count(a) != 0 || count(gone) != 2 && n == 0);", tables=2).safe
    assert run(frame % "move a -> b; bug_on(count(a) != 0);", tables=2).safe
    chain = "n = drain(a -> b) + drain(b -> gone); bug_on(n != 2);"
    assert run(frame % chain, tables=2).safe


def test_the_limit_of_states_is_said() -> None:
    body = "create { alloc_page; populate 1 -> a; } state a { go -> a; } ghost counter n; environment up { n += 1; }"
    found = run(body, limit=50)
    assert not found.complete
    assert not found.safe
    assert found.states == 50


def test_runs_are_shortest_and_end_in_the_hazard() -> None:
    found = run("create { alloc_page; populate 1 -> a; } state a { go -> p; } path p { skip; free_page; free_page; }")
    (lines,) = found.runs.values()
    assert len(lines) == 7
    assert lines[-1].endswith("=> OV106")
    assert ("p", 2) in found.executed


def test_conditions_of_expectations() -> None:
    text = HEAD + "config A, B; const N >= 1; lifecycle t on page level pte { tables N; keeps_page;"
    unit = load_text(f"{text} create {{ alloc_page; populate rest -> a; }} state a {{ }} }} expect t SAFE;")
    found = list(instances(unit, unit.lifecycles[0]))
    assert len(found) == 12
    assert sum(condition_holds("", i) for i in found) == 12
    assert sum(condition_holds("A && !B", i) for i in found) == 3
    assert sum(condition_holds("A && (B || N >= 2)", i) for i in found) == 5
    assert sum(condition_holds("abi == lp64 && N == 1", i) for i in found) == 4
