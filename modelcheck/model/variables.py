"""What a page has beside its bytes: flags, counters, value classes, and what only a proof knows of."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.model.declarations import FieldRef
from modelcheck.source import Span

# ------------------------------------------------------------------------------------------------ variables


@dataclass(frozen=True)
class Flag:
    """A page flag such as `PG_active`; clear when the page leaves the allocator."""

    name: str
    span: Span


@dataclass(frozen=True)
class Counter:
    """A field that holds a non-negative integer. Its bytes are those of `field`."""

    name: str
    field: FieldRef
    span: Span


@dataclass(frozen=True)
class Value:
    """A field that holds one of a few named values, e.g. `page_type { none, table }`.

    What it holds when the page leaves the allocator is said by the allocator; unsaid means "something else".
    """

    name: str
    field: FieldRef
    values: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class GhostFlag:
    """A Boolean that is not stored in the page (state of the mm, of another object, of the proof)."""

    name: str
    initial: bool
    span: Span


@dataclass(frozen=True)
class GhostCounter:
    """A non-negative integer that is not stored in the page."""

    name: str
    initial: int
    span: Span


@dataclass(frozen=True)
class ExternalLock:
    """A lock that lives outside the page: held by at most one actor, never destroyed."""

    name: str
    span: Span


Variable = Flag | Counter | Value | GhostFlag | GhostCounter | ExternalLock
