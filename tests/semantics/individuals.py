"""The abstraction that the counter system stands for: from a state of the interpreter to the values of its variables.

`Counted` walks individual tables (`modelcheck.replay`, with one reader at a time) and says for each moment what the
counter system has to hold and to be able to do. It shares no code with `modelcheck.semantics` but the names of points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from modelcheck.configurations.space import Case
from modelcheck.model.conditions import holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.operations import CallRcu, Populate
from modelcheck.model.program import Lifecycle, ToPath
from modelcheck.model.variables import Value
from modelcheck.replay import State, World, apply, build_world, enabled, leak
from modelcheck.replay.draft import Draft
from modelcheck.replay.legal import transition_of
from modelcheck.replay.state import CREATOR, Inside, Position
from modelcheck.semantics import names
from modelcheck.semantics.points import Detail, Point
from modelcheck.semantics.readers import kinds_in_group
from modelcheck.semantics.system import Sort, System
from modelcheck.trace import Move

Entries = tuple[tuple[str, str], ...]
"""By which path each table came that is on the way."""


@dataclass(frozen=True)
class Moment:
    """A state of the interpreter, and by which path each table came."""

    state: State
    entries: Entries = ()


def world_in(lifecycle: Lifecycle, case: Case, constants: Mapping[str, int]) -> World:
    return build_world(lifecycle, constants, case.place, lambda c: holds(c, case), reader_bound=1)


@dataclass(frozen=True)
class Counted:
    """The interpreter's world beside the counter system of the same life cycle."""

    world: World
    system: System
    detail: Detail

    # ------------------------------------------------------------------------------------------------ states

    def values(self, moment: Moment) -> dict[str, int]:
        """What the counter system's variables have to be."""
        state = moment.state
        points = self._points(moment)
        draft = Draft(self.world, state)
        found: dict[str, int] = {}
        for variable in self.system.variables:
            name = variable.name
            kind, _, what = name.partition(" ")
            if name.startswith("#"):
                found[name] = points.get(name, 0)
            elif variable.sort is Sort.PARAMETER:
                found[name] = self.world.constants[name]
            elif name == names.PAGE:
                found[name] = names.PHASES.index(state.phase)
            elif name == names.ATOMIC:
                found[name] = int(bool(state.atomic))
            elif kind == "inside":
                found[name] = sum(inside.kind in kinds_in_group(what) for _, inside in state.readers)
            elif kind == "held":
                found[name] = int(bool(draft.lock(self._lock(what)).holder))
            elif kind == "exposed":
                found[name] = sum(what in position.exposing for _, position in state.actors())
            elif kind in ("owned", "linked", "initialised", "queued", "alive"):
                found[name] = int(self._of_field(draft, kind, _field(what)))
            else:
                found[name] = self._of_variable(draft, name)
        return found

    def _lock(self, name: str) -> str | FieldRef:
        return name if name in self.world.variables else _field(name)

    def _of_field(self, draft: Draft, kind: str, ref: FieldRef) -> bool:
        match kind:
            case "owned":
                return not draft.lost(ref)
            case "alive":
                return draft.lock(ref).alive
            case "initialised":
                return draft.linkage(ref) == "itself"
            case _:
                return draft.linkage(ref) == kind

    def _of_variable(self, draft: Draft, name: str) -> int:
        variable = self.world.variables[name]
        held = draft.values[self.world.cell_of[name]]
        if isinstance(variable, Value):
            return variable.values.index(held) + 1 if held in variable.values else 0
        return int(held)

    def _points(self, moment: Moment) -> dict[str, int]:
        counts: dict[str, int] = {}
        for point in self._everybody(moment):
            counts[point.name] = counts.get(point.name, 0) + 1
        return counts

    def _everybody(self, moment: Moment) -> Iterator[Point]:
        state = moment.state
        visited = {inside.table for _, inside in state.readers} if self.detail.occupancy else set()
        for number, table in enumerate(state.tables):
            if table.at:
                entry = dict(moment.entries)[f"table:{number}"] if self.detail.ways_in else ""
                yield self._at("table", table.at, entry, state.atomic == f"table:{number}", number in visited)
            else:
                yield Point("table", "rest", table.state, occupied=number in visited)
        if state.creator:
            entry = state.created or ""
            yield self._at(CREATOR, state.creator, _create_path(self.world, entry), state.atomic == CREATOR)
        on_the_way = dict(state.actions)
        for action in self.world.lifecycle.actions:
            actor = f"action:{action.name}"
            if action.name in on_the_way:
                yield self._at(actor, on_the_way[action.name], action.path.name, state.atomic == actor)
            else:
                yield Point(actor, "rest", "done" if action.name in state.done else "idle")

    def _at(self, actor: str, position: Position, entry: str, inner: bool, occupied: bool = False) -> Point:
        place = position.code.partition(":")[2]
        node = (place, position.node)
        softirq = position.softirq and node in self.detail.softirq
        holding = tuple(sorted(lock for lock in position.holding if (node, lock) in self.detail.locks))
        contested = {
            self.world.overlay.representative(lock) if isinstance(lock, FieldRef) else lock: name
            for lock, name in self.detail.contested
        }
        exposing = tuple(sorted(name for lock, name in contested.items() if str(lock) in position.exposing))
        more = (softirq, holding, exposing)
        if position.waits_for is None:
            return Point(actor, "at", place, entry, position.node, inner, False, occupied, *more)
        return Point(actor, "wait", place, entry, position.node, False, bool(position.waits_for), occupied, *more)

    # ------------------------------------------------------------------------------------------------- moves

    def moves(self, moment: Moment) -> Iterator[tuple[Move, str, Moment]]:
        """Every possible move, with the rule that it breaks or the moment after it."""
        for move in enabled(self.world, moment.state):
            outcome = apply(self.world, moment.state, move)
            rule = outcome.hazard.rule if outcome.hazard else ""
            yield move, rule, Moment(outcome.state, self._entries(moment, move, outcome.state))

    def _entries(self, moment: Moment, move: Move, after: State) -> Entries:
        entries = dict(moment.entries)
        if move.kind == "begin":
            target = transition_of(self.world, moment.state, move).target
            entries[move.actor] = target.path if isinstance(target, ToPath) else ""
        return tuple((actor, entry) for actor, entry in sorted(entries.items()) if after.position(actor))

    def uses_by_kin(self, moment: Moment) -> Iterator[tuple[str, str]]:
        """What the reader could do were it of another kind that the counter system does not tell apart from its own."""
        for number, inside in moment.state.readers:
            for variable in self.system.variables:
                kinds = kinds_in_group(variable.name.removeprefix("inside "))
                if not variable.name.startswith("inside ") or inside.kind not in kinds:
                    continue
                for kind in kinds:
                    kin = replace(moment.state, readers=((number, Inside(kind, inside.table)),))
                    for move in enabled(self.world, kin):
                        if move.kind == "use":
                            outcome = apply(self.world, kin, move)
                            yield move.kind, outcome.hazard.rule if outcome.hazard else ""

    def leaks(self, moment: Moment) -> bool:
        return leak(self.world, moment.state) is not None

    # ---------------------------------------------------------------------------------------------- creation

    def created(self) -> tuple[list[Moment], set[str]]:
        """Every moment in which the creation lets others in, and the hazards that it meets before."""
        found: list[Moment] = []
        rules: set[str] = set()
        pending = [(Moment(self.world.initial()), False)]
        while pending:
            moment, populated = pending.pop()
            position = moment.state.creator
            if moment.state.created is not None and (
                position is None or (populated and not moment.state.atomic) or self._queues_next(position)
            ):
                found.append(moment)
                continue
            for move, rule, following in self.moves(moment):
                if move.actor != CREATOR:
                    continue
                if rule:
                    rules.add(rule)
                else:
                    pending.append((following, populated or self._populates(position)))
        return found, rules

    def _queues_next(self, position: Position) -> bool:
        return isinstance(self.world.node(position).operation, CallRcu)

    def _populates(self, position: Position | None) -> bool:
        return position is not None and isinstance(self.world.node(position).operation, Populate)


def _create_path(world: World, name: str) -> str:
    return next(create.path.name for create in world.lifecycle.creates if create.name == name)


def _field(text: str) -> FieldRef:
    struct, _, path = text.partition(".")
    return FieldRef(struct, path)
