"""The state of one page: its bytes, its tables one by one, who works on them and who reads them.

A state is a tuple of integers and tuples, so that it can be kept in a set. Tables in equal situations are
interchangeable, and so are readers: `World.packed` gives one form to all states that differ only by such an exchange.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import ListEmpty
from modelcheck.model.operations import (
    Acquire,
    CallRcu,
    DestroyLock,
    InitLock,
    ListAdd,
    ListDel,
    ListInit,
    Release,
    UseLock,
)
from modelcheck.model.program import Lifecycle
from modelcheck.model.variables import Counter, ExternalLock, Flag, GhostCounter, GhostFlag, Value
from tests.oracle.places import Places

BEFORE, ALLOCATED, FREED = 0, 1, 2
RUNS, WAITS_FOR_GRACE, WAITS_FOR_CALLBACK = 0, 1, 2
UNBORN, GONE = 0, 1
READERS = 2

State = tuple  # see World.packed


class Actor(NamedTuple):
    """Somebody on the way through a path: where it began, where it is, the readers it waits for (a bit for each).

    `locks` has a bit for each lock that it has taken and not given back, `exposes` for those of them that it took in
    process context with softirqs on.
    """

    entry: int
    path: int
    node: int
    phase: int = RUNS
    waits_for: int = 0
    holds: bool = False
    softirq: bool = False
    locks: int = 0
    exposes: int = 0


@dataclass(slots=True)
class Table:
    """A table at rest in a state, or in the hands of an actor; and the kind of each reader (-1: not inside)."""

    state: int
    actor: Actor | None
    readers: list[int]

    def packed(self) -> tuple[tuple[int, ...], ...]:
        return ((self.state,), self.actor or (), tuple(self.readers))


class Shape:
    """What the positions in a state mean, for one life cycle in one configuration."""

    def __init__(self, lifecycle: Lifecycle, places: Places) -> None:
        self.places = places
        self.states = ("unborn", "gone", *(s.name for s in lifecycle.states))
        self.fields = places.names
        self.flags = {
            v.name: i for i, v in enumerate(v for v in lifecycle.variables if isinstance(v, Flag | GhostFlag))
        }
        self.numbers = {
            v.name: i for i, v in enumerate(v for v in lifecycle.variables if isinstance(v, Counter | GhostCounter))
        }
        self.values = {v.name: i for i, v in enumerate(v for v in lifecycle.variables if isinstance(v, Value))}
        self.of_page = frozenset(v.name for v in lifecycle.variables if isinstance(v, Flag | Counter | Value))
        self.field_of = {v.name: v.field for v in lifecycle.variables if isinstance(v, Counter | Value)}
        self.start_flags = [
            v.initial if isinstance(v, GhostFlag) else False
            for v in lifecycle.variables
            if isinstance(v, Flag | GhostFlag)
        ]
        self.start_numbers = [
            v.initial if isinstance(v, GhostCounter) else 0
            for v in lifecycle.variables
            if isinstance(v, Counter | GhostCounter)
        ]
        externals = [v.name for v in lifecycle.variables if isinstance(v, ExternalLock)]
        self.locks = self._index(lifecycle, (InitLock, DestroyLock, UseLock, Acquire, Release))
        self.lists = self._index(lifecycle, (ListAdd, ListDel, ListInit, ListEmpty))
        self.heads = self._index(lifecycle, (CallRcu,))
        self.externals = {name: len(set(self.locks.values())) + i for i, name in enumerate(externals)}
        self.guarded = [(g.field, 1 << self.externals[g.lock]) for g in lifecycle.guarded if g.field in places.placed]

    def _index(self, lifecycle: Lifecycle, kinds: tuple[type, ...]) -> dict[FieldRef, int]:
        found = sorted({ref for ref in _links(lifecycle, kinds) if ref in self.places.placed})
        twins = sorted({self.places.twin(ref) for ref in found})
        return {ref: twins.index(self.places.twin(ref)) for ref in found}


def _links(value: object, kinds: tuple[type, ...]) -> set[FieldRef]:
    found: set[FieldRef] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, kinds):
            link = getattr(item, "field", None) or getattr(item, "lock", None) or getattr(item, "head", None)
            if isinstance(link, FieldRef):
                found.add(link)
        if isinstance(item, tuple | frozenset):
            pending.extend(item)
        elif hasattr(item, "__dataclass_fields__"):
            pending.extend(getattr(item, name) for name in item.__dataclass_fields__ if name != "span")
    return found


@dataclass(slots=True)
class World:
    """One state, unfolded so that a step can change it."""

    shape: Shape
    page: int
    writers: list[int]  # for each segment the field that last wrote it, -1: none
    flags: list[bool]
    numbers: list[int]
    values: list[str]  # "": none of the named values
    alive: list[bool]
    held: list[bool]
    linked: list[bool]
    empty: list[bool]  # the list_head points to itself
    queued: list[bool]
    spent: int  # actions that happened, a bit for each
    created: bool
    actors: list[Actor | None]  # creator, action, then one for each environment
    tables: list[Table]

    @classmethod
    def first(cls, shape: Shape, tables: int, slots: int) -> World:
        """Before the page is allocated."""
        locks = len(set(shape.locks.values()))
        lists, heads = len(set(shape.lists.values())), len(set(shape.heads.values()))
        return cls(
            shape=shape,
            page=BEFORE,
            writers=[-1] * shape.places.width,
            flags=list(shape.start_flags),
            numbers=list(shape.start_numbers),
            values=[""] * len(shape.values),
            alive=[False] * locks,
            held=[False] * (locks + len(shape.externals)),
            linked=[False] * lists,
            empty=[False] * lists,
            queued=[False] * heads,
            spent=0,
            created=False,
            actors=[None] * slots,
            tables=[Table(UNBORN, None, [-1] * READERS) for _ in range(tables)],
        )

    @classmethod
    def of(cls, shape: Shape, state: State) -> World:
        """The world that a state describes."""
        common, actors, tables = state
        page, writers, flags, numbers, values, alive, held, linked, empty, queued, spent, created = common
        return cls(
            shape,
            page,
            list(writers),
            list(flags),
            list(numbers),
            list(values),
            list(alive),
            list(held),
            list(linked),
            list(empty),
            list(queued),
            spent,
            created,
            [a or None for a in actors],
            [Table(state[0], actor or None, list(readers)) for state, actor, readers in tables],
        )

    def packed(self) -> State:
        """The state, in the same form for all worlds that differ only in who is who among tables and readers."""
        if self.page == FREED:
            # Whatever relies on these meets the freed page first.
            self.writers = [-1] * len(self.writers)
            self.alive = [False] * len(self.alive)
            self.empty = [False] * len(self.empty)
        common = (
            self.page,
            tuple(self.writers),
            tuple(self.flags),
            tuple(self.numbers),
            tuple(self.values),
            tuple(self.alive),
            tuple(self.held),
            tuple(self.linked),
            tuple(self.empty),
            tuple(self.queued),
            self.spent,
            self.created,
        )
        form = self._people()
        if any(t.readers != [-1, -1] for t in self.tables):
            form = min(form, self._people(swap=True))
        return (common, *form)

    def _people(self, swap: bool = False) -> tuple[tuple[object, ...], tuple[object, ...]]:
        if not swap:
            actors = tuple(a or () for a in self.actors)
            return actors, tuple(sorted(t.packed() for t in self.tables))
        actors = tuple(_swapped(a) or () for a in self.actors)
        tables = (Table(t.state, _swapped(t.actor), t.readers[::-1]) for t in self.tables)
        return actors, tuple(sorted(t.packed() for t in tables))


def _swapped(actor: Actor | None) -> Actor | None:
    if actor is None or actor.waits_for in (0, 3):
        return actor
    return actor._replace(waits_for=actor.waits_for ^ 3)
