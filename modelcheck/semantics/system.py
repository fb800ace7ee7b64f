"""Counter systems: variables, initial cases, guarded transitions with linear updates, and hazards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from modelcheck.semantics.terms import Formula, Linear, variables_of
from modelcheck.trace import Move


class Sort(Enum):
    """What a variable ranges over: `COUNT` the natural numbers, `PARAMETER` too but it never changes."""

    BOOLEAN = "boolean"
    ENUMERATION = "enumeration"
    COUNT = "count"
    PARAMETER = "parameter"


@dataclass(frozen=True)
class StateVariable:
    """One variable. `values` names the values of an enumeration; `words` says what it is, for people."""

    name: str
    sort: Sort
    words: str
    values: tuple[str, ...] = ()
    minimum: int = 0


@dataclass(frozen=True)
class HazardCase:
    """Taking the transition where `condition` holds breaks `rule`."""

    rule: str
    condition: Formula
    message: str
    field: str = ""
    clobbered_by: str = ""


@dataclass(frozen=True)
class Label:
    """Which step of the model a transition is.

    `move` says what to replay; its actor is a role (`table`, `creator`, `action:NAME`, `reader`, `environment`), to be
    made an individual when a trace is written. `source` and `target` are the names of the actor's points (empty if it
    does not move). `path` is the way in by which the actor came. `keys` name the model's steps that it stands for.
    """

    move: Move
    path: str
    text: str
    source: str = ""
    target: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transition:
    """Where `guard` holds: the first hazard whose condition holds ends the run; if none does, `updates` happen at once.

    Updates are linear in the state before the step for counts, constants (0/1, or a value's index) for the others;
    variables without an update keep their value.
    """

    label: Label
    guard: Formula
    hazards: tuple[HazardCase, ...]
    updates: tuple[tuple[str, Linear], ...]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The variables that the guard or a hazard's condition reads."""
        conditions = (self.guard, *(hazard.condition for hazard in self.hazards))
        return frozenset(name for condition in conditions for name in variables_of(condition))

    @cached_property
    def mentions(self) -> frozenset[str]:
        """The variables that anything in it speaks of."""
        changed = {name for name, _ in self.updates}
        return self.reads.union(changed, (name for _, value in self.updates for name, _ in value.terms))


@dataclass(frozen=True)
class StateHazard:
    """A state in which `condition` holds breaks `rule`, whatever step led there."""

    rule: str
    condition: Formula
    message: str


@dataclass(frozen=True)
class InitialCase:
    """The page and its tables exist: the value of every variable in terms of the parameters, where `guard` holds.

    `moves` replay how it came about, `keys` are the steps it took. `placement` says into which points the tables were
    put, in order, and how many into each.
    """

    guard: Formula
    values: tuple[tuple[str, Linear], ...]
    moves: tuple[Move, ...]
    keys: tuple[str, ...]
    name: str
    placement: tuple[tuple[str, Linear], ...] = ()


@dataclass(frozen=True)
class CreationHazard:
    """A hazard that the creation itself runs into, where `guard` (over parameters) holds."""

    rule: str
    guard: Formula
    message: str
    field: str
    clobbered_by: str
    moves: tuple[Move, ...]
    name: str


@dataclass(frozen=True)
class System:
    """One life cycle in one class of configurations."""

    variables: tuple[StateVariable, ...]
    assumptions: tuple[Formula, ...]
    initial: tuple[InitialCase, ...]
    creation_hazards: tuple[CreationHazard, ...]
    transitions: tuple[Transition, ...]
    state_hazards: tuple[StateHazard, ...]
    keys: tuple[str, ...]

    def __hash__(self) -> int:
        # All of it would take longer than comparing with the few that are of the same size.
        return hash((tuple(self.sorts), len(self.transitions), self.keys))

    @cached_property
    def sorts(self) -> Mapping[str, Sort]:
        """The sort of each variable."""
        return {variable.name: variable.sort for variable in self.variables}
