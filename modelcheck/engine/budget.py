"""How much the engine may spend. Every number is deterministic: states and solver steps, never seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Limits for one class of configurations.

    `abstract_states`: size of the abstract reachable set. `ways_in_states`: the same where ways in are told apart.
    `concrete_states`: states of one explicit search. `tables`: the explicit search
    looks at up to this many tables more than the least. `busy`: and at up to this many actors and readers on a CPU at a
    time before it lifts the limit. `rlimit`: Z3 steps per query. `depth`: of bounded search and k-induction in Z3.
    `fallback_rlimit`: as `rlimit`, for the other engines where nobody asked for one of them by name.
    """

    abstract_states: int = 120_000
    ways_in_states: int = 30_000
    concrete_states: int = 60_000
    tables: int = 3
    busy: int = 3
    rlimit: int = 20_000_000
    depth: int = 12
    fallback_rlimit: int = 1_000_000

    def scaled(self, factor: float) -> Budget:
        """All limits but `tables` and `busy` times a factor (at least 1 each)."""
        return Budget(
            max(1, int(self.abstract_states * factor)),
            max(1, int(self.ways_in_states * factor)),
            max(1, int(self.concrete_states * factor)),
            self.tables,
            self.busy,
            max(1, int(self.rlimit * factor)),
            max(1, int(self.depth * factor)),
            max(1, int(self.fallback_rlimit * factor)),
        )
