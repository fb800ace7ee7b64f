"""Remembers what was worked out in one class of configurations, for others that answer the same to what was asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from modelcheck.semantics.context import Context

T = TypeVar("T")

Question = tuple[str, str, tuple[Any, ...]]
"""What is asked: a part of a context ("" for itself), an attribute of it, and arguments if that is a method."""

_PARTS = frozenset({"storage", "softirq", "live"})
_COMMON = frozenset({"points", "lifecycle", "detail", "minima", "is_stored", "is_page_flag"})
"""What is the same in all contexts that share a memory, and is not noted."""


class Memory:
    """What was worked out in contexts of one life cycle at one level of detail."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, list[tuple[dict[Question, object], Any]]] = {}

    def recall(self, key: Hashable, work: Callable[[Context], T], context: Context) -> T:
        """`work(context)`, which `key` names, and which must depend on nothing else that differs between contexts."""
        known = self._kept.setdefault(key, [])
        for notes, result in known:
            # Questions come in the order in which they were asked, so that a context knows an answer to each that is
            # come to.
            if all(_answer(context, question) == answer for question, answer in notes.items()):
                return cast(T, result)
        notes = {}
        result = work(cast("Context", _Noting(context, notes)))
        known.append((notes, result))
        return result


class _Noting:
    """Stands for a context, or a part of one, and notes what it is asked and what it answers."""

    def __init__(self, asked: object, notes: dict[Question, object], part: str = "") -> None:
        self._asked = asked
        self._notes = notes
        self._part = part

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._asked, name)
        if name in _COMMON:
            return found
        if name in _PARTS:
            return _Noting(found, self._notes, name)
        if not callable(found):
            self._notes[self._part, name, ()] = found
            return found

        def call(*arguments: Any) -> Any:
            answer = found(*arguments)
            self._notes[self._part, name, arguments] = answer
            return answer

        return call


def _answer(context: Context, question: Question) -> object:
    part, name, arguments = question
    found = getattr(getattr(context, part) if part else context, name)
    return found(*arguments) if arguments else found
