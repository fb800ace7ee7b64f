"""Abstraction refinement: reachability over classes of points, classes split only where a spurious run shows that
they must be.

An abstract run to a hazard is followed with concrete states of a few tables. If that works, the hazard is real. If it
gets stuck, the class of the stuck step holds points that the concrete tables are at and points that they would have
to be at; those are put into different classes, and the search begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from modelcheck.engine.abstraction import Abstraction, AbstractReach, HazardSite, Trace
from modelcheck.engine.budget import Budget
from modelcheck.engine.explicit import ExplicitSearch, Site, State, Successors
from modelcheck.engine.family import fixed_flags
from modelcheck.engine.laws import ConservationLaw, conservation_laws
from modelcheck.engine.merging import (
    MergedSystem,
    Merger,
    Partition,
    coarsest_partition,
    merged_laws,
    refined_by,
    split,
)
from modelcheck.engine.reduced import Interval, ReducedSystem, parameter_intervals, reduce_system, small_parameters
from modelcheck.semantics.points import is_table_point
from modelcheck.semantics.system import System


@dataclass(frozen=True)
class Hint:
    """What refinement came to: the classes of points, and the points whose classes are counted beyond "some"."""

    partition: Partition
    closely: frozenset[str]


@dataclass(frozen=True)
class Spot:
    """A site, and the values there of the flags that no step changes: in a family they say which classes it is in.

    In the order of `fixed_flags`. No flags where there are none, and for a hazard of a creation.
    """

    site: Site
    flags: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """What the abstraction says.

    `real` are the spots with a concrete run, `spurious` those that it reaches and nothing explains (then no proof).
    `complete`: it came to an end, after so many `states`.
    """

    hint: Hint
    real: frozenset[Spot]
    spurious: frozenset[Spot]
    complete: bool
    states: int


@dataclass(frozen=True)
class Landscape:
    """What there is to see at the end of a look ahead: `reach` over `reduced`, the merged system with its laws put
    in."""

    outlook: Outlook
    merged: MergedSystem
    reduced: ReducedSystem
    reach: AbstractReach


def look_ahead(
    system: System,
    parameters: Mapping[str, Interval],
    excused: Callable[[Spot], bool],
    budget: Budget,
    known: Hint | None,
    before: Outlook | None = None,
) -> Landscape:
    """Refine until every hazard that the abstraction reaches is excused, real, or cannot be told from real.

    `known` is what served a similar system: refinement starts from it, which saves rounds, and anew without it where
    that leads too far. `before` is what the same look is said to have come to: it starts there.
    """
    refinement = _Refinement(system, parameters, excused, budget)
    if before is None:
        return refinement.run(known)
    refinement.real.update(before.real)
    refinement.spurious.update(before.spurious)
    return refinement.run(before.hint)


class _Refinement:
    def __init__(
        self, system: System, parameters: Mapping[str, Interval], excused: Callable[[Spot], bool], budget: Budget
    ) -> None:
        self.system = system
        self.parameters = parameters
        self.excused = excused
        self.budget = budget
        self.merger = Merger(system)
        self.real: set[Spot] = set()
        self.spurious: set[Spot] = set()
        # One run is much like another: what was followed before is not worked out again.
        self.beginnings: dict[tuple[tuple[str, int], ...], list[State]] = {}
        self.successors: dict[State, Successors] = {}

    @cached_property
    def laws(self) -> tuple[ConservationLaw, ...]:
        """Those of the system. Points of one class have equal weight in them, so that they are the classes' too."""
        return conservation_laws(self.system)

    @cached_property
    def concrete(self) -> ExplicitSearch:
        """The concrete steps; not needed where no abstract run has to be followed."""
        return ExplicitSearch(self.system)

    @cached_property
    def flags(self) -> tuple[int, ...]:
        """Where a concrete state has the flags that no step changes."""
        return tuple(self.concrete.index[name] for name in fixed_flags(self.system))

    def run(self, known: Hint | None) -> Landscape:
        partition = coarsest_partition(self.system, self.laws)
        hint = Hint(partition, frozenset())
        if known is not None:
            hint = Hint(refined_by(partition, known.partition), known.closely & partition.keys())
        coarsest = Hint(partition, frozenset())
        while True:
            view = self._view(hint)
            reach, finer = self._search(view, hint)
            if finer is None and not reach.complete and known is not None:
                # What served a similar system may be finer than this one needs.
                known, finer = None, coarsest
            if finer is None:
                break
            hint = finer
        came = Outlook(hint, frozenset(self.real), frozenset(self.spurious), reach.complete, len(reach.states))
        return Landscape(came, view.merged, view.abstraction.system, reach)

    def _view(self, hint: Hint) -> _View:
        merged = self.merger.merge(hint.partition)
        laws = merged_laws(self.laws, hint.partition)
        reduced = reduce_system(merged.system, laws, self.parameters, _coarse(merged, hint))
        return _View(merged, Abstraction(reduced))

    def _search(self, view: _View, hint: Hint) -> tuple[AbstractReach, Hint | None]:
        """Search the abstraction; where a hazard in it is nobody's, also what to look closer at."""
        found: list[Hint] = []

        def tolerated(hazard: HazardSite, trace: Trace) -> bool:
            if self._known(hazard):
                return True
            stuck = self._follow(view.merged, trace, hazard)
            if stuck is None:
                self.real.add(_spot(hazard))
                return True
            finer = self._finer(view.merged, hint, trace, stuck)
            if finer is None:
                self.spurious.add(_spot(hazard))
                return True
            found.append(finer)
            return False

        reach = view.abstraction.reach(self.budget.abstract_states, tolerated)
        return reach, found[0] if found else None

    def _known(self, hazard: HazardSite) -> bool:
        spot = _spot(hazard)
        return spot in self.real or spot in self.spurious or self.excused(spot)

    # --------------------------------------------------------------------------------- following a run concretely

    def _follow(self, merged: MergedSystem, trace: Trace, hazard: HazardSite) -> _Stuck | None:
        """Follow the abstract run with concrete states; None if some of them meet the hazard, else where it ended."""
        furthest: _Stuck | None = None
        for parameters in small_parameters(parameter_intervals(self.system, self.parameters), self.budget.tables + 1):
            states = self._silently(merged, self._initial(parameters, hazard))
            stuck = self._walk(merged, trace, hazard, states)
            if stuck is None:
                return None
            if furthest is None or stuck.step > furthest.step:
                furthest = stuck
        return furthest or _Stuck(0, frozenset())

    def _initial(self, parameters: Mapping[str, int], hazard: HazardSite) -> set[State]:
        given = tuple(sorted(parameters.items()))
        states = self.beginnings.get(given)
        if states is None:
            states = self.beginnings[given] = self.concrete.initial_states(parameters)
        return {state for state in states if tuple(state[i] for i in self.flags) == hazard.flags}

    def _after(self, state: State) -> Successors:
        found = self.successors.get(state)
        if found is None:
            found = self.successors[state] = self.concrete.successors(state)
        return found

    def _walk(
        self, merged: MergedSystem, trace: Trace, hazard: HazardSite, states: set[State]
    ) -> _Stuck | None:
        for step, t in enumerate(trace):
            origins = merged.origins[t]
            last = step == len(trace) - 1 and hazard.transition >= 0
            following: set[State] = set()
            for state in states:
                out, hits = self._after(state)
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
            _, hits = self._after(state)
            if any(n < 0 and self.system.state_hazards[h].rule == hazard.rule for n, h, _ in hits):
                return None
        return _Stuck(len(trace), frozenset(states))

    def _silently(self, merged: MergedSystem, states: set[State]) -> set[State]:
        """Every state that steps lead to which the merged system does not see."""
        found = set(states)
        pending = list(states)
        while pending and len(found) < _CONCRETE_LIMIT:
            out, _ = self._after(pending.pop())
            for number, successor in out:
                if number in merged.silent and successor not in found:
                    found.add(successor)
                    pending.append(successor)
        return found

    # -------------------------------------------------------------------------------------------------- splitting

    def _finer(self, merged: MergedSystem, hint: Hint, trace: Trace, stuck: _Stuck) -> Hint | None:
        """Look closer where the run got stuck, or, if that is not the reason, elsewhere; None if there is nowhere
        left."""
        partition = hint.partition
        if stuck.step < len(trace):
            wanted = {self.system.transitions[n].label.source for n in merged.origins[trace[stuck.step]]}
            for number in sorted({partition[p] for p in wanted if p in partition}):
                occupied = self._occupied(partition, number, stuck)
                if occupied and not occupied & wanted:
                    return _parted(hint, occupied)
                if not occupied and (closer := _closer(hint, number)):
                    return closer
        passed = [
            point
            for t in reversed(trace[: stuck.step + 1])
            for n in sorted(merged.origins[t])
            for point in (self.system.transitions[n].label.source, self.system.transitions[n].label.target)
            if point in partition
        ]
        for point in passed:
            if closer := _closer(hint, partition[point]):
                return closer
        for point in (*passed, *partition):
            if _size(partition, partition[point]) > 1:
                return _parted(hint, frozenset({point}))
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
class _View:
    """The system as one hint has it."""

    merged: MergedSystem
    abstraction: Abstraction


@dataclass(frozen=True)
class _Stuck:
    """Concrete states that could not take step number `step` of the abstract run."""

    step: int
    states: frozenset[State]


def _spot(hazard: HazardSite) -> Spot:
    return Spot(Site(hazard.rule, hazard.path), hazard.flags)


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


def _parted(hint: Hint, members: frozenset[str]) -> Hint:
    """Put these points of one class into one of their own; which of both has to be counted closely will show again."""
    number = hint.partition[min(members)]
    closely = frozenset(p for p in hint.closely if hint.partition[p] != number)
    return Hint(split(hint.partition, members), closely)


def _size(partition: Partition, number: int) -> int:
    return sum(n == number for n in partition.values())
