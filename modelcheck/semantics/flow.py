"""Which steps of a life cycle exist in a configuration, and which fields they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass

from modelcheck.model.conditions import Condition
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import (
    Acquire,
    AddCounter,
    AllocPage,
    Branch,
    BugOn,
    CallRcu,
    Compare,
    ConstantRef,
    Counter,
    DestroyLock,
    FlagIs,
    FreePage,
    Guard,
    GuardAll,
    GuardAny,
    GuardNot,
    InConfiguration,
    InitLock,
    IntExpr,
    Lifecycle,
    ListAdd,
    ListDel,
    ListEmpty,
    ListInit,
    Node,
    Operation,
    Path,
    Pun,
    Read,
    Reader,
    Release,
    SetCounter,
    SetValue,
    SubAndTest,
    Sum,
    Target,
    ToNode,
    ToPath,
    UseLock,
    Value,
    ValueIs,
    VariableRef,
    Wait,
    Write,
)

Holds = Callable[[Condition], bool]


def decide(guard: Guard, holds: Holds) -> bool | None:
    """The truth of a guard as far as the configuration decides it; None if it depends on the state."""
    match guard:
        case InConfiguration(condition):
            return holds(condition)
        case GuardNot(operand):
            inner = decide(operand, holds)
            return None if inner is None else not inner
        case GuardAll(operands):
            parts = [decide(part, holds) for part in operands]
            return False if False in parts else None if None in parts else True
        case GuardAny(operands):
            parts = [decide(part, holds) for part in operands]
            return True if True in parts else None if None in parts else False
        case _:
            return None


def live_targets(node: Node, holds: Holds) -> tuple[Target, ...]:
    """The successors of a node that this configuration leaves possible."""
    if isinstance(node.operation, Branch):
        decided = decide(node.operation.guard, holds)
        if decided is not None:
            return (node.targets[0 if decided else 1],)
    return node.targets


def entries(lifecycle: Lifecycle, holds: Holds) -> Iterator[tuple[Path, Target]]:
    """Where actors start: creations, actions, and the paths that transitions of states lead to."""
    for create in lifecycle.creates:
        yield create.path, create.path.entry
    for action in lifecycle.actions:
        if decide(action.guard, holds) is not False:
            yield action.path, action.path.entry
    for state in lifecycle.states:
        for transition in state.transitions:
            if isinstance(transition.target, ToPath) and decide(transition.guard, holds) is not False:
                path = lifecycle.path(transition.target.path)
                yield path, path.entry


def paths_reached(lifecycle: Lifecycle, start: str, holds: Holds) -> frozenset[str]:
    """The paths that an actor may go on to from the start of a path, itself included."""
    path = lifecycle.path(start)
    return frozenset({start, *(path.name for path, _ in _walk(lifecycle, [(path, path.entry)], holds))})


def live_nodes(lifecycle: Lifecycle, holds: Holds) -> Iterator[tuple[Path, int]]:
    """Every node that some actor could come to in this configuration, each once, in a fixed order."""
    return _walk(lifecycle, list(entries(lifecycle, holds)), holds)


def _walk(lifecycle: Lifecycle, pending: list[tuple[Path, Target]], holds: Holds) -> Iterator[tuple[Path, int]]:
    seen: set[tuple[str, int]] = set()
    while pending:
        path, target = pending.pop(0)
        match target:
            case ToPath(name):
                other = lifecycle.path(name)
                if (name, -1) not in seen:
                    seen.add((name, -1))
                    pending.append((other, other.entry))
            case ToNode(index) if (path.name, index) not in seen:
                seen.add((path.name, index))
                node = path.nodes[index]
                yield path, index
                pending.extend((path, t) for t in live_targets(node, holds))
                if isinstance(node.operation, CallRcu):
                    pending.append((path, ToPath(node.operation.path)))
            case _:
                pass


def live_readers(lifecycle: Lifecycle, holds: Holds) -> tuple[Reader, ...]:
    """The kinds of readers that this configuration has."""
    return tuple(reader for reader in lifecycle.readers if holds(reader.condition))


def fields_of(lifecycle: Lifecycle, operation: Operation) -> Iterator[FieldRef]:
    """The fields an operation touches, in order (the allocator's included where it calls the allocator)."""
    match operation:
        case Write(field) | Read(field) | InitLock(field) | DestroyLock(field) | UseLock(field):
            yield field
        case ListInit(field) | ListAdd(field) | ListDel(field) | CallRcu(field, _):
            yield field
        case Pun(source, target):
            yield source
            yield target
        case Acquire(lock) | Release(lock):
            if isinstance(lock, FieldRef):
                yield lock
        case SetCounter(name, value) | AddCounter(name, value) | SubAndTest(name, value):
            yield from _stored(lifecycle, name)
            yield from _fields_of_expression(lifecycle, value)
        case SetValue(name, _):
            yield from _stored(lifecycle, name)
        case Branch(guard) | BugOn(guard):
            yield from fields_of_guard(lifecycle, guard)
        case AllocPage():
            for node in lifecycle.allocator.leaves:
                yield from fields_of(lifecycle, node.operation)
        case FreePage():
            for demand in lifecycle.allocator.demands:
                yield from fields_of_guard(lifecycle, demand.guard)
        case _:
            pass


def _stored(lifecycle: Lifecycle, name: str) -> Iterator[FieldRef]:
    variable = lifecycle.variable(name)
    if isinstance(variable, Counter | Value):
        yield variable.field


def _fields_of_expression(lifecycle: Lifecycle, expression: IntExpr) -> Iterator[FieldRef]:
    match expression:
        case VariableRef(name):
            yield from _stored(lifecycle, name)
        case Sum(left, right, _):
            yield from _fields_of_expression(lifecycle, left)
            yield from _fields_of_expression(lifecycle, right)
        case _:
            pass


def fields_of_guard(lifecycle: Lifecycle, guard: Guard) -> Iterator[FieldRef]:
    """The fields a guard reads."""
    match guard:
        case ValueIs(name, _):
            yield from _stored(lifecycle, name)
        case ListEmpty(field):
            yield field
        case Compare(_, left, right):
            yield from _fields_of_expression(lifecycle, left)
            yield from _fields_of_expression(lifecycle, right)
        case GuardNot(operand):
            yield from fields_of_guard(lifecycle, operand)
        case GuardAll(operands) | GuardAny(operands):
            for part in operands:
                yield from fields_of_guard(lifecycle, part)
        case InConfiguration() | FlagIs():
            pass


def live_fields(lifecycle: Lifecycle, holds: Holds) -> Iterator[tuple[FieldRef, Node | None]]:
    """Every field that a live step or reader touches, with the step (None for a reader's use); repetitions possible."""
    for path, index in live_nodes(lifecycle, holds):
        node = path.nodes[index]
        for field in fields_of(lifecycle, node.operation):
            yield field, node
    for reader in live_readers(lifecycle, holds):
        for use in reader.uses:
            if holds(use.condition):
                for field in fields_of(lifecycle, use.operation):
                    yield field, None


def constants_of(lifecycle: Lifecycle) -> tuple[str, ...]:
    """The constants that say how many tables there are, or that a step uses; sorted."""
    found: set[str] = set()
    pending: list[object] = [lifecycle.tables]
    for path in (*lifecycle.paths, *(c.path for c in lifecycle.creates), *(a.path for a in lifecycle.actions)):
        pending.extend(node.operation for node in path.nodes)
    while pending:
        value = pending.pop()
        if isinstance(value, ConstantRef):
            found.add(value.name)
        elif isinstance(value, tuple):
            pending.extend(value)
        elif is_dataclass(value) and not isinstance(value, FieldRef):
            pending.extend(getattr(value, f.name) for f in fields(value))
    return tuple(sorted(found))


def guards_of(lifecycle: Lifecycle, operation: Operation) -> Iterator[Guard]:
    """The guards that an operation evaluates."""
    match operation:
        case Branch(guard) | BugOn(guard) | Wait(guard):
            yield guard
        case FreePage():
            for demand in lifecycle.allocator.demands:
                yield demand.guard
        case _:
            pass


def live_guards(lifecycle: Lifecycle, holds: Holds) -> Iterator[Guard]:
    """Every guard that is evaluated in this configuration."""
    for path, index in live_nodes(lifecycle, holds):
        yield from guards_of(lifecycle, path.nodes[index].operation)
    for action in lifecycle.actions:
        yield action.guard
    for state in lifecycle.states:
        for transition in state.transitions:
            yield transition.guard
