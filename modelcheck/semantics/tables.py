"""Tables that move in bulk: populating a page, emptying a state; and giving a table's memory away (rule OV105)."""

from __future__ import annotations

from modelcheck.model.program import IntExpr
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Updates, plain
from modelcheck.semantics.expressions import expression
from modelcheck.semantics.mentions import drains_in
from modelcheck.semantics.ownership import touch
from modelcheck.semantics.points import resting
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import YES, negate, positive, var


def populate(context: Context, parts: tuple[tuple[IntExpr | None, str], ...]) -> Effect:
    """Tables come from `unborn` into states; waits if there are not enough."""
    updates = Updates()
    unborn = resting("unborn").name
    left = var(unborn)
    for count, state in parts:
        amount = left if count is None else expression(context, count)
        left = left - amount
        target = resting(state).name
        updates.assign(target, updates.get(target) + amount)
    updates.assign(unborn, left)
    return plain((), updates, negate(positive(left.scaled(-1))))


def move_all(context: Context, source: str, target: str, updates: Updates) -> None:
    """All tables that rest in one state rest in another; their readers stay inside them."""
    known = {point.name for point in context.tables}
    for occupied in (False, True):
        emptied = resting(source, occupied).name
        if emptied in known:
            updates.pour(emptied, resting(target, occupied).name)


def drain(context: Context, value: IntExpr, updates: Updates) -> None:
    """Move the tables that an expression drains."""
    for drained in drains_in(value):
        move_all(context, drained.state, drained.target, updates)


def free_table(occupied: bool) -> Effect:
    """The memory of the actor's table is given away; `occupied`: the reader is inside it."""
    reader = HazardCase("OV105", YES, "the table is given away while a reader is inside it")
    return plain((*touch(), reader) if occupied else touch())
