"""Walks over resolved integer expressions."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.guards import IntExpr, Sum


def integers_in(expression: IntExpr) -> Iterator[IntExpr]:
    """An integer expression and its parts."""
    yield expression
    if isinstance(expression, Sum):
        yield from integers_in(expression.left)
        yield from integers_in(expression.right)
