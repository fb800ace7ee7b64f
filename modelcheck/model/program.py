"""Life cycles: what a page goes through, as control-flow graphs of atomic steps.

The meaning of every operation is in `grammars/README.md`, section "What each step means". Three independent
readers implement it: `semantics` (counters, for the engine), `replay` (individual tables, for traces) and the
oracle in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.model.conditions import Condition
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import Guard, Holds, IntExpr, decide
from modelcheck.model.operations import Branch, Operation, Read, TouchTable, UseLock
from modelcheck.model.variables import Variable
from modelcheck.source import Span

# ---------------------------------------------------------------------------------------------- control flow


@dataclass(frozen=True)
class ToNode:
    """Go on at a node of the same path."""

    index: int


@dataclass(frozen=True)
class ToPath:
    """Go on at the start of another path (the same actor, no call and return)."""

    path: str


@dataclass(frozen=True)
class ToState:
    """The table is in this state; the actor is done with it."""

    state: str


@dataclass(frozen=True)
class End:
    """The actor is done: a table is `gone`, an action is over."""


Target = ToNode | ToPath | ToState | End


@dataclass(frozen=True)
class Node:
    """One atomic step.

    `holds` means that no other actor steps in between this node and its successor (inside `atomic { }`).
    `text` is the statement as written; `citation` is `file:function` of the kernel, from the statement or its path.
    """

    operation: Operation
    targets: tuple[Target, ...]
    holds: bool
    text: str
    citation: str
    span: Span


def passed(node: Node, holds: Holds) -> Target | None:
    """Where an `if` leads that this configuration decides, which is no step; None for any other node."""
    if not isinstance(node.operation, Branch):
        return None
    decided = decide(node.operation.guard, holds)
    return None if decided is None else node.targets[0 if decided else 1]


@dataclass(frozen=True)
class Path:
    """A named piece of code; starts at node 0. An empty path (no nodes) ends at once, by `ending`."""

    name: str
    tags: frozenset[str]
    nodes: tuple[Node, ...]
    entry: Target
    citation: str
    span: Span


# ---------------------------------------------------------------------------------- states, actions, readers


@dataclass(frozen=True)
class Transition:
    """What may happen to a table in a state: an actor starts `path` with it, any time `guard` holds."""

    name: str
    guard: Guard
    target: ToPath | ToState
    citation: str
    span: Span


@dataclass(frozen=True)
class State:
    """Where a table rests between paths. `unborn` and `gone` exist in every life cycle and are not listed."""

    name: str
    transitions: tuple[Transition, ...]
    readers: frozenset[str]
    span: Span


@dataclass(frozen=True)
class Action:
    """Something done to the page as a whole, or by the environment, by one actor at a time.

    `once`: at most one time in the life of the page. Otherwise again and again.
    """

    name: str
    once: bool
    environment: bool
    guard: Guard
    path: Path
    span: Span


@dataclass(frozen=True)
class ReaderUse:
    """What a reader may do at any time while it is inside a table."""

    operation: UseLock | Read | TouchTable
    condition: Condition
    text: str
    span: Span


@dataclass(frozen=True)
class Reader:
    """A kind of lockless reader. `mechanism` says who waits for it: `rcu` - only RCU grace periods;
    `irq_off` - RCU grace periods and IPIs to all CPUs."""

    name: str
    mechanism: Literal["rcu", "irq_off"]
    condition: Condition
    uses: tuple[ReaderUse, ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class Demand:
    """What the allocator insists on when the page comes back; `guard` must hold, else OV107."""

    guard: Guard
    text: str
    citation: str
    span: Span


@dataclass(frozen=True)
class Allocator:
    """What the page allocator leaves in a page on the way out, and demands on the way in.

    `leaves` holds only SetValue, SetCounter, SetFlag and Write. Both are already restricted to what the life cycle
    declares: a demand on a variable that the life cycle does not have is dropped by the resolver.
    """

    name: str
    leaves: tuple[Node, ...]
    demands: tuple[Demand, ...]


@dataclass(frozen=True)
class GuardedList:
    """Who links or unlinks the page through `field` has to hold `lock`, an `ExternalLock`."""

    field: FieldRef
    lock: str
    span: Span


@dataclass(frozen=True)
class Create:
    """One way in which the page and its tables come into being; exactly one of them happens, once."""

    name: str
    path: Path
    span: Span


@dataclass(frozen=True)
class Lifecycle:
    """A use of a page, from the allocator and back.

    `tables` is how many tables share the page. `roles` maps `release` and other role names used by proposals to a
    path. `keeps_page` says that the page is never given back (OV108 does not apply). `proposal` is the name of the
    proposal that was applied, or "".
    """

    name: str
    title: str
    level: str
    struct: str
    condition: Condition
    tables: IntExpr
    variables: tuple[Variable, ...]
    states: tuple[State, ...]
    paths: tuple[Path, ...]
    creates: tuple[Create, ...]
    actions: tuple[Action, ...]
    readers: tuple[Reader, ...]
    allocator: Allocator
    same: tuple[tuple[FieldRef, FieldRef], ...]
    keeps_page: bool
    proposal: str
    replaced: tuple[str, ...]
    span: Span
    guarded: tuple[GuardedList, ...] = ()

    def path(self, name: str) -> Path:
        """The path of that name; KeyError if there is none."""
        for path in self.paths:
            if path.name == name:
                return path
        raise KeyError(name)

    def variable(self, name: str) -> Variable:
        """The variable of that name; KeyError if there is none."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)
