"""What the variables of a counter system are called, and what the values of the built-in ones mean.

A system's variables are plain strings, so that every later stage can print them. Points have their names from
`points.Point.name`, flags and counters from the model; everything else is named here.
"""

from __future__ import annotations

from typing import Final

from modelcheck.model.declarations import FieldRef

PAGE: Final = "page"
"""The enumeration that says where the page is; its values are those of `PHASES`."""
PHASES: Final = ("before", "allocated", "freed")
BEFORE, ALLOCATED, FREED = range(len(PHASES))

OTHER_VALUE: Final = 0
"""A value field holds something that is none of its named values; those count from 1."""

ATOMIC: Final = "in atomic block"
"""How many actors stand inside an atomic block (0 or 1)."""


def owned(slot: FieldRef) -> str:
    """Boolean: the field owns all its bytes."""
    return f"owned {slot}"


def linked(slot: FieldRef) -> str:
    """Boolean: the list_head is on a list."""
    return f"linked {slot}"


def pointing_to_itself(slot: FieldRef) -> str:
    """Boolean: the list_head is initialised and on no list."""
    return f"initialised {slot}"


def queued(slot: FieldRef) -> str:
    """Count: how often the rcu_head is queued."""
    return f"queued {slot}"


def alive(slot: FieldRef) -> str:
    """Boolean: the lock was made and not destroyed."""
    return f"alive {slot}"


def held(lock: FieldRef | str) -> str:
    """Count: how many actors are between `lock` and `unlock`.

    `lock` is a slot, or the name of a lock outside the page.
    """
    return f"held {lock}"


def exposed(lock: FieldRef | str) -> str:
    """Count: how many actors took the lock in process context and left softirqs on, and have not given it back."""
    return f"exposed {lock}"


def inside(group: str) -> str:
    """Count: how many readers of a group are inside a table."""
    return f"inside {group}"
