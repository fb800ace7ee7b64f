"""Which moves are possible in a state, and why others are not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelcheck.model.operations import Choose
from modelcheck.model.program import Action, Create, Transition
from modelcheck.replay.draft import Draft
from modelcheck.replay.evaluate import Evaluation
from modelcheck.replay.state import CREATOR, GONE, UNBORN, Linkage, Position, State
from modelcheck.replay.steps import blocked
from modelcheck.replay.world import ReplayError, World
from modelcheck.trace import Hazard, Move

_INDEX = re.compile(r"(?:table|reader):(0|[1-9][0-9]{0,8})", re.ASCII)
ENVIRONMENT = "environment"
_MOVED_BY: dict[str, Linkage] = {"neighbour": "linked", "rcu_links": "queued"}


def number_of(actor: str) -> int:
    """The number in `table:I` or `reader:I`; ReplayError for anything else."""
    found = _INDEX.fullmatch(actor)
    if not found:
        raise ReplayError(f"`{actor}` is neither a table nor a reader")
    return int(found.group(1))


def transition_of(world: World, state: State, move: Move) -> Transition:
    """The transition that a `begin` takes: the first of that name whose guard holds, else the first of that name.

    Raises ReplayError if the table's state has no transition of that name.
    """
    number = number_of(move.actor)
    resting = state.tables[number].state
    named = [t for t in world.transitions(resting) if t.name == move.detail]
    evaluation = Evaluation(Draft(world, state))
    if not named:
        raise ReplayError(f"table {number} is `{resting}`, which has no transition `{move.detail}`")
    return next((t for t in named if evaluation.truth(t.guard)), named[0])


def create_of(world: World, name: str) -> Create:
    """The create block of that name; ReplayError if there is none."""
    for create in world.lifecycle.creates:
        if create.name == name:
            return create
    raise ReplayError(f"there is no create block `{name}`")


def action_of(world: World, actor: str) -> Action:
    """The action of an actor `action:NAME`; ReplayError if there is none."""
    kind, _, name = actor.partition(":")
    action = world.action(name) if kind == "action" else None
    if action is None:
        raise ReplayError(f"there is no action `{actor}`")
    return action


def position_of(state: State, actor: str) -> Position:
    """Where an actor stands; ReplayError if it is not on the way."""
    position = state.position(actor)
    if position is None:
        raise ReplayError(f"{actor} is not on the way")
    return position


def refusal(world: World, state: State, move: Move) -> str:
    """Why a move is not possible, as a sentence; empty if it is possible.

    There is no bound on readers here. Raises ReplayError for an actor of a kind that cannot make such a move.
    """
    if state.atomic and move.actor != state.atomic:
        return f"{state.atomic} stands inside an atomic block"
    match move.kind:
        case "start":
            return _refuse_start(world, state, move)
        case "begin":
            return _refuse_begin(world, state, move)
        case "step" | "resume":
            return _refuse_step(world, state, move)
        case "enter" | "use" | "leave":
            return _refuse_reader(world, state, move)
        case "neighbour" | "rcu_links":
            keys = {str(ref): world.overlay.representative(ref) for ref in world.overlay.fields}
            if move.actor != ENVIRONMENT:
                return f"`{move.actor}` is not `{ENVIRONMENT}`"
            if move.detail not in keys:
                return f"the life cycle has no field `{move.detail}`"
            wanted = _MOVED_BY[move.kind]
            found = state.linkage(keys[move.detail])
            return "" if found == wanted else f"`{move.detail}` is not {wanted}"
        case _:
            raise ReplayError(f"there is no kind of move `{move.kind}`")


def _refuse_start(world: World, state: State, move: Move) -> str:
    if move.actor == CREATOR:
        if state.created is not None:
            return "the page is created already"
        create_of(world, move.detail)
        return ""
    action = action_of(world, move.actor)
    if action.name in dict(state.actions):
        return f"action `{action.name}` is on the way already"
    if state.created is None or state.position(CREATOR) is not None:
        return "the page is not created yet"
    return _refuse_action(world, state, action)


def _refuse_action(world: World, state: State, action: Action) -> str:
    if action.name in state.done:
        return f"action `{action.name}` happens only once"
    return "" if Evaluation(Draft(world, state)).truth(action.guard) else f"the guard of `{action.name}` does not hold"


def _refuse_begin(world: World, state: State, move: Move) -> str:
    number = _table(state, move.actor)
    table = state.tables[number]
    if table.at:
        return f"table {number} is in the hands of an actor"
    transition = transition_of(world, state, move)
    if Evaluation(Draft(world, state)).truth(transition.guard):
        return ""
    return f"the guard of `{move.detail}` does not hold"


def _refuse_step(world: World, state: State, move: Move) -> str:
    if move.actor.startswith("table:"):
        _table(state, move.actor)
    elif move.actor != CREATOR:
        action_of(world, move.actor)
    position = position_of(state, move.actor)
    if move.kind == "resume":
        if position.waits_for is None:
            return f"{move.actor} does not wait for a grace period"
        still = ", ".join(f"reader {i}" for i in position.waits_for)
        return f"{move.actor} still waits for {still}" if still else ""
    if position.waits_for is not None:
        return f"{move.actor} waits for a grace period"
    node = world.node(position)
    if isinstance(node.operation, Choose) and not 0 <= move.choice < len(node.targets):
        return f"`{node.text}` has no alternative number {move.choice}"
    return blocked(Draft(world, state), move.actor, node)


def _refuse_reader(world: World, state: State, move: Move) -> str:
    if not move.actor.startswith("reader:"):
        return f"`{move.actor}` is not a reader"
    number = number_of(move.actor)
    inside = dict(state.readers).get(number)
    if move.kind == "enter":
        if inside:
            return f"reader {number} is inside already"
        reader = world.reader(move.detail)
        if reader is None or not world.holds(reader.condition):
            return f"this configuration has no readers `{move.detail}`"
        if not 0 <= move.table < len(state.tables):
            return f"there is no table {move.table}"
        resting = state.tables[move.table].state
        if move.detail not in world.admitted(resting):
            where = f"is `{resting}`" if resting else "is in the hands of an actor"
            return f"table {move.table} {where} and does not let `{move.detail}` in"
        return ""
    if inside is None:
        return f"reader {number} is not inside"
    if move.kind == "leave":
        return ""
    present = world.reader(inside.kind)
    uses = present.uses if present else ()
    if not 0 <= move.choice < len(uses) or not world.holds(uses[move.choice].condition):
        return f"`{inside.kind}` has no use number {move.choice} in this configuration"
    return ""


def _table(state: State, actor: str) -> int:
    number = number_of(actor) if actor.startswith("table:") else -1
    if not 0 <= number < len(state.tables):
        raise ReplayError(f"there is no table `{actor}`")
    return number


# ------------------------------------------------------------------------------------------------ enumeration


def enabled(world: World, state: State) -> tuple[Move, ...]:
    """All moves that are possible, in a fixed order; at most `World.reader_bound` readers inside at the same time."""
    return tuple(move for move in _candidates(world, state) if not refusal(world, state, move))


def _candidates(world: World, state: State) -> Iterator[Move]:
    if state.created is None:
        yield from (Move("start", CREATOR, create.name) for create in world.lifecycle.creates)
    for actor, position in state.actors():
        if position.waits_for is not None:
            yield Move("resume", actor)
            continue
        node = world.node(position)
        alternatives = len(node.targets) if isinstance(node.operation, Choose) else 1
        yield from (Move("step", actor, choice=choice) for choice in range(alternatives))
    yield from (Move("start", f"action:{action.name}", action.name) for action in world.lifecycle.actions)
    for number, table in enumerate(state.tables):
        names = dict.fromkeys(t.name for t in world.transitions(table.state))
        yield from (Move("begin", f"table:{number}", name) for name in names)
    yield from _reader_candidates(world, state)
    for key, linkage in state.links:
        if linkage == "linked":
            yield Move("neighbour", ENVIRONMENT, str(key))
        if linkage == "queued":
            yield Move("rcu_links", ENVIRONMENT, str(key))


def _reader_candidates(world: World, state: State) -> Iterator[Move]:
    inside = dict(state.readers)
    if len(inside) < world.reader_bound:
        free = next(i for i in range(len(inside) + 1) if i not in inside)
        for number, table in enumerate(state.tables):
            for kind in sorted(world.admitted(table.state)):
                yield Move("enter", f"reader:{free}", kind, number)
    for number, reader in state.readers:
        known = world.reader(reader.kind)
        uses = known.uses if known else ()
        yield from (Move("use", f"reader:{number}", choice=choice) for choice in range(len(uses)))
        yield Move("leave", f"reader:{number}")


def leak(world: World, state: State) -> Hazard | None:
    """OV108 if the page can never be given back: all tables gone, nobody on the way, nothing queued, no action left."""
    if world.lifecycle.keeps_page or state.phase != "allocated" or state.actors():
        return None
    on_the_way = any(table.state not in (GONE, UNBORN) for table in state.tables)
    if on_the_way or any(linkage == "queued" for _, linkage in state.links):
        return None
    for action in world.lifecycle.actions:
        if not action.environment and not _refuse_action(world, state, action):
            return None
    return Hazard("OV108", "all tables are gone, nothing is queued, and nobody is left who would free the page")
