"""Values that depend on the configuration, remembered by the symbols that were asked for when they were worked out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Ask = Callable[[str], bool]
"""Is the symbol of that name set? May raise to stop the computation that asks."""


@dataclass
class _Leaf(Generic[V]):
    value: V


@dataclass
class _Fork(Generic[V]):
    symbol: str
    branches: dict[bool, _Fork[V] | _Leaf[V]] = field(default_factory=dict)


class Decisions(Generic[K, V]):
    """A cache of computations that ask for symbols: per key a decision tree, grown path by path.

    Sound because a computation asks in an order that depends only on the answers it got.
    """

    def __init__(self) -> None:
        self._roots: dict[K, _Fork[V] | _Leaf[V]] = {}

    def get(self, key: K, ask: Ask, compute: Callable[[Ask], V]) -> V:
        """`compute(ask)`, or what it answered before to the same answers of `ask`."""
        node = self._roots.get(key)
        known: dict[str, bool] = {}
        while isinstance(node, _Fork):
            answer = known[node.symbol] = ask(node.symbol)
            node = node.branches.get(answer)
        if node is not None:
            return node.value

        def recording(symbol: str) -> bool:
            answer = known.get(symbol)
            if answer is None:
                answer = known[symbol] = ask(symbol)
            return answer

        value = compute(recording)
        self._insert(key, list(known.items()), value)
        return value

    def _insert(self, key: K, path: list[tuple[str, bool]], value: V) -> None:
        tree: _Fork[V] | _Leaf[V] = _Leaf(value)
        at = self._roots.get(key)
        if at is None or not path:
            for symbol, answer in reversed(path):
                tree = _Fork(symbol, {answer: tree})
            self._roots[key] = tree
            return
        for index, (_, answer) in enumerate(path):
            assert isinstance(at, _Fork)
            below = at.branches.get(answer)
            if below is None:
                for symbol, later in reversed(path[index + 1 :]):
                    tree = _Fork(symbol, {later: tree})
                at.branches[answer] = tree
                return
            at = below
