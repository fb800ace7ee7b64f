"""Replaying a whole run: every move must be possible, and the last one must meet a hazard."""

from __future__ import annotations

import re

from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.replay.configured import world_of
from modelcheck.replay.lanes import Lanes
from modelcheck.replay.legal import leak
from modelcheck.replay.moves import apply
from modelcheck.replay.state import UNBORN, State
from modelcheck.replay.words import entry_path
from modelcheck.replay.world import ReplayError, World
from modelcheck.trace import Counterexample, Hazard, Move, Schedule, Step

_TABLE = re.compile(r"table:([0-9]+)", re.ASCII)


def replay(unit: Unit, lifecycle: Lifecycle, schedule: Schedule) -> Counterexample:
    """Run a schedule in the configuration that it names.

    Raises ReplayError, with a sentence that names the move, if the configuration is not admitted, a move is not
    possible, a hazard happens before the last move, or none happens at the end (OV108 may hold after the last move
    instead).
    """
    return replay_in(world_of(unit, lifecycle, schedule), schedule)


def replay_in(world: World, schedule: Schedule) -> Counterexample:
    """Run a schedule in a world that was built for it; see `replay`."""
    if not schedule.moves:
        raise ReplayError("the run has no moves")
    state = world.initial()
    lanes = Lanes(world)
    entries: dict[str, str] = {}
    steps: list[Step] = []
    touched: set[int] = set()
    hazard: Hazard | None = None
    for number, move in enumerate(schedule.moves, start=1):
        if hazard:
            met = f"{hazard.rule} already: {hazard.message}"
            raise ReplayError(f"move {number - 1} of {len(schedule.moves)} meets {met}")
        try:
            outcome = apply(world, state, move)
        except ReplayError as error:
            raise ReplayError(f"move {number} of {len(schedule.moves)}: {error}") from None
        hazard = outcome.hazard
        opened = entry_path(world, state, move)
        if move.kind in ("start", "begin"):
            entries[move.actor] = opened
        path = opened or entries.get(move.actor, "")
        lanes.record(state, move, outcome.state)
        steps.append(Step(number, move, "", outcome.what, path, outcome.citation, outcome.place, outcome.changes))
        touched |= _touched(state, move, outcome.state) | set(outcome.tables)
        state = outcome.state
    hazard = hazard or leak(world, state)
    if hazard is None:
        raise ReplayError("the run ends without a hazard")
    names, cpus = lanes.names()
    readers = len({move.actor for move in schedule.moves if move.actor.startswith("reader:")})
    placed = (_in_lane(step, name) for step, name in zip(steps, names, strict=True))
    return Counterexample(schedule, tuple(placed), hazard, len(touched), cpus + readers, readers, steps[-1].path)


def _touched(before: State, move: Move, after: State) -> set[int]:
    """The tables that a move concerns: the actor's, the reader's, and those that it takes from one state to another."""
    found = {i for i, table in enumerate(before.tables) if table.state != UNBORN and table != after.tables[i]}
    named = _TABLE.fullmatch(move.actor)
    if named:
        found.add(int(named.group(1)))
    if move.kind == "enter":
        found.add(move.table)
    return found


def _in_lane(step: Step, lane: str) -> Step:
    return Step(step.number, step.move, lane, step.what, step.path, step.citation, step.place, step.changes)
