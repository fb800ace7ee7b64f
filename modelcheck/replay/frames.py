"""A run as a film of the page: after every step, whose bytes are whose, what each field holds, and who is where.

Nothing of this is stored with a counterexample. Whoever wants to draw it lets the interpreter run the schedule again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modelcheck.model.declarations import FieldRef
from modelcheck.model.variables import Counter, ExternalLock, Flag, GhostCounter, GhostFlag, Value
from modelcheck.replay.changes import cell_text, linkage_text, table_text
from modelcheck.replay.draft import Draft
from modelcheck.replay.moves import Outcome, apply
from modelcheck.replay.state import UNBORN, Phase, State
from modelcheck.replay.world import World
from modelcheck.trace import Hazard, Schedule


@dataclass(frozen=True)
class Overlaid:
    """A field of the page with all its names, and the bytes `[start, stop)` that it has a part in."""

    ref: FieldRef
    names: tuple[FieldRef, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Frame:
    """The page at one moment.

    `owners` has for every byte the fields (numbers into `Film.fields`) that last wrote a part of it: one, or none; more
    only where bit-fields share a byte. `stored` are the bytes that the step wrote, `relied` those whose content it
    relied on. `holds` says of a field what it holds, where it owns its bytes. `facts` are what else there is to know:
    the page, its flags, counters and locks beside it. `tables` are the places where tables are, with their numbers,
    `readers` those inside a table, with its number.
    """

    phase: Phase
    owners: tuple[tuple[int, ...], ...]
    stored: frozenset[int]
    relied: frozenset[int]
    holds: tuple[tuple[int, str], ...]
    facts: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, tuple[int, ...]], ...]
    readers: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Film:
    """The frames of a run: `before` its first step, and one after each step (the last: up to the hazard).

    `structs` are those whose fields the life cycle uses, its own first.
    `at_stake` are the bytes that the hazard is about; they are lost to another field if `is_lost`.
    """

    structs: tuple[str, ...]
    fields: tuple[Overlaid, ...]
    before: Frame
    frames: tuple[Frame, ...]
    at_stake: frozenset[int]
    is_lost: bool


def film(world: World, schedule: Schedule) -> Film:
    """Run a schedule in the world that it belongs to. Raises ReplayError where it cannot be run."""
    camera = _Camera(world)
    state = world.initial()
    before = camera.frame(state)
    frames: list[Frame] = []
    hazard: Hazard | None = None
    for move in schedule.moves:
        outcome = apply(world, state, move)
        frames.append(camera.frame(outcome.reached, outcome))
        hazard, state, reached = outcome.hazard, outcome.state, outcome.reached
    at_stake = camera.at_stake(reached, hazard) if hazard else ()
    lost = hazard is not None and hazard.rule in ("OV101", "OV102") and bool(hazard.clobbered_by)
    structs = dict.fromkeys([world.lifecycle.struct, *(ref.struct for ref in world.overlay.bytes_of)])
    return Film(tuple(structs), camera.fields, before, tuple(frames), camera.bytes(at_stake), lost)


class _Camera:
    def __init__(self, world: World) -> None:
        self.world = world
        overlay = world.overlay
        # Bytes are counted in bits where a life cycle mentions bit-fields.
        self.per_byte = 8 // overlay.unit
        names: dict[FieldRef, list[FieldRef]] = {}
        for ref in overlay.bytes_of:
            names.setdefault(overlay.representative(ref), []).append(ref)
        # A field that is the same as another one but not declared in this configuration stands for nothing.
        self.fields = tuple(
            Overlaid(ref, (ref, *(other for other in refs if other != ref)), *self.span(overlay.bytes_of[refs[0]]))
            for ref, refs in names.items()
        )
        self.number = {field.ref: number for number, field in enumerate(self.fields)}

    def span(self, covered: range) -> tuple[int, int]:
        return covered.start // self.per_byte, -(-covered.stop // self.per_byte)

    def bytes(self, units: Iterable[int]) -> frozenset[int]:
        return frozenset(unit // self.per_byte for unit in units)

    def frame(self, state: State, outcome: Outcome | None = None) -> Frame:
        return Frame(
            phase=state.phase,
            owners=tuple(self.owners(state)),
            stored=self.bytes(outcome.stored if outcome else ()),
            relied=self.bytes(outcome.relied if outcome else ()),
            holds=tuple(self.holds(state)),
            facts=tuple(self.facts(state)),
            tables=tuple(self.tables(state)),
            readers=tuple((f"reader {number} ({inside.kind})", inside.table) for number, inside in state.readers),
        )

    def owners(self, state: State) -> Iterator[tuple[int, ...]]:
        for first in range(0, len(state.owners), self.per_byte):
            found = dict.fromkeys(state.owners[first : first + self.per_byte])
            representative = self.world.overlay.representative
            yield tuple(dict.fromkeys(self.number[representative(ref)] for ref in found if ref is not None))

    def holds(self, state: State) -> Iterator[tuple[int, str]]:
        draft = Draft(self.world, state)
        representative = self.world.overlay.representative
        values = dict(zip(self.world.cells, state.values, strict=True))
        stored = {
            representative(variable.field): cell_text(values[self.world.cell_of[variable.name]])
            for variable in self.world.variables.values()
            if isinstance(variable, Counter | Value) and variable.field in self.world.overlay.bytes_of
        }
        linked, locks = dict(state.links), dict(state.locks)
        for number, field in enumerate(self.fields):
            if field.ref in linked:
                yield number, linkage_text(state, field.ref)
            elif str(field.ref) in locks:
                lock = locks[str(field.ref)]
                yield number, f"held by {lock.holder}" if lock.holder else "lives" if lock.alive else "destroyed"
            elif field.ref in stored and not draft.lost(field.ref):
                yield number, stored[field.ref]

    def facts(self, state: State) -> Iterator[tuple[str, str]]:
        yield "page", {"before": "not allocated yet"}.get(state.phase, state.phase)
        values = dict(zip(self.world.cells, state.values, strict=True))
        for name in self.world.cells:
            if isinstance(self.world.variables[name], Flag | GhostFlag | GhostCounter):
                yield name, cell_text(values[name])
        for name, lock in state.locks:
            if isinstance(self.world.variables.get(name), ExternalLock):
                yield name, f"held by {lock.holder}" if lock.holder else "free"

    def tables(self, state: State) -> Iterator[tuple[str, tuple[int, ...]]]:
        places: dict[str, list[int]] = {}
        for number, table in enumerate(state.tables):
            if table.state != UNBORN:
                places.setdefault(table_text(table), []).append(number)
        yield from ((place, tuple(numbers)) for place, numbers in places.items())

    def at_stake(self, state: State, hazard: Hazard) -> Iterable[int]:
        overlay = self.world.overlay
        refs = {str(ref): ref for ref in overlay.bytes_of}
        ref, by = refs.get(hazard.field), refs.get(hazard.clobbered_by)
        if ref is None:
            return ()
        if hazard.rule == "OV101":
            return Draft(self.world, state).lost(ref) or overlay.bytes_of[ref]
        return (by is not None and overlay.shared(ref, by)) or overlay.bytes_of[ref]
