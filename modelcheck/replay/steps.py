"""What one node does: every operation of the language over individual tables, readers and bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import IntExpr
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
from modelcheck.model.program import Node, Target, ToPath
from modelcheck.model.variables import Counter, Flag, Value
from modelcheck.replay.draft import Draft
from modelcheck.replay.evaluate import Evaluation
from modelcheck.replay.freeing import free_page, free_table
from modelcheck.replay.standing import (
    demand_list_locked,
    demand_no_interruption,
    demand_sleep_allowed,
    interrupts,
)
from modelcheck.replay.state import UNBORN, Lock


@dataclass(frozen=True)
class Ran:
    """How a node ended: where to go on, or (`waits_for`) which readers to wait for first; `note` for people."""

    target: Target | None
    note: str = ""
    waits_for: tuple[int, ...] | None = None


def blocked(draft: Draft, actor: str, node: Node) -> str:
    """Why an actor cannot run a node now, as a sentence; empty if it can."""
    match node.operation:
        case Acquire(lock):
            holder = draft.lock(lock).holder
            if interrupts(draft, actor, lock):
                return ""  # It can try, and that is a hazard.
            return f"`{draft.lock_key(lock)}` is held by {holder}" if holder else ""
        case Wait(guard):
            return "" if Evaluation(draft).truth(guard) else f"`{node.text}` has to wait"
        case Populate(parts):
            evaluation = Evaluation(draft)
            counts = [evaluation.number(count) for count, _ in parts if count is not None]
            unborn = len(draft.resting(UNBORN))
            enough = sum(counts) <= unborn and all(count >= 0 for count in counts)
            return "" if enough else f"only {unborn} tables are unborn"
        case _:
            return ""


def run(draft: Draft, actor: str, node: Node, choice: int) -> Ran:
    """Run a node that is not blocked. Raises HazardError where it meets one; the draft then shows the rest."""
    match node.operation:
        case Branch(guard):
            evaluation = Evaluation(draft)
            evaluation.use_all(guard)
            truth = evaluation.truth(guard)
            evaluation.move_drained()
            return Ran(node.targets[0 if truth else 1], "true" if truth else "false")
        case SubAndTest(name, amount):
            before, after = _add(draft, name, amount, negative=True)
            return Ran(node.targets[0 if after == 0 else 1], f"{before} -> {after}, {'' if after == 0 else 'not '}zero")
        case TestSetFlag(name) | TestClearFlag(name):
            was = bool(_value(draft, name))
            _set_flag(draft, name, isinstance(node.operation, TestSetFlag))
            return Ran(node.targets[0 if was else 1], "was set" if was else "was clear")
        case Choose():
            return Ran(node.targets[choice])
        case CallRcu(head):
            draft.touch()
            if draft.linkage(head) == "queued":
                draft.fail("OV103", f"{draft.doing} queues `{head}`, which is queued already", head)
            draft.write(head)
            draft.link(head, "queued")
            readers = draft.inside("rcu")
            return Ran(None, "queued; " + _waiting(draft, readers), readers)
        case GracePeriod(mechanism, deferred):
            if not deferred:
                demand_sleep_allowed(draft, actor)
            readers = draft.inside(mechanism)
            return Ran(None, _waiting(draft, readers), readers)
        case operation:
            return Ran(node.targets[0], _plain(draft, actor, operation))


def resume(draft: Draft, node: Node) -> Ran:
    """What happens when the waiting of a node is over."""
    match node.operation:
        case CallRcu(head, path):
            draft.touch()
            draft.link(head, "unlinked")
            draft.write(head)
            return Ran(ToPath(path))
        case _:
            return Ran(node.targets[0])


def read_as(draft: Draft, operation: UseLock | Read | TouchTable) -> None:
    """What a reader does while it is inside."""
    _plain(draft, "", operation)


def _plain(draft: Draft, actor: str, operation: Operation) -> str:
    """An operation with one successor; returns the note for people."""
    match operation:
        case AllocPage():
            _alloc_page(draft)
        case FreePage():
            free_page(draft, actor)
        case FreeTable():
            free_table(draft, actor)
        case Populate(parts):
            return _populate(draft, parts)
        case Write(ref):
            draft.write(ref)
        case Read(ref):
            draft.use(ref)
        case Pun(source, target):
            draft.use(source)
            draft.own(target)
        case SetCounter() | AddCounter() | SetFlag() | SetValue() | BugOn() | Needs() | Wait():
            return _value_step(draft, operation)
        case InitLock() | DestroyLock() | UseLock() | Acquire() | Release():
            _lock_step(draft, actor, operation)
        case ListInit() | ListAdd() | ListDel():
            _list_step(draft, actor, operation)
        case MightSleep():
            demand_sleep_allowed(draft, actor)
        case TouchTable():
            draft.touch()
        case MoveAll(source, target):
            tables = draft.resting(source)
            for table in tables:
                draft.rest(table, target)
            return _count(len(tables))
        case Skip() | QueueWork():
            pass
        case _:
            raise AssertionError(f"{operation} has more than one successor")
    return ""


def _alloc_page(draft: Draft) -> None:
    draft.phase = "allocated"
    draft.owners = [None] * len(draft.owners)
    for name in draft.world.cells:
        match draft.world.variables[name]:
            case Flag():
                draft.values[name] = False
            case Counter():
                draft.values[name] = 0
            case Value():
                draft.values[name] = ""
    for node in draft.world.lifecycle.allocator.leaves:
        # What the allocator leaves is said once for all configurations.
        if not (isinstance(node.operation, Write) and node.operation.field not in draft.world.overlay.bytes_of):
            _plain(draft, "", node.operation)


def _populate(draft: Draft, parts: tuple[tuple[IntExpr | None, str], ...]) -> str:
    evaluation = Evaluation(draft)
    counts = [None if count is None else evaluation.number(count) for count, _ in parts]
    unborn = draft.resting(UNBORN)
    rest = len(unborn) - sum(count for count in counts if count is not None)
    for count, (_, state) in zip(counts, parts, strict=True):
        taken = rest if count is None else count
        for table in unborn[:taken]:
            draft.rest(table, state)
        del unborn[:taken]
        rest -= taken if count is None else 0
    evaluation.move_drained()
    return ""


# ---------------------------------------------------------------------------------------------------- variables


def _value(draft: Draft, name: str) -> int | bool | str:
    return draft.values[draft.world.cell_of[name]]


def _set(draft: Draft, name: str, value: int | bool | str) -> None:
    draft.values[draft.world.cell_of[name]] = value


def _set_flag(draft: Draft, name: str, value: bool) -> None:
    if isinstance(draft.world.variables[name], Flag):
        draft.touch()
    _set(draft, name, value)


def _add(draft: Draft, name: str, amount: IntExpr, negative: bool) -> tuple[int, int]:
    """Atomic add or subtract; the value before and after."""
    variable = draft.world.variables[name]
    if isinstance(variable, Counter):
        draft.use(variable.field)
        draft.stored.update(draft.bytes_of(variable.field))
    evaluation = Evaluation(draft)
    by = evaluation.number(amount)
    before = int(_value(draft, name))
    after = before - by if negative else before + by
    if after < 0:
        ref = variable.field if isinstance(variable, Counter) else None
        draft.fail("OV111", f"{draft.doing} takes `{name}` from {before} to {after}, below zero", ref)
    _set(draft, name, after)
    evaluation.move_drained()
    return before, after


def _value_step(draft: Draft, operation: SetCounter | AddCounter | SetFlag | SetValue | BugOn | Needs | Wait) -> str:
    match operation:
        case SetCounter(name, expression):
            variable = draft.world.variables[name]
            evaluation = Evaluation(draft)
            value = evaluation.number(expression)
            if isinstance(variable, Counter):
                draft.write(variable.field)
            if value < 0:
                ref = variable.field if isinstance(variable, Counter) else None
                draft.fail("OV111", f"{draft.doing} sets `{name}` to {value}, below zero", ref)
            _set(draft, name, value)
            evaluation.move_drained()
            return str(value)
        case AddCounter(name, amount, negative):
            before, after = _add(draft, name, amount, negative)
            return f"{before} -> {after}"
        case SetFlag(name, flag):
            _set_flag(draft, name, flag)
        case SetValue(name, value_name):
            variable = draft.world.variables[name]
            if isinstance(variable, Value):
                draft.write(variable.field)
            _set(draft, name, value_name)
        case BugOn(guard):
            evaluation = Evaluation(draft)
            evaluation.use_all(guard)
            if evaluation.truth(guard):
                draft.fail("OV111", f"{draft.doing} fires: its condition holds")
            evaluation.move_drained()
        case Needs(guard):
            evaluation = Evaluation(draft)
            evaluation.use_all(guard)
            if not evaluation.truth(guard):
                draft.fail("OV110", f"{draft.doing} does not hold: what is needed here is gone")
            evaluation.move_drained()
        case Wait(guard):
            evaluation = Evaluation(draft)
            evaluation.truth(guard)
            evaluation.move_drained()
    return ""


# -------------------------------------------------------------------------------------------- locks and lists


def _lock_step(draft: Draft, actor: str, operation: InitLock | DestroyLock | UseLock | Acquire | Release) -> None:
    match operation:
        case InitLock(ref):
            draft.write(ref)
            draft.locks[draft.lock_key(ref)] = replace(draft.lock(ref), alive=True)
        case DestroyLock(ref):
            _use_lock(draft, ref)
            draft.locks[draft.lock_key(ref)] = replace(draft.lock(ref), alive=False)
        case UseLock(ref):
            _use_lock(draft, ref)
            demand_no_interruption(draft, actor, ref)
        case Acquire(lock):
            _use_lock(draft, lock)
            demand_no_interruption(draft, actor, lock)
            draft.locks[draft.lock_key(lock)] = Lock(draft.lock(lock).alive, actor)
        case Release(lock):
            _use_lock(draft, lock)
            draft.locks[draft.lock_key(lock)] = Lock(draft.lock(lock).alive)


def _use_lock(draft: Draft, lock: FieldRef | str) -> None:
    if isinstance(lock, str):
        return
    draft.touch()
    if not draft.lock(lock).alive:
        known = draft.lock_key(lock) in draft.locks
        state = "destroyed before" if known else "never initialised"
        draft.fail("OV109", f"{draft.doing} takes the lock `{lock}`, which was {state}", lock)
    draft.demand_bytes(lock)


def _list_step(draft: Draft, actor: str, operation: ListInit | ListAdd | ListDel) -> None:
    match operation:
        case ListInit(ref):
            linked = draft.linkage(ref) == "linked"
            draft.write(ref)
            # To its neighbours it stays linked, whatever it says itself.
            draft.link(ref, "linked" if linked else "itself")
        case ListAdd(ref):
            draft.touch()
            demand_list_locked(draft, actor, ref)
            if draft.linkage(ref) == "linked":
                draft.fail("OV103", f"{draft.doing} links `{ref}`, which is linked already", ref)
            draft.write(ref)
            draft.link(ref, "linked")
        case ListDel(ref, reinit):
            draft.touch()
            demand_list_locked(draft, actor, ref)
            draft.demand_bytes(ref)
            if draft.linkage(ref) == "unlinked":
                message = f"{draft.doing} unlinks `{ref}`, which is neither linked nor points to itself"
                draft.fail("OV101", message, ref)
            draft.write(ref)
            draft.link(ref, "itself" if reinit else "unlinked")


# ------------------------------------------------------------------------------------------------------- words


def _waiting(draft: Draft, readers: tuple[int, ...]) -> str:
    if not readers:
        return "no reader is inside to wait for"
    return "waits for " + ", ".join(f"reader {i} ({draft.readers[i].kind})" for i in readers)


def _count(tables: int) -> str:
    return "1 table" if tables == 1 else f"{tables} tables"
