"""Tables that move in bulk: populating a page, emptying a state; and giving a table's memory away (rule OV105)."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.model.guards import IntExpr
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Updates, plain
from modelcheck.semantics.expressions import expression
from modelcheck.semantics.mentions import drains_in
from modelcheck.semantics.ownership import touch
from modelcheck.semantics.points import resting
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import YES, Formula, Linear, conjunction, negate, number, positive, var


def populate(context: Context, parts: tuple[tuple[IntExpr | None, str], ...]) -> Effect:
    """Tables come from `unborn` into states; waits if there are not enough, or one of the numbers is negative."""
    updates = Updates()
    unborn = resting("unborn").name
    counts = [expression(context, count) for count, _ in parts if count is not None]
    rest = var(unborn)
    for count in counts:
        rest -= count
    for given, state in parts:
        updates.add(resting(state).name, rest if given is None else expression(context, given))
    updates.assign(unborn, rest if len(counts) == len(parts) else number(0))
    return plain((), updates, conjunction(*(_not_negative(amount) for amount in (rest, *counts))))


def _not_negative(amount: Linear) -> Formula:
    natural = amount.constant >= 0 and all(factor > 0 for _, factor in amount.terms)
    return YES if natural else negate(positive(amount.scaled(-1)))


def move_all(context: Context, moves: Mapping[str, str], updates: Updates) -> None:
    """All tables that rest in some states rest in others, at once; their readers stay inside them."""
    for occupied in (False, True):
        for source, target in moves.items():
            emptied, filled = resting(source, occupied).name, resting(target, occupied).name
            if emptied in context.resting_in(source) and emptied != filled:
                everybody = var(emptied)
                updates.assign(emptied, updates.get(emptied) - everybody)
                updates.assign(filled, updates.get(filled) + everybody)


def drain(context: Context, value: IntExpr, updates: Updates) -> None:
    """Move the tables that an expression drains."""
    move_all(context, {drained.state: drained.target for drained in drains_in(value)}, updates)


def free_table(occupied: bool) -> Effect:
    """The memory of the actor's table is given away; `occupied`: the reader is inside it."""
    reader = HazardCase("OV105", YES, "the table is given away while a reader is inside it")
    return plain((*touch(), reader) if occupied else touch())
