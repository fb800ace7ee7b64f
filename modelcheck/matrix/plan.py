"""Which life cycles are checked for a matrix, in which order, and which of them belong to a shard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from modelcheck.matrix.survey import Shard, Subject, Task


def tasks_of(subjects: Iterable[Subject], proposals: Sequence[str]) -> tuple[Task, ...]:
    """Every life cycle as it is, and as each of the proposals that change it makes it: by kernel, then architecture."""
    ordered = sorted(subjects, key=lambda subject: (version_key(subject.kernel), subject.arch))
    return tuple(
        Task(subject.kernel, subject.arch, lifecycle.name, proposal)
        for subject in ordered
        for lifecycle in subject.lifecycles
        for proposal in ("", *(name for name in proposals if name in lifecycle.proposals))
    )


def share(tasks: Sequence[Task], shard: Shard | None) -> tuple[Task, ...]:
    """The tasks of a shard: life cycles are dealt out one after the other, each with all that is proposed for it.

    Proposals often make the same of a life cycle, and what is the same is worked out once.
    """
    if shard is None:
        return tuple(tasks)
    lifecycles = list(dict.fromkeys(map(_lifecycle, tasks)))
    own = frozenset(lifecycles[shard.index - 1 :: shard.of])
    return tuple(task for task in tasks if _lifecycle(task) in own)


def _lifecycle(task: Task) -> tuple[str, str, str]:
    return task.kernel, task.arch, task.lifecycle


def version_key(kernel: str) -> tuple[tuple[int, int, str], ...]:
    """A key to sort kernel versions by: numbers count as numbers, so that 6.2 comes before 6.12."""
    parts = re.findall(r"\d+|\D+", kernel)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)
