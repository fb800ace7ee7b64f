"""Locks: those that live in, or hang off, the page, and those outside it (rule OV109)."""

from __future__ import annotations

from modelcheck.model.declarations import FieldRef
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Hazards, Outcome, Updates, plain
from modelcheck.semantics.names import alive, held
from modelcheck.semantics.ownership import rely, touch, write
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import IsSet, negate, positive, var, zero


def lock_name(context: Context, lock: FieldRef | str) -> str:
    """The variable that counts who holds a lock."""
    return held(context.storage.slot(lock) if isinstance(lock, FieldRef) else lock)


def use_lock(context: Context, lock: FieldRef) -> Hazards:
    """OV104, OV109, OV101 in this order."""
    dead = HazardCase(
        "OV109",
        negate(IsSet(alive(context.storage.slot(lock)))),
        f"the lock `{lock}` is used although it does not live (never made, or destroyed)",
        str(lock),
    )
    return (*touch(), dead, rely(context, lock))


def init_lock(context: Context, lock: FieldRef) -> Effect:
    """Write the field; the lock lives."""
    updates = Updates()
    hazards = write(context, lock, updates)
    updates.set(alive(context.storage.slot(lock)), 1)
    return plain(hazards, updates)


def destroy_lock(context: Context, lock: FieldRef) -> Effect:
    """Use the lock; it does not live any longer."""
    updates = Updates()
    updates.set(alive(context.storage.slot(lock)), 0)
    return plain(use_lock(context, lock), updates)


def acquire(context: Context, lock: FieldRef | str) -> Effect:
    """Wait until nobody holds the lock, and hold it."""
    name = lock_name(context, lock)
    return plain(_used(context, lock), _moved(name, 1), zero(var(name)))


def release(context: Context, lock: FieldRef | str) -> Effect:
    """Hold the lock no longer; a lock that nobody holds stays free."""
    name = lock_name(context, lock)
    was_held = Outcome(0, positive(var(name)), _moved(name, -1))
    was_free = Outcome(0, zero(var(name)))
    return Effect(_used(context, lock), (was_held, was_free))


def _used(context: Context, lock: FieldRef | str) -> Hazards:
    return use_lock(context, lock) if isinstance(lock, FieldRef) else ()


def _moved(name: str, more: int) -> Updates:
    # Not assigned but moved by one, so that "held" is conserved as "somebody is between lock and unlock".
    updates = Updates()
    updates.add(name, more)
    return updates
