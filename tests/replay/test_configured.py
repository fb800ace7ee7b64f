"""Runs of a model that is read from text, in configurations that the runs name."""

from __future__ import annotations

import pytest

from modelcheck.replay.configured import world_of
from modelcheck.replay.run import replay
from modelcheck.replay.trace_file import Identification, from_json, to_json
from modelcheck.replay.world import ReplayError
from modelcheck.resolve import load_text
from modelcheck.trace import Move, Schedule

TEXT = """
litmus "Two tables that share a page queue its one rcu_head.";
kernel "6.12";
abi ppc64le { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
abi ppc32 { byte_order big; char 1:1; short 2:2; int 4:4; long 4:4; long_long 8:8; pointer 4:4; }
use abi ppc64le, ppc32;
config SMP, SPLIT, UP;
require SPLIT -> SMP at "mm/Kconfig";
choice SMP, UP at "mm/Kconfig";
define WIDE = sizeof(long) > 4;
const FRAG_NR >= 1 { otherwise: 2; };
layout {
    struct list_head { struct list_head *next, *prev; };
    struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
    typedef struct { int counter; } atomic_t;
    typedef struct { unsigned int slock; } spinlock_t;
    struct ptdesc {
        unsigned long __page_flags;
        union {
            struct rcu_head pt_rcu_head;
            struct list_head pt_list;
            struct { unsigned long pad; void *pmd_huge_pte; };
        };
        atomic_t refcount;
    #ifdef CONFIG_SPLIT
        spinlock_t ptl;
    #endif
    };
}
lifecycle frag "fragments" on ptdesc level pte {
    when SMP || UP;
    tables FRAG_NR;
    flag PG_active;
    counter refcount;
    create { alloc_page; refcount = TABLES; if (SPLIT) init_lock(ptl); populate rest -> live; } at "mm/a.c:create"
    state live { readers gup; unmap -> pte_free; deposit -> put; withdraw -> get; }
    path put { write pmd_huge_pte; goto live; } at "mm/a.c:deposit"
    path get { read pmd_huge_pte; goto live; } at "mm/a.c:withdraw"
    path pte_free [defer] { if (WIDE) set_flag(PG_active); call_rcu(pt_rcu_head, drop); } at "mm/a.c:pte_free_defer"
    path drop [release] {
        if (dec_and_test(refcount)) { if (SPLIT) destroy_lock(ptl); free_page; }
    } at "mm/a.c:drop"
    reader gup irq_off { touch_table; } at "mm/gup.c:gup_fast"
}
expect frag UNSAFE OV103 when "FRAG_NR >= 2";
"""
UNIT = load_text(TEXT, "frag.litmus")
FRAG = UNIT.lifecycles[0]
STEP = Move("step", "creator")
MAKE = (Move("start", "creator", FRAG.creates[0].name), STEP, STEP, STEP)


def begin(table, name):
    return Move("begin", f"table:{table}", name)


def step(table):
    return Move("step", f"table:{table}")


def run(*moves, abi="ppc64le", tables=2, **symbols):
    return Schedule(abi, tuple(sorted(symbols.items())), (("FRAG_NR", tables),), (*MAKE, *moves))


TWICE = (begin(0, "unmap"), *[step(0)] * 2, begin(1, "unmap"), *[step(1)] * 2)


def test_a_head_queued_twice():
    found = replay(UNIT, FRAG, run(*TWICE))
    assert (found.hazard.rule, found.hazard.field) == ("OV103", "ptdesc.pt_rcu_head")
    assert (found.tables, found.cpus, found.readers, found.path) == (2, 1, 0, "pte_free")
    assert [s.what for s in found.steps[:7]] == [
        "create",
        "alloc_page",
        "refcount = TABLES: 2",
        "populate rest -> live",
        "unmap of table 0 (live)",
        "set_flag(PG_active)",
        "call_rcu(pt_rcu_head, drop): queued; no reader is inside to wait for",
    ]
    assert {s.citation for s in found.steps[4:]} == {"mm/a.c:pte_free_defer"}
    line = TEXT[: TEXT.index("alloc_page")].count("\n") + 1
    assert found.steps[1].place == f"frag.litmus:{line}:14"


def test_the_abi_decides_branches_and_bytes():
    short = (begin(0, "unmap"), step(0), begin(1, "unmap"), step(1))
    assert replay(UNIT, FRAG, run(*short, abi="ppc32")).hazard.rule == "OV103"
    with pytest.raises(ReplayError, match="ends without a hazard"):
        replay(UNIT, FRAG, run(*short, abi="ppc64le"))
    assert world_of(UNIT, FRAG, run(abi="ppc32")).overlay.size == 16
    assert world_of(UNIT, FRAG, run(SPLIT=True)).overlay.size == 32
    assert world_of(UNIT, FRAG, run(SPLIT=False)).overlay.size == 28


def test_a_deposit_that_the_queued_head_overwrites():
    moves = (begin(0, "deposit"), step(0), begin(1, "unmap"), step(1), step(1), begin(0, "withdraw"), step(0))
    found = replay(UNIT, FRAG, run(*moves))
    assert (found.hazard.rule, found.hazard.clobbered_by) == ("OV101", "ptdesc.pt_rcu_head")
    assert found.hazard.message == (
        "`read pmd_huge_pte` uses `ptdesc.pmd_huge_pte`, "
        "but its bytes 16-23 were last written as `ptdesc.pt_rcu_head`"
    )
    changes = [(c.what, c.before, c.after) for s in found.steps for c in s.changes]
    assert ("owner of ptdesc.pmd_huge_pte", "ptdesc.pmd_huge_pte", "ptdesc.pt_rcu_head") in changes


def test_open_symbols_are_completed_to_an_admitted_configuration():
    for symbols, split in (({}, False), ({"SPLIT": True}, True), ({"UP": True}, False)):
        world = world_of(UNIT, FRAG, run(**symbols))
        assert (len([ref for ref in world.overlay.bytes_of if ref.path == "ptl"]) == 1) is split


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        (run(abi="m68k"), "is not compiled for `m68k`"),
        (run(THP=True), "no symbol `THP`"),
        (run(tables=0), "at least 1, not 0"),
        (run(SPLIT=True, UP=True), "no admitted configuration"),
        (run(SMP=False, UP=False), "no admitted configuration"),
        (Schedule("ppc64le", (), (("NR", 1),), MAKE), "no constant `NR`"),
        (Schedule("ppc64le", (), (), MAKE), "`FRAG_NR` has no value"),
        (run(begin(0, "fly")), "move 5 of 5: table 0 is `live`, which has no transition `fly`"),
        (run(*TWICE, tables=1), "there is no table `table:1`"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_that_make_no_sense(schedule, why):
    with pytest.raises(ReplayError, match=why):
        replay(UNIT, FRAG, schedule)


def test_a_saved_run_replays_to_the_same_counterexample():
    moves = (begin(0, "deposit"), step(0), begin(1, "unmap"), step(1), step(1), begin(0, "withdraw"), step(0))
    what = Identification("frag.litmus", "6.12", "frag", "", "OV101")
    schedule, again = from_json(to_json(run(*moves, SMP=True), what), "saved.json")
    assert again == what
    assert replay(UNIT, FRAG, schedule) == replay(UNIT, FRAG, run(*moves, SMP=True))
