"""Random walks through random life cycles: what is offered can be done, the rest is refused, nothing is luck."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.model.guards import (
    Compare,
    CountIn,
    Drain,
    FlagIs,
    GuardNot,
    ListEmpty,
    Number,
    Tables,
    ValueIs,
    VariableRef,
)
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    AllocPage,
    Branch,
    CallRcu,
    Choose,
    DestroyLock,
    FreePage,
    FreeTable,
    GracePeriod,
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
from modelcheck.model.program import End, ToNode, ToPath, ToState
from modelcheck.model.variables import Counter, ExternalLock, Flag, GhostFlag, Value
from modelcheck.replay.draft import Draft
from modelcheck.replay.legal import enabled, leak, refusal
from modelcheck.replay.moves import apply
from modelcheck.replay.run import replay_in
from modelcheck.replay.world import ReplayError
from modelcheck.trace import Move, Schedule
from tests.replay.models import SPAN, action, create, f, go, lifecycle, node, path, reader, state, world

FIELDS = [f(name) for name in ("head", "lru", "lru.next", "mapping", "pte", "ptl", "other_head")]
VARIABLES = (
    Counter("count", f("count"), SPAN),
    Value("kind", f("kind"), ("none", "table"), SPAN),
    Flag("PG_active", SPAN),
    GhostFlag("exiting", False, SPAN),
    ExternalLock("mmap_lock", SPAN),
)
STATES = ("a", "b")
PATHS = ("p", "q")
fields = st.sampled_from(FIELDS)
guards = st.sampled_from(
    [
        FlagIs("PG_active"),
        GuardNot(FlagIs("exiting")),
        ValueIs("kind", "none"),
        ListEmpty(f("lru")),
        Compare(">", CountIn("a"), Number(0)),
        Compare("==", VariableRef("count"), Drain("b")),
    ]
)
numbers = st.sampled_from([Number(1), Tables(), CountIn("b"), Drain("a", "b")])
operations = st.one_of(
    st.sampled_from(
        [
            Skip(),
            TouchTable(),
            FreeTable(),
            FreePage(),
            GracePeriod("rcu"),
            GracePeriod("ipi"),
            GracePeriod("rcu", deferred=True),
            QueueWork(),
            MightSleep(),
            MoveAll("a", "b"),
            ListAdd(f("lru")),
            ListInit(f("lru")),
            ListDel(f("lru"), True),
            Acquire("mmap_lock"),
            Acquire("mmap_lock", plain=False),
            Release("mmap_lock"),
            InitLock(f("ptl")),
            DestroyLock(f("ptl")),
            UseLock(f("ptl")),
            Acquire(f("ptl")),
            SetValue("kind", "none"),
            ClearAndTest("PG_active"),
            Choose(),
        ]
    ),
    st.builds(Write, fields),
    st.builds(Read, fields),
    st.builds(Pun, fields, fields),
    st.builds(SetCounter, st.just("count"), numbers),
    st.builds(AddCounter, st.just("count"), numbers, st.booleans()),
    st.builds(SubAndTest, st.just("count"), numbers),
    st.builds(SetFlag, st.sampled_from(["PG_active", "exiting"]), st.booleans()),
    st.builds(CallRcu, st.sampled_from([f("head"), f("other_head")]), st.sampled_from(PATHS)),
    st.builds(Wait, guards),
    st.builds(Needs, guards),
    st.builds(Branch, guards),
)
SEVERAL = (Branch, SubAndTest, ClearAndTest, Choose)


@st.composite
def paths(draw, name):
    length = draw(st.integers(1, 4))
    onward = st.sampled_from([End(), ToState("a"), ToState("b"), *map(ToPath, PATHS)])
    nodes = []
    for index in range(length):
        operation = draw(operations)
        following = st.integers(index + 1, length - 1).map(ToNode) if index + 1 < length else onward
        targets = draw(st.lists(following | onward, min_size=2, max_size=2))
        count = 2 if isinstance(operation, SEVERAL) else 1
        nodes.append(node(operation, *targets[:count], holds=draw(st.booleans()) and draw(st.booleans())))
    return path(name, *nodes)


@st.composite
def worlds(draw):
    start = draw(st.lists(operations, max_size=2))
    made = create(AllocPage(), SetCounter("count", Tables()), InitLock(f("ptl")), *start, Populate(((None, "a"),)))
    taken = {name: go("t", ToPath(draw(st.sampled_from(PATHS))), draw(guards)) for name in STATES}
    states = tuple(state(name, taken[name], go("u", ToState("b")), readers=("gup",)) for name in STATES)
    return world(
        lifecycle(
            tables=draw(st.integers(1, 3)),
            variables=VARIABLES,
            states=states,
            paths=tuple(draw(paths(name)) for name in PATHS),
            creates=(made,),
            actions=(
                action("exit", draw(operations.filter(lambda o: not isinstance(o, SEVERAL))), once=True),
                action("slub", SetFlag("exiting", True), environment=True, guard=draw(guards)),
            ),
            readers=(reader("gup", TouchTable(), Read(f("mapping")), UseLock(f("ptl")), mechanism="irq_off"),),
        )
    )


def random_walk(where, seed, length=40):
    """Moves without hazards, then perhaps one with; the states before them. Mostly goes around hazards, to get far."""
    luck = random.Random(seed)
    moment, moves, moments = where.initial(), [], []
    for _ in range(length):
        offered = enabled(where, moment)
        if not offered:
            break
        around = [move for move in offered if luck.random() < 0.05 or not apply(where, moment, move).hazard]
        moves.append(luck.choice(around or offered))
        moments.append(moment)
        outcome = apply(where, moment, moves[-1])
        if outcome.hazard:
            break
        moment = outcome.state
    return moves, moments


@settings(max_examples=100, deadline=None)
@given(worlds(), st.integers(0, 10**6))
def test_what_is_offered_can_be_done_and_is_done_the_same_way_again(where, seed):
    _, moments = random_walk(where, seed)
    for moment in moments:
        assert Draft(where, moment).freeze() == moment
        offered = enabled(where, moment)
        assert offered == enabled(where, moment) and len(set(offered)) == len(offered)
        for move in offered:
            first, second = apply(where, moment, move), apply(where, moment, move)
            assert first == second and hash(first.state) == hash(second.state)
            assert len(first.state.tables) == where.table_count
            if first.hazard:
                assert first.state == moment and first.hazard.message and first.what
            for byte, owner in enumerate(first.state.owners):
                assert owner is None or byte in where.overlay.bytes_of[owner]
            assert leak(where, first.state) is None or not first.state.actors()
            assert all((c.before != c.after) and c.what for c in first.changes)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 10**6))
def test_what_is_not_offered_is_refused(where, seed):
    _, moments = random_walk(where, seed)
    actors = (("creator", "create"), ("action:exit", ""))
    everything = [Move(kind, *actor) for kind in ("start", "step", "resume") for actor in actors]
    steps = (("begin", "t"), ("begin", "u"), ("step", ""))
    everything += [Move(kind, f"table:{i}", detail) for i in range(3) for kind, detail in steps]
    everything += [Move(k, f"reader:{i}", "gup", 0) for i in range(2) for k in ("use", "leave")]
    for moment in moments:
        possible = {(m.kind, m.actor, m.detail if m.kind == "begin" else "") for m in enabled(where, moment)}
        for move in everything:
            if (move.kind, move.actor, move.detail if move.kind == "begin" else "") not in possible:
                with pytest.raises(ReplayError):
                    apply(where, moment, move)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 10**6), st.data())
def test_walks_into_a_hazard_replay_and_broken_ones_do_not(where, seed, data):
    moves, moments = random_walk(where, seed)
    if not moves or not apply(where, moments[-1], moves[-1]).hazard:
        return
    found = replay_in(where, Schedule("abi", (), (), tuple(moves)))
    assert found.hazard == apply(where, moments[-1], moves[-1]).hazard
    assert [step.move for step in found.steps] == moves
    assert 1 <= found.cpus <= len({move.actor for move in moves}) + 1 and found.tables <= where.table_count
    at = data.draw(st.integers(0, len(moves) - 1))
    rest = moves[:at] + moves[at + 1 :]
    moment, refused = where.initial(), False
    for index, move in enumerate(rest):
        if refusal_of(where, moment, move):
            refused = True
            break
        outcome = apply(where, moment, move)
        if outcome.hazard:
            refused = index + 1 < len(rest)
            break
        moment = outcome.state
    else:
        refused = leak(where, moment) is None
    if refused:
        with pytest.raises(ReplayError):
            replay_in(where, Schedule("abi", (), (), tuple(rest)))
    else:
        assert replay_in(where, Schedule("abi", (), (), tuple(rest))).hazard


def refusal_of(where, moment, move):
    try:
        return refusal(where, moment, move)
    except ReplayError as error:
        return str(error)
