"""Numbers that steps compute with, and the conditions that they test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modelcheck.model.conditions import TRUE, Condition, Relation
from modelcheck.model.declarations import FieldRef

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


Test = InConfiguration | FlagIs | ValueIs | Compare | ListEmpty
"""A guard without connectives."""
Guard = Test | GuardNot | GuardAll | GuardAny
NO_GUARD: Guard = InConfiguration(TRUE)


def tests(guard: Guard) -> Iterator[Test]:
    """What a guard combines, from left to right."""
    match guard:
        case GuardNot(operand):
            yield from tests(operand)
        case GuardAll(operands) | GuardAny(operands):
            for part in operands:
                yield from tests(part)
        case _:
            yield guard


def compared(guard: Guard) -> Iterator[IntExpr]:
    """The integer expressions in a guard."""
    for test in tests(guard):
        if isinstance(test, Compare):
            yield test.left
            yield test.right


Holds = Callable[[Condition], bool]
"""Answers conditions over the configuration."""


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
