"""The state of one page with its individual tables, actors and readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.model.declarations import FieldRef

Phase = Literal["before", "allocated", "freed"]
Linkage = Literal["unlinked", "itself", "linked", "queued"]
Cell = int | bool | str

UNBORN = "unborn"
GONE = "gone"
CREATOR = "creator"


@dataclass(frozen=True)
class Position:
    """Where an actor stands: before node `node` of the code `code` (a key of `World.code`).

    `waits_for` is None while it runs; otherwise the actor has run that node and waits: the numbers of the readers
    that were inside when the waiting began and have not left since. `softirq`: it runs in softirq, not in process
    context. `holding` are the locks outside the page between whose `lock` and `unlock` it stands, `exposing` the locks
    of any kind that it took in process context and left softirqs on.
    """

    code: str
    node: int
    waits_for: tuple[int, ...] | None = None
    softirq: bool = False
    holding: frozenset[str] = frozenset()
    exposing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """A table rests in `state`, or is in the hands of an actor at `at` (then `state` is empty)."""

    state: str
    at: Position | None = None


@dataclass(frozen=True)
class Lock:
    """A lock: does it live, and which actor holds it (empty: nobody). Locks outside the page always live."""

    alive: bool = False
    holder: str = ""


@dataclass(frozen=True)
class Inside:
    """A reader of kind `kind` is inside table `table`."""

    kind: str
    table: int


@dataclass(frozen=True)
class State:
    """Everything about the page at one moment; equal states are equal values and hash alike.

    `owners` names for every byte the field that last wrote it. `values` stand in the order of `World.cells`. `links`
    and `locks` are sorted by name and leave out what was never used. `atomic` is the actor that stands inside an
    `atomic` block: nobody else may move.
    """

    phase: Phase
    owners: tuple[FieldRef | None, ...]
    values: tuple[Cell, ...]
    links: tuple[tuple[FieldRef, Linkage], ...]
    locks: tuple[tuple[str, Lock], ...]
    tables: tuple[Table, ...]
    created: str | None = None
    creator: Position | None = None
    actions: tuple[tuple[str, Position], ...] = ()
    done: tuple[str, ...] = ()
    readers: tuple[tuple[int, Inside], ...] = ()
    atomic: str = ""

    def count(self, state: str) -> int:
        """How many tables rest in a state."""
        return sum(table.state == state for table in self.tables)

    def position(self, actor: str) -> Position | None:
        """Where an actor (`creator`, `action:NAME`, `table:I`) stands; None if it is not on the way."""
        kind, _, name = actor.partition(":")
        if kind == "table":
            return self.tables[int(name)].at
        return dict(self.actions).get(name) if kind == "action" else self.creator

    def actors(self) -> tuple[tuple[str, Position], ...]:
        """All actors on the way, with their positions: creator, actions, tables."""
        found = [(CREATOR, self.creator)] if self.creator else []
        found += [(f"action:{name}", position) for name, position in self.actions]
        found += [(f"table:{i}", table.at) for i, table in enumerate(self.tables) if table.at]
        return tuple(found)

    def linkage(self, key: FieldRef) -> Linkage:
        """What the linkage with that representative name is; `unlinked` if it was never used."""
        return dict(self.links).get(key, "unlinked")

    def lock(self, key: str) -> Lock:
        """The lock of that name."""
        return dict(self.locks).get(key, Lock())
