"""The transitions of tables, the creator and actions: taking a table out of a state, beginning, stepping, resuming."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from modelcheck.model.operations import CallRcu
from modelcheck.model.program import Node
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Updates
from modelcheck.semantics.effects import effect_of_node
from modelcheck.semantics.expressions import condition
from modelcheck.semantics.linkage import call_back
from modelcheck.semantics.locks import expose
from modelcheck.semantics.names import inside
from modelcheck.semantics.points import Point, idle, waiting, waits
from modelcheck.semantics.readers import waits_for
from modelcheck.semantics.system import Label, Transition
from modelcheck.semantics.terms import YES, Formula, conjunction, positive, total, var, zero
from modelcheck.semantics.whereabouts import Whereabouts
from modelcheck.trace import Move


def actor_transitions(context: Context, where: Whereabouts) -> Iterator[Transition]:
    """Everything that actors do by themselves."""
    yield from _begins(context, where)
    for point in where.all:
        if point.kind != "rest":
            # Of the other whereabouts it only matters whether there are atomic blocks.
            key = (point, where.atomic)
            yield from context.points.memory.recall(key, partial(_from_point, where, point), context)
    yield from _starts(context, where)


def _from_point(where: Whereabouts, point: Point, context: Context) -> tuple[Transition, ...]:
    """What an actor does that is at a node, or waits."""
    if point.kind == "at":
        return tuple(_steps(context, where, point))
    return () if point.blocked else (_resume(context, where, point),)


def step_key(path: str, node: int, resumed: bool = False) -> str:
    """The name under which a step is known as one that can happen."""
    return f"{path}.{node}.resume" if resumed else f"{path}.{node}"


def transition_key(state: str, transition: str) -> str:
    """The same for a transition of a state."""
    return f"{state}.{transition}"


def start_key(action: str) -> str:
    """The same for the beginning of an action."""
    return f"{action}.start"


def _begins(context: Context, where: Whereabouts) -> Iterator[Transition]:
    """An actor takes a table out of a state."""
    for point in where.tables:
        if point.kind != "rest":
            continue
        for transition in context.live.transitions.get(point.place, ()):
            target = context.points.began(point, transition.target, context.live)
            label = Label(
                Move("begin", "table", transition.name),
                target.entry or transition.name,
                f"{transition.name}: a table in `{point.place}`",
                point.name,
                target.name,
                (transition_key(point.place, transition.name),),
            )
            possible = condition(context, transition.guard)
            yield _moving(label, conjunction(positive(var(point.name)), where.undisturbed(), possible))


def _starts(context: Context, where: Whereabouts) -> Iterator[Transition]:
    """An action begins; none does before the creation is over."""
    created = zero(total([point.name for point in where.creator if point.kind != "rest"]))
    for action in context.actions:
        actor = f"action:{action.name}"
        source = idle(action.name)
        target = context.points.started(actor, action.path, context.live)
        label = Label(
            Move("start", actor, action.name),
            action.name,
            f"{action.name} begins",
            source.name,
            target.name,
            (start_key(action.name),),
        )
        possible = condition(context, action.guard)
        yield _moving(label, conjunction(positive(var(source.name)), where.undisturbed(), created, possible))


def _moving(label: Label, guard: Formula) -> Transition:
    """An actor goes from one point to another, and nothing else happens."""
    updates = Updates()
    updates.move(label.source, label.target)
    return Transition(label, guard, (), updates.items())


def _steps(context: Context, where: Whereabouts, point: Point) -> Iterator[Transition]:
    """The node at a point runs."""
    node = context.points.node(point)
    effect = effect_of_node(context, node, point)
    for outcome in effect.outcomes:
        for target, possible in _destinations(context, point, node, outcome.choice):
            updates = outcome.updates.copy()
            updates.move(point.name, target.name)
            where.pass_atomic(point, target, updates)
            expose(point, target, updates)
            yield Transition(
                _label(Move("step", point.actor, choice=outcome.choice), point, node, target),
                conjunction(positive(var(point.name)), where.undisturbed(point), outcome.guard, possible),
                effect.hazards,
                updates.items(),
            )


def _destinations(context: Context, point: Point, node: Node, choice: int) -> Iterator[tuple[Point, Formula]]:
    """Where the actor is afterwards; for a node that waits it depends on whether the reader is inside."""
    if not waits(node):
        yield context.points.after(point, choice, context.live), YES
        return
    inside_now = total([inside(group.name) for group in context.groups if waits_for(node, group)])
    if inside_now.terms:
        yield waiting(point, True), positive(inside_now)
    yield waiting(point, False), zero(inside_now)


def _resume(context: Context, where: Whereabouts, point: Point) -> Transition:
    """The waiting of the node at a point is over."""
    node = context.points.node(point)
    target = context.points.after(point, 0, context.live)
    updates = Updates()
    hazards = call_back(context, node.operation.head, updates) if isinstance(node.operation, CallRcu) else ()
    updates.move(point.name, target.name)
    where.pass_atomic(point, target, updates)
    expose(point, target, updates)
    return Transition(
        _label(Move("resume", point.actor), point, node, target),
        conjunction(positive(var(point.name)), where.undisturbed(point)),
        hazards,
        updates.items(),
    )


def _label(move: Move, point: Point, node: Node, target: Point) -> Label:
    return Label(
        move,
        point.entry or point.place,
        node.text,
        point.name,
        target.name,
        (step_key(point.place, point.node, move.kind == "resume"),),
    )
