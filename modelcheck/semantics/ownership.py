"""Bytes and who owns them: touching the page, using a field, writing one (rules OV104, OV101, OV102)."""

from __future__ import annotations

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import FlagIs, Guard, tests
from modelcheck.semantics.context import Context, LinkageUse
from modelcheck.semantics.effect import Hazards, Updates
from modelcheck.semantics.mentions import fields_of_guard
from modelcheck.semantics.names import BEFORE, FREED, PAGE, linked, owned, pointing_to_itself, queued
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import Formula, IsSet, IsValue, conjunction, disjunction, negate, positive, var

_TOUCH = (
    HazardCase("OV104", IsValue(PAGE, FREED), "the page is touched after it was freed"),
    HazardCase("OV104", IsValue(PAGE, BEFORE), "the page is touched before it was allocated"),
)
_WHAT: dict[LinkageUse, str] = {"queued": "a queued rcu_head", "linked": "a list_head that is linked"}


def touch() -> Hazards:
    """OV104 where the page is not allocated."""
    return _TOUCH


def lost(context: Context, field: FieldRef) -> Formula:
    """The field does not own all its bytes."""
    slot = context.storage.slot(field)
    return disjunction(*(negate(IsSet(owned(piece))) for piece in context.storage.pieces(slot)))


def rely(context: Context, field: FieldRef) -> HazardCase:
    """OV101 where the field does not own all its bytes."""
    message = f"`{field}` is used while its bytes hold something else"
    return HazardCase("OV101", lost(context, field), message, str(field))


def use(context: Context, field: FieldRef) -> Hazards:
    """Touch, and rely on the field."""
    return (*touch(), rely(context, field))


def own(context: Context, field: FieldRef, updates: Updates) -> None:
    """The field owns its bytes from now on, and those that overlap it lose theirs.

    What it lies in keeps its bytes: those of a part are the part's.
    """
    slot = context.storage.slot(field)
    for mine in context.storage.pieces(slot):
        updates.set(owned(mine), 1)
    for other in context.storage.takes_from(slot):
        updates.set(owned(other), 0)


def in_use(slot: FieldRef, how: LinkageUse) -> Formula:
    """The page is queued, or linked, through this slot."""
    return positive(var(queued(slot))) if how == "queued" else IsSet(linked(slot))


def store(context: Context, field: FieldRef, updates: Updates) -> Hazards:
    """OV102 for every overlapping linkage in use; then the field owns its bytes. The page was touched before.

    A list_head that is written like any other field does not point to itself any longer.
    """
    own(context, field, updates)
    slot = context.storage.slot(field)
    overlapping = set(context.storage.overlaps(slot))
    for changed in sorted({slot, *overlapping} & context.lists):
        updates.set(pointing_to_itself(changed), 0)
    return tuple(
        HazardCase(
            "OV102",
            in_use(other, how),
            f"`{field}` is written over the bytes of `{other}`, {_WHAT[how]}",
            str(other),
            str(field),
        )
        for other, how in context.linkages
        if other in overlapping
    )


def write(context: Context, field: FieldRef, updates: Updates) -> Hazards:
    """Touch, and store."""
    return (*touch(), *store(context, field, updates))


def stray(context: Context, field: FieldRef) -> Formula:
    """The list_head is neither linked nor does it point to itself."""
    slot = context.storage.slot(field)
    return conjunction(negate(IsSet(linked(slot))), negate(IsSet(pointing_to_itself(slot))))


def check(context: Context, guard: Guard) -> Hazards:
    """Use everything that a guard reads."""
    fields = list(dict.fromkeys(fields_of_guard(context.lifecycle, guard)))
    reads_flag = any(isinstance(test, FlagIs) and context.is_page_flag(test.name) for test in tests(guard))
    return (
        *(touch() if fields or reads_flag else ()),
        *(rely(context, field) for field in fields),
    )
