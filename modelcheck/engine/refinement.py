"""Abstraction refinement: reachability over classes of points, classes split only where a spurious run shows that they must be.

An abstract run to a hazard is followed with concrete states of a few tables. If that works, the hazard is real. If it gets
stuck, the class of the stuck step holds points that the concrete tables are at and points that they would have to be at; those are
put into different classes, and the search begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelcheck.engine.abstraction import Abstraction, AbstractReach, HazardSite
from modelcheck.engine.budget import Budget
from modelcheck.engine.explicit import ExplicitSearch, Site, State
from modelcheck.engine.laws import conservation_laws
from modelcheck.engine.merging import MergedSystem, Partition, coarsest_partition, merge, refined_by, split
from modelcheck.engine.reduced import Interval, ReducedSystem, reduce_system
from modelcheck.semantics.points import is_table_point
from modelcheck.semantics.system import Sort, System


@dataclass(frozen=True)
class Hint:
    """What refinement came to: the classes of points, and the points whose classes are counted beyond "some"."""

    partition: Partition
    closely: frozenset[str]


@dataclass(frozen=True)
class Outlook:
    """What the abstraction says: `reach` over `reduced`, the merged system with its laws put in.

    `real` are sites with a concrete run, `spurious` those that the abstraction reaches and nothing explains (then no proof).
    """

    merged: MergedSystem
    reduced: ReducedSystem
    reach: AbstractReach
    real: frozenset[Site]
    spurious: frozenset[Site]
    rounds: int
    hint: Hint


def look_ahead(
    system: System,
    parameters: Mapping[str, Interval],
    excused: frozenset[Site],
    budget: Budget,
    known: Hint | None,
) -> Outlook:
    """Refine until every hazard that the abstraction reaches is excused, real, or cannot be told from real.

    `known` is what served a similar system: refinement starts from it, which saves rounds.
    """
    return _Refinement(system, parameters, excused, budget).run(known)


class _Refinement:
    def __init__(
        self, system: System, parameters: Mapping[str, Interval], excused: frozenset[Site], budget: Budget
    ) -> None:
        self.system = system
        self.parameters = parameters
        self.excused = excused
        self.budget = budget
        self.concrete = ExplicitSearch(system)
        self.real: set[Site] = set()
        self.spurious: set[Site] = set()

    def run(self, known: Hint | None) -> Outlook:
        partition = coarsest_partition(self.system, conservation_laws(self.system))
        hint = Hint(partition, frozenset())
        if known is not None:
            hint = Hint(refined_by(partition, known.partition), known.closely)
        rounds = 0
        while True:
            rounds += 1
            merged = merge(self.system, hint.partition)
            reduced = reduce_system(
                merged.system, conservation_laws(merged.system), self.parameters, _coarse(merged, hint)
            )
            abstraction = Abstraction(reduced)
            reach = abstraction.reach(self.budget.abstract_states, self._tolerated)
            finer: Hint | None = None
            while (hazard := reach.offending) is not None:
                stuck = self._follow(merged, reach, hazard)
                if stuck is None:
                    self.real.add(_site(hazard))
                else:
                    finer = self._finer(merged, hint, reach, stuck)
                    if finer is not None:
                        break
                    self.spurious.add(_site(hazard))
                reach = abstraction.reach(self.budget.abstract_states, self._tolerated)
            if finer is None:
                return Outlook(merged, reduced, reach, frozenset(self.real), frozenset(self.spurious), rounds, hint)
            hint = finer

    def _tolerated(self, hazard: HazardSite) -> bool:
        site = _site(hazard)
        return site in self.excused or site in self.real or site in self.spurious

    # --------------------------------------------------------------------------------- following a run concretely

    def _follow(self, merged: MergedSystem, reach: AbstractReach, hazard: HazardSite) -> _Stuck | None:
        """Follow the abstract run with concrete states; None if some of them meet the hazard, else where it ended."""
        furthest: _Stuck | None = None
        for extra in range(self.budget.tables + 1):
            parameters = self._values(extra)
            if parameters is None:
                break
            states = self._silently(merged, set(self.concrete.initial_states(parameters)))
            stuck = self._walk(merged, reach, hazard, states)
            if stuck is None:
                return None
            if furthest is None or stuck.step > furthest.step:
                furthest = stuck
            if not parameters:
                break
        return furthest or _Stuck(0, frozenset())

    def _walk(
        self, merged: MergedSystem, reach: AbstractReach, hazard: HazardSite, states: set[State]
    ) -> _Stuck | None:
        for step, t in enumerate(reach.trace):
            origins = merged.origins[t]
            last = step == len(reach.trace) - 1 and hazard.transition >= 0
            following: set[State] = set()
            for state in states:
                out, hits = self.concrete.successors(state)
                if last:
                    for number, h, _ in hits:
                        if number in origins and self.system.transitions[number].hazards[h].rule == hazard.rule:
                            return None
                else:
                    following.update(successor for number, successor in out if number in origins)
            if not following:
                return _Stuck(step, frozenset(states))
            states = self._silently(merged, following)
        for state in states:
            _, hits = self.concrete.successors(state)
            if any(n < 0 and self.system.state_hazards[h].rule == hazard.rule for n, h, _ in hits):
                return None
        return _Stuck(len(reach.trace), frozenset(states))

    def _silently(self, merged: MergedSystem, states: set[State]) -> set[State]:
        """Every state that steps lead to which the merged system does not see."""
        found = set(states)
        pending = list(states)
        while pending and len(found) < _CONCRETE_LIMIT:
            out, _ = self.concrete.successors(pending.pop())
            for number, successor in out:
                if number in merged.silent and successor not in found:
                    found.add(successor)
                    pending.append(successor)
        return found

    def _values(self, extra: int) -> Mapping[str, int] | None:
        values = {}
        for variable in self.system.variables:
            if variable.sort is Sort.PARAMETER:
                interval = self.parameters.get(variable.name, Interval(variable.minimum))
                values[variable.name] = interval.low + extra
                if interval.high is not None and values[variable.name] > interval.high:
                    return None
        return values

    # -------------------------------------------------------------------------------------------------- splitting

    def _finer(self, merged: MergedSystem, hint: Hint, reach: AbstractReach, stuck: _Stuck) -> Hint | None:
        """Look closer where the run got stuck, or, if that is not the reason, elsewhere; None if there is nowhere left."""
        partition = hint.partition
        if stuck.step < len(reach.trace):
            wanted = {self.system.transitions[n].label.source for n in merged.origins[reach.trace[stuck.step]]}
            for number in sorted({partition[p] for p in wanted if p in partition}):
                occupied = self._occupied(partition, number, stuck)
                if occupied and not occupied & wanted:
                    return Hint(split(partition, occupied), hint.closely)
                if not occupied and (closer := _closer(hint, number)):
                    return closer
        passed = [
            point
            for t in reversed(reach.trace[: stuck.step + 1])
            for n in sorted(merged.origins[t])
            for point in (self.system.transitions[n].label.source, self.system.transitions[n].label.target)
            if point in partition
        ]
        for point in passed:
            if closer := _closer(hint, partition[point]):
                return closer
        for point in (*passed, *partition):
            if _size(partition, partition[point]) > 1:
                return Hint(split(partition, frozenset({point})), hint.closely)
        for point in partition:
            if closer := _closer(hint, partition[point]):
                return closer
        return None

    def _occupied(self, partition: Partition, number: int, stuck: _Stuck) -> frozenset[str]:
        index = self.concrete.index
        members = [p for p, n in partition.items() if n == number]
        return frozenset(p for p in members if any(state[index[p]] for state in stuck.states))


_CONCRETE_LIMIT = 5_000


@dataclass(frozen=True)
class _Stuck:
    """Concrete states that could not take step number `step` of the abstract run."""

    step: int
    states: frozenset[State]


def _site(hazard: HazardSite) -> Site:
    return Site(hazard.rule, hazard.path)


def _coarse(merged: MergedSystem, hint: Hint) -> frozenset[str]:
    """The classes of table points that nobody asked to be counted closely. Other actors are single anyway."""
    return frozenset(
        name
        for name, meaning in merged.meaning.items()
        if name.startswith("#")
        and is_table_point(name)
        and not any(point in hint.closely for point, _ in meaning.terms)
    )


def _closer(hint: Hint, number: int) -> Hint | None:
    """Count this class closely; None if it is already."""
    members = frozenset(p for p, n in hint.partition.items() if n == number and is_table_point(p))
    return None if not members or members & hint.closely else Hint(hint.partition, hint.closely | members)


def _size(partition: Partition, number: int) -> int:
    return sum(n == number for n in partition.values())
