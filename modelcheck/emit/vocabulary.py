"""What the variables of a litmus test are called, and what they are in the beginning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelcheck.emit.memory_model import Type
from modelcheck.model.declarations import FieldRef
from modelcheck.model.variables import Counter, GhostCounter
from modelcheck.replay.state import State
from modelcheck.replay.world import World

FREED = "page_freed"
"""Was the page given back?"""


@dataclass(frozen=True)
class Vocabulary:
    """The variables of a run. `entered` are the kinds of readers that come in, each with the number of its table."""

    world: World
    entered: frozenset[tuple[str, int]]

    def variable(self, name: str) -> tuple[str, Type]:
        """A variable of the model, and its type."""
        cell = self.world.cell_of[name]
        kind: Type = "atomic_t" if isinstance(self.world.variables[cell], Counter | GhostCounter) else "int"
        return identifier(cell), kind

    def lock(self, lock: FieldRef | str) -> str:
        """The name under which a lock is kept."""
        return lock if isinstance(lock, str) else str(self.world.overlay.representative(lock))

    def number(self, cell: str, value: int | bool | str) -> int:
        """What a cell of the state holds, as a number; 0 is a value without a name."""
        if isinstance(value, str):
            names = getattr(self.world.variables[cell], "values", ())
            return names.index(value) + 1 if value in names else 0
        return int(value)

    def reachable(self, state: State, table: int) -> bool:
        """Can those readers that come into the table find it?"""
        admitted = self.world.admitted(state.tables[table].state)
        return any(kind in admitted for kind, where in self.entered if where == table)

    def initially(self, name: str, state: State) -> int:
        """What a variable is in a state."""
        for cell, value in zip(self.world.cells, state.values, strict=True):
            if identifier(cell) == name:
                return self.number(cell, value)
        for key, lock in state.locks:
            if dead(key) == name:
                return int(not lock.alive)
        if table := re.fullmatch(r"table(\d+)", name):
            return int(self.reachable(state, int(table[1])))
        # A lock that was never made does not live.
        return int(name.endswith("_dead"))


def identifier(name: str) -> str:
    """A name that C takes, without the struct."""
    return re.sub(r"\W", "_", name.partition(".")[2] or name)


def dead(lock: str) -> str:
    """The variable that says that a lock does not live."""
    return f"{identifier(lock)}_dead"
