"""Which state variables a system has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelcheck.model.declarations import FieldRef
from modelcheck.model.operations import (
    Acquire,
    CallRcu,
    DestroyLock,
    InitLock,
    ListAdd,
    ListDel,
    ListInit,
    Operation,
    Release,
    UseLock,
)
from modelcheck.model.variables import Counter, Flag, GhostCounter, GhostFlag, Value
from modelcheck.semantics.context import Context
from modelcheck.semantics.flow import live_uses
from modelcheck.semantics.locks import lock_name
from modelcheck.semantics.mentions import lists_in
from modelcheck.semantics.names import (
    ATOMIC,
    PAGE,
    PHASES,
    alive,
    exposed,
    inside,
    linked,
    owned,
    pointing_to_itself,
    queued,
)
from modelcheck.semantics.system import Sort, StateVariable
from modelcheck.semantics.whereabouts import Whereabouts


def variables_of_system(context: Context, where: Whereabouts) -> tuple[StateVariable, ...]:
    """All of them: parameters, the page, points, the model's own, readers, ownership, then lists, locks and queues."""
    found = [StateVariable(n, Sort.PARAMETER, n, minimum=context.minima[n]) for n in context.parameters]
    found.append(StateVariable(PAGE, Sort.ENUMERATION, "the page", PHASES))
    found += [StateVariable(point.name, Sort.COUNT, point.words) for point in where.all]
    found += _declared(context)
    found += [StateVariable(inside(g.name), Sort.COUNT, f"{g.name} inside") for g in context.groups]
    if where.atomic:
        found.append(StateVariable(ATOMIC, Sort.COUNT, ATOMIC))
    slots = [slot for slot in context.storage.slots if slot not in context.storage.placed.hollow]
    found += [StateVariable(owned(slot), Sort.BOOLEAN, _owning(context, slot)) for slot in slots]
    return (*found, *_objects(context))


def _owning(context: Context, slot: FieldRef) -> str:
    parts = context.storage.inside(slot)
    beside = f", but for those of {' and '.join(map(str, parts))}" if parts else ""
    return f"{slot} owns its bytes{beside}"


def _declared(context: Context) -> Iterator[StateVariable]:
    for variable in context.lifecycle.variables:
        match variable:
            case Flag(name) | GhostFlag(name):
                yield StateVariable(name, Sort.BOOLEAN, name)
            case Counter(name) | GhostCounter(name):
                yield StateVariable(name, Sort.COUNT, name)
            case Value(name, _, values):
                yield StateVariable(name, Sort.ENUMERATION, name, ("other", *values))
            case _:
                pass


def _objects(context: Context) -> Iterable[StateVariable]:
    """Locks, lists and queues, by name; what several fields share is called after the first that is met."""
    found: dict[str, StateVariable] = {}
    for variable in _mentioned_objects(context):
        found.setdefault(variable.name, variable)
    return sorted(found.values(), key=lambda variable: variable.name)


def _mentioned_objects(context: Context) -> Iterator[StateVariable]:
    for operation in context.operations:
        yield from _objects_of(context, operation)
    for reader in context.readers:
        for _, use in live_uses(reader, context.storage.holds):
            yield from _objects_of(context, use.operation)
    for guard in context.guards:
        for field in lists_in(guard):
            yield from _list(context, field)


def _objects_of(context: Context, operation: Operation) -> Iterator[StateVariable]:
    match operation:
        case InitLock(field) | DestroyLock(field) | UseLock(field):
            yield _life(context, field)
        case Acquire(lock) | Release(lock):
            slot = context.storage.slot(lock) if isinstance(lock, FieldRef) else lock
            yield StateVariable(lock_name(context, lock), Sort.COUNT, f"{slot} is held")
            if slot in context.softirq.contested:
                yield StateVariable(exposed(slot), Sort.COUNT, f"{slot} is held with softirqs on")
            if isinstance(lock, FieldRef):
                yield _life(context, lock)
        case ListInit(field) | ListAdd(field) | ListDel(field):
            yield from _list(context, field)
        case CallRcu(head, _):
            yield StateVariable(queued(context.storage.slot(head)), Sort.COUNT, f"{head} is queued")
        case _:
            pass


def _life(context: Context, lock: FieldRef) -> StateVariable:
    return StateVariable(alive(context.storage.slot(lock)), Sort.BOOLEAN, f"{lock} lives")


def _list(context: Context, field: FieldRef) -> Iterator[StateVariable]:
    slot = context.storage.slot(field)
    yield StateVariable(linked(slot), Sort.BOOLEAN, f"{field} is linked")
    yield StateVariable(pointing_to_itself(slot), Sort.BOOLEAN, f"{field} points to itself")
