"""What operations, guards and integer expressions mention: fields, lists, constants, states that are emptied."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import (
    Compare,
    ConstantRef,
    CountIn,
    Drain,
    FlagIs,
    Guard,
    InConfiguration,
    IntExpr,
    ListEmpty,
    Number,
    Sum,
    Tables,
    ValueIs,
    VariableRef,
    compared,
    tests,
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
    MoveAll,
    Needs,
    Operation,
    Populate,
    Pun,
    Read,
    Release,
    SetCounter,
    SetValue,
    SubAndTest,
    UseLock,
    Wait,
    Write,
)
from modelcheck.model.program import Lifecycle
from modelcheck.model.variables import Counter, Value

Term = Number | ConstantRef | Tables | CountIn | Drain | VariableRef
"""An integer expression without sums."""


def terms(expression: IntExpr) -> Iterator[Term]:
    """What an expression adds up, from left to right."""
    if isinstance(expression, Sum):
        yield from terms(expression.left)
        yield from terms(expression.right)
    else:
        yield expression


def lists_in(guard: Guard) -> Iterator[FieldRef]:
    """The list_heads that a guard looks at."""
    return (test.field for test in tests(guard) if isinstance(test, ListEmpty))


def constants_in(expression: IntExpr) -> Iterator[str]:
    """The constants in an expression."""
    return (term.name for term in terms(expression) if isinstance(term, ConstantRef))


def drains_in(expression: IntExpr) -> Iterator[Drain]:
    """The states that an expression empties."""
    return (term for term in terms(expression) if isinstance(term, Drain))


def guard_of(operation: Operation) -> Guard | None:
    """The guard of an operation that has one."""
    match operation:
        case Branch(guard) | BugOn(guard) | Needs(guard) | Wait(guard):
            return guard
        case _:
            return None


def expressions_of(operation: Operation) -> Iterator[IntExpr]:
    """The integer expressions of an operation, those in its guard included."""
    match operation:
        case SetCounter(_, value) | AddCounter(_, value, _) | SubAndTest(_, value):
            yield value
        case Populate(parts):
            yield from (count for count, _ in parts if count is not None)
        case _:
            guard = guard_of(operation)
            if guard is not None:
                yield from compared(guard)


def bulk_moves(operation: Operation) -> Iterator[tuple[str, str]]:
    """The states that an operation empties, each with the state that its tables come to."""
    if isinstance(operation, MoveAll):
        yield operation.source, operation.target
    for expression in expressions_of(operation):
        yield from ((drain.state, drain.target) for drain in drains_in(expression))


def stored(lifecycle: Lifecycle, name: str) -> Iterator[FieldRef]:
    """The field in which a variable is kept; none for flags and ghosts."""
    variable = lifecycle.variable(name)
    if isinstance(variable, Counter | Value):
        yield variable.field


def fields_of_guard(lifecycle: Lifecycle, guard: Guard) -> Iterator[FieldRef]:
    """The fields a guard reads, from left to right."""
    for test in tests(guard):
        match test:
            case ValueIs(name, _):
                yield from stored(lifecycle, name)
            case ListEmpty(field):
                yield field
            case Compare(_, left, right):
                yield from _fields_of_expression(lifecycle, left)
                yield from _fields_of_expression(lifecycle, right)
            case InConfiguration() | FlagIs():
                pass


def _fields_of_expression(lifecycle: Lifecycle, expression: IntExpr) -> Iterator[FieldRef]:
    for term in terms(expression):
        if isinstance(term, VariableRef):
            yield from stored(lifecycle, term.name)


def fields_of(lifecycle: Lifecycle, operation: Operation) -> Iterator[FieldRef]:
    """The fields an operation needs, in order.

    Those of the variables that the allocator sets or asks for are included where it calls the allocator; a field that
    the allocator only writes need not be there.
    """
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
            yield from stored(lifecycle, name)
            yield from _fields_of_expression(lifecycle, value)
        case SetValue(name, _):
            yield from stored(lifecycle, name)
        case Branch(guard) | BugOn(guard) | Needs(guard):
            yield from fields_of_guard(lifecycle, guard)
        case Wait(guard):
            yield from lists_in(guard)
        case AllocPage():
            for node in lifecycle.allocator.leaves:
                if not isinstance(node.operation, Write):
                    yield from fields_of(lifecycle, node.operation)
        case FreePage():
            for demand in lifecycle.allocator.demands:
                yield from fields_of_guard(lifecycle, demand.guard)
        case _:
            pass
