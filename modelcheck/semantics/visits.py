"""Readers come into tables, do what they may while they are inside, and leave. One is followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Updates
from modelcheck.semantics.effects import effect_of
from modelcheck.semantics.expressions import readers_inside
from modelcheck.semantics.flow import live_uses
from modelcheck.semantics.names import inside
from modelcheck.semantics.readers import ReaderGroup, waits_for
from modelcheck.semantics.system import Label, Transition
from modelcheck.semantics.terms import conjunction, positive, var, zero
from modelcheck.semantics.whereabouts import Whereabouts
from modelcheck.trace import Move


def reader_transitions(context: Context, where: Whereabouts) -> Iterator[Transition]:
    """Everything that the reader does."""
    for group in context.groups:
        yield from _entering(context, where, group)
        yield from _leaving(context, where, group)
        yield from _using(context, where, group)


def enter_key(kind: str) -> str:
    """The name under which it is known that readers of a kind can come in."""
    return f"{kind}.enter"


def _entering(context: Context, where: Whereabouts, group: ReaderGroup) -> Iterator[Transition]:
    nobody = zero(readers_inside(context))
    for point in where.tables:
        if point.kind != "rest" or point.occupied or point.place not in group.states:
            continue
        target = replace(point, occupied=context.detail.occupancy)
        updates = Updates()
        updates.move(point.name, target.name)
        updates.add(inside(group.name), 1)
        keys = tuple(enter_key(kind.name) for kind in group.kinds)
        label = _label(group, "enter", "comes into a table", point.name, target.name, keys)
        guard = conjunction(positive(var(point.name)), nobody, where.undisturbed())
        yield Transition(label, guard, (), updates.items())


def _leaving(context: Context, where: Whereabouts, group: ReaderGroup) -> Iterator[Transition]:
    me = inside(group.name)
    released = list(_released(context, where, group))
    if not context.detail.occupancy:
        updates = Updates()
        updates.add(me, -1)
        _stop_waiting(released, updates)
        guard = conjunction(positive(var(me)), where.undisturbed())
        yield Transition(_label(group, "leave", "leaves"), guard, (), updates.items())
        return
    for point in where.tables:
        if not point.occupied:
            continue
        target = replace(point, occupied=False)
        updates = Updates()
        updates.move(point.name, target.name)
        updates.add(me, -1)
        _stop_waiting(released, updates)
        guard = conjunction(positive(var(me)), positive(var(point.name)), where.undisturbed())
        yield Transition(_label(group, "leave", "leaves", point.name, target.name), guard, (), updates.items())


def _released(context: Context, where: Whereabouts, group: ReaderGroup) -> Iterator[tuple[str, str]]:
    """Where somebody waits for a reader, each with where he waits when the reader has left."""
    for point in where.all:
        if point.kind == "wait" and point.blocked and waits_for(context.points.node(point), group):
            yield point.name, replace(point, blocked=False).name


def _stop_waiting(released: Iterable[tuple[str, str]], updates: Updates) -> None:
    """Nobody waits for the reader any longer."""
    for blocked, free in released:
        updates.pour(blocked, free)


def _using(context: Context, where: Whereabouts, group: ReaderGroup) -> Iterator[Transition]:
    guard = conjunction(positive(var(inside(group.name))), where.undisturbed())
    for kind in group.kinds:
        for number, use in live_uses(kind, context.storage.holds):
            move = Move("use", "reader", kind.name, choice=number)
            label = Label(move, kind.name, use.text)
            yield Transition(label, guard, effect_of(context, use.operation).hazards, ())


def _label(
    group: ReaderGroup,
    kind: Literal["enter", "leave"],
    text: str,
    source: str = "",
    target: str = "",
    keys: tuple[str, ...] = (),
) -> Label:
    move = Move(kind, "reader", group.name)
    return Label(move, group.name, f"{group.name} {text}", source, target, keys)
