"""The page allocator: a page leaves it, and goes back (rules OV104 to OV107)."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.model.variables import Flag, Value
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Updates, plain
from modelcheck.semantics.expressions import condition, readers_inside
from modelcheck.semantics.mentions import fields_of_guard
from modelcheck.semantics.names import ALLOCATED, BEFORE, FREED, OTHER_VALUE, PAGE, owned
from modelcheck.semantics.ownership import lost
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import IsValue, disjunction, negate, positive, total


def alloc_page(context: Context, leaves: Iterable[Effect]) -> Effect:
    """The page is allocated: flags are clear, no field owns anything; then come the effects of what is left in it."""
    updates = Updates()
    updates.set(PAGE, ALLOCATED)
    for variable in context.lifecycle.variables:
        if isinstance(variable, Flag):
            updates.set(variable.name, 0)
        elif isinstance(variable, Value):
            updates.set(variable.name, OTHER_VALUE)
    for slot in context.storage.slots:
        updates.set(owned(slot), 0)
    for left in leaves:
        for name, value in left.outcomes[0].updates.items():
            updates.set(name, value)
    return plain((), updates)


def free_page(context: Context, actor_is_table: bool) -> Effect:
    """The page goes back: OV106, OV104, OV105 and OV107, looked for in this order."""
    elsewhere = [p.name for p in context.tables if not (p.kind == "rest" and p.place in ("unborn", "gone"))]
    others = total(elsewhere) - int(actor_is_table)
    updates = Updates()
    updates.set(PAGE, FREED)
    rejected = []
    for demand in context.lifecycle.allocator.demands:
        fields = fields_of_guard(context.lifecycle, demand.guard)
        fails = disjunction(negate(condition(context, demand.guard)), *(lost(context, field) for field in fields))
        rejected.append(HazardCase("OV107", fails, f"the allocator rejects the page: it demands {demand.text}"))
    return plain(
        (
            HazardCase("OV106", IsValue(PAGE, FREED), "the page is freed a second time"),
            HazardCase("OV104", IsValue(PAGE, BEFORE), "the page is freed before it was allocated"),
            HazardCase(
                "OV105",
                positive(readers_inside(context)),
                "the page is freed while a reader may still be inside a table of it",
            ),
            HazardCase("OV105", positive(others), "the page is freed while another table on it is in use"),
            *rejected,
        ),
        updates,
    )
