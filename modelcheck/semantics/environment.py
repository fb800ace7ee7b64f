"""What happens to a page without anybody's step: neighbours and RCU write its links, and it may be lost for good."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.semantics.context import Context, LinkageUse
from modelcheck.semantics.expressions import condition
from modelcheck.semantics.linkage import from_outside
from modelcheck.semantics.names import ALLOCATED, PAGE
from modelcheck.semantics.ownership import in_use
from modelcheck.semantics.points import idle
from modelcheck.semantics.system import Label, StateHazard, Transition
from modelcheck.semantics.terms import IsValue, conjunction, negate, positive, total, var, zero
from modelcheck.semantics.whereabouts import Whereabouts
from modelcheck.trace import Move


def environment_transitions(context: Context, where: Whereabouts) -> Iterator[Transition]:
    """While linked, a list_head is read and written by its neighbours; while queued, an rcu_head is written by RCU."""
    for slot, how, hazards, updates in from_outside(context):
        guard = conjunction(in_use(slot, how), where.undisturbed())
        yield Transition(_label(str(slot), how), guard, hazards, updates.items())


def _label(slot: str, how: LinkageUse) -> Label:
    match how:
        case "queued":
            text = f"the next callback is queued behind `{slot}`"
            return Label(Move("rcu_links", "environment", slot), "RCU", text)
        case "linked":
            text = f"a neighbour on the list reads and writes `{slot}`"
            return Label(Move("neighbour", "environment", slot), "list neighbour", text)


def leak(context: Context, where: Whereabouts) -> Iterator[StateHazard]:
    """OV108: allocated, all tables gone (or never born), nobody on the way, and no action of the life cycle's own
    could start.

    Who queued something is on the way until it was called back.
    """
    if context.lifecycle.keeps_page:
        return
    over = ("gone", "unborn", "idle", "done")
    on_the_way = [point.name for point in where.all if not (point.kind == "rest" and point.place in over)]
    startable = [
        conjunction(positive(var(idle(action.name).name)), condition(context, action.guard))
        for action in context.actions
        if not action.environment
    ]
    yield StateHazard(
        "OV108",
        conjunction(IsValue(PAGE, ALLOCATED), zero(total(on_the_way)), *(negate(start) for start in startable)),
        "all tables are gone, nothing is queued, and the page was never freed",
    )
