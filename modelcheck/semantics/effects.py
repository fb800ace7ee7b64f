"""What each step does: the table in `grammars/README.md`, as updates of variables and hazards.

The actor's own movement is added by `steps`, for creation by `creation`.
"""

from __future__ import annotations

from modelcheck.model.guards import Guard
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    AllocPage,
    Branch,
    BugOn,
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
    Operation,
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
    TestClearFlag,
    TestSetFlag,
    TouchTable,
    UseLock,
    Wait,
    Write,
)
from modelcheck.model.program import Node
from modelcheck.semantics import allocator, assignments, linkage, locks, tables
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Hazards, Outcome, Updates, plain
from modelcheck.semantics.expressions import condition
from modelcheck.semantics.ownership import check, own, touch, use, write
from modelcheck.semantics.points import Point
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import YES, negate


def effect_of_node(context: Context, node: Node, actor: Point) -> Effect:
    """The effect of a node that an actor at a point runs; only outcomes whose successor this configuration leaves
    possible."""
    effect = effect_of(context, node.operation, actor)
    if not node.targets:
        return effect
    if isinstance(node.operation, Choose):
        effect = Effect((), tuple(Outcome(choice) for choice in range(len(node.targets))))
    if len(node.targets) == 1:
        return effect
    live = context.live.targets(node)
    return Effect(effect.hazards, tuple(o for o in effect.outcomes if node.targets[o.choice] in live))


def effect_of(context: Context, operation: Operation, actor: Point | None = None) -> Effect:
    """The effect of an operation; for `Choose`, which only chooses, as if it had one successor.

    `actor` is where the actor is; None for readers, and for what the allocator does.
    """
    match operation:
        case Skip() | QueueWork() | Choose() | GracePeriod(_, True):
            return plain()
        case MightSleep() | GracePeriod():
            return plain(_sleeps(operation, actor))
        case AllocPage():
            left = (node.operation for node in context.lifecycle.allocator.leaves)
            there = (o for o in left if not isinstance(o, Write) or context.storage.has(o.field))
            return allocator.alloc_page(context, (effect_of(context, operation) for operation in there))
        case FreePage():
            return allocator.free_page(context, actor is not None and actor.actor == "table")
        case FreeTable():
            return tables.free_table(actor is not None and actor.occupied)
        case TouchTable():
            return plain(touch())
        case CallRcu(head, _):
            return linkage.call_rcu(context, head)
        case Write() | Read() | Pun():
            return _bytes_effect(context, operation)
        case InitLock() | DestroyLock() | UseLock() | Acquire() | Release():
            return _lock_effect(context, operation, actor is not None and actor.softirq)
        case ListInit() | ListAdd() | ListDel():
            return _list_effect(context, operation, actor)
        case Branch(guard) | BugOn(guard) | Needs(guard) | Wait(guard):
            return _guard_effect(context, operation, guard)
        case Populate() | MoveAll():
            return _bulk_effect(context, operation)
        case _:
            return _variable_effect(context, operation)


def _sleeps(operation: MightSleep | GracePeriod, actor: Point | None) -> Hazards:
    if actor is None or not actor.softirq:
        return ()
    what = "something sleeps" if isinstance(operation, MightSleep) else "others are waited for"
    return (HazardCase("OV110", YES, f"{what} in a softirq, which cannot"),)


def _bytes_effect(context: Context, operation: Write | Read | Pun) -> Effect:
    updates = Updates()
    match operation:
        case Write(field):
            return plain(write(context, field, updates), updates)
        case Read(field):
            return plain(use(context, field))
        case Pun(source, target):
            own(context, target, updates)
            return plain(use(context, source), updates)


def _lock_effect(
    context: Context, operation: InitLock | DestroyLock | UseLock | Acquire | Release, softirq: bool
) -> Effect:
    match operation:
        case InitLock(field):
            return locks.init_lock(context, field)
        case DestroyLock(field):
            return locks.destroy_lock(context, field)
        case UseLock(field):
            return plain(locks.use_lock(context, field, softirq))
        case Acquire(lock):
            return locks.acquire(context, lock, softirq)
        case Release(lock):
            return locks.release(context, lock)


def _list_effect(context: Context, operation: ListInit | ListAdd | ListDel, actor: Point | None) -> Effect:
    match operation:
        case ListInit(field):
            return linkage.list_init(context, field)
        case ListAdd(field):
            return linkage.list_add(context, field, actor)
        case ListDel(field, reinit):
            return linkage.list_del(context, field, reinit, actor)


def _guard_effect(context: Context, operation: Branch | BugOn | Needs | Wait, guard: Guard) -> Effect:
    truth = condition(context, guard)
    match operation:
        case Wait():
            return plain(guard=truth)
        case BugOn():
            fires = HazardCase("OV111", truth, "a check in the kernel's code fires")
            return plain((*check(context, guard), fires))
        case Needs():
            gone = HazardCase("OV110", negate(truth), "what the code needs here may be gone by now")
            return plain((*check(context, guard), gone))
        case Branch():
            return Effect(check(context, guard), (Outcome(0, truth), Outcome(1, negate(truth))))


def _bulk_effect(context: Context, operation: Populate | MoveAll) -> Effect:
    match operation:
        case Populate(parts):
            return tables.populate(context, parts)
        case MoveAll(source, target):
            updates = Updates()
            tables.move_all(context, {source: target}, updates)
            return plain((), updates)


def _variable_effect(
    context: Context,
    operation: SetFlag | TestSetFlag | TestClearFlag | SetValue | SetCounter | AddCounter | SubAndTest,
) -> Effect:
    match operation:
        case SetFlag(name, flag):
            return assignments.set_flag(context, name, flag)
        case TestSetFlag(name):
            return assignments.exchange_flag(context, name, True)
        case TestClearFlag(name):
            return assignments.exchange_flag(context, name, False)
        case SetValue(name, value):
            return assignments.set_value(context, name, value)
        case SetCounter(name, number):
            return assignments.set_counter(context, name, number)
        case AddCounter(name, number, negative):
            return assignments.add_counter(context, name, number, negative)
        case SubAndTest(name, number):
            return assignments.sub_and_test(context, name, number)
