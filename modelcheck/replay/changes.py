"""The difference between two states, as text for people."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.declarations import FieldRef
from modelcheck.replay.draft import Draft
from modelcheck.replay.state import Cell, State, Table
from modelcheck.replay.world import World
from modelcheck.trace import Change

NOBODY = "nobody"


def changes_between(world: World, before: State, after: State) -> tuple[Change, ...]:
    """What changed: the page, who owns which field, variables, lists and heads, locks, tables, readers."""
    return tuple(change for change in _candidates(world, before, after) if change.before != change.after)


def _candidates(world: World, before: State, after: State) -> Iterator[Change]:
    """Everything that may have changed: a step leaves most of a state as it is, and that is not put into words."""
    yield Change("page", before.phase, after.phase)
    if before.owners != after.owners:
        old, new = Draft(world, before), Draft(world, after)
        for ref in dict.fromkeys(world.overlay.representative(ref) for ref in world.overlay.bytes_of):
            was, now = _owner(old, ref), _owner(new, ref)
            # From one stranger to the next is no news about a field.
            if str(ref) in (was, now):
                yield Change(f"owner of {ref}", was, now)
    if before.values != after.values:
        for name, old_value, new_value in zip(world.cells, before.values, after.values, strict=True):
            yield Change(name, cell_text(old_value), cell_text(new_value))
    if before.links != after.links:
        for key in dict.fromkeys(key for key, _ in (*before.links, *after.links)):
            yield Change(str(key), linkage_text(before, key), linkage_text(after, key))
    if before.locks != after.locks:
        for lock in dict.fromkeys(lock for lock, _ in (*before.locks, *after.locks)):
            yield Change(f"lock {lock}", _alive(before, lock), _alive(after, lock))
            yield Change(f"holder of {lock}", before.lock(lock).holder or NOBODY, after.lock(lock).holder or NOBODY)
    for number, (old_table, new_table) in enumerate(zip(before.tables, after.tables, strict=True)):
        if old_table is not new_table:
            yield Change(f"table {number}", table_text(old_table), table_text(new_table))
    if before.readers == after.readers:
        return
    old_readers, new_readers = dict(before.readers), dict(after.readers)
    for reader in sorted({*old_readers, *new_readers}):
        inside = old_readers.get(reader) or new_readers[reader]
        was = f"inside table {inside.table}" if reader in old_readers else "outside"
        now = f"inside table {inside.table}" if reader in new_readers else "outside"
        yield Change(f"reader {reader} ({inside.kind})", was, now)


def _owner(draft: Draft, ref: FieldRef) -> str:
    """Who owns the bytes of a field: its own name, or each other owner (with its bytes, if it has only some)."""
    lost = draft.lost(ref)
    covered = draft.bytes_of(ref)
    if not lost:
        return str(ref)
    shares: dict[FieldRef | None, list[int]] = {}
    for byte in lost:
        shares.setdefault(draft.owners[byte], []).append(byte)
    parts = []
    for owner, numbers in shares.items():
        name = str(owner) if owner else NOBODY
        parts.append(name if len(numbers) == len(covered) else f"{name} ({draft.world.overlay.text(numbers)})")
    return ", ".join(parts)


def cell_text(value: Cell) -> str:
    """What a variable holds."""
    if isinstance(value, bool):
        return "set" if value else "clear"
    return str(value) if value != "" else "unknown"


def linkage_text(state: State, key: FieldRef) -> str:
    """What a list or head is, through its field."""
    return {"unlinked": "not linked", "itself": "points to itself"}.get(state.linkage(key), state.linkage(key))


def _alive(state: State, lock: str) -> str:
    return "alive" if state.lock(lock).alive else "dead"


def table_text(table: Table) -> str:
    """Where a table is: its state, or the path that an actor runs with it."""
    if table.at is None:
        return table.state
    name = table.at.code.partition(":")[2]
    return f"in {name}" if table.at.waits_for is None else f"in {name}, waiting"
