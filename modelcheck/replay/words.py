"""Moves in words: the statement, where it stands in the kernel and in the model, and which way in it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.model.operations import CallRcu
from modelcheck.model.program import Node, ToPath, ToState
from modelcheck.replay.legal import action_of, create_of, number_of, position_of, transition_of
from modelcheck.replay.state import CREATOR, Inside, State
from modelcheck.replay.world import ReplayError, World
from modelcheck.trace import Move


@dataclass(frozen=True)
class Words:
    """A move as a person reads it: `what` happens, `citation` (`file:function`) and `place` (`file:line:column`).

    `subject` begins a sentence about a hazard that the move meets.
    """

    what: str
    subject: str
    citation: str = ""
    place: str = ""


def words_for(world: World, state: State, move: Move) -> Words:
    """The words for a move that is possible in `state`."""
    match move.kind:
        case "start":
            if move.actor == CREATOR:
                create = create_of(world, move.detail)
                what = "create" if create.name in ("", "create") else f"create {create.name}"
                return Words(what, "", create.path.citation, create.span.place)
            action = action_of(world, move.actor)
            kind = "environment" if action.environment else "action"
            return Words(f"{kind} {action.name}", "", action.path.citation, action.span.place)
        case "begin":
            transition = transition_of(world, state, move)
            number = number_of(move.actor)
            what = f"{transition.name} of table {number} ({state.tables[number].state})"
            return Words(what, "", transition.citation or _cited(world, transition.target), transition.span.place)
        case "step":
            node = world.node(position_of(state, move.actor))
            return Words(_statement(node.text), f"`{_statement(node.text)}`", node.citation, node.span.place)
        case "resume":
            return _resume(world.node(position_of(state, move.actor)))
        case "enter" | "use" | "leave":
            return _reader(world, state, move)
        case "neighbour":
            subject = f"a neighbour on the list of `{move.detail}`"
            return Words(f"a neighbour on the list reads and writes {move.detail}", subject)
        case "rcu_links":
            subject = f"RCU, queueing the next callback behind `{move.detail}`,"
            return Words(f"the next callback is queued behind {move.detail}", subject)


def _cited(world: World, target: ToPath | ToState) -> str:
    """The citation of the path that a transition begins, if it begins one."""
    return world.code[f"path:{target.path}"].citation if isinstance(target, ToPath) else ""


def _resume(node: Node) -> Words:
    if isinstance(node.operation, CallRcu):
        what = f"RCU calls {node.operation.path}"
        return Words(what, f"the RCU callback queued through `{node.operation.head}`", node.citation, node.span.place)
    return Words(f"{_statement(node.text)} is over", "", node.citation, node.span.place)


def _reader(world: World, state: State, move: Move) -> Words:
    number = number_of(move.actor)
    inside = dict(state.readers).get(number, Inside(move.detail, move.table))
    reader = world.reader(inside.kind)
    if reader is None:
        raise ReplayError(f"there are no readers `{inside.kind}`")
    if move.kind == "use":
        use = reader.uses[move.choice]
        what = _statement(use.text)
        return Words(what, f"`{what}` of reader {number} ({reader.name})", reader.citation, use.span.place)
    verb = "comes into" if move.kind == "enter" else "leaves"
    return Words(f"{verb} table {inside.table}", "", reader.citation, reader.span.place)


def _statement(text: str) -> str:
    return " ".join(text.split()).rstrip("; ")


def entry_path(world: World, state: State, move: Move) -> str:
    """The way into the code that a move opens or belongs to; empty for an actor on the way and for the environment.

    It is the name of a transition's path (of the transition, where it only changes the state), of a create block, of
    an action, or of a kind of readers.
    """
    match move.kind:
        case "start":
            return move.detail if move.actor == CREATOR else action_of(world, move.actor).name
        case "begin":
            transition = transition_of(world, state, move)
            return transition.target.path if isinstance(transition.target, ToPath) else transition.name
        case "enter":
            return move.detail
        case "use" | "leave":
            return dict(state.readers)[number_of(move.actor)].kind
        case _:
            return ""
