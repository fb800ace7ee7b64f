"""From a run over counts to moves of individual tables and readers, which the interpreter can replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelcheck.engine.explicit import Run
from modelcheck.model.program import Lifecycle, ToPath
from modelcheck.semantics.readers import kinds_in_group
from modelcheck.semantics.system import System, Transition
from modelcheck.semantics.terms import Linear
from modelcheck.trace import Move


def moves_of(system: System, run: Run) -> tuple[Move, ...]:
    """Name the tables: of those at a point, the one with the lowest number moves.

    Tables are numbered from 0 in the order in which `populate` gives them out, as the interpreter does.
    """
    if run.initial is None:
        return run.creation.moves if run.creation else ()
    parameters = {name: Linear(value) for name, value in run.parameters}
    where: list[str] = []
    for point, count in run.initial.placement:
        where.extend([point] * count.substitute(parameters).constant)
    moves = list(run.initial.moves)
    for t in run.transitions:
        transition = system.transitions[t]
        moves.append(_advance(transition, where))
    return tuple(_with_kinds(moves))


def way_in_of(lifecycle: Lifecycle, moves: Sequence[Move]) -> str:
    """By which path, action or kind of reader the actor of the last move came; empty where that is not told by the
    moves."""
    if not moves:
        return ""
    actor = moves[-1].actor
    kind, _, name = actor.partition(":")
    if kind == "action":
        return name
    if kind == "reader":
        return next((m.detail for m in reversed(moves) if m.actor == actor and m.kind == "enter"), "")
    begun = next((m.detail for m in reversed(moves) if m.actor == actor and m.kind == "begin"), "")
    targets = {
        transition.target.path
        for state in lifecycle.states
        for transition in state.transitions
        if transition.name == begun and isinstance(transition.target, ToPath)
    }
    return targets.pop() if kind == "table" and len(targets) == 1 else ""


def _with_kinds(moves: list[Move]) -> list[Move]:
    """Say which kind of reader a member of a group was: the one that does something later, else the first."""
    kind = ""
    named: list[Move] = []
    for move in reversed(moves):
        if move.kind == "use":
            kind = move.detail
        elif move.kind == "enter":
            kinds = kinds_in_group(move.detail)
            move = replace(move, detail=kind if kind in kinds else kinds[0])
            kind = ""
        named.append(move)
    return named[::-1]


def _advance(transition: Transition, where: list[str]) -> Move:
    """Move the tables as the transition says; returns the move with its individuals named."""
    label = transition.label
    table = -1
    if label.move.actor in ("table", "reader") and label.source:
        table = where.index(label.source)
    # A counter may take the number of tables somewhere; only what is added to a point are tables that come there.
    for name, value in transition.updates:
        for other, coefficient in value.terms if name.startswith("#") else ():
            if other != name and coefficient == 1 and other.startswith("#"):
                where[:] = [name if (point == other and i != table) else point for i, point in enumerate(where)]
    if table >= 0:
        where[table] = label.target
    match label.move.actor:
        case "table":
            return replace(label.move, actor=f"table:{table}")
        case "reader":
            return replace(label.move, actor="reader:0", table=table if label.move.kind == "enter" else -1)
        case _:
            return label.move
