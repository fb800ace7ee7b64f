"""Systems for the engines that stand in for the abstraction: litmus cases with what is true of them, and small ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelcheck.configurations.space import Space
from modelcheck.engine.certificate import Allowed, Invariant
from modelcheck.engine.explicit import ExplicitSearch, Site
from modelcheck.engine.grouping import classify
from modelcheck.engine.houdini import small_parameters
from modelcheck.engine.laws import conservation_laws
from modelcheck.engine.reduced import parameter_intervals
from modelcheck.engine.refute import creation_runs
from modelcheck.resolve import load_unit
from modelcheck.semantics.system import (
    CreationHazard,
    HazardCase,
    InitialCase,
    Label,
    Sort,
    StateVariable,
    System,
    Transition,
)
from modelcheck.semantics.terms import YES, Formula, Linear, number
from modelcheck.trace import Move

LITMUS = Path(__file__).parent.parent / "litmus"
CASES = tuple(sorted(path.stem for path in LITMUS.glob("*.litmus")))


@dataclass(frozen=True)
class Known:
    """A system, and the sites that are reached in it with one to three tables."""

    system: System
    sites: frozenset[Site]

    def laws(self, *clauses: Formula) -> Invariant:
        """Its conservation laws, and clauses, as a candidate."""
        return candidate(self.system, *clauses)


def candidate(system: System, *clauses: Formula, allowed: frozenset[Allowed] = frozenset()) -> Invariant:
    """The conservation laws of a system, and clauses."""
    return Invariant(system, conservation_laws(system), clauses, parameter_intervals(system, {}), allowed)


@cache
def known(name: str) -> tuple[Known, ...]:
    """The classes of a litmus case."""
    unit = load_unit(LITMUS / f"{name}.litmus")
    return tuple(
        Known(here.system, _sites(here.system))
        for lifecycle in (*unit.lifecycles, *unit.proposed)
        for here in classify(unit, lifecycle, Space.of(unit)).classes
    )


def _sites(system: System) -> frozenset[Site]:
    search = ExplicitSearch(system)
    found: set[Site] = set()
    for parameters in small_parameters(parameter_intervals(system, {}), 3):
        result = search.search(parameters, limit=20_000)
        assert result.exhausted
        found.update(site for site, _ in result.runs)
        found.update(creation_runs(system, parameters))
    return frozenset(found)


def count(name: str) -> StateVariable:
    """A variable that counts."""
    return StateVariable(name, Sort.COUNT, name)


def transition(
    text: str, guard: Formula, updates: Sequence[tuple[str, Linear]] = (), hazard: Formula | None = None
) -> Transition:
    """A step of its own path, that breaks the rule OV104 where `hazard` holds."""
    hazards = () if hazard is None else (HazardCase("OV104", hazard, text),)
    label = Label(Move("step", "table", text), text, text)
    return Transition(label, guard, hazards, tuple(updates))


def system(
    variables: Sequence[StateVariable],
    transitions: Sequence[Transition],
    start: Sequence[tuple[str, Linear]] = (),
    creation: Sequence[CreationHazard] = (),
) -> System:
    """A system that starts at zero but for `start`."""
    values = {v.name: number(0) for v in variables if v.sort is not Sort.PARAMETER} | dict(start)
    initial = InitialCase(YES, tuple(sorted(values.items())), (), (), "create")
    return System(tuple(variables), (), (initial,), tuple(creation), tuple(transitions), (), ())
