"""Walks over resolved guards and integer expressions."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.guards import Compare, Guard, GuardAll, GuardAny, GuardNot, IntExpr, Sum


def integers_of(guard: Guard) -> Iterator[IntExpr]:
    """The integer expressions that a guard compares."""
    match guard:
        case GuardNot(operand):
            yield from integers_of(operand)
        case GuardAll(operands) | GuardAny(operands):
            for operand in operands:
                yield from integers_of(operand)
        case Compare(_, left, right):
            yield left
            yield right
        case _:
            pass


def integers_in(expression: IntExpr) -> Iterator[IntExpr]:
    """An integer expression and its parts."""
    yield expression
    if isinstance(expression, Sum):
        yield from integers_in(expression.left)
        yield from integers_in(expression.right)
