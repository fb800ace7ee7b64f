"""Exit statuses, and which of several wins."""

from __future__ import annotations

from collections.abc import Iterable

OK = 0
UNSAFE = 1
USAGE = 2
UNDECIDED = 3
VACUOUS = 4
DRIFT = 5
WAIVERS = 6
INTERNAL = 70
INTERRUPTED = 130
CLOSED_PIPE = 141

# What is worse stands earlier.
_ORDER = (INTERRUPTED, INTERNAL, USAGE, DRIFT, UNSAFE, VACUOUS, UNDECIDED, WAIVERS, OK)


def worst(statuses: Iterable[int]) -> int:
    """The status that decides; `OK` if there is none."""
    return min(statuses, key=_ORDER.index, default=OK)
