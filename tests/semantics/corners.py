"""Small models, one for each thing that random models seldom do; every moment of each is gone through."""

from __future__ import annotations

from typing import Final

PREAMBLE = """arch corner "Corner";
kernel "6.12";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
config A;
const N >= 1;
layout {
    typedef struct { int counter; } atomic_t;
    typedef struct { unsigned int locked; } spinlock_t;
    struct list_head { struct list_head *next, *prev; };
    struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
    struct page {
        unsigned long flags;
        union {
            struct list_head lru;
            struct rcu_head rcu_head;
            struct { unsigned long word0; unsigned long word1; };
            struct list_head alias;
        };
        struct list_head other;
        spinlock_t ptl;
        atomic_t count;
        unsigned int kind;
    #ifdef CONFIG_A
        unsigned long data;
    #endif
    };
}
"""

VARIABLES = """
    flag PG_a;
    counter count;
    value kind { none, table };
    ghost flag g;
    ghost counter n;
    lock outside;
"""

READERS = """
    reader walker rcu { touch_table; use_lock(ptl); }
    reader fast irq_off { touch_table; read word0; }
"""

CREATE = "create { alloc_page; init_lock(ptl); kind = table; count = TABLES; populate rest -> a; }"


def model(body: str, *, tables: str = "2", allocator: str = "", create: str = CREATE) -> str:
    """A life cycle with everything declared that the bodies below use."""
    frame = f"lifecycle corner on page level pte {{\n    tables {tables};\n{VARIABLES}    {create}\n{body}\n}}\n"
    return PREAMBLE + allocator + frame


