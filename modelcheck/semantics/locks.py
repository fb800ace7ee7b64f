"""Locks: those that live in, or hang off, the page, and those outside it (rules OV109, OV110)."""

from __future__ import annotations

from modelcheck.model.declarations import FieldRef
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Hazards, Outcome, Updates, plain
from modelcheck.semantics.names import alive, exposed, held
from modelcheck.semantics.ownership import rely, touch, write
from modelcheck.semantics.points import Point
from modelcheck.semantics.softirq import lock_key
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import IsSet, conjunction, disjunction, negate, positive, var, zero


def lock_name(context: Context, lock: FieldRef | str) -> str:
    """The variable that counts who holds a lock."""
    return held(lock_key(context.storage, lock))


def use_lock(context: Context, lock: FieldRef, softirq: bool = False) -> Hazards:
    """OV104, OV109, OV101, and OV110 in softirq, in this order."""
    return (*_alive(context, lock), *(_interrupted(context, lock) if softirq else ()))


def _alive(context: Context, lock: FieldRef) -> Hazards:
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


def acquire(context: Context, lock: FieldRef | str, softirq: bool) -> Effect:
    """Wait until nobody holds the lock, and hold it; in softirq OV110 where the holder may be what was interrupted."""
    name = lock_name(context, lock)
    interrupted = _interrupted(context, lock) if softirq else ()
    can = disjunction(zero(var(name)), *(hazard.condition for hazard in interrupted))
    return plain((*_used(context, lock), *interrupted), _moved(name, 1), can)


def release(context: Context, lock: FieldRef | str) -> Effect:
    """Hold the lock no longer; a lock that nobody holds stays free."""
    name = lock_name(context, lock)
    was_held = Outcome(0, positive(var(name)), _moved(name, -1))
    was_free = Outcome(0, zero(var(name)))
    return Effect(_used(context, lock), (was_held, was_free))


def expose(source: Point, target: Point, updates: Updates) -> None:
    """Note which locks an actor comes to hold with softirqs on, and which no longer."""
    for lock in {*source.exposing, *target.exposing}:
        updates.add(exposed(lock), (lock in target.exposing) - (lock in source.exposing))


def _interrupted(context: Context, lock: FieldRef | str) -> Hazards:
    """OV110 where the lock is held, and somebody in process context took it and left softirqs on: perhaps on this very
    CPU."""
    key = lock_key(context.storage, lock)
    if key not in context.softirq.contested:
        return ()
    message = f"a softirq takes `{lock}`, and may have interrupted its holder, which then never releases it"
    where = conjunction(positive(var(held(key))), positive(var(exposed(key))))
    return (HazardCase("OV110", where, message),)


def _used(context: Context, lock: FieldRef | str) -> Hazards:
    return _alive(context, lock) if isinstance(lock, FieldRef) else ()


def _moved(name: str, more: int) -> Updates:
    # Not assigned but moved by one, so that "held" is conserved as "somebody is between lock and unlock".
    updates = Updates()
    updates.add(name, more)
    return updates
