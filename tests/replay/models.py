"""Small life cycles built by hand, over a struct whose fields lie where the test says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modelcheck.layout.placed import PlacedField
from modelcheck.model.conditions import TRUE, Condition, holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import NO_GUARD, IntExpr, Number
from modelcheck.model.operations import Branch, Operation, SubAndTest, TestClearFlag, TestSetFlag, TouchTable
from modelcheck.model.program import (
    Action,
    Allocator,
    Create,
    Demand,
    End,
    Lifecycle,
    Node,
    Path,
    Reader,
    ReaderUse,
    State,
    Target,
    ToNode,
    Transition,
)
from modelcheck.replay.moves import Outcome, apply
from modelcheck.replay.state import State as Moment
from modelcheck.replay.world import World, build_world
from modelcheck.source import SourceText, Span
from modelcheck.trace import Move

SPAN = Span(SourceText("hand.arch", "hand\n"), 0, 4)

TESTS = (Branch, SubAndTest, TestSetFlag, TestClearFlag)

# path: (byte offset, size in bytes, type)
PLACES: dict[str, tuple[int, int, str]] = {
    "flags": (0, 8, "unsigned long"),
    "head": (8, 16, "struct rcu_head"),
    "head.next": (8, 8, "struct rcu_head *"),
    "other_head": (16, 16, "struct callback_head"),
    "alias_head": (8, 16, "struct callback_head"),
    "lru": (8, 16, "struct list_head"),
    "lru.next": (8, 8, "struct list_head *"),
    "lru.prev": (16, 8, "struct list_head *"),
    "list": (8, 16, "struct list_head"),
    "mapping": (24, 8, "void *"),
    "pte": (20, 8, "pgtable_t"),
    "ptl": (32, 8, "spinlock_t"),
    "count": (40, 4, "atomic_t"),
    "kind": (44, 4, "unsigned int"),
    "kind_again": (44, 4, "unsigned int"),
    "half": (42, 4, "unsigned int"),
    "tail": (46, 2, "unsigned short"),
    "bit": (48, 0, "unsigned int : 0"),
}


def f(path: str, struct: str = "page") -> FieldRef:
    return FieldRef(struct, path)


def place(ref: FieldRef) -> PlacedField | None:
    if ref.path not in PLACES:
        return None
    offset, size, kind = PLACES[ref.path]
    return PlacedField(ref.path, kind, kind, offset * 8, size * 8, False, None)


def node(operation: Operation, *targets: Target, holds: bool = False, text: str = "") -> Node:
    return Node(operation, targets or (End(),), holds, text or type(operation).__name__ + ";", "mm/x.c:f", SPAN)


def path(name: str, *steps: Operation | Node, end: Target | None = None, tags: frozenset[str] = frozenset()) -> Path:
    """A straight path; both successors of a test are the next step. A ready-made node keeps its targets."""
    nodes: list[Node] = []
    for index, step in enumerate(steps):
        following: Target = ToNode(index + 1) if index + 1 < len(steps) else end or End()
        successors = (following,) * (2 if isinstance(step, TESTS) else 1)
        nodes.append(step if isinstance(step, Node) else node(step, *successors))
    return Path(name, tags, tuple(nodes), ToNode(0) if nodes else end or End(), "mm/x.c:f", SPAN)


def go(name: str, target: Target, guard: Any = NO_GUARD) -> Transition:
    return Transition(name, guard, target, "mm/x.c:g", SPAN)


def state(name: str, *transitions: Transition, readers: tuple[str, ...] = ()) -> State:
    return State(name, transitions, frozenset(readers), SPAN)


def reader(name: str, *uses: Any, mechanism: Any = "rcu", condition: Condition = TRUE) -> Reader:
    done = tuple(ReaderUse(use, TRUE, type(use).__name__ + ";", SPAN) for use in uses or (TouchTable(),))
    return Reader(name, mechanism, condition, done, "mm/gup.c:r", SPAN)


def action(
    name: str, *steps: Operation, once: bool = False, environment: bool = False, guard: Any = NO_GUARD
) -> Action:
    return Action(name, once, environment, guard, path(name, *steps), SPAN)


def create(*steps: Operation | Node, name: str = "create") -> Create:
    return Create(name, path(name, *steps), SPAN)


def demand(guard: Any, text: str) -> Demand:
    return Demand(guard, text, "mm/page_alloc.c:free_page_is_bad", SPAN)


def lifecycle(*, tables: IntExpr | int = 1, leaves: tuple[Operation, ...] = (), **parts: Any) -> Lifecycle:
    allocator = Allocator("allocator", tuple(node(step) for step in leaves), tuple(parts.pop("demands", ())))
    blank = Lifecycle(
        name="case",
        title="",
        level="pte",
        struct="page",
        condition=TRUE,
        tables=Number(tables) if isinstance(tables, int) else tables,
        variables=(),
        states=(),
        paths=(),
        creates=(),
        actions=(),
        readers=(),
        allocator=allocator,
        same=(),
        keeps_page=False,
        proposal="",
        replaced=(),
        span=SPAN,
    )
    return replace(blank, **parts)


class Symbols:
    """A configuration for tests: the symbols that are set."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def symbol(self, name: str) -> bool:
        return name in self.names

    def size_of(self, type_name: str) -> int:
        return 8


def world(cycle: Lifecycle, *symbols: str, constants: Mapping[str, int] | None = None, bound: int = 2) -> World:
    chosen = Symbols(*symbols)
    return build_world(cycle, constants or {}, place, lambda condition: holds(condition, chosen), bound)


def doing(*steps: Operation | Node, **parts: Any) -> World:
    """A world whose creator runs these steps."""
    return world(lifecycle(creates=(create(*steps),), **parts))


def walk(where: World, moment: Moment, *moves: Move) -> Moment:
    """Make moves that meet no hazard."""
    for move in moves:
        outcome = apply(where, moment, move)
        assert outcome.hazard is None, outcome.hazard
        moment = outcome.state
    return moment


START = Move("start", "creator", "create")
STEP = Move("step", "creator")
RESUME = Move("resume", "creator")


def last(where: World, steps: int) -> Outcome:
    """The outcome of the creator's step number `steps`; the steps before it must meet no hazard."""
    moment = walk(where, where.initial(), START, *[STEP] * (steps - 1))
    return apply(where, moment, STEP)


def begin(table: int, name: str) -> Move:
    return Move("begin", f"table:{table}", name)


def step(table: int, choice: int = 0) -> Move:
    return Move("step", f"table:{table}", choice=choice)


def resume(table: int) -> Move:
    return Move("resume", f"table:{table}")


def enter(number: int, kind: str, table: int) -> Move:
    return Move("enter", f"reader:{number}", kind, table)


def use(number: int, choice: int = 0) -> Move:
    return Move("use", f"reader:{number}", choice=choice)


def leave(number: int) -> Move:
    return Move("leave", f"reader:{number}")

