"""Life cycles: what a page goes through, as control-flow graphs of atomic steps.

The meaning of every operation is in `grammars/README.md`, section "What each step means". Three independent
readers implement it: `semantics` (counters, for the engine), `replay` (individual tables, for traces) and the
oracle in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.model.conditions import TRUE, Condition, Relation
from modelcheck.model.declarations import FieldRef
from modelcheck.source import Span

# ------------------------------------------------------------------------------------------------ variables


@dataclass(frozen=True)
class Flag:
    """A page flag such as `PG_active`; clear when the page leaves the allocator."""

    name: str
    span: Span


@dataclass(frozen=True)
class Counter:
    """A field that holds a non-negative integer. Its bytes are those of `field`."""

    name: str
    field: FieldRef
    span: Span


@dataclass(frozen=True)
class Value:
    """A field that holds one of a few named values, e.g. `page_type { none, table }`.

    What it holds when the page leaves the allocator is said by the allocator; unsaid means "something else".
    """

    name: str
    field: FieldRef
    values: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class GhostFlag:
    """A Boolean that is not stored in the page (state of the mm, of another object, of the proof)."""

    name: str
    initial: bool
    span: Span


@dataclass(frozen=True)
class GhostCounter:
    """A non-negative integer that is not stored in the page."""

    name: str
    initial: int
    span: Span


@dataclass(frozen=True)
class ExternalLock:
    """A lock that lives outside the page: held by at most one actor, never destroyed."""

    name: str
    span: Span


Variable = Flag | Counter | Value | GhostFlag | GhostCounter | ExternalLock

# ---------------------------------------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Number:
    """An integer."""

    value: int


@dataclass(frozen=True)
class ConstantRef:
    """The value of a `const`."""

    name: str


@dataclass(frozen=True)
class Tables:
    """How many tables share the page (the life cycle's `tables`)."""


@dataclass(frozen=True)
class CountIn:
    """How many tables are in a state now."""

    state: str


@dataclass(frozen=True)
class Drain:
    """How many tables are in a state now; in the same atomic step they all move to `target`."""

    state: str
    target: str = "gone"


@dataclass(frozen=True)
class VariableRef:
    """The value of a counter or ghost counter."""

    name: str


@dataclass(frozen=True)
class Sum:
    """`left + right`, or `left - right` where `negative`."""

    left: IntExpr
    right: IntExpr
    negative: bool = False


IntExpr = Number | ConstantRef | Tables | CountIn | Drain | VariableRef | Sum


@dataclass(frozen=True)
class InConfiguration:
    """A condition over the configuration; decided before any step runs."""

    condition: Condition


@dataclass(frozen=True)
class FlagIs:
    """A flag or ghost flag is set."""

    name: str


@dataclass(frozen=True)
class ValueIs:
    """A value field holds this value."""

    name: str
    value: str


@dataclass(frozen=True)
class Compare:
    """A comparison of two integer expressions."""

    relation: Relation
    left: IntExpr
    right: IntExpr


@dataclass(frozen=True)
class ListEmpty:
    """`list_empty(&page->field)`: the page is not on a list through this list_head."""

    field: FieldRef


@dataclass(frozen=True)
class GuardNot:
    """The negation."""

    operand: Guard


@dataclass(frozen=True)
class GuardAll:
    """Every one of them."""

    operands: tuple[Guard, ...]


@dataclass(frozen=True)
class GuardAny:
    """At least one of them."""

    operands: tuple[Guard, ...]


Guard = InConfiguration | FlagIs | ValueIs | Compare | ListEmpty | GuardNot | GuardAll | GuardAny
NO_GUARD: Guard = InConfiguration(TRUE)

# ----------------------------------------------------------------------------------------------- operations
# A plain operation has one successor; a test has two (true, false); a choice has several.


@dataclass(frozen=True)
class Skip:
    """Does nothing; stands for code whose effects are not modelled, so that it can be cited."""


@dataclass(frozen=True)
class AllocPage:
    """The page leaves the allocator."""


@dataclass(frozen=True)
class FreePage:
    """The page goes back to the allocator."""


@dataclass(frozen=True)
class Populate:
    """Tables come into being: parts of (how many, state); `count` None means all the rest."""

    parts: tuple[tuple[IntExpr | None, str], ...]


@dataclass(frozen=True)
class Write:
    """Store to a field."""

    field: FieldRef


@dataclass(frozen=True)
class Read:
    """Load from a field and rely on what it says."""

    field: FieldRef


@dataclass(frozen=True)
class Pun:
    """Deliberate reinterpretation: the bytes of `source` are from now on used as `target`, without a store."""

    source: FieldRef
    target: FieldRef


@dataclass(frozen=True)
class SetCounter:
    """Store a number in a counter."""

    name: str
    value: IntExpr


@dataclass(frozen=True)
class AddCounter:
    """Atomic add (or subtract, where `negative`)."""

    name: str
    value: IntExpr
    negative: bool = False


@dataclass(frozen=True)
class SetFlag:
    """Set or clear a page flag or a ghost flag."""

    name: str
    value: bool


@dataclass(frozen=True)
class SetValue:
    """Store one of its named values in a value field."""

    name: str
    value: str


@dataclass(frozen=True)
class InitLock:
    """A lock in (or hanging off) the page comes into being."""

    field: FieldRef


@dataclass(frozen=True)
class DestroyLock:
    """The lock is gone: its memory may be something else from now on."""

    field: FieldRef


@dataclass(frozen=True)
class UseLock:
    """Take and release a lock of the page in one step."""

    field: FieldRef


@dataclass(frozen=True)
class Acquire:
    """Take a lock (a lock field of the page, or an `ExternalLock` by name) and keep it; waits while it is held.

    `plain`: by `spin_lock`, so that in process context a softirq may interrupt the holder on its own CPU. Otherwise
    softirqs are off until it is released (`spin_lock_bh`, `spin_lock_irq`).
    """

    lock: FieldRef | str
    plain: bool = True


@dataclass(frozen=True)
class Release:
    """Release a lock taken with `Acquire`."""

    lock: FieldRef | str


@dataclass(frozen=True)
class ListAdd:
    """Link the page into a list through this list_head. From now on its neighbours read and write it."""

    field: FieldRef


@dataclass(frozen=True)
class ListInit:
    """`INIT_LIST_HEAD`: the list_head points to itself."""

    field: FieldRef


@dataclass(frozen=True)
class ListDel:
    """Unlink. With `reinit` the list_head points to itself afterwards, else it holds poison."""

    field: FieldRef
    reinit: bool


@dataclass(frozen=True)
class CallRcu:
    """Queue an rcu_head. The actor goes on with `path` in the callback, after a grace period."""

    head: FieldRef
    path: str


@dataclass(frozen=True)
class GracePeriod:
    """Wait until the readers that are inside now have left: all kinds (`rcu`), or only those that run with interrupts
    off (`ipi`). Touches no byte of the page.

    It sleeps, unless it is `deferred`: then RCU calls back through a head that is not of this page (that of a batch
    of mmu_gather), and what follows runs in softirq.
    """

    mechanism: Literal["rcu", "ipi"]
    deferred: bool = False


@dataclass(frozen=True)
class QueueWork:
    """Queue a work item: what follows runs in process context, at any later time."""


@dataclass(frozen=True)
class MightSleep:
    """Something that sleeps: a mutex, an allocation that may wait, vfree."""


@dataclass(frozen=True)
class TouchTable:
    """Access the memory of the table."""


@dataclass(frozen=True)
class FreeTable:
    """The memory of this table may be handed out again from now on, although the page lives on."""


@dataclass(frozen=True)
class MoveAll:
    """All tables of a state change to another state, in one step."""

    source: str
    target: str


@dataclass(frozen=True)
class BugOn:
    """A check in the kernel's own code that must not fire (BUG_ON, VM_BUG_ON, WARN_ON)."""

    guard: Guard


@dataclass(frozen=True)
class Needs:
    """What follows relies on something outside the page that must not be gone by now; OV110 if the guard fails."""

    guard: Guard


@dataclass(frozen=True)
class Wait:
    """Block until the guard holds."""

    guard: Guard


@dataclass(frozen=True)
class Branch:
    """Test a guard; one atomic step. Successors: true, false."""

    guard: Guard


@dataclass(frozen=True)
class SubAndTest:
    """`atomic_sub_and_test` (dec_and_test where the amount is 1). Successors: result is zero, is not zero."""

    name: str
    value: IntExpr


@dataclass(frozen=True)
class TestSetFlag:
    """`test_and_set_bit`. Successors: it was set, it was clear."""

    name: str


@dataclass(frozen=True)
class TestClearFlag:
    """`test_and_clear_bit`. Successors: it was set, it was clear."""

    name: str


@dataclass(frozen=True)
class Choose:
    """Any successor may be taken; which one depends on something that is not modelled."""


Operation = (
    Skip | AllocPage | FreePage | Populate | Write | Read | Pun | SetCounter | AddCounter | SetFlag | SetValue
    | InitLock | DestroyLock | UseLock | Acquire | Release | ListInit | ListAdd | ListDel | CallRcu | GracePeriod
    | QueueWork | MightSleep | TouchTable | FreeTable | MoveAll | BugOn | Needs | Wait | Branch | SubAndTest
    | TestSetFlag | TestClearFlag | Choose
)

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
