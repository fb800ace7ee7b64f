"""Names of groups of readers that are not told apart."""

from __future__ import annotations

from collections.abc import Iterable

_BETWEEN = " or "


def reader_group_name(kinds: Iterable[str]) -> str:
    """One name for several kinds of readers."""
    return _BETWEEN.join(kinds)


def kinds_in_group(name: str) -> tuple[str, ...]:
    """The kinds again."""
    return tuple(name.split(_BETWEEN))
