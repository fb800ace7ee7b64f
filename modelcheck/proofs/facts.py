"""Facts by name: the statement or fields behind each, with its citation and its place in the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from modelcheck.footing import Fact
from modelcheck.model.conditions import Requirement, describe
from modelcheck.model.operations import Acquire, Operation, QueueWork, Release, Skip
from modelcheck.model.program import Lifecycle, Node, Path
from modelcheck.proofs.relaxed import FactKey, RelaxedStep
from modelcheck.semantics.context import Context
from modelcheck.semantics.flow import live_nodes
from modelcheck.semantics.readers import kinds_in_group
from modelcheck.semantics.softirq import Softirq, lock_key
from modelcheck.semantics.steps import start_key, step_key, transition_key


def contexts(context: Context) -> Iterator[FactKey]:
    """Statements that say what an actor holds, or in which context it runs, where some rule heeds that.

    That is not a variable of the system but a part of where the actor is: it is used by construction.
    """
    now = context.softirq
    locked = {lock for _, lock in context.detail.locks} | {lock for lock, _ in context.detail.contested}
    # What would be taken in a softirq and by somebody whom a softirq may interrupt, if everybody left softirqs on.
    kept_out = _softirq(context, _softirqs_left_on).contested - now.contested
    works = _softirq(context, _nothing_in_work_items).heeded != now.heeded
    for path, index in context.steps:
        operation = path.nodes[index].operation
        match operation:
            case Acquire(lock, plain):
                used = lock in locked or (not plain and lock_key(context.storage, lock) in kept_out)
            case Release(lock):
                used = lock in locked
            case _:
                used = works and isinstance(operation, QueueWork)
        if used:
            yield FactKey("context", step_key(path.name, index))


def _softirq(context: Context, change: Callable[[Operation], Operation]) -> Softirq:
    """What would be known of softirqs if operations were others."""

    def path(old: Path) -> Path:
        return replace(old, nodes=tuple(replace(node, operation=change(node.operation)) for node in old.nodes))

    lifecycle = replace(
        context.lifecycle,
        paths=tuple(path(each) for each in context.lifecycle.paths),
        creates=tuple(replace(each, path=path(each.path)) for each in context.lifecycle.creates),
        actions=tuple(replace(each, path=path(each.path)) for each in context.lifecycle.actions),
    )
    return Softirq(lifecycle, context.storage, tuple(live_nodes(lifecycle, context.storage.holds)))


def _softirqs_left_on(operation: Operation) -> Operation:
    return replace(operation, plain=True) if isinstance(operation, Acquire) else operation


def _nothing_in_work_items(operation: Operation) -> Operation:
    return Skip() if isinstance(operation, QueueWork) else operation


def requirement_fact(requirement: Requirement) -> Fact:
    """A requirement as the model writes it."""
    span = requirement.span
    written = " ".join(span.source.text[span.start : span.end].split())
    written = re.sub(r' at "[^"]*"', "", written).rstrip("; ") or describe(requirement.condition)
    return Fact("require", "", written, "", requirement.citation, span.place)


class Naming:
    """What facts are called, for people."""

    def __init__(self, lifecycle: Lifecycle, contexts_of: Sequence[Context], steps: Sequence[RelaxedStep]) -> None:
        self._lifecycle = lifecycle
        self._contexts = contexts_of
        self._nodes: Mapping[str, tuple[str, Node]] = {
            step_key(path.name, index): (path.name, path.nodes[index])
            for context in contexts_of
            for path, index in context.steps
        }
        self._guarded = dict(_guarded(lifecycle))
        self._steps = steps

    def facts(self, keys: Sequence[FactKey]) -> tuple[Fact, ...]:
        """The facts, by path in the order of the model's text; each once."""
        order = {name: number for number, name in enumerate(dict.fromkeys(path for path, _ in self._nodes.values()))}

        def position(key: FactKey) -> tuple[bool, int, int]:
            path, _, index = key.name.rpartition(".")
            return key.kind in ("apart", "atomic"), order.get(path, len(order)), int(index) if index.isdigit() else 0

        return tuple(dict.fromkeys(self._fact(key) for key in sorted(keys, key=position)))

    def _fact(self, key: FactKey) -> Fact:
        match key.kind:
            case "apart":
                text = f"`{key.name}` and `{key.other}` share no byte"
                return Fact("apart", "", text, fields=(key.name, key.other))
            case "atomic":
                return Fact("atomic", "", "nobody comes in between the steps of an `atomic` block")
            case "left":
                left = self._lifecycle.allocator.leaves[int(key.name.rpartition(".")[2])]
                return Fact("left", "alloc_page", left.text, "", left.citation, left.span.place)
            case "guard":
                return self._guard(key)
            case _:
                path, node = self._nodes[key.name]
                detail = ", ".join(kinds_in_group(key.other)) if key.kind == "waits" else ""
                return Fact(key.kind, path, node.text, detail, node.citation, node.span.place)

    def _guard(self, key: FactKey) -> Fact:
        """What has to hold for a transition to be taken, or for an action to begin."""
        text = next(step.transition.label.text for step in self._steps if key.name in step.transition.label.keys)
        citation, place = self._guarded[key.name]
        return Fact("guard", key.name.partition(".")[0], text, "", citation, place)


def _guarded(lifecycle: Lifecycle) -> Iterator[tuple[str, tuple[str, str]]]:
    """What has a guard of its own: its key, its citation, and its place in the model."""
    for state in lifecycle.states:
        for transition in state.transitions:
            yield transition_key(state.name, transition.name), (transition.citation, transition.span.place)
    for action in lifecycle.actions:
        yield start_key(action.name), (action.path.citation, action.span.place)
