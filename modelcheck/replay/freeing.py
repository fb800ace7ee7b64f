"""Giving memory back: what must be over before a page or a table is freed."""

from __future__ import annotations

from modelcheck.model.guards import FlagIs, Guard, GuardAll, GuardAny, GuardNot
from modelcheck.replay.draft import Draft
from modelcheck.replay.evaluate import Evaluation
from modelcheck.replay.state import GONE, UNBORN


def free_page(draft: Draft, actor: str) -> None:
    """OV106, OV104, OV105 or OV107 in this order; then the page is freed."""
    if draft.phase == "freed":
        draft.fail("OV106", f"{draft.doing} frees the page a second time")
    draft.touch()
    for reader, inside in sorted(draft.readers.items()):
        who = f"reader {reader} ({inside.kind}) is inside table {inside.table}"
        draft.fail("OV105", f"{draft.doing} frees the page while {who}", tables=(inside.table,))
    for number, table in enumerate(draft.tables):
        if actor == f"table:{number}" or table.state in (UNBORN, GONE):
            continue
        where = f"`{table.state}`"
        if table.at:
            where = "in " + table.at.code.partition(":")[2]
        draft.fail("OV105", f"{draft.doing} frees the page while table {number} is still {where}", tables=(number,))
    for demand in draft.world.lifecycle.allocator.demands:
        _demand(draft, demand.guard, demand.text)
    draft.phase = "freed"


def free_table(draft: Draft, actor: str) -> None:
    """OV104, or OV105 while a reader is inside the actor's table."""
    draft.touch()
    for reader, inside in sorted(draft.readers.items()):
        if actor == f"table:{inside.table}":
            who = f"reader {reader} ({inside.kind}) is inside it"
            draft.fail("OV105", f"{draft.doing} frees table {inside.table} while {who}", tables=(inside.table,))


def _demand(draft: Draft, guard: Guard, text: str) -> None:
    message = f"{draft.doing} gives the page back, but the allocator demands `{text.rstrip(';')}`"
    evaluation = Evaluation(draft)
    for ref in evaluation.reads(guard):
        if ref is not None and draft.lost(ref):
            by = next((owner for owner in (draft.owners[b] for b in draft.lost(ref)) if owner is not None), None)
            why = f"were last written as `{by}`" if by else "were not written since the page was allocated"
            draft.fail("OV107", f"{message}, and the bytes of `{ref}` {why}", ref, by)
    if evaluation.truth(guard):
        return
    values = {name: draft.values[draft.world.cell_of[name]] for name in _flags(guard)}
    flags = ", ".join(f"{name} is {'set' if value else 'clear'}" for name, value in values.items())
    draft.fail("OV107", message + (f", and {flags}" if flags else ""))


def _flags(guard: Guard) -> tuple[str, ...]:
    match guard:
        case FlagIs(name):
            return (name,)
        case GuardNot(operand):
            return _flags(operand)
        case GuardAll(operands) | GuardAny(operands):
            return tuple(dict.fromkeys(name for operand in operands for name in _flags(operand)))
        case _:
            return ()
