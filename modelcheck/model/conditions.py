"""Conditions over the configuration: Kconfig symbols, run-time choices and sizes of types.

A configuration is anything that answers `Configuration.symbol(name) -> bool`. Evaluation is lazy: a symbol
that does not matter for the answer is never asked for, which is what lets `layout.classes` split the space of
configurations only where it matters.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from modelcheck.source import Span

Relation = Literal["==", "!=", "<", "<=", ">", ">="]
RELATIONS: dict[Relation, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Configuration(Protocol):
    """What a condition is evaluated in."""

    def symbol(self, name: str) -> bool:
        """Is the Kconfig symbol or run-time choice `name` (without `CONFIG_`) set?"""

    def size_of(self, type_name: str) -> int:
        """`sizeof` of a type name such as `spinlock_t` or `unsigned long`, in bytes."""


@dataclass(frozen=True)
class Always:
    """A constant condition."""

    value: bool = True


@dataclass(frozen=True)
class SymbolSet:
    """True where the symbol is `y` (or the run-time choice is taken)."""

    name: str


@dataclass(frozen=True)
class Not:
    """The negation."""

    operand: Condition


@dataclass(frozen=True)
class All:
    """Every one of them (none: true)."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True)
class Any:
    """At least one of them (none: false)."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True)
class SizeOf:
    """`sizeof(type)`, in bytes, in this configuration."""

    type_name: str


@dataclass(frozen=True)
class SizeCompare:
    """A comparison of two sizes or numbers, for example `sizeof(spinlock_t) > sizeof(long)`."""

    relation: Relation
    left: SizeOf | int
    right: SizeOf | int


Condition = Always | SymbolSet | Not | All | Any | SizeCompare

TRUE = Always(True)
FALSE = Always(False)


def holds(condition: Condition, configuration: Configuration) -> bool:
    """Evaluate, left to right, with short circuits."""
    match condition:
        case Always(value):
            return value
        case SymbolSet(name):
            return configuration.symbol(name)
        case Not(operand):
            return not holds(operand, configuration)
        case All(operands):
            return all(holds(c, configuration) for c in operands)
        case Any(operands):
            return any(holds(c, configuration) for c in operands)
        case SizeCompare(relation, left, right):
            return RELATIONS[relation](_number(left, configuration), _number(right, configuration))


def _number(value: SizeOf | int, configuration: Configuration) -> int:
    return value if isinstance(value, int) else configuration.size_of(value.type_name)


def symbols_in(condition: Condition) -> Iterator[str]:
    """The symbols a condition names (not those behind the sizes it compares)."""
    match condition:
        case SymbolSet(name):
            yield name
        case Not(operand):
            yield from symbols_in(operand)
        case All(operands) | Any(operands):
            for part in operands:
                yield from symbols_in(part)


def describe(condition: Condition) -> str:
    """The condition in the language's own syntax."""
    return _describe(condition, 0)


def _describe(condition: Condition, level: int) -> str:
    match condition:
        case Always(value):
            return "1" if value else "0"
        case SymbolSet(name):
            return name
        case Not(operand):
            return "!" + _describe(operand, 3)
        case All(operands):
            text = " && ".join(_describe(c, 2) for c in operands) or "1"
            return f"({text})" if level > 2 or (level == 2 and len(operands) > 1) else text
        case Any(operands):
            text = " || ".join(_describe(c, 1) for c in operands) or "0"
            return f"({text})" if level > 1 or (level == 1 and len(operands) > 1) else text
        case SizeCompare(relation, left, right):
            text = f"{_describe_number(left)} {relation} {_describe_number(right)}"
            return f"({text})" if level > 2 else text


def _describe_number(value: SizeOf | int) -> str:
    return str(value) if isinstance(value, int) else f"sizeof({value.type_name})"


@dataclass(frozen=True)
class Symbol:
    """A Boolean the kernel is built with (`config`) or decides at boot (`runtime`)."""

    name: str
    kind: Literal["config", "runtime"]
    span: Span


@dataclass(frozen=True)
class Requirement:
    """A constraint that every admitted configuration satisfies, and the place it was read from."""

    condition: Condition
    citation: str
    span: Span


@dataclass(frozen=True)
class ConstantCase:
    """The values a constant may take where `condition` holds and no earlier case did."""

    condition: Condition
    values: tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """A symbolic integer such as `PTE_FRAG_NR`.

    Proofs are for every value from `minimum` up; `cases` say which values real configurations give it
    (empty: not said, any value from `minimum` up).
    """

    name: str
    minimum: int
    cases: tuple[ConstantCase, ...]
    citation: str
    span: Span
