"""A state in the making: what touching, using and writing do to the bytes of the page."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from modelcheck.model.declarations import FieldRef
from modelcheck.replay.state import CREATOR, GONE, Cell, Inside, Linkage, Lock, Phase, Position, State, Table
from modelcheck.replay.world import ReplayError, World
from modelcheck.trace import Hazard


class HazardError(Exception):
    """A hazard met in the middle of a step; `tables` are the other tables that it takes."""

    def __init__(self, hazard: Hazard, tables: tuple[int, ...] = ()) -> None:
        super().__init__(hazard.message)
        self.hazard = hazard
        self.tables = tables


class Draft:
    """A mutable copy of a state. `doing` names what is being done, as the subject of a sentence about a hazard.

    `stored` and `relied` are the bytes that were written, and those whose content was relied on, in this draft.
    """

    def __init__(self, world: World, state: State, doing: str = "") -> None:
        self.world = world
        self.doing = doing
        self.phase: Phase = state.phase
        self.owners = list(state.owners)
        self.values: dict[str, Cell] = dict(zip(world.cells, state.values, strict=True))
        self.links = dict(state.links)
        self.locks = dict(state.locks)
        self.tables = list(state.tables)
        self.created = state.created
        self.creator = state.creator
        self.actions = dict(state.actions)
        self.done = set(state.done)
        self.readers = dict(state.readers)
        self.atomic = state.atomic
        self.stored: set[int] = set()
        self.relied: set[int] = set()

    def freeze(self) -> State:
        """The state as a value."""
        return State(
            phase=self.phase,
            owners=tuple(self.owners),
            values=tuple(self.values[name] for name in self.world.cells),
            links=tuple(sorted((key, value) for key, value in self.links.items() if value != "unlinked")),
            locks=tuple(sorted(self.locks.items(), key=lambda item: item[0])),
            tables=tuple(self.tables),
            created=self.created,
            creator=self.creator,
            actions=tuple(sorted(self.actions.items(), key=lambda item: item[0])),
            done=tuple(sorted(self.done)),
            readers=tuple(sorted(self.readers.items(), key=lambda item: item[0])),
            atomic=self.atomic,
        )

    # ------------------------------------------------------------------------------------------------- bytes

    def touch(self) -> None:
        """Access memory of the page; OV104 unless it is allocated."""
        if self.phase == "freed":
            self.fail("OV104", f"{self.doing} touches the page after it was freed")
        if self.phase == "before":
            self.fail("OV104", f"{self.doing} touches the page before it is allocated")

    def lost(self, ref: FieldRef) -> list[int]:
        """The bytes of a field that it does not own."""
        return [b for b in self.bytes_of(ref) if not self._owned(b, ref)]

    def bytes_of(self, ref: FieldRef) -> range:
        """The bytes of a field; ReplayError where this configuration has no such field."""
        covered = self.world.overlay.bytes_of.get(ref)
        if covered is None:
            raise ReplayError(f"this configuration has no field `{ref}`")
        return covered

    def _owned(self, byte: int, ref: FieldRef) -> bool:
        owner = self.owners[byte]
        return owner is not None and (owner == ref or self.world.overlay.related(owner, ref))

    def use(self, ref: FieldRef) -> None:
        """Rely on what a field holds: touch, and OV101 unless it owns all its bytes."""
        self.touch()
        self.demand_bytes(ref)

    def demand_bytes(self, ref: FieldRef) -> None:
        """OV101 unless the field owns all its bytes."""
        self.relied.update(self.bytes_of(ref))
        lost = self.lost(ref)
        if not lost:
            return
        by = next((owner for owner in (self.owners[b] for b in lost) if owner is not None), None)
        its = f"its {self.world.overlay.text([b for b in lost if self.owners[b] == by])}"
        why = f"{its} were last written as `{by}`" if by else f"nothing wrote {its} since the page was allocated"
        self.fail("OV101", f"{self.doing} uses `{ref}`, but {why}", ref, by)

    def write(self, ref: FieldRef) -> None:
        """Store to a field: touch, take its bytes, and OV102 if they are those of another linkage in use."""
        self.touch()
        self.own(ref)
        self.stored.update(self.bytes_of(ref))
        overlay = self.world.overlay
        for key, linkage in sorted(self.links.items()):
            if linkage in ("linked", "queued") and overlay.overlap(ref, key):
                use = "queued for RCU" if linkage == "queued" else "linked into a list"
                shared = overlay.text(overlay.shared(ref, key))
                self.fail("OV102", f"{self.doing} writes {shared} of `{key}`, which is {use}", key, ref)
            if linkage == "itself" and (key == overlay.representative(ref) or overlay.overlap(ref, key)):
                # A list_head that is written like any other field does not point to itself any longer.
                self.links[key] = "unlinked"

    def own(self, ref: FieldRef) -> None:
        """The field owns its bytes from now on, whoever had them before."""
        for byte in self.bytes_of(ref):
            self.owners[byte] = ref

    # ------------------------------------------------------------------------------------- linkages and locks

    def linkage(self, ref: FieldRef) -> Linkage:
        """What is linked or queued through a field."""
        return self.links.get(self.world.overlay.representative(ref), "unlinked")

    def link(self, ref: FieldRef, linkage: Linkage) -> None:
        """Change what is linked or queued through a field."""
        self.links[self.world.overlay.representative(ref)] = linkage

    def lock_key(self, lock: FieldRef | str) -> str:
        """The name under which a lock is kept: its field's, or its own if it lives outside the page."""
        return lock if isinstance(lock, str) else str(self.world.overlay.representative(lock))

    def lock(self, lock: FieldRef | str) -> Lock:
        """A lock as it is now."""
        return self.locks.get(self.lock_key(lock), Lock())

    def guards_of(self, ref: FieldRef) -> list[str]:
        """The locks that whoever links or unlinks through a field has to hold."""
        overlay = self.world.overlay
        wanted = overlay.representative(ref)
        guarded = self.world.lifecycle.guarded
        return sorted(
            {g.lock for g in guarded if g.field in overlay.bytes_of and overlay.representative(g.field) == wanted}
        )

    # ---------------------------------------------------------------------------------------- tables and actors

    def position(self, actor: str) -> Position | None:
        """Where an actor stands; None for one that is not on the way, for readers and for the allocator."""
        kind, _, name = actor.partition(":")
        if kind == "table":
            return self.tables[int(name)].at
        return self.actions.get(name) if kind == "action" else self.creator if actor == CREATOR else None

    def resting(self, state: str) -> list[int]:
        """The tables that rest in a state."""
        return [i for i, table in enumerate(self.tables) if table.state == state]

    def rest(self, table: int, state: str) -> None:
        """Put a table into a state."""
        self.tables[table] = Table(state)

    def place(self, actor: str, position: Position | None, state: str = GONE) -> None:
        """Move an actor; None ends it, and then its table rests in `state`."""
        kind, _, name = actor.partition(":")
        if actor == CREATOR:
            self.creator = position
        elif kind == "table":
            self.tables[int(name)] = Table("", position) if position else Table(state)
        elif position:
            self.actions[name] = position
        else:
            self.actions.pop(name, None)

    def leave(self, reader: int) -> None:
        """A reader leaves its table; nobody waits for it any longer."""
        del self.readers[reader]
        for actor, position in self.freeze().actors():
            if position.waits_for is not None and reader in position.waits_for:
                still = tuple(r for r in position.waits_for if r != reader)
                self.place(actor, replace(position, waits_for=still))

    def inside(self, mechanism: str) -> tuple[int, ...]:
        """The readers that a grace period (`rcu`) or an IPI (`ipi`) has to wait for, were it to begin now."""
        return tuple(sorted(i for i, reader in self.readers.items() if mechanism == "rcu" or self._irq_off(reader)))

    def _irq_off(self, inside: Inside) -> bool:
        reader = self.world.reader(inside.kind)
        return reader is not None and reader.mechanism == "irq_off"

    def fail(
        self,
        rule: str,
        message: str,
        ref: FieldRef | None = None,
        by: FieldRef | None = None,
        tables: tuple[int, ...] = (),
    ) -> NoReturn:
        """Raise the hazard."""
        raise HazardError(Hazard(rule, message, str(ref or ""), str(by or "")), tables)
