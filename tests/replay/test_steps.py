"""Each step's meaning, on both sides of its hazard: the last step of a list of steps that the creator runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.model.conditions import TRUE, SymbolSet
from modelcheck.model.guards import (
    Compare,
    CountIn,
    Drain,
    FlagIs,
    GuardAll,
    GuardAny,
    GuardNot,
    InConfiguration,
    ListEmpty,
    Number,
    Sum,
    Tables,
    ValueIs,
    VariableRef,
)
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    AllocPage,
    Branch,
    BugOn,
    CallRcu,
    DestroyLock,
    FreePage,
    InitLock,
    ListAdd,
    ListDel,
    ListInit,
    MightSleep,
    MoveAll,
    Needs,
    Populate,
    Pun,
    QueueWork,
    Read,
    Release,
    SetCounter,
    SetFlag,
    SetValue,
    Skip,
    SubAndTest,
    TouchTable,
    UseLock,
    Wait,
    Write,
)
from modelcheck.model.operations import TestClearFlag as ClearAndTest
from modelcheck.model.operations import TestSetFlag as SetAndTest
from modelcheck.model.program import End, ToNode, ToState
from modelcheck.model.variables import Counter, Flag, GhostCounter, GhostFlag, Value
from modelcheck.replay.moves import apply
from modelcheck.replay.world import ReplayError
from tests.replay.models import (
    SPAN,
    START,
    STEP,
    create,
    demand,
    doing,
    f,
    last,
    lifecycle,
    node,
    path,
    state,
    walk,
    world,
)

COUNT = Counter("count", f("count"), SPAN)
KIND = Value("kind", f("kind"), ("none", "table"), SPAN)
ACTIVE = Flag("PG_active", SPAN)
VARIABLES = (COUNT, KIND, ACTIVE, GhostFlag("exiting", True, SPAN), GhostCounter("deposits", 3, SPAN))
ONE = Number(1)
IS_ONE = Compare("==", VariableRef("count"), Number(1))

SAFE = [
    (AllocPage(), Write(f("head"))),
    (AllocPage(), Write(f("head")), Read(f("head"))),
    (AllocPage(), Write(f("head")), Read(f("head.next"))),
    (AllocPage(), Write(f("lru.next")), Write(f("lru.prev")), Read(f("lru"))),
    (AllocPage(), Write(f("head")), Write(f("other_head")), Read(f("other_head"))),
    (AllocPage(), Write(f("head")), Read(f("alias_head"))),
    (AllocPage(), Write(f("mapping")), Write(f("count")), Read(f("mapping"))),
    (AllocPage(), Write(f("mapping")), Pun(f("mapping"), f("pte")), Read(f("pte"))),
    (AllocPage(), SetCounter("count", Number(2)), AddCounter("count", Number(2), negative=True)),
    (AllocPage(), SetCounter("count", Number(2)), SubAndTest("count", Number(2))),
    (AllocPage(), SetCounter("count", Number(2)), BugOn(IS_ONE)),
    (AllocPage(), Write(f("lru")), BugOn(GuardNot(ListEmpty(f("lru"))))),
    (MightSleep(),),
    (QueueWork(),),
    (Needs(FlagIs("exiting")),),
    (SetFlag("exiting", False),),
    (AddCounter("deposits", Number(3), negative=True),),
    (AllocPage(), SetFlag("PG_active", True)),
    (AllocPage(), SetAndTest("PG_active")),
    (AllocPage(), InitLock(f("ptl")), UseLock(f("ptl"))),
    (AllocPage(), InitLock(f("ptl")), Acquire(f("ptl")), Release(f("ptl")), DestroyLock(f("ptl"))),
    (AllocPage(), ListAdd(f("lru")), ListDel(f("lru"), False)),
    (AllocPage(), ListAdd(f("lru")), Write(f("lru.next"))),
    (AllocPage(), ListAdd(f("lru")), ListDel(f("list"), True), ListDel(f("lru"), True)),
    (AllocPage(), ListInit(f("lru")), ListDel(f("lru"), False)),
    (AllocPage(), ListAdd(f("lru")), ListDel(f("lru"), False), ListAdd(f("lru"))),
    (AllocPage(), ListAdd(f("lru")), Write(f("mapping"))),
    (AllocPage(), TouchTable()),
    (AllocPage(), FreePage()),
    (Skip(),),
]


@pytest.mark.parametrize("steps", SAFE, ids=lambda steps: str(steps[-1]))
def test_no_hazard(steps):
    assert last(doing(*steps, variables=VARIABLES), len(steps)).hazard is None


HAZARDS = [
    ("OV101", "page.head", "page.other_head", (Write(f("head")), Write(f("other_head")), Read(f("head")))),
    ("OV101", "page.pte", "", (Read(f("pte")),)),
    ("OV101", "page.lru", "", (Write(f("lru.next")), Read(f("lru")))),
    ("OV101", "page.mapping", "page.pte", (Write(f("mapping")), Pun(f("mapping"), f("pte")), Read(f("mapping")))),
    ("OV101", "page.mapping", "", (Pun(f("mapping"), f("pte")),)),
    ("OV101", "page.count", "page.half", (SetCounter("count", Number(1)), Write(f("half")), AddCounter("count", ONE))),
    ("OV101", "page.count", "", (AddCounter("count", Number(1)),)),
    ("OV101", "page.kind", "", (Branch(ValueIs("kind", "none")),)),
    ("OV101", "page.count", "", (BugOn(IS_ONE),)),
    ("OV101", "page.lru", "", (Branch(ListEmpty(f("lru"))),)),
    ("OV101", "page.lru", "", (ListDel(f("lru"), False),)),
    ("OV101", "page.lru", "", (ListAdd(f("lru")), ListDel(f("lru"), False), ListDel(f("lru"), False))),
    ("OV101", "page.ptl", "", (InitLock(f("ptl")), AllocPage(), UseLock(f("ptl")))),
    ("OV102", "page.lru", "page.other_head", (ListAdd(f("lru")), Write(f("other_head")))),
    ("OV102", "page.lru", "page.pte", (ListAdd(f("lru")), Write(f("pte")))),
    ("OV102", "page.lru", "page.head", (ListAdd(f("lru")), CallRcu(f("head"), "over"))),
    ("OV102", "page.lru", "page.pte", (ListAdd(f("lru")), InitLock(f("pte")))),
    ("OV103", "page.list", "", (ListAdd(f("lru")), ListAdd(f("list")))),
    ("OV106", "", "", (FreePage(), FreePage())),
    ("OV109", "page.ptl", "", (UseLock(f("ptl")),)),
    ("OV109", "page.ptl", "", (InitLock(f("ptl")), DestroyLock(f("ptl")), Acquire(f("ptl")))),
    ("OV109", "page.ptl", "", (InitLock(f("ptl")), DestroyLock(f("ptl")), DestroyLock(f("ptl")))),
    ("OV110", "", "", (Needs(GuardNot(FlagIs("exiting"))),)),
    ("OV110", "", "", (SetCounter("count", Number(2)), Needs(IS_ONE))),
    ("OV101", "page.count", "", (Needs(IS_ONE),)),
    ("OV111", "page.count", "", (SetCounter("count", Number(1)), AddCounter("count", Number(2), negative=True))),
    ("OV111", "page.count", "", (SetCounter("count", Number(1)), SubAndTest("count", Number(2)))),
    ("OV111", "", "", (AddCounter("deposits", Number(4), negative=True),)),
    ("OV111", "", "", (BugOn(FlagIs("exiting")),)),
    ("OV111", "", "", (SetCounter("count", Number(1)), BugOn(IS_ONE))),
]


@pytest.mark.parametrize(("rule", "field", "by", "steps"), HAZARDS, ids=lambda case: str(case)[:60])
def test_hazard(rule, field, by, steps):
    where = doing(AllocPage(), *steps, variables=VARIABLES, paths=(path("over"),))
    hazard = last(where, len(steps) + 1).hazard
    assert hazard is not None
    assert (hazard.rule, hazard.field, hazard.clobbered_by) == (rule, field, by)


TOUCHING = [
    Write(f("mapping")),
    Read(f("mapping")),
    Pun(f("mapping"), f("pte")),
    SetCounter("count", Number(1)),
    AddCounter("count", Number(1)),
    SubAndTest("count", Number(1)),
    SetFlag("PG_active", False),
    SetAndTest("PG_active"),
    ClearAndTest("PG_active"),
    SetValue("kind", "none"),
    Branch(FlagIs("PG_active")),
    BugOn(FlagIs("PG_active")),
    Needs(FlagIs("PG_active")),
    Branch(IS_ONE),
    Branch(ListEmpty(f("lru"))),
    InitLock(f("ptl")),
    DestroyLock(f("ptl")),
    UseLock(f("ptl")),
    Acquire(f("ptl")),
    Release(f("ptl")),
    ListInit(f("lru")),
    ListAdd(f("lru")),
    ListDel(f("lru"), True),
    CallRcu(f("head"), "over"),
    TouchTable(),
]


@pytest.mark.parametrize("operation", TOUCHING, ids=str)
def test_touching_needs_an_allocated_page(operation):
    over = (path("over"),)
    for steps in ((operation,), (AllocPage(), FreePage(), operation)):
        hazard = last(doing(*steps, variables=VARIABLES, paths=over), len(steps)).hazard
        assert hazard is not None and hazard.rule == "OV104"


@pytest.mark.parametrize(
    "operation",
    [
        Skip(),
        SetFlag("exiting", True),
        SetCounter("deposits", ONE),
        Acquire("mmap_lock"),
        BugOn(GuardNot(FlagIs("exiting"))),
    ],
    ids=str,
)
def test_ghosts_and_locks_outside_touch_nothing(operation):
    assert last(doing(operation, variables=VARIABLES), 1).hazard is None


def test_freeing_what_was_never_allocated():
    assert last(doing(FreePage()), 1).hazard.rule == "OV104"


def test_allocation_clears_flags_and_forgets_owners_but_leaves_what_the_allocator_leaves():
    where = doing(
        AllocPage(),
        SetFlag("PG_active", True),
        Write(f("mapping")),
        AllocPage(),
        Branch(GuardAll((GuardNot(FlagIs("PG_active")), ValueIs("kind", "none")))),
        variables=VARIABLES,
        leaves=(SetValue("kind", "none"), Write(f("ptl"))),
    )
    outcome = last(where, 4)
    owners = outcome.state.owners
    assert {str(owner) for owner in owners if owner} == {"page.kind", "page.ptl"}
    assert last(where, 5).what == "Branch: true"


def test_ownership_is_per_byte():
    where = doing(AllocPage(), Write(f("head")), Write(f("pte")), Read(f("head")), Read(f("head.next")))
    outcome = last(where, 3)
    assert [str(o) if o else "" for o in outcome.state.owners[8:]] == ["page.head"] * 12 + ["page.pte"] * 8
    assert [(c.what, c.before, c.after) for c in outcome.changes if c.what.startswith("owner")] == [
        ("owner of page.head", "page.head", "page.pte (bytes 20-23)"),
        ("owner of page.pte", "page.head (bytes 20-23), nobody (bytes 24-27)", "page.pte"),
    ]
    hazard = last(where, 4).hazard
    assert "bytes 20-23 were last written as `page.pte`" in hazard.message


def test_half_an_overlap_leaves_the_other_half():
    where = doing(AllocPage(), Write(f("head")), Write(f("pte")), Read(f("head.next")))
    assert last(where, 4).hazard is None


def test_absent_fields_are_refused_except_among_what_the_allocator_leaves():
    for operation in (Read(f("not_here")), Write(f("not_here")), Pun(f("not_here"), f("bit"))):
        with pytest.raises(ReplayError, match=r"has no field `page\.not_here`"):
            last(doing(AllocPage(), operation), 2)
    assert last(doing(AllocPage(), Skip(), leaves=(Write(f("not_here")), Write(f("bit")))), 2).hazard is None


def test_empty_fields_have_no_bytes():
    assert last(doing(AllocPage(), Read(f("bit"))), 2).hazard is None


def test_same_fields_share_bytes_and_value():
    again = Value("again", f("kind_again"), ("none", "table"), SPAN)
    pair = (f("kind"), f("kind_again"))
    test = Branch(ValueIs("kind", "none"))
    steps = (AllocPage(), SetValue("kind", "table"), Write(f("tail")), SetValue("again", "none"), test)
    assert last(doing(*steps, variables=(KIND, again), same=(pair,)), 5).what == "Branch: true"
    assert last(doing(*steps, variables=(KIND, again)), 5).hazard.rule == "OV101"


def test_sub_and_test_says_zero_or_not():
    steps = (AllocPage(), SetCounter("count", Number(2)), SubAndTest("count", Number(1)))
    outcome = last(doing(*steps, variables=VARIABLES), 3)
    assert outcome.what == "SubAndTest: 2 -> 1, not zero"
    assert [(c.what, c.before, c.after) for c in outcome.changes if c.what == "count"] == [("count", "2", "1")]


@pytest.mark.parametrize(("start", "taken"), [(1, "zero"), (2, "more")])
def test_sub_and_test_branches(start, taken):
    test = node(SubAndTest("count", Number(1)), ToNode(3), ToNode(4))
    zero, more = (node(Skip(), text=text) for text in ("zero;", "more;"))
    where = doing(AllocPage(), SetCounter("count", Number(start)), test, zero, more, variables=VARIABLES)
    moment = last(where, 3).state
    assert where.node(moment.creator).text == f"{taken};"


@pytest.mark.parametrize(("operation", "was", "now"), [
    (SetAndTest("PG_active"), False, True),
    (SetAndTest("PG_active"), True, True),
    (ClearAndTest("PG_active"), False, False),
    (ClearAndTest("PG_active"), True, False),
])
def test_test_and_change_of_flags(operation, was, now):
    test = node(operation, ToNode(3), ToNode(4))
    where = doing(AllocPage(), SetFlag("PG_active", was), test, node(Skip()), node(Skip()), variables=VARIABLES)
    moment = last(where, 3).state
    assert moment.creator.node == (3 if was else 4)
    assert moment.values[where.cells.index("PG_active")] is now


def test_guards_read_all_that_the_configuration_leaves():
    unowned = Compare("==", VariableRef("count"), Number(0))
    with_smp = GuardAll((InConfiguration(SymbolSet("SMP")), unowned))
    for guard, rule in (
        (unowned, "OV101"),
        (GuardAny((FlagIs("exiting"), unowned)), "OV101"),
        (GuardAll((GuardNot(FlagIs("exiting")), unowned)), "OV101"),
        (with_smp, ""),
        (GuardNot(with_smp), ""),
        (GuardAny((InConfiguration(TRUE), unowned)), ""),
        (GuardAny((with_smp, FlagIs("PG_active"))), ""),
    ):
        # What the configuration decides is no step: then the step after it is the one that runs.
        hazard = last(doing(AllocPage(), Branch(guard), Skip(), variables=VARIABLES), 2).hazard
        assert (hazard.rule if hazard else "") == rule


def test_configuration_conditions_decide_branches():
    test = node(Branch(InConfiguration(SymbolSet("SMP"))), ToNode(1), End())
    cycle = lifecycle(creates=(create(test, Skip()),))
    for symbols, on_the_way in (((), False), (("SMP",), True)):
        where = world(cycle, *symbols)
        moment = walk(where, where.initial(), START)
        assert (moment.creator is not None) is on_the_way


def test_what_the_configuration_decides_is_no_step():
    decided = Branch(InConfiguration(SymbolSet("SMP")))
    here, out = node(decided, ToNode(2), End()), node(decided, ToNode(3), End())
    cycle = lifecycle(creates=(create(AllocPage(), here, replace(out, holds=True), Skip()),))
    where = world(cycle, "SMP")
    moment = walk(where, where.initial(), START, STEP)
    assert moment.creator.node == 3 and not moment.atomic
    assert walk(world(cycle), world(cycle).initial(), START, STEP).creator is None


def test_an_atomic_block_goes_on_past_what_the_configuration_decides():
    decided = Branch(InConfiguration(SymbolSet("SMP")))
    for on_the_way, inside in ((True, "creator"), (False, "")):
        test = replace(node(decided, ToNode(2), End()), holds=on_the_way)
        first = replace(node(AllocPage(), ToNode(1)), holds=True)
        where = world(lifecycle(creates=(create(first, test, Skip()),)), "SMP")
        assert walk(where, where.initial(), START, STEP).atomic == inside


def test_a_circle_of_what_the_configuration_decides_is_passed_once():
    decided = Branch(InConfiguration(SymbolSet("SMP")))
    cycle = lifecycle(creates=(create(AllocPage(), node(decided, ToNode(2), End()), node(decided, ToNode(1), End())),))
    where = world(cycle, "SMP")
    moment = walk(where, where.initial(), START, STEP)
    assert moment.creator.node == 1
    assert walk(where, moment, STEP).creator.node == 2


def test_populate_move_and_drain_act_on_tables():
    steps = (
        AllocPage(),
        Populate(((Number(1), "fresh"), (None, "cached"))),
        SetCounter("count", Sum(Tables(), CountIn("cached"), negative=True)),
        MoveAll("fresh", "cached"),
        AddCounter("count", Drain("cached", "fresh")),
        SubAndTest("count", Drain("fresh")),
    )
    where = doing(*steps, variables=VARIABLES, tables=3, states=(state("fresh"), state("cached")))
    count = where.cells.index("count")
    assert [t.state for t in last(where, 2).state.tables] == ["fresh", "cached", "cached"]
    assert last(where, 3).state.values[count] == 1
    assert [t.state for t in last(where, 4).state.tables] == ["cached"] * 3
    fifth = last(where, 5)
    assert [t.state for t in fifth.state.tables] == ["fresh"] * 3 and fifth.state.values[count] == 4
    sixth = last(where, 6)
    assert [t.state for t in sixth.state.tables] == ["gone"] * 3 and sixth.what == "SubAndTest: 4 -> 1, not zero"


def test_populate_waits_for_enough_unborn_tables():
    where = doing(Populate(((Number(2), "fresh"),)), Skip(), states=(state("fresh"),))
    with pytest.raises(ReplayError, match="only 1 tables are unborn"):
        last(where, 1)


def test_wait_blocks_until_its_guard_holds():
    where = doing(Wait(GuardNot(FlagIs("exiting"))), Skip(), variables=VARIABLES)
    with pytest.raises(ReplayError, match="has to wait"):
        last(where, 1)
    assert last(doing(Wait(FlagIs("exiting")), Skip(), variables=VARIABLES), 1).hazard is None


def test_other_tables_must_be_gone_before_the_page_is_freed():
    for place in ("fresh", "unborn", "gone"):
        steps = (AllocPage(), Populate(((None, "fresh"),)), MoveAll("fresh", place), FreePage())
        outcome = last(doing(*steps, tables=2, states=(state("fresh"),)), 4)
        assert (outcome.hazard.rule if outcome.hazard else "") == ("OV105" if place == "fresh" else "")
        if outcome.hazard:
            assert outcome.tables == (0,) and "table 0 is still `fresh`" in outcome.hazard.message


def test_allocator_demands():
    demands = (demand(GuardNot(FlagIs("PG_active")), "!PG_active;"), demand(ValueIs("kind", "none"), "kind == none;"))
    set_kind = SetValue("kind", "none")

    def free(*steps):
        return last(doing(AllocPage(), *steps, FreePage(), variables=VARIABLES, demands=demands), len(steps) + 2)

    assert free(set_kind).hazard is None
    active = free(set_kind, SetFlag("PG_active", True)).hazard
    assert active.rule == "OV107" and active.message.endswith("demands `!PG_active`, and PG_active is set")
    assert free(SetValue("kind", "table")).hazard.rule == "OV107"
    clobbered = free(set_kind, Write(f("tail"))).hazard
    assert (clobbered.rule, clobbered.field, clobbered.clobbered_by) == ("OV107", "page.kind", "page.tail")


def test_a_demand_on_an_unowned_field_does_not_hold_even_if_negated():
    demands = (demand(GuardNot(ValueIs("kind", "table")), "kind != table;"),)
    assert last(doing(AllocPage(), FreePage(), variables=VARIABLES, demands=demands), 2).hazard.rule == "OV107"


def test_a_path_may_end_in_a_state_only_for_tables():
    where = world(lifecycle(creates=(create(node(Skip(), ToState("fresh"))),), states=(state("fresh"),)))
    moment = walk(where, where.initial(), START, STEP)
    assert moment.creator is None and moment.tables[0].state == "unborn"


def test_the_second_step_of_a_finished_actor_is_refused():
    where = doing(Skip())
    moment = walk(where, where.initial(), START, STEP)
    with pytest.raises(ReplayError, match="not on the way"):
        apply(where, moment, STEP)
