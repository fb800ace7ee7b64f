"""Which steps of a life cycle exist in a configuration, and which fields they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import Guard, Holds, compared, decide
from modelcheck.model.operations import CallRcu, FreePage, Write
from modelcheck.model.program import (
    Action,
    Lifecycle,
    Node,
    Path,
    Reader,
    ReaderUse,
    State,
    Target,
    ToNode,
    ToPath,
    Transition,
    passed,
)
from modelcheck.semantics.mentions import constants_in, expressions_of, fields_of, guard_of, lists_in
from modelcheck.source import Span


def live_targets(node: Node, holds: Holds) -> tuple[Target, ...]:
    """The successors of a node that this configuration leaves possible."""
    target = passed(node, holds)
    return node.targets if target is None else (target,)


def live_actions(lifecycle: Lifecycle, holds: Holds) -> tuple[Action, ...]:
    """The actions that this configuration does not rule out."""
    return tuple(a for a in lifecycle.actions if decide(a.guard, holds) is not False)


def live_transitions(lifecycle: Lifecycle, holds: Holds) -> Iterator[tuple[State, Transition]]:
    """The transitions of states that this configuration does not rule out."""
    for state in lifecycle.states:
        for transition in state.transitions:
            if decide(transition.guard, holds) is not False:
                yield state, transition


def live_readers(lifecycle: Lifecycle, holds: Holds) -> tuple[Reader, ...]:
    """The kinds of readers that this configuration has."""
    return tuple(reader for reader in lifecycle.readers if holds(reader.condition))


def live_uses(reader: Reader, holds: Holds) -> Iterator[tuple[int, ReaderUse]]:
    """What a kind of readers may do in this configuration, with its number among the reader's uses."""
    return ((number, use) for number, use in enumerate(reader.uses) if holds(use.condition))


def entries(lifecycle: Lifecycle, holds: Holds) -> Iterator[tuple[Path, Target]]:
    """Where actors start: creations, actions, and the paths that transitions of states lead to."""
    for create in lifecycle.creates:
        yield create.path, create.path.entry
    for action in live_actions(lifecycle, holds):
        yield action.path, action.path.entry
    for _, transition in live_transitions(lifecycle, holds):
        if isinstance(transition.target, ToPath):
            path = lifecycle.path(transition.target.path)
            yield path, path.entry


def paths_reached(lifecycle: Lifecycle, start: str, holds: Holds) -> frozenset[str]:
    """The paths with steps that an actor may go on to from the start of a path, itself included."""
    path = lifecycle.path(start)
    return frozenset({start, *(path.name for path, _ in _walk(lifecycle, [(path, path.entry)], holds))})


def live_nodes(lifecycle: Lifecycle, holds: Holds) -> Iterator[tuple[Path, int]]:
    """Every node that some actor could come to in this configuration, each once, in a fixed order."""
    return _walk(lifecycle, list(entries(lifecycle, holds)), holds)


def _walk(lifecycle: Lifecycle, pending: list[tuple[Path, Target]], holds: Holds) -> Iterator[tuple[Path, int]]:
    seen: set[tuple[str, int]] = set()
    while pending:
        path, target = pending.pop(0)
        match target:
            case ToPath(name):
                other = lifecycle.path(name)
                if (name, -1) not in seen:
                    seen.add((name, -1))
                    pending.append((other, other.entry))
            case ToNode(index) if (path.name, index) not in seen:
                seen.add((path.name, index))
                node = path.nodes[index]
                yield path, index
                pending.extend((path, t) for t in live_targets(node, holds))
                if isinstance(node.operation, CallRcu):
                    pending.append((path, ToPath(node.operation.path)))
            case _:
                pass


def fields_beside_nodes(lifecycle: Lifecycle, holds: Holds) -> Iterator[tuple[FieldRef, Span]]:
    """Every field that a live reader, transition or action needs, with the place that needs it; repetitions possible.

    Of guards that nobody checks (those of transitions and actions) only what they ask lists: they use no bytes, but
    a list has to be known by its field.
    """
    for reader in live_readers(lifecycle, holds):
        for _, use in live_uses(reader, holds):
            for field in fields_of(lifecycle, use.operation):
                yield field, use.span
    for _, transition in live_transitions(lifecycle, holds):
        yield from ((field, transition.span) for field in lists_in(transition.guard))
    for action in live_actions(lifecycle, holds):
        yield from ((field, action.span) for field in lists_in(action.guard))


def left_fields(lifecycle: Lifecycle) -> Iterator[FieldRef]:
    """The fields that the allocator writes; a configuration need not have them."""
    for node in lifecycle.allocator.leaves:
        if isinstance(node.operation, Write):
            yield node.operation.field


def guards_of(lifecycle: Lifecycle, nodes: Iterable[tuple[Path, int]], holds: Holds) -> Iterator[Guard]:
    """Every guard that may have to be evaluated, the allocator's demands included; `nodes` are the live ones."""
    for path, index in nodes:
        operation = path.nodes[index].operation
        guard = guard_of(operation)
        if guard is not None:
            yield guard
        if isinstance(operation, FreePage):
            yield from (demand.guard for demand in lifecycle.allocator.demands)
    yield from (transition.guard for _, transition in live_transitions(lifecycle, holds))
    yield from (action.guard for action in live_actions(lifecycle, holds))


def constants_of(lifecycle: Lifecycle) -> tuple[str, ...]:
    """The constants that matter in some configuration, by name: for the number of tables, a step, or a guard."""
    paths = (*lifecycle.paths, *(c.path for c in lifecycle.creates), *(a.path for a in lifecycle.actions))
    operations = [node.operation for path in paths for node in path.nodes]
    operations += [node.operation for node in lifecycle.allocator.leaves]
    guards = [demand.guard for demand in lifecycle.allocator.demands]
    guards += [transition.guard for state in lifecycle.states for transition in state.transitions]
    guards += [action.guard for action in lifecycle.actions]
    expressions = [lifecycle.tables]
    expressions += [value for operation in operations for value in expressions_of(operation)]
    expressions += [value for guard in guards for value in compared(guard)]
    return tuple(sorted({name for expression in expressions for name in constants_in(expression)}))
