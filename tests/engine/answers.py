"""What the engine has behind its results: systems, proofs and runs, for tests that look at them one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelcheck.configurations.space import Space
from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Invariant
from modelcheck.engine.classes import answer_group
from modelcheck.engine.constants import constant_range
from modelcheck.engine.explicit import ExplicitSearch, State
from modelcheck.engine.grouping import classify
from modelcheck.engine.groups import groups_of
from modelcheck.engine.reduced import Interval
from modelcheck.engine.refute import Refutation
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_unit
from modelcheck.semantics.system import Sort, System

LITMUS = Path(__file__).parent.parent / "litmus"
CASES = tuple(sorted(path.stem for path in LITMUS.glob("*.litmus")))


@dataclass(frozen=True)
class Subject:
    """A system, as of one class of configurations or of several together, and the values of its constants."""

    system: System
    constants: Mapping[str, Interval]


@dataclass(frozen=True)
class Answered:
    """What was proved and refuted of one life cycle. Each refutation comes with the system that it is a run of."""

    invariants: tuple[Invariant, ...]
    refutations: tuple[tuple[System, Refutation], ...]


def subjects(unit: Unit, lifecycle: Lifecycle) -> Iterator[Subject]:
    """The system of every group of classes, and those of the classes."""
    found = classify(unit, lifecycle, Space.of(unit))
    for group in groups_of(found.classes, constant_range(unit, {})):
        yield Subject(group.system, group.constants)
        if len(group.classes) > 1:
            yield from (Subject(here.system, group.constants) for here in group.classes)


def answered(unit: Unit, lifecycle: Lifecycle) -> Answered:
    """Answer every group."""
    found = classify(unit, lifecycle, Space.of(unit))
    invariants: list[Invariant] = []
    refutations: list[tuple[System, Refutation]] = []
    for group in groups_of(found.classes, constant_range(unit, {})):
        for _, answer in answer_group(unit, lifecycle, group, Budget(), "auto"):
            invariants.extend(proved.proof.invariant for proved in answer.proofs)
            refutations.extend(answer.refuted)
    return Answered(tuple(invariants), tuple(refutations))


@cache
def litmus(name: str) -> tuple[tuple[Subject, ...], tuple[Answered, ...]]:
    """The systems of a litmus case, and what was made of each of its life cycles."""
    unit = load_unit(LITMUS / f"{name}.litmus")
    every = (*unit.lifecycles, *unit.proposed)
    return tuple(s for lc in every for s in subjects(unit, lc)), tuple(answered(unit, lc) for lc in every)


def parameter_values(subject: Subject, most: int) -> Iterator[dict[str, int]]:
    """The first parameter from its least value up to `most`, or at its least; the others at their least."""
    least = {v.name: subject.constants[v.name].low for v in subject.system.variables if v.sort is Sort.PARAMETER}
    if not least:
        yield {}
        return
    name = next(iter(least))
    high = subject.constants[name].high
    for value in range(least[name], max(most, least[name]) + 1):
        if high is None or value <= high:
            yield {**least, name: value}


def reachable(system: System, parameters: Mapping[str, int], limit: int) -> Iterator[dict[str, int]]:
    """Up to `limit` concrete states, breadth first, each as a value for every variable."""
    search = ExplicitSearch(system)
    names = [v.name for v in system.variables]
    seen: set[State] = set(search.initial_states(parameters))
    queue = deque(sorted(seen))
    while queue:
        state = queue.popleft()
        yield dict(zip(names, state, strict=True))
        following, _ = search.successors(state)
        for _, successor in following:
            if successor not in seen and len(seen) < limit:
                seen.add(successor)
                queue.append(successor)
