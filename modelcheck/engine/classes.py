"""The answer for one class of configurations: what can happen, with runs, and a proof that nothing else can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from modelcheck.engine.budget import Budget
from modelcheck.engine.explicit import Run, Site
from modelcheck.engine.grouping import LifecycleClass
from modelcheck.engine.groups import Group
from modelcheck.engine.laws import conservation_laws
from modelcheck.engine.portfolio import ALL_SITES, try_everything
from modelcheck.engine.prove import Proof, allowances, creation_spots, prove
from modelcheck.engine.recall import Recall, StaleError, View, in_order
from modelcheck.engine.reduced import Interval
from modelcheck.engine.refinement import Hint, Spot
from modelcheck.engine.refute import Refutation, refutation_of
from modelcheck.engine.ways_in import Ways, WaysIn
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.semantics.system import Sort, System


@dataclass(frozen=True)
class ProvedRange:
    """A proof, and for which values of the parameter (None: there is none, or all)."""

    parameter: str
    interval: Interval | None
    proof: Proof


@dataclass(frozen=True)
class Doubt:
    """A site that was neither reached nor excluded for values of the parameter above `beyond` (None: for all), and why.

    No run of `depth` steps reaches it (-1: that is not known).
    """

    site: Site
    reason: str
    beyond: int | None = None
    depth: int = -1


@dataclass(frozen=True)
class ClassAnswer:
    """What the engine found for one class.

    `refuted` are runs, each with the system it is a run of; `doubtful` are sites that were neither reached nor
    excluded, with the reason.
    """

    refuted: tuple[tuple[System, Refutation], ...]
    proofs: tuple[ProvedRange, ...]
    doubtful: tuple[Doubt, ...]
    abstract_states: int
    concrete_states: int
    depth: int


def answer_group(
    unit: Unit, lifecycle: Lifecycle, group: Group, budget: Budget, engine: str, recall: Recall | None = None
) -> list[tuple[LifecycleClass, ClassAnswer]]:
    """Everything about classes that have one system: what all have in common, then what was found in single ones.

    Where that one system is too large, halves of the classes are tried; where it is not enough for a proof, every class
    is answered on its own. What is recalled is checked; where something stays in doubt, it is looked for once more
    without recalling anything, unless it is known that this comes to the same doubts.
    """
    asked = recall or Recall()
    before = asked.recalled
    key = asked.question("doubts", group.system, in_order(group.constants.items()), budget, engine)
    try:
        answers = _answer_group(unit, lifecycle, group, budget, engine, asked)
    except StaleError:
        pass
    else:
        doubts = _doubts(answers)
        if not doubts or (asked.recalled > before and asked.take(key, lambda entry: entry) == doubts):
            return answers
        if asked.recalled == before:
            asked.keep(key, doubts)
            return answers
    answers = _answer_group(unit, lifecycle, group, budget, engine, asked.blindly())
    if doubts := _doubts(answers):
        asked.keep(key, doubts)
    return answers


def _doubts(answers: Sequence[tuple[LifecycleClass, ClassAnswer]]) -> list[str]:
    """What is in doubt, and why, as texts."""
    return in_order(doubt for _, answer in answers for doubt in answer.doubtful)


def _answer_group(
    unit: Unit, lifecycle: Lifecycle, group: Group, budget: Budget, engine: str, recall: Recall
) -> list[tuple[LifecycleClass, ClassAnswer]]:
    ways_in = WaysIn(unit, lifecycle, group.constants, budget, recall)
    answers: list[tuple[LifecycleClass, ClassAnswer]] = []
    known: Hint | None = None
    waiting = [group]
    while waiting:
        here = waiting.pop()
        analysis = _GroupAnalysis(ways_in, here, budget, engine, known, recall)
        found = analysis.answer()
        known = analysis.known
        if found is not None:
            answers += found
        else:
            waiting += reversed(list(here.halves() if analysis.too_large else here.alone()))
    return answers


class _GroupAnalysis:
    def __init__(
        self,
        ways_in: WaysIn,
        group: Group,
        budget: Budget,
        engine: str,
        known: Hint | None,
        recall: Recall,
    ) -> None:
        self.ways_in = ways_in
        self.group = group
        self.system = group.system
        self.constants = group.constants
        self.budget = budget
        self.engine = engine
        self.known = known
        self.recall = recall
        self.parameter = next((v for v in self.system.variables if v.sort is Sort.PARAMETER), None)
        self.abstract_states = 0
        # Where several classes have no answer together: are they only too many?
        self.too_large = False
        self.more_runs: list[tuple[Site, Run]] = []

    def answer(self) -> list[tuple[LifecycleClass, ClassAnswer]] | None:
        """The answers; None for several classes that cannot be proved together."""
        together = len(self.group.classes) > 1
        if together:
            hint = self.recall.too_large(self.system, self.constants, frozenset(), self.budget, self.known)
            if hint is not None:
                self.known = hint
                self.too_large = True
                return None
        view = self._look(self.constants, frozenset())
        outlook = view.outlook
        if together and not outlook.complete:
            self.too_large = True
            return None
        suspects = outlook.real | outlook.spurious | creation_spots(self.system)
        inquiries = [_ClassInquiry(here, self.constants, self.budget, self.recall) for here in self.group.classes]
        for number, inquiry in enumerate(inquiries):
            inquiry.refute(frozenset(s.site for s in suspects if number in self.group.classes_at(s.flags)))
        doubtful: dict[Site, Doubt] = {}
        proofs = self._prove(view, [inquiry.found for inquiry in inquiries], doubtful)
        if together and doubtful:
            return None
        if self.more_runs:
            for inquiry in inquiries:
                inquiry.add(self.more_runs)
            doubtful.clear()
            proofs = self._prove(view, [inquiry.found for inquiry in inquiries], doubtful)
        self._look_for_other_ways_in(inquiries)
        proofs += self._prove_for_more(inquiries)
        return self._answers(proofs, doubtful, inquiries)

    def _answers(
        self, proofs: list[ProvedRange], doubtful: dict[Site, Doubt], inquiries: list[_ClassInquiry]
    ) -> list[tuple[LifecycleClass, ClassAnswer]]:
        alone = len(inquiries) == 1
        singles = [(inquiry.here, inquiry.answer()) for inquiry in inquiries]
        common = ClassAnswer(
            singles[0][1].refuted if alone else (),
            tuple(proofs),
            (*doubtful.values(), *(singles[0][1].doubtful if alone else ())),
            self.abstract_states,
            singles[0][1].concrete_states if alone else 0,
            singles[0][1].depth if alone else 0,
        )
        if alone:
            return [(singles[0][0], common)]
        parts = tuple(part for here, _ in singles for part in here.parts)
        everything = LifecycleClass(self.system, parts)
        return [(everything, common), *((here, own) for here, own in singles if own.refuted or own.doubtful)]

    def _look_for_other_ways_in(self, inquiries: Sequence[_ClassInquiry]) -> None:
        found = [(inquiry, ways) for inquiry in inquiries if (ways := self.ways_in.of(inquiry.here, inquiry.found))]
        undecided = self.ways_in.undecided([ways for _, ways in found])
        for (inquiry, ways), sites in zip(found, undecided, strict=True):
            inquiry.add_ways(ways, sites)

    def _look(self, parameters: Mapping[str, Interval], excused: frozenset[Spot]) -> View:
        view = self.recall.look_ahead(self.system, parameters, excused, self.budget, self.known)
        self.known = view.outlook.hint
        self.abstract_states = max(self.abstract_states, view.outlook.states)
        return view

    # --------------------------------------------------------------------------------------------------- proofs

    def _prove(
        self, first: View, found: list[list[Refutation]], doubtful: dict[Site, Doubt]
    ) -> list[ProvedRange]:
        """Prove, for each range of the parameter, that nothing but what was found to happen there can happen."""
        proofs = []
        for interval in self._intervals([r for refutations in found for r in refutations]):
            excused = self.group.spots(
                [
                    {r.site for r in here if interval is None or r.values is None or r.values.low <= interval.low}
                    for here in found
                ]
            )
            parameters = dict(self.constants)
            if interval is not None and self.parameter is not None:
                parameters[self.parameter.name] = interval
            # What is excused for the largest values is what the first look found; it covers them too.
            last = interval is None or interval.high == self._covered().high
            view = first if last else self._look(parameters, excused)
            covered = self.constants if last else parameters
            attempt = prove(self.system, covered, view, excused, self.budget, self.recall)
            proof, reason, depth = attempt.proof, attempt.reason, -1
            sites = frozenset(spot.site for spot in attempt.in_the_way) or frozenset({ALL_SITES})
            if self.engine not in ("auto", "abstraction") or (proof is None and self._may_try_more()):
                allowed = allowances(self.system, excused)
                laws = conservation_laws(self.system)
                other = try_everything(
                    self.system, laws, parameters, allowed, sites, self._fallback(), self.engine, self.recall
                )
                self.more_runs += other.runs
                proof, depth = other.proof, other.depth
                reason = "; ".join(part for part in (reason, other.reason) if part)
            if proof is not None:
                proofs.append(ProvedRange(self.parameter.name if self.parameter else "", interval, proof))
                continue
            for site in sorted(sites, key=_by_name):
                doubtful.setdefault(site, Doubt(site, reason, None, depth))
        return proofs

    def _prove_for_more(self, inquiries: Sequence[_ClassInquiry]) -> list[ProvedRange]:
        """Where hazards were found for some values of the parameter and it is not known whether they happen for larger
        ones, prove that they do not."""
        few = [inquiry.found_for_few() for inquiry in inquiries]
        if self.parameter is None or not any(few) or self.engine not in ("auto", "abstraction"):
            return []
        largest = max(value for here in few for value in here.values())
        interval = Interval(largest + 1, self._covered().high)
        parameters = {**self.constants, self.parameter.name: interval}
        excused = self.group.spots(
            [{r.site for r in inquiry.found} - here.keys() for inquiry, here in zip(inquiries, few, strict=True)]
        )
        view = self._look(parameters, excused)
        proof = prove(self.system, parameters, view, excused, self.budget, self.recall).proof
        if proof is None:
            return []
        for inquiry, here in zip(inquiries, few, strict=True):
            inquiry.exclude_beyond({site for site, value in here.items() if value == largest})
        return [ProvedRange(self.parameter.name, interval, proof)]

    def _fallback(self) -> Budget:
        """Each of the other engines gets less where they are only tried in turn."""
        if self.engine != "auto":
            return self.budget
        return replace(self.budget, rlimit=self.budget.fallback_rlimit)

    def _may_try_more(self) -> bool:
        """Classes that fail together are tried alone first; the other ways are for what then still fails."""
        return self.engine == "auto" and len(self.group.classes) == 1

    def _intervals(self, found: list[Refutation]) -> list[Interval | None]:
        if self.parameter is None:
            return [None]
        covered = self._covered()
        starts = sorted({covered.low} | {r.values.low for r in found if r.values})
        ends: list[int | None] = [start - 1 for start in starts[1:]]
        return [Interval(low, high) for low, high in zip(starts, [*ends, covered.high], strict=True)]

    def _covered(self) -> Interval:
        """The values of the parameter that the classes are checked for (any, without one)."""
        return self.constants[self.parameter.name] if self.parameter else Interval(1)


class _ClassInquiry:
    """Looks for the runs of one class."""

    def __init__(
        self, here: LifecycleClass, constants: Mapping[str, Interval], budget: Budget, recall: Recall
    ) -> None:
        self.here = here
        self.constants = constants
        self.budget = budget
        self.recall = recall
        self.parameter = next((v for v in here.whole.variables if v.sort is Sort.PARAMETER), None)
        self.found: list[Refutation] = []
        self.refuted: list[tuple[System, Refutation]] = []
        self.doubtful: dict[Site, str] = {}
        self.limited: frozenset[Site] = frozenset()
        self.concrete_states = self.depth = 0

    def refute(self, wanted: frozenset[Site]) -> None:
        """Look for a run to each of these sites."""
        if not wanted:
            return
        found = self.recall.refute(self.here.system, wanted, self.constants, self.budget)
        self.concrete_states += found.states
        self.depth = max(self.depth, found.depth)
        self.found = list(found.found)
        self.refuted = [(self.here.system, refutation) for refutation in found.found]

    def add(self, runs: Sequence[tuple[Site, Run]]) -> None:
        """Take over runs that were found by other means."""
        for site, run in runs:
            refutation = refutation_of(self.here.system, site, run, self.constants)
            self.found.append(refutation)
            self.refuted.append((self.here.system, refutation))

    def add_ways(self, ways: Ways, undecided: frozenset[Site]) -> None:
        """Take over the runs by other ways into the same code; of `undecided` ones it is not known where they lead."""
        self.concrete_states += ways.found.states
        for site in sorted(undecided, key=_by_name):
            self.doubtful[site] = "not told apart from the other ways into the same code"
        self.refuted += [(ways.here.system, refutation) for refutation in ways.found.found]

    def answer(self) -> ClassAnswer:
        """The runs of this class, and what is in doubt; nothing of what is answered for all classes at once."""
        doubts = (*(Doubt(site, reason) for site, reason in self.doubtful.items()), *self._undecided())
        return ClassAnswer(tuple(self.refuted), (), doubts, 0, self.concrete_states, self.depth)

    def found_for_few(self) -> Mapping[Site, int]:
        """The hazards of which it is not known whether they happen for larger values of the parameter, too, which some
        configuration has; each with the largest for which it was found."""
        if self.parameter is None:
            return {}
        name = self.parameter.name
        few = self._for_few(self.found)
        return {site: value for site, value in few.items() if self.here.takes_more_than(name, value)}

    def exclude_beyond(self, sites: AbstractSet[Site]) -> None:
        """These hazards do not happen for larger values than they were found for; nor do they by any way to there."""
        left = {refutation.site.rule for refutation in self.found if refutation.site not in sites}
        ways = {refutation.site for _, refutation in self.refuted if refutation.site.rule not in left}
        self.limited = frozenset(sites | ways)

    def _undecided(self) -> Iterator[Doubt]:
        """Hazards found for some numbers of tables, of which nothing is known for larger ones."""
        for site, known in self._for_few([refutation for _, refutation in self.refuted]).items():
            if site not in self.limited and self.parameter is not None:
                yield Doubt(site, f"happens for {self.parameter.name} = {known}; not decided for more", known)

    def _for_few(self, refutations: Iterable[Refutation]) -> Mapping[Site, int]:
        last = {refutation.site: refutation for refutation in refutations}
        few = {}
        for site, refutation in last.items():
            values = refutation.values
            if values is None or self.parameter is None:
                continue
            if not values.contiguous or values.high != self.constants[self.parameter.name].high:
                few[site] = refutation.run.parameters[0][1]
        return few


def _by_name(site: Site) -> tuple[str, str]:
    return site.rule, site.path
