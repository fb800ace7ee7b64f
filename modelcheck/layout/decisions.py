"""Values that depend on the configuration, remembered by what was asked of it when they were worked out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
Q = TypeVar("Q", bound=Hashable)
V = TypeVar("V")

Ask = Callable[[str], bool]
"""Is the symbol of that name set? May raise to stop the computation that asks."""


@dataclass
class _Leaf(Generic[V]):
    value: V


@dataclass
class _Fork(Generic[Q, V]):
    question: Q
    branches: dict[bool, _Fork[Q, V] | _Leaf[V]] = field(default_factory=dict)


class Decisions(Generic[K, Q, V]):
    """A cache of computations that ask questions, for symbols or of another kind: per key a decision tree, grown path
    by path.

    Sound because a computation asks in an order that depends only on the answers it got.
    """

    def __init__(self) -> None:
        self._roots: dict[K, _Fork[Q, V] | _Leaf[V]] = {}

    def get(self, key: K, ask: Callable[[Q], bool], compute: Callable[[Callable[[Q], bool]], V]) -> V:
        """`compute(ask)`, or what it answered before to the same answers of `ask`, which is asked once for each."""
        node = self._roots.get(key)
        asked: list[tuple[Q, bool]] = []
        while isinstance(node, _Fork):
            answer = ask(node.question)
            asked.append((node.question, answer))
            node = node.branches.get(answer)
        if node is not None:
            return node.value
        known = dict(asked)

        def recording(question: Q) -> bool:
            answer = known.get(question)
            if answer is None:
                answer = known[question] = ask(question)
            return answer

        value = compute(recording)
        self._insert(key, list(known.items()), value)
        return value

    def _insert(self, key: K, path: list[tuple[Q, bool]], value: V) -> None:
        tree: _Fork[Q, V] | _Leaf[V] = _Leaf(value)
        at = self._roots.get(key)
        if at is None or not path:
            for question, answer in reversed(path):
                tree = _Fork(question, {answer: tree})
            self._roots[key] = tree
            return
        for index, (_, answer) in enumerate(path):
            assert isinstance(at, _Fork)
            below = at.branches.get(answer)
            if below is None:
                for question, later in reversed(path[index + 1 :]):
                    tree = _Fork(question, {later: tree})
                at.branches[answer] = tree
                return
            at = below
