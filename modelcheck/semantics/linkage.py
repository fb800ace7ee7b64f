"""What hangs on links inside the page: lists, and queues of RCU callbacks (rules OV101, OV102, OV103, OV110)."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.declarations import FieldRef
from modelcheck.semantics.context import Context, LinkageUse
from modelcheck.semantics.effect import Effect, Hazards, Updates, plain
from modelcheck.semantics.names import linked, pointing_to_itself, queued
from modelcheck.semantics.ownership import in_use, rely, store, stray, touch, write
from modelcheck.semantics.points import Point
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import YES, Formula


def list_init(context: Context, field: FieldRef) -> Effect:
    """Write the list_head; it points to itself."""
    updates = Updates()
    hazards = write(context, field, updates)
    updates.set(pointing_to_itself(context.storage.slot(field)), 1)
    return plain(hazards, updates)


def list_add(context: Context, field: FieldRef, actor: Point | None) -> Effect:
    """Link the page in; OV110 without the list's lock, OV103 if it is linked through this list_head."""
    slot = context.storage.slot(field)
    updates = Updates()
    twice = _twice(field, in_use(slot, "linked"), "is put on a list while it is still linked")
    hazards = (*touch(), *_unlocked(context, field, actor), twice, *store(context, field, updates))
    updates.set(linked(slot), 1)
    updates.set(pointing_to_itself(slot), 0)
    return plain(hazards, updates)


def list_del(context: Context, field: FieldRef, reinit: bool, actor: Point | None) -> Effect:
    """Unlink; OV110 without the list's lock, OV101 if it was neither linked nor pointing to itself. With `reinit` it
    points to itself afterwards."""
    slot = context.storage.slot(field)
    updates = Updates()
    message = f"`{field}` is unlinked while it is neither linked nor initialised"
    nowhere = HazardCase("OV101", stray(context, field), message, str(field))
    hazards = (
        *touch(),
        *_unlocked(context, field, actor),
        rely(context, field),
        nowhere,
        *store(context, field, updates),
    )
    updates.set(linked(slot), 0)
    updates.set(pointing_to_itself(slot), int(reinit))
    return plain(hazards, updates)


def _unlocked(context: Context, field: FieldRef, actor: Point | None) -> Hazards:
    """OV110 for each lock of the list that the actor does not hold."""
    return tuple(
        HazardCase("OV110", YES, f"`{field}` is linked or unlinked without `{lock}`, which guards the list", str(field))
        for lock in context.locks_guarding(field)
        if actor is None or lock not in actor.holding
    )


def call_rcu(context: Context, head: FieldRef) -> Effect:
    """Queue the head; OV103 if it is queued. That the actor waits is not said here."""
    slot = context.storage.slot(head)
    updates = Updates()
    twice = _twice(head, in_use(slot, "queued"), "is queued while it is still queued")
    hazards = (*touch(), twice, *store(context, head, updates))
    updates.add(queued(slot), 1)
    return plain(hazards, updates)


def call_back(context: Context, head: FieldRef, updates: Updates) -> Hazards:
    """RCU calls back: the head is no longer queued, `func` is zeroed."""
    updates.add(queued(context.storage.slot(head)), -1)
    return write(context, head, updates)


def _twice(field: FieldRef, already: Formula, what: str) -> HazardCase:
    return HazardCase("OV103", already, f"`{field}` {what}", str(field))


def from_outside(context: Context) -> Iterator[tuple[FieldRef, LinkageUse, Hazards, Updates]]:
    """What others do to each linkage while it is in use: neighbours on a list read and write it, RCU writes it."""
    for slot, how in context.linkages:
        updates = Updates()
        relied = (rely(context, slot),) if how == "linked" else ()
        yield slot, how, (*touch(), *relied, *store(context, slot, updates)), updates
