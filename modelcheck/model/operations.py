"""What one step does: the operations of the language, resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import Guard, IntExpr

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
