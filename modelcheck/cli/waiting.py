"""Whose turn it is: jobs about one model, and most of all about one life cycle, go to one process, which has read the
model and knows what it found out for the last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable

Subject = tuple[str, str, str]
"""What a job is about, whatever is proposed: kernel, architecture and life cycle."""


class Waiting:
    """Jobs that nobody does yet, by number; each is given out once. `subjects` says what each is about."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._left = deque(enumerate(subjects))

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self, own: Subject | None, others: Collection[Subject | None]) -> int:
        """The next job for a process that did one about `own` before, while the others are busy with `others`.

        One about the same life cycle if there is any, else about the same model, else about a model that no other
        process is at, else about such a life cycle, else the first. Raises IndexError where no job is left.
        """
        taken = {_model(other) for other in others}
        return self._first(
            lambda subject: subject == own,
            lambda subject: _model(subject) == _model(own),
            lambda subject: _model(subject) not in taken,
            lambda subject: subject not in others,
            lambda _: True,
        )

    def _first(self, *preferred: Callable[[Subject], bool]) -> int:
        for suits in preferred:
            for place, (number, subject) in enumerate(self._left):
                if suits(subject):
                    del self._left[place]
                    return number
        raise IndexError("no job is left")


def _model(subject: Subject | None) -> tuple[str, str] | None:
    return None if subject is None else subject[:2]
