"""Making a move: the state after it, or the hazard it meets, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modelcheck.model.program import Node, Target
from modelcheck.replay.changes import changes_between
from modelcheck.replay.draft import Draft, HazardError
from modelcheck.replay.legal import action_of, create_of, number_of, position_of, refusal, transition_of
from modelcheck.replay.standing import standing_after
from modelcheck.replay.state import CREATOR, GONE, Inside, Position, State
from modelcheck.replay.steps import Ran, read_as, resume, run
from modelcheck.replay.words import words_for
from modelcheck.replay.world import ReplayError, World
from modelcheck.trace import Change, Hazard, Move


@dataclass(frozen=True)
class Outcome:
    """What a move did.

    With a `hazard`, `state` is the state before the move, and `changes` show what it did up to the hazard. `what` is
    the step in words, `citation` is `file:function` of the kernel, `place` is `file:line:column` in the model. `tables`
    are the tables that the hazard takes beside the actor's own. `reached` is the state up to the hazard, or after the
    move; `stored` and `relied` are the bytes that the move wrote and those whose content it relied on.
    """

    state: State
    hazard: Hazard | None
    changes: tuple[Change, ...]
    what: str
    citation: str
    place: str
    reached: State
    tables: tuple[int, ...] = ()
    stored: frozenset[int] = frozenset()
    relied: frozenset[int] = frozenset()


def apply(world: World, state: State, move: Move) -> Outcome:
    """Make one move.

    Raises ReplayError, with a sentence, if the move is not possible in this state, or if its step needs a field that
    this configuration does not have.
    """
    why = refusal(world, state, move)
    if why:
        raise ReplayError(f"{move.actor} cannot {f'{move.kind} {move.detail}'.strip()}: {why}")
    words = words_for(world, state, move)
    draft = Draft(world, state, words.subject)
    hazard: Hazard | None = None
    note, tables = "", tuple[int, ...]()
    try:
        note = _effect(draft, state, move)
    except HazardError as met:
        hazard, tables = met.hazard, met.tables
    after = draft.freeze()
    changes = changes_between(world, state, after)
    what = f"{words.what}: {note}" if note else words.what
    return Outcome(
        state=state if hazard else after,
        hazard=hazard,
        changes=changes,
        what=what,
        citation=words.citation,
        place=words.place,
        reached=after,
        tables=tables,
        stored=frozenset(draft.stored),
        relied=frozenset(draft.relied),
    )


def _effect(draft: Draft, state: State, move: Move) -> str:
    """Do it; returns a note on how it went."""
    world = draft.world
    match move.kind:
        case "start" if move.actor == CREATOR:
            create = create_of(world, move.detail)
            draft.created = create.name
            _settle(draft, CREATOR, Position(f"create:{create.name}", 0), create.path.entry)
        case "start":
            action = action_of(world, move.actor)
            if action.once:
                draft.done.add(action.name)
            _settle(draft, move.actor, Position(f"action:{action.name}", 0), action.path.entry)
        case "begin":
            _settle(draft, move.actor, Position("", 0), transition_of(world, state, move).target)
        case "step" | "resume":
            position = position_of(state, move.actor)
            node = world.node(position)
            ran = run(draft, move.actor, node, move.choice) if move.kind == "step" else resume(draft, node)
            _advance(draft, move.actor, position, node, ran)
            return ran.note
        case "enter":
            draft.readers[number_of(move.actor)] = Inside(move.detail, move.table)
        case "leave":
            draft.leave(number_of(move.actor))
        case "use":
            reader = world.reader(draft.readers[number_of(move.actor)].kind)
            if reader:
                read_as(draft, reader.uses[move.choice].operation)
        case "neighbour" | "rcu_links":
            ref = next(ref for ref in world.overlay.fields if str(ref) == move.detail)
            if move.kind == "neighbour":
                draft.use(ref)
            draft.write(ref)
    return ""


def _advance(draft: Draft, actor: str, position: Position, node: Node, ran: Ran) -> None:
    if ran.target is None:
        draft.place(actor, replace(position, waits_for=ran.waits_for or ()))
        draft.atomic = actor if node.holds else ""
    else:
        _settle(draft, actor, standing_after(draft, position, node), ran.target, node.holds)


def _settle(draft: Draft, actor: str, position: Position, target: Target, inner: bool = False) -> None:
    """Follow a jump, in the context and with the locks of `position`; `inner` if it is inside an atomic block."""
    where, inner = draft.world.arrive(position.code, target, inner)
    if isinstance(where, Position):
        draft.place(actor, replace(position, code=where.code, node=where.node, waits_for=None))
    else:
        draft.place(actor, None, GONE if where is None else where)
    draft.atomic = actor if inner else ""
