"""Puts the answers of all classes of one life cycle together: findings, conditions, paths, the verdict, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from modelcheck.configurations.space import Setting, Space
from modelcheck.engine.classes import ClassAnswer, ProvedRange
from modelcheck.engine.grouping import LifecycleClass, Part
from modelcheck.engine.happening import Happenings
from modelcheck.engine.individuals import moves_of, way_in_of
from modelcheck.engine.occurrences import Conditions, Occurrence, value_for
from modelcheck.engine.refute import repeated_for
from modelcheck.engine.words import Wording
from modelcheck.model.program import Lifecycle, ToPath
from modelcheck.model.unit import Unit
from modelcheck.replay import replay
from modelcheck.replay.world import ReplayError
from modelcheck.semantics import smtlib
from modelcheck.semantics.system import Sort
from modelcheck.semantics.terms import zero
from modelcheck.trace import Counterexample, Schedule
from modelcheck.verdict import Certificate, Condition, Finding, Law, OpenHazard, PathVerdict, Result, Stats, Verdict

Answers = list[tuple[LifecycleClass, ClassAnswer]]


@dataclass(frozen=True)
class _Hazard:
    """A hazard of the life cycle: everywhere it was found, and the run that is shown."""

    rule: str
    path: str
    occurrences: tuple[Occurrence, ...]
    counterexample: Counterexample
    condition: Condition


def assemble(
    unit: Unit,
    lifecycle: Lifecycle,
    space: Space,
    parts: tuple[Part, ...],
    answers: Answers,
    happenings: Callable[[], Happenings],
) -> Result:
    """The result for one life cycle; `parts` are all of the space, `answers` those of its classes.

    `happenings` is asked what can happen if nothing is wrong: what a proof is worth depends on it.
    """
    return _Assembly(unit, lifecycle, space, parts, answers, happenings).result()


class _Assembly:
    def __init__(
        self,
        unit: Unit,
        lifecycle: Lifecycle,
        space: Space,
        parts: tuple[Part, ...],
        answers: Answers,
        happenings: Callable[[], Happenings],
    ) -> None:
        self.unit = unit
        self.lifecycle = lifecycle
        self.space = space
        self.parts = parts
        self.answers = answers
        self.doubts: list[str] = []
        self.conditions = Conditions(unit, space, parts)
        self.hazards = self._hazards()
        self.happenings = happenings() if self._is_proved() else Happenings(True, (), ())

    def result(self) -> Result:
        unreached = list(dict.fromkeys(map(self._key_words, self.happenings.never)))
        verdict = self._verdict()
        condition = Condition()
        if verdict is Verdict.UNSAFE:
            condition = self.conditions.of([o for h in self.hazards for o in h.occurrences])
        return Result(
            arch=self.unit.name,
            kernel=self.unit.kernel,
            lifecycle=self.lifecycle.name,
            title=self.lifecycle.title,
            level=self.lifecycle.level,
            proposal=self.lifecycle.proposal,
            verdict=verdict,
            condition=condition,
            reason=self._reason(verdict, unreached),
            paths=tuple(self._paths(verdict)),
            findings=tuple(
                Finding(h.rule, h.path, h.condition, h.counterexample.hazard.message, h.counterexample)
                for h in self.hazards
            ),
            undecided=self._undecided(),
            certificates=tuple(self._certificates()),
            unreached=tuple(unreached),
            stats=self._stats(),
            place=self.lifecycle.span.place,
        )

    # ------------------------------------------------------------------------------------------------- verdict

    def _is_proved(self) -> bool:
        return bool(self.answers) and not (self.hazards or self.doubts or self._doubtful())

    def _verdict(self) -> Verdict:
        if not self.answers:
            return Verdict.NOT_APPLICABLE
        if self.hazards:
            return Verdict.UNSAFE
        if self._doubtful() or self.doubts:
            return Verdict.UNKNOWN if self.doubts or self._searched_depth() < 0 else Verdict.BOUNDED
        if self.happenings.unclear:
            return Verdict.UNKNOWN
        return Verdict.VACUOUS if self.happenings.vacuous else Verdict.SAFE

    def _doubtful(self) -> list[tuple[str, str, str]]:
        found: dict[tuple[str, str, str], None] = {}
        for where, answer in self.answers:
            for doubt in answer.doubtful:
                if doubt.beyond is None or self._takes_more_than(where, doubt.beyond):
                    found[doubt.site.rule, doubt.site.path, doubt.reason] = None
        return list(found)

    def _searched_depth(self) -> int:
        """How many steps were searched in vain for whatever is in doubt (-1: for something that is not known)."""
        return min((doubt.depth for _, answer in self.answers for doubt in answer.doubtful), default=-1)

    def _takes_more_than(self, where: LifecycleClass, value: int) -> bool:
        """Does the parameter take a larger value in some configuration of the class?"""
        parameter = next(v.name for v in where.whole.variables if v.sort is Sort.PARAMETER)
        return where.takes_more_than(parameter, value)

    def _reason(self, verdict: Verdict, unreached: list[str]) -> str:
        match verdict:
            case Verdict.NOT_APPLICABLE:
                return "no admitted configuration has this life cycle"
            case Verdict.UNSAFE:
                first = self.hazards[0]
                return f"{first.counterexample.hazard.message} ({first.rule} in {first.path})"
            case Verdict.VACUOUS:
                return "the proof would cover steps that can never happen: " + "; ".join(unreached[:3])
            case Verdict.SAFE if unreached:
                steps = "1 step" if len(unreached) == 1 else f"{len(unreached)} steps"
                return f"{self._why_safe()}; {steps} of the model cannot happen with these settings"
            case Verdict.SAFE:
                return self._why_safe()
            case Verdict.UNKNOWN if self.happenings.unclear:
                steps = "; ".join(map(self._key_words, self.happenings.unclear[:3]))
                return f"{self._why_safe()}; but it is not known whether these steps can happen at all: {steps}"
            case _:
                sites = dict.fromkeys(f"{each.rule} in {each.path}" for each in self._undecided() if each.rule)
                depth = self._searched_depth()
                within = f" within {depth} steps" if verdict is Verdict.BOUNDED else ""
                return f"neither proved nor refuted{within}" + (f": {', '.join(sites)}" if sites else "")

    def _undecided(self) -> tuple[OpenHazard, ...]:
        steps = (f"can {self._key_words(key)} happen at all?" for key in self.happenings.unclear)
        return (
            *(OpenHazard(*doubt) for doubt in self._doubtful()),
            *(OpenHazard("", "", why) for why in (*self.doubts, *steps)),
        )

    def _why_safe(self) -> str:
        sentences: dict[str, None] = {}
        for _, answer in self.answers:
            for proved in answer.proofs:
                words = Wording(proved.proof.invariant.system)
                for law in proved.proof.invariant.laws:
                    if words.counts_tables(law):
                        sentences[words.holders(law)] = None
        longest = sorted(sentences, key=lambda sentence: (-len(sentence), sentence))[:1]
        return "; ".join([*longest, "proved for any number of tables, CPUs and readers"])

    def _key_words(self, key: str) -> str:
        name, _, step = key.partition(".")
        number = step.partition(".")[0]
        paths = [
            *self.lifecycle.paths,
            *(c.path for c in self.lifecycle.creates),
            *(a.path for a in self.lifecycle.actions),
        ]
        if number.isdigit():
            for path in paths:
                if path.name == name and int(number) < len(path.nodes):
                    node = path.nodes[int(number)]
                    return f"`{node.text}` in {name} ({node.span.place})"
        return f"{name}: {step}"

    # ------------------------------------------------------------------------------------------------- hazards

    def _hazards(self) -> list[_Hazard]:
        grouped: dict[tuple[str, str], list[Occurrence]] = {}
        for where, answer in self.answers:
            for system, refutation in answer.refuted:
                occurrence = Occurrence(where, system, refutation)
                moves = () if refutation.run.in_state else moves_of(system, refutation.run)
                way_in = way_in_of(self.lifecycle, moves) or refutation.site.path
                grouped.setdefault((refutation.site.rule, way_in), []).append(occurrence)
        hazards = []
        for (rule, path), found in grouped.items():
            # Runs for numbers of tables that no configuration has tell where the condition begins, but are not shown.
            real = [occurrence for occurrence in found if _admitted(occurrence) is not None]
            if not real:
                continue
            shortest = min(real, key=lambda o: (len(o.refutation.run.transitions), o.refutation.run.parameters))
            shown = self._replayed(shortest)
            if shown is not None:
                hazards.append(_Hazard(rule, path, tuple(found), shown, self.conditions.of(found)))
        return sorted(hazards, key=lambda h: (_length(h.counterexample), h.rule, h.path))

    def _replayed(self, occurrence: Occurrence) -> Counterexample | None:
        """Replay the run in an admitted configuration with admitted constants; None if none has the values it needs."""
        run = occurrence.refutation.run
        chosen = _admitted(occurrence)
        if chosen is None:
            return None
        part, constants = chosen
        setting = self._whole(part.setting)
        try:
            shown = self._replay(occurrence, setting, constants)
            if occurrence.refutation.values is not None and occurrence.refutation.values.repeated:
                # Read at the least number of tables; that it happens at the real one too was replayed just now.
                shown = self._replay(occurrence, setting, run.parameters)
        except ReplayError as error:
            self.doubts.append(f"a run of {occurrence.refutation.site.rule} did not replay: {error}")
            return None
        return shown

    def _whole(self, setting: Setting) -> Setting:
        """One admitted configuration of a part of the space, with every symbol."""
        case = self.space.configuration(setting)
        return Setting(setting.abi, tuple((name, case.symbol(name)) for name in sorted(self.space.symbols)))

    def _replay(
        self, occurrence: Occurrence, setting: Setting, constants: tuple[tuple[str, int], ...]
    ) -> Counterexample:
        run = repeated_for(occurrence.refutation, constants)
        moves = moves_of(occurrence.system, run)
        return replay(self.unit, self.lifecycle, Schedule(setting.abi, setting.symbols, constants, moves))

    # --------------------------------------------------------------------------------------------------- paths

    def _paths(self, verdict: Verdict) -> Iterable[PathVerdict]:
        rules: dict[str, list[_Hazard]] = {}
        for hazard in self.hazards:
            rules.setdefault(hazard.path, []).append(hazard)
        doubtful = {path for _, path, _ in self._doubtful()}
        entries = self._entries()
        for name in [*entries, *(p for p in rules if p not in entries)]:
            found = rules.get(name, [])
            if found:
                yield PathVerdict(
                    name,
                    entries.get(name, ""),
                    Verdict.UNSAFE,
                    tuple(dict.fromkeys(h.rule for h in found)),
                    self.conditions.of([o for h in found for o in h.occurrences]),
                )
            elif verdict is Verdict.NOT_APPLICABLE:
                continue
            else:
                unclear = name in doubtful or any(path == "" for path in doubtful) or bool(self.doubts)
                good = Verdict.VACUOUS if verdict is Verdict.VACUOUS else Verdict.SAFE
                yield PathVerdict(name, entries.get(name, ""), Verdict.UNKNOWN if unclear else good, (), Condition())

    def _entries(self) -> dict[str, str]:
        """Ways into the code, with where it is in the kernel: paths that transitions lead to, actions, readers."""
        entries: dict[str, str] = {}
        for state in self.lifecycle.states:
            for transition in state.transitions:
                if isinstance(transition.target, ToPath):
                    entries.setdefault(transition.target.path, self.lifecycle.path(transition.target.path).citation)
        for action in self.lifecycle.actions:
            entries.setdefault(action.name, action.path.citation)
        return entries

    # -------------------------------------------------------------------------------------------- certificates

    def _certificates(self) -> Iterable[Certificate]:
        for here, answer in self.answers:
            where = _in_common([part.setting for part in here.parts]) if len(self.answers) > 1 else ""
            for proved in answer.proofs:
                yield _certificate(proved, where)

    def _stats(self) -> Stats:
        answers = [answer for _, answer in self.answers]
        return Stats(
            classes=len({part.storage for part in self.parts if part.storage.applies}),
            configurations=sum(part.storage.applies for part in self.parts),
            abstract_states=sum(a.abstract_states for a in answers),
            concrete_states=sum(a.concrete_states for a in answers),
            depth=max((a.depth for a in answers), default=0),
        )


def _certificate(proved: ProvedRange, where: str) -> Certificate:
    invariant = proved.proof.invariant
    words = Wording(invariant.system)
    interval = proved.interval
    limit = ""
    if interval is not None:
        limit = f"{proved.parameter} >= {interval.low}"
        if interval.high is not None:
            limit += f" && {proved.parameter} <= {interval.high}"
    return Certificate(
        configuration=" && ".join(part for part in (limit, where) if part),
        laws=tuple(
            Law(words.law(law), smtlib.formula(zero(law.difference)))
            for law in invariant.laws
            if words.is_worth_telling(law)
        ),
        clauses=tuple(words.clause(clause) for clause in invariant.clauses),
        method=proved.proof.method,
        checked_by=tuple(outcome.solver for outcome in proved.proof.outcomes),
        queries=sum(outcome.queries for outcome in proved.proof.outcomes),
        smtlib=proved.proof.script,
    )


def _in_common(settings: list[Setting]) -> str:
    """What all settings of a class have in common, for display."""
    shared = set.intersection(*({*s.symbols, ("abi " + s.abi, True)} for s in settings))
    return " && ".join(name if value else f"!{name}" for name, value in sorted(shared))


def _admitted(occurrence: Occurrence) -> tuple[Part, tuple[tuple[str, int], ...]] | None:
    """A part of the space and values for the run's parameters, as small as may be; None if no part has fitting ones."""
    found = [
        (value, number, part)
        for number, part in enumerate(occurrence.where.parts)
        if (value := value_for(occurrence.refutation, part)) is not None
    ]
    if not found:
        return None
    value, _, part = min(found, key=lambda entry: entry[:2])
    parameters = occurrence.refutation.run.parameters
    return part, tuple((name, value if i == 0 else other) for i, (name, other) in enumerate(parameters))


def _length(counterexample: Counterexample) -> tuple[int, int, int, int]:
    return counterexample.cpus, counterexample.tables, counterexample.readers, len(counterexample.steps)
