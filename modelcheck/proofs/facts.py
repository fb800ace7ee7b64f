"""Facts by name: the statement or fields behind each, with its citation and its place in the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modelcheck.footing import Fact
from modelcheck.model.program import Acquire, Lifecycle, Node, QueueWork, Release
from modelcheck.proofs.relaxed import FactKey, RelaxedStep
from modelcheck.semantics.context import Context
from modelcheck.semantics.readers import kinds_in_group
from modelcheck.semantics.steps import step_key


def contexts(context: Context) -> Iterator[FactKey]:
    """Statements that say what an actor holds, or in which context it runs, where some rule heeds that.

    That is not a variable of the system but a part of where the actor is: it is used by construction.
    """
    heeded = {lock for _, lock in context.detail.locks}
    contested = {lock for lock, _ in context.detail.contested}
    for path, index in context.steps:
        key = FactKey("context", step_key(path.name, index))
        match path.nodes[index].operation:
            case Acquire(lock) | Release(lock) if lock in heeded or lock in contested:
                yield key
            case QueueWork() if context.detail.softirq:
                yield key


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
        for step in self._steps:
            label = step.transition.label
            if key.name in label.keys:
                owner = key.name.partition(".")[0]
                return Fact("guard", owner, label.text, "", label.citation, label.place)
        raise KeyError(key.name)