CORNERS: Final = {
    "an atomic block that ends by queueing": model(
        "state a { readers walker; go -> p; } path p { atomic { g = true; call_rcu(rcu_head, q); } }"
        " path q { count -= 1; if (count == 0) free_page; }" + READERS,
    ),
    "an atomic block that ends by a grace period": model(
        "state a { readers walker, fast; go -> p; } path p { atomic { g = true; ipi_sync; } atomic { g = false;"
        " grace_period; } if (dec_and_test(count)) free_page; }" + READERS,
    ),
    "branches inside an atomic block": model(
        "state a { go -> p; back -> b; } state b { go -> p when g; } path p { atomic { if (test_set_flag(PG_a)) {"
        " g = true; } choose { skip; } or { clear_flag(PG_a); goto b; } } skip; if (dec_and_test(count)) free_page; }",
    ),
    "a list_head and what is done with it": model(
        "state a { go -> p; } path p { list_init(lru); list_add(lru); if (list_empty(lru)) { skip; } list_del(lru);"
        " list_init(lru); list_add(lru); choose { list_add(lru); } or { list_del_init(lru); } list_del(lru);"
        " if (list_empty(lru)) { list_del(lru); } }",
        tables="1",
    ),
    "lists asked from everywhere": model(
        "state a { go -> p when list_empty(other); b -> b when !list_empty(other); } state b { go -> q; }"
        " path p { list_add(other); skip; wait(list_empty(other)); bug_on(!list_empty(other));"
        " if (dec_and_test(count)) free_page; } path q { list_del(other); if (dec_and_test(count)) free_page; }"
        " environment owner when list_empty(other) && g { g = false; }",
        allocator="allocator { leaves { write page.other; } demands { list_empty(other); } }\n",
    ),
    "a list_head stored over": model(
        "state a { go -> p; } path p { list_init(lru); choose { write lru; } or { write word1; } or {"
        " pun word0 as lru; } or { call_rcu(rcu_head, q); } or { skip; } if (list_empty(lru)) skip; list_del(lru); }"
        " path q { pun rcu_head as lru; list_del(lru); }",
        tables="1",
    ),
    "bytes reinterpreted": model(
        "state a { readers fast; go -> p; } path p { write word0; pun word0 as rcu_head; read rcu_head;"
        " call_rcu(rcu_head, q); } path q { pun rcu_head as word0; read word0; read word1; }" + READERS,
    ),
    "fields inside fields": model(
        "state a { go -> p; } path p { write lru; read lru.next; choose { write lru.next; } or { write word0; } or"
        " { write word1; } choose { read lru; } or { read lru.next; } or { write lru; read lru.prev; } }",
        tables="1",
    ),
    "two names of one list_head": model(
        "state a { go -> p; } path p { list_add(lru); if (!list_empty(alias)) skip; list_del(alias); write word0;"
        " list_add(alias); }",
        tables="1",
    ),
    "two states emptied at once": model(
        "state a { b -> b; } state b { c -> c; } state c { stay -> a; } action sweep when count(a) > 0"
        " { n = drain(a -> b) + drain(b -> c); move c -> b; n -= n; }",
        tables="3",
    ),
    "the rest comes first": model(
        "state a { go -> p; } state b { go -> p; } path p { if (dec_and_test(count)) free_page; }",
        tables="N",
        create="create { alloc_page; count = TABLES; populate rest -> a, 1 -> b; }",
    ),
    "populated twice": model(
        "state a { go -> p; } state b { go -> p; } path p { if (dec_and_test(count)) free_page; }",
        tables="3",
        create="create { alloc_page; count = TABLES; populate 1 -> a; g = true; populate rest -> b; }",
    ),
    "fewer tables than are asked for": model(
        "state a { go -> p; } path p { if (dec_and_test(count)) free_page; }",
        tables="N",
        create="create { alloc_page; count = TABLES; populate 2 -> a; }",
    ),
    "a negative number of tables": model(
        "state a { go -> p; } state b { go -> p; } path p { if (dec_and_test(count)) free_page; }",
        tables="N",
        create="create { alloc_page; count = TABLES; populate N - 2 -> a, rest -> b; }",
    ),
    "populated inside an atomic block": model(
        "state a { go -> p when g; } path p { if (dec_and_test(count)) free_page; }",
        create="create { alloc_page; count = TABLES; atomic { populate rest -> a; PG_a = true; } g = true; skip; }",
    ),
    "a grace period before the tables are born": model(
        "state a { go -> p when g; } path p { if (dec_and_test(count)) free_page; } action early once { write word0; }",
        create="create { alloc_page; list_add(lru); atomic { g = true; grace_period; } count = TABLES;"
        " populate rest -> a; skip; list_del(lru); }",
    ),
    "two ways of creation": model(
        "state a { go -> p; } path p { if (dec_and_test(count)) free_page; }",
        create="create one { alloc_page; count = TABLES; populate rest -> a; } create two { alloc_page; if (g) skip;"
        " choose { count = TABLES; } or { count = 1; } populate rest -> a; g = true; }",
    ),
    "the number of tables decides": model(
        "state a { go -> p when count(a) < N; last -> p when count(a) == N; } path p {"
        " if (dec_and_test(count)) free_page; }"
        " action odd once when count(gone) + 1 == N { bug_on(N == 3); }",
        tables="N",
        create="create { alloc_page; if (N == 1) { count = 2; } else { count = N; } populate rest -> a; }",
    ),
    "the configuration decides": model(
        "state a { go -> p when A || g; b -> b when A; } state b { go -> p; }"
        " path p { if (A && !list_empty(other)) skip; bug_on(A && g && n == 3); wait(!A || !g);"
        " if (A) { write data; } if (dec_and_test(count)) free_page; }"
        " action sometimes once when A && !g { g = true; g = false; }",
        allocator="allocator { leaves { } demands { !A || !PG_a; kind == table || A; } }\n",
    ),
    "locks taken and let go by anybody": model(
        "state a { go -> p; q -> q; } path p { lock(outside); lock(ptl); if (g) { destroy_lock(ptl); } g = true;"
        " unlock(ptl); unlock(outside); } path q { unlock(outside); use_lock(ptl); init_lock(ptl); }",
    ),
    "a table given away while the page lives": model(
        "state a { readers walker, fast; go -> p; b -> b; } state b { readers walker; go -> p; } path p { grace_period;"
        " free_table; touch_table; if (dec_and_test(count)) free_page; } action sweep"
        " when count(a) > 0 { move a -> b; }" + READERS,
    ),
    "a table given away without waiting": model(
        "state a { readers fast; go -> p; } path p { choose { free_table; } or { ipi_sync; free_table; }"
        " count -= 1; if (count == 0) { grace_period; free_page; } }" + READERS,
    ),
    "readers that are waited for differently": model(
        "state a { readers walker, fast; go -> p; } path p { ipi_sync; write word0; grace_period; destroy_lock(ptl);"
        " if (dec_and_test(count)) free_page; }" + READERS,
    ),
    "an action again and again": model(
        "state a { go -> p; } path p { if (dec_and_test(count)) free_page; } action again when !g { g = true; n += 1;"
        " n -= 1; g = false; } environment owner { PG_a = true; } action once_only once when g { skip; }",
        tables="1",
    ),
    "a number that only another one takes over": model(
        "state a { go -> p; more -> q; } path p { count += n; if (count == 5) { read word0; } }"
        " path q { n += 1; goto b; } state b { go -> p; }",
        tables="3",
    ),
    "counters below zero": model(
        "state a { go -> p; } path p { n = count - 1; n -= count; count = 1 - n; count -= 3; }",
        tables="1",
    ),
    "values of an enumeration": model(
        "state a { go -> p; } path p { if (kind == none) { kind = table; } else { kind = none; } bug_on(kind != none);"
        " if (dec_and_test(count)) free_page; }",
        allocator="allocator { leaves { kind = none; PG_a = true; count = 3; } demands { kind == none; !PG_a; } }\n",
    ),
    "touched after it was freed": model(
        "state a { readers walker; go -> p; } path p { free_page; skip; touch_table; }"
        " environment late { PG_a = true; }" + READERS,
    ),
    "an action that goes on in a path": model(
        "state a { go -> p; } path p { skip; if (dec_and_test(count)) { goto finish; } }"
        " path finish { g = true; free_page; } action late once when g { skip; touch_table; goto finish; }",
    ),
    "a path that comes back to a state": model(
        "state a { go -> p; b -> b; } state b { back -> q; } path p { skip; goto q; } path q { goto a; }",
    ),
    "a callback that sleeps, by one way in of two": model(
        "state a { readers walker; go -> p; now -> q; } path p { call_rcu(rcu_head, q); } path q { skip; goto r; }"
        " path r { choose { might_sleep; } or { grace_period; } or { ipi_sync; } or { grace_period deferred; }"
        " if (dec_and_test(count)) free_page; }" + READERS,
    ),
    "a callback that leaves it to a work item": model(
        "state a { go -> p; now -> q; } path p { atomic { g = true; grace_period deferred; }"
        " atomic { skip; queue_work; } goto q; } path q { skip; might_sleep; if (dec_and_test(count)) free_page; }",
    ),
    "a lock that callbacks take, too": model(
        "state a { go -> p; now -> q; other -> r; } path p { grace_period deferred; goto q; }"
        " path q { lock(outside); skip; unlock(outside); if (dec_and_test(count)) free_page; }"
        " path r { lock_bh(outside); skip; unlock(outside); goto a; }"
        " environment owner { lock_irq(outside); unlock(outside); }",
    ),
    "a lock of the page that callbacks take, too": model(
        "state a { go -> p; now -> q; other -> r; } path p { call_rcu(rcu_head, q); }"
        " path q { choose { lock(ptl); g = true; unlock(ptl); } or { use_lock(ptl); } queue_work; lock(ptl);"
        " unlock(ptl); if (dec_and_test(count)) free_page; }"
        " path r { lock_bh(ptl); init_lock(ptl); unlock(ptl); unlock(ptl); goto a; }",
    ),
    "lists under locks": model(
        "lock another; list page.lru under outside; list alias under another; list other under outside;"
        " state a { go -> p; more -> r; } path p { if (g) { lock(outside); } list_add(other); lock(another);"
        " lock_bh(outside); list_add(alias); unlock(another); choose { list_del(alias); } or { goto q; } }"
        " path q { atomic { lock(another); list_del_init(lru); } unlock(outside); unlock(another); list_init(lru); }"
        " path r { g = true; unlock(outside); goto a; }",
        tables="1",
    ),
    "locks kept over a grace period": model(
        "list page.lru under outside; state a { go -> p; more -> q; } path p { lock(outside); grace_period;"
        " list_add(lru); grace_period deferred; list_del(lru); unlock(outside); list_del(lru); }"
        " path q { unlock(outside); goto a; }",
    ),
    "created in softirq, under a lock": model(
        "list page.lru under outside; state a { go -> p; } path p { lock(outside); unlock(outside);"
        " if (dec_and_test(count)) free_page; }",
        create="create { alloc_page; count = TABLES; lock(outside); list_add(lru); populate rest -> a; list_del(lru);"
        " unlock(outside); } create late { alloc_page; grace_period deferred; count = TABLES; if (g) might_sleep;"
        " populate rest -> a; lock(outside); unlock(outside); choose { skip; } or { grace_period; }"
        " or { queue_work; grace_period; } }",
    ),
    "the page is kept": model("keeps_page; state a { go -> p; } path p { skip; }"),
    "nobody frees the page": model(
        "state a { go -> p; } path p { if (dec_and_test(count)) call_rcu(rcu_head, q); } path q { skip; }"
        " action maybe once when g { free_page; }",
    ),
}
