"""All answers of a computation that asks for symbols, and for which symbols it gives each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from modelcheck.layout.decisions import Ask

T = TypeVar("T")

Path = tuple[tuple[str, bool], ...]
"""Symbols and their values, in the order in which they were asked for."""

Complete = Callable[[Mapping[str, bool]], Mapping[str, bool] | None]
"""An admitted assignment that extends a partial one, or None."""


def decide(question: Callable[[Ask], T], complete: Complete) -> list[tuple[Path, T]]:
    """Every admitted case of a question, as few as its own way of asking allows; each is part of the space, none
    overlap.

    A symbol whose two answers lead to the same is left out. The question runs once for each way of answering it.
    """
    return _merge(dict(_cases(question, complete)))


def happens(question: Callable[[Ask], bool], complete: Complete) -> bool:
    """Does some admitted case answer a question with yes?"""
    return any(answer for _, answer in _cases(question, complete))


def _cases(question: Callable[[Ask], T], complete: Complete) -> Iterator[tuple[Path, T]]:
    waiting: list[Path] = [()]
    while waiting:
        prefix = waiting.pop()
        model = complete(dict(prefix))
        if model is None:
            continue
        path, answer = _run(question, dict(prefix), model)
        yield path, answer
        for index in range(len(prefix), len(path)):
            name, value = path[index]
            waiting.append((*path[:index], (name, not value)))


def _run(question: Callable[[Ask], T], given: dict[str, bool], model: Mapping[str, bool]) -> tuple[Path, T]:
    def ask(symbol: str) -> bool:
        value = given.get(symbol)
        if value is None:
            value = given[symbol] = model.get(symbol, False)
        return value

    answer = question(ask)
    return tuple(given.items()), answer


def _merge(paths: dict[Path, T]) -> list[tuple[Path, T]]:
    """Share equal subtrees of the decision tree, and leave out symbols whose two subtrees are the same."""
    answers: list[T] = []
    nodes: list[tuple[str, dict[bool, int]] | None] = []  # None: a leaf, the answer of the same number in `leaf_answer`
    leaf_answer: dict[int, int] = {}
    interned: dict[tuple[str, int, int], int] = {}
    leaves: dict[int, int] = {}

    def leaf(answer: T) -> int:
        index = next((i for i, known in enumerate(answers) if known == answer), -1)
        if index < 0:
            answers.append(answer)
            index = len(answers) - 1
        if index not in leaves:
            nodes.append(None)
            leaves[index] = len(nodes) - 1
            leaf_answer[len(nodes) - 1] = index
        return leaves[index]

    levels: dict[int, dict[Path, int]] = {}
    for path, answer in paths.items():
        levels.setdefault(len(path), {})[path] = leaf(answer)
    for length in range(max(levels, default=0), 0, -1):
        parents: dict[Path, tuple[str, dict[bool, int]]] = {}
        for path, node in levels.get(length, {}).items():
            name, value = path[-1]
            parents.setdefault(path[:-1], (name, {}))[1][value] = node
        for path, (name, below) in parents.items():
            if len(below) == 2 and below[False] == below[True]:
                levels.setdefault(length - 1, {})[path] = below[True]
                continue
            key = (name, below.get(False, -1), below.get(True, -1))
            if key not in interned:
                nodes.append((name, below))
                interned[key] = len(nodes) - 1
            levels.setdefault(length - 1, {})[path] = interned[key]
    out: list[tuple[Path, T]] = []
    stack: list[tuple[Path, int]] = [((), root) for root in levels.get(0, {}).values()]
    while stack:
        path, number = stack.pop()
        node_here = nodes[number]
        if node_here is None:
            out.append((path, answers[leaf_answer[number]]))
            continue
        name, below = node_here
        stack.extend(((*path, (name, value)), below[value]) for value in (True, False) if value in below)
    return out
