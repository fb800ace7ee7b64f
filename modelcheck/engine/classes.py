"""The answer for one class of configurations: what can happen, with runs, and a proof that nothing else can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from modelcheck.engine.budget import Budget
from modelcheck.engine.explicit import Site
from modelcheck.engine.prove import Proof, prove
from modelcheck.engine.reduced import Interval
from modelcheck.engine.refinement import Hint, Outlook, look_ahead
from modelcheck.engine.refute import Refutation, refute
from modelcheck.model.program import Lifecycle, ToPath
from modelcheck.model.unit import Unit
from modelcheck.semantics import flow
from modelcheck.semantics.build import build_system
from modelcheck.semantics.storage import Storage
from modelcheck.semantics.system import Sort, System


@dataclass(frozen=True)
class ProvedRange:
    """A proof, and for which values of the parameter (None: there is none, or all)."""

    parameter: str
    interval: Interval | None
    proof: Proof


@dataclass(frozen=True)
class Doubt:
    """A site that was neither reached nor excluded for values of the parameter above `beyond` (None: for all), and why."""

    site: Site
    reason: str
    beyond: int | None = None


@dataclass(frozen=True)
class ClassAnswer:
    """What the engine found for one class.

    `refuted` are runs, each with the system it is a run of; `doubtful` are sites that were neither reached nor excluded, with the reason;
    `fired` are the steps that can happen, `keys` those that exist.
    """

    refuted: tuple[tuple[System, Refutation], ...]
    proofs: tuple[ProvedRange, ...]
    doubtful: tuple[Doubt, ...]
    fired: frozenset[str]
    keys: frozenset[str]
    abstract_states: int
    concrete_states: int
    depth: int
    hint: Hint | None


@dataclass(frozen=True)
class ClassTask:
    """One class to answer: `storage` is that of one of its configurations, `system` the same for all of them."""

    unit: Unit
    lifecycle: Lifecycle
    storage: Storage
    system: System
    constants: Mapping[str, Interval]


def answer_class(task: ClassTask, budget: Budget, engine: str, known: Hint | None) -> ClassAnswer:
    """Everything about one class of configurations.

    `known` is where refinement came to for a similar class; it saves rounds and decides nothing.
    """
    return _ClassAnalysis(task, budget, engine, known).answer()


class _ClassAnalysis:
    def __init__(self, task: ClassTask, budget: Budget, engine: str, known: Hint | None) -> None:
        self.unit = task.unit
        self.lifecycle = task.lifecycle
        self.storage = task.storage
        self.system = task.system
        self.constants = task.constants
        self.budget = budget
        self.engine = engine
        self.known = known
        self.parameter = next((v for v in self.system.variables if v.sort is Sort.PARAMETER), None)
        self.abstract_states = self.concrete_states = self.depth = 0
        self.fired: set[str] = set()

    def answer(self) -> ClassAnswer:
        outlook = self._look(self.system, self.constants, frozenset())
        for case in self.system.initial:
            self.fired.update(case.keys)
        refuted: list[tuple[System, Refutation]] = []
        doubtful: dict[Site, str] = {}
        creation = frozenset(Site(h.rule, f"create {h.name}") for h in self.system.creation_hazards)
        wanted = outlook.real | creation | outlook.spurious
        if wanted:
            found = refute(self.system, wanted, self.constants, self.budget)
            self.concrete_states += found.states
            self.depth = max(self.depth, found.depth)
            refuted = [(self.system, refutation) for refutation in found.found]
        proofs = self._prove(outlook, [r for _, r in refuted], doubtful)
        refuted += self._other_ways_in(refuted, doubtful)
        return ClassAnswer(
            tuple(refuted),
            tuple(proofs),
            (*(Doubt(site, reason) for site, reason in doubtful.items()), *self._undecided(refuted)),
            frozenset(self.fired),
            frozenset(self.system.keys),
            self.abstract_states,
            self.concrete_states,
            self.depth,
            self.known,
        )

    def _undecided(self, refuted: list[tuple[System, Refutation]]) -> Iterator[Doubt]:
        """Hazards found for some numbers of tables, of which nothing is known for larger ones."""
        last: dict[Site, Refutation] = {}
        for _, refutation in refuted:
            last[refutation.site] = refutation
        for site, refutation in last.items():
            values = refutation.values
            if values is None or self.parameter is None:
                continue
            if not values.contiguous or values.high != self.constants[self.parameter.name].high:
                known = refutation.run.parameters[0][1]
                yield Doubt(site, f"happens for {self.parameter.name} = {known}; not decided for more", known)

    def _look(self, system: System, parameters: Mapping[str, Interval], excused: frozenset[Site]) -> Outlook:
        outlook = look_ahead(system, parameters, excused, self.budget, self.known)
        self.known = outlook.hint
        self.abstract_states = max(self.abstract_states, len(outlook.reach.states))
        for t in outlook.reach.fired:
            self.fired.update(outlook.merged.system.transitions[t].label.keys)
        return outlook

    # --------------------------------------------------------------------------------------------------- proofs

    def _prove(self, outlook: Outlook, found: list[Refutation], doubtful: dict[Site, str]) -> list[ProvedRange]:
        """Prove, for each range of the parameter, that nothing but what was found to happen there can happen."""
        proofs = []
        for interval in self._intervals(found):
            excused = frozenset(
                r.site for r in found if interval is None or r.values is None or r.values.low <= interval.low
            )
            parameters = dict(self.constants)
            if interval is not None and self.parameter is not None:
                parameters[self.parameter.name] = interval
            # What is excused for the largest values is what the first look found; it covers them too.
            last = interval is None or interval.high == self._covered().high
            view = outlook if last else self._look(self.system, parameters, excused)
            attempt = prove(self.system, view, excused, self.budget)
            if attempt.proof is not None:
                name = self.parameter.name if self.parameter else ""
                proofs.append(ProvedRange(name, interval, attempt.proof))
                continue
            for site in attempt.in_the_way or {Site("", "")}:
                doubtful.setdefault(site, attempt.reason)
        return proofs

    def _intervals(self, found: list[Refutation]) -> list[Interval | None]:
        if self.parameter is None:
            return [None]
        covered = self._covered()
        starts = sorted({covered.low} | {r.values.low for r in found if r.values})
        ends: list[int | None] = [start - 1 for start in starts[1:]]
        return [Interval(low, high) for low, high in zip(starts, [*ends, covered.high], strict=True)]

    def _covered(self) -> Interval:
        """The values of the parameter that the class is checked for (any, without one)."""
        return self.constants[self.parameter.name] if self.parameter else Interval(1)

    # ----------------------------------------------------------------------------------------------- ways in

    def _other_ways_in(
        self, refuted: list[tuple[System, Refutation]], doubtful: dict[Site, str]
    ) -> list[tuple[System, Refutation]]:
        """Where several paths share the code in which a hazard was found: which of them can really get there?"""
        candidates = {
            Site(r.site.rule, entry) for _, r in refuted for entry in self._entries_to(r.site.path) if not r.in_creation
        }
        if not candidates:
            return []
        detailed = build_system(self.unit, self.lifecycle, self.storage, ways_in=True)
        found = refute(detailed, frozenset(candidates), self.constants, self.budget)
        self.concrete_states += found.states
        sites = frozenset(r.site for r in found.found)
        left = candidates - sites
        if left:
            smaller = replace(self.budget, abstract_states=self.budget.ways_in_states)
            view = look_ahead(detailed, self.constants, sites, smaller, None)
            for site in sorted(left, key=lambda s: (s.rule, s.path)):
                if not view.reach.complete or site in view.spurious | view.real:
                    doubtful[site] = "not told apart from the other ways into the same code"
        return [(detailed, refutation) for refutation in found.found]

    def _entries_to(self, place: str) -> tuple[str, ...]:
        """The paths that transitions of states lead to and that go on to `place`; none if `place` is no shared code."""
        if all(path.name != place for path in self.lifecycle.paths):
            return ()
        entries = []
        for state in self.lifecycle.states:
            for transition in state.transitions:
                if isinstance(transition.target, ToPath) and place in self._reached_from(transition.target.path):
                    entries.append(transition.target.path)
        return tuple(dict.fromkeys(entries))

    def _reached_from(self, path: str) -> frozenset[str]:
        return flow.paths_reached(self.lifecycle, path, self.storage.holds)
