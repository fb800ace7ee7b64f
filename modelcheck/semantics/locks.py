"""Locks: those that live in, or hang off, the page, and those outside it (rules OV109, OV110)."""

from __future__ import annotations

from modelcheck.model.declarations import FieldRef
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Hazards, Outcome, Updates, plain
from modelcheck.semantics.names import alive, held, held_plainly
from modelcheck.semantics.ownership import rely, touch, write
from modelcheck.semantics.softirq import LockKey, lock_key
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


def acquire(context: Context, lock: FieldRef | str, softirqs_on: bool, softirq: bool) -> Effect:
    """Wait until nobody holds the lock, and hold it; in softirq OV110 where the holder may be what was interrupted."""
    name, key = lock_name(context, lock), lock_key(context.storage, lock)
    free = zero(var(name))
    if key not in context.softirq.contested:
        return plain(_used(context, lock), _moved(name, 1), free)
    if softirq:
        met = disjunction(free, positive(var(held_plainly(key))))
        return plain((*_used(context, lock), *_interrupted(context, lock)), _moved(name, 1), met)
    also = (held_plainly(key),) if softirqs_on else ()
    return plain(_used(context, lock), _moved(name, 1, *also), free)


def release(context: Context, lock: FieldRef | str) -> Effect:
    """Hold the lock no longer; a lock that nobody holds stays free."""
    name, key = lock_name(context, lock), lock_key(context.storage, lock)
    was_held, was_free = positive(var(name)), zero(var(name))
    ways = [Outcome(0, was_held, _moved(name, -1)), Outcome(0, was_free)]
    if key in context.softirq.contested:
        plainly = held_plainly(key)
        softirqs_off = conjunction(was_held, zero(var(plainly)))
        ways[0] = Outcome(0, softirqs_off, _moved(name, -1))
        ways.append(Outcome(0, positive(var(plainly)), _moved(name, -1, plainly)))
    return Effect(_used(context, lock), tuple(ways))


def _interrupted(context: Context, lock: FieldRef | str) -> Hazards:
    """OV110 where the lock is held in process context with softirqs on: perhaps on this very CPU."""
    key: LockKey = lock_key(context.storage, lock)
    if key not in context.softirq.contested:
        return ()
    message = f"a softirq takes `{lock}`, and may have interrupted its holder, which then never releases it"
    return (HazardCase("OV110", positive(var(held_plainly(key))), message),)


def _used(context: Context, lock: FieldRef | str) -> Hazards:
    return _alive(context, lock) if isinstance(lock, FieldRef) else ()


def _moved(name: str, more: int, *others: str) -> Updates:
    # Not assigned but moved by one, so that "held" is conserved as "somebody is between lock and unlock".
    updates = Updates()
    for each in (name, *others):
        updates.add(each, more)
    return updates
