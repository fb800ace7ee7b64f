"""What a life cycle mentions: its fields, and its code by unambiguous keys."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import Guard, GuardAll, GuardAny, GuardNot, ListEmpty
from modelcheck.model.operations import (
    Acquire,
    Branch,
    BugOn,
    CallRcu,
    DestroyLock,
    InitLock,
    ListAdd,
    ListDel,
    ListInit,
    Needs,
    Operation,
    Pun,
    Read,
    Release,
    UseLock,
    Wait,
    Write,
)
from modelcheck.model.program import Lifecycle, Path
from modelcheck.model.variables import Counter, Value


def fields_of(lifecycle: Lifecycle) -> tuple[FieldRef, ...]:
    """The fields a life cycle names, without repetition: variables first, then steps in source order."""
    return tuple(dict.fromkeys(_fields(lifecycle)))


def _fields(lifecycle: Lifecycle) -> Iterator[FieldRef]:
    for variable in lifecycle.variables:
        if isinstance(variable, Counter | Value):
            yield variable.field
    for path in paths_of(lifecycle).values():
        for node in path.nodes:
            yield from _operation(node.operation)
    for state in lifecycle.states:
        for transition in state.transitions:
            yield from _guard(transition.guard)
    for action in lifecycle.actions:
        yield from _guard(action.guard)
    for reader in lifecycle.readers:
        for use in reader.uses:
            yield from _operation(use.operation)
    for node in lifecycle.allocator.leaves:
        yield from _operation(node.operation)
    for demand in lifecycle.allocator.demands:
        yield from _guard(demand.guard)
    for pair in lifecycle.same:
        yield from pair
    for guarded in lifecycle.guarded:
        yield guarded.field


def _operation(operation: Operation) -> Iterator[FieldRef]:
    match operation:
        case Pun(source, target):
            yield source
            yield target
        case Acquire(lock) | Release(lock):
            if isinstance(lock, FieldRef):
                yield lock
        case CallRcu(head):
            yield head
        case BugOn(guard) | Needs(guard) | Wait(guard) | Branch(guard):
            yield from _guard(guard)
        case (
            Write(field)
            | Read(field)
            | InitLock(field)
            | DestroyLock(field)
            | UseLock(field)
            | ListInit(field)
            | ListAdd(field)
            | ListDel(field)
        ):
            yield field


def _guard(guard: Guard) -> Iterator[FieldRef]:
    match guard:
        case ListEmpty(field):
            yield field
        case GuardNot(operand):
            yield from _guard(operand)
        case GuardAll(operands) | GuardAny(operands):
            for operand in operands:
                yield from _guard(operand)


def paths_of(lifecycle: Lifecycle) -> dict[str, Path]:
    """All code by an unambiguous key: `create:NAME`, `action:NAME`, `path:NAME`."""
    code = {f"create:{create.name}": create.path for create in lifecycle.creates}
    code |= {f"action:{action.name}": action.path for action in lifecycle.actions}
    return code | {f"path:{path.name}": path for path in lifecycle.paths}
