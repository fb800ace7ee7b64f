"""The alerts of one side against those of the other: new, worse, fixed or unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from modelcheck.configurations.space import Space, restrict
from modelcheck.gate.alike import Subject, stated
from modelcheck.gate.coverage import admits_more
from modelcheck.model.unit import Expectation
from modelcheck.report.expectations import Outcome, outcomes
from modelcheck.report.wording import holds_where
from modelcheck.review.alert import Alert, Kind, Standing
from modelcheck.review.alerts import alerts_of
from modelcheck.review.fingerprint import operation
from modelcheck.review.review import Row, row_of
from modelcheck.verdict import Result, Verdict

_OPEN = (Kind.UNKNOWN, Kind.BOUNDED)
# What decides about a life cycle with several alerts.
_ORDER: tuple[Standing, ...] = ("new", "worse", "fixed", "unchanged", "")


@dataclass(frozen=True)
class Answer:
    """What was found of a subject, and what became of what its model states. `fixed` are symbols that had to have these
    values: what a model states answers another question then."""

    subject: Subject
    result: Result
    fixed: tuple[tuple[str, bool | int], ...] = ()

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """What the model states about this question."""
        return self.subject.expectations if not self.fixed else ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """One for each expectation."""
        return outcomes(self.expectations, [self.result])

    @property
    def space(self) -> Space:
        """The configurations that were asked about; a constant that is fixed is in no condition."""
        whole = Space.of(self.subject.unit)
        return restrict(whole, {name: bool(value) for name, value in self.fixed if name in whole.known})


@dataclass(frozen=True)
class Compared:
    """What is to be said of one life cycle, and its row."""

    alerts: tuple[Alert, ...]
    row: Row


def compared(base: Answer | None, head: Answer) -> Compared:
    """The alerts of the head, each with its standing, and those of the base that are fixed.

    What the head states with an `expect` that the base does not have is said on purpose: such an alert is `expected`.
    An `expect` that was there before cannot have meant what is new, and does not excuse it.
    """
    if base is None:
        alerts = tuple(replace(each, standing="new") for each in alerts_of([head.result], head.outcomes))
        return Compared(alerts, replace(row_of(head.result), standing="new"))
    comparison = _Comparison(base, head)
    alerts = comparison.alerts()
    standings = [each.standing for each in alerts]
    standing: Standing = next((each for each in _ORDER if each in standings), "unchanged")
    row = replace(row_of(head.result), standing=standing, base_verdict=base.result.verdict)
    return Compared(alerts, row)


def beside(found: Compared, today: Compared) -> Compared:
    """What is to be said of a life cycle under a proposal beside what is said of it as it is: nothing is said twice."""
    known = {(each.standing, each.path, *_site(each)) for each in today.alerts if each.kind is Kind.FINDING}
    own = tuple(
        each
        for each in found.alerts
        if each.kind is not Kind.FINDING or (each.standing, each.path, *_site(each)) not in known
    )
    return replace(found, alerts=own)


class _Comparison:
    def __init__(self, base: Answer, head: Answer) -> None:
        self.base, self.head = base, head
        # The base is named as the head is, so that what was only renamed has the same fingerprints.
        now = head.result
        then = replace(
            base.result, arch=now.arch, kernel=now.kernel, lifecycle=now.lifecycle, proposal=now.proposal
        )
        before = tuple(replace(each, result=then) for each in base.outcomes)
        self.before = list(alerts_of([then], before))
        self.now = alerts_of([now], head.outcomes)

    def alerts(self) -> tuple[Alert, ...]:
        kept = [self.of(each) for each in self.now]
        return (*kept, *(replace(each, standing="fixed", was=_where(each)) for each in self.fixed()))

    def of(self, alert: Alert) -> Alert:
        if alert.kind is Kind.FINDING:
            return self.finding(alert)
        if alert.kind in _OPEN:
            return self.undecided(alert)
        if alert.kind is Kind.VACUOUS:
            return self.never(alert)
        return self.unmet(alert)

    def finding(self, alert: Alert) -> Alert:
        earlier = self.earlier(alert)
        if earlier is None:
            others = [each for each in self.findings() if (each.rule, each.path) == (alert.rule, alert.path)]
            was = f"in the base, {others[0].rule} on this path was: {others[0].message}" if others else ""
            return self.excused(replace(alert, standing="new", was=was))
        if admits_more(self.head.space, alert.condition, earlier.condition):
            return self.excused(replace(alert, standing="worse", was=_where(earlier)))
        return replace(alert, standing="unchanged")

    def earlier(self, alert: Alert) -> Alert | None:
        """The finding of the base that this one is."""
        tests: tuple[Callable[[Alert], bool], ...] = (
            lambda each: each.fingerprint == alert.fingerprint,
            lambda each: _site(each) == _site(alert) and each.path == alert.path,
            lambda each: _site(each) == _site(alert) and self.renamed(each.path, alert.path),
        )
        return next((each for test in tests for each in self.findings() if test(each)), None)

    def renamed(self, before: str, now: str) -> bool:
        """May one path be the other under another name: does no side have both?"""
        return now not in _paths(self.base.result) and before not in _paths(self.head.result)

    def findings(self) -> Iterable[Alert]:
        return (each for each in self.before if each.kind is Kind.FINDING)

    def undecided(self, alert: Alert) -> Alert:
        sites = {(each.rule, each.path) for each in self.before if each.kind in _OPEN or each.kind is Kind.FINDING}
        if (alert.rule, alert.path) in sites or ("", "") in sites:
            return replace(alert, standing="unchanged")
        return self.excused(replace(alert, standing="worse", was=self.base.result.verdict.value))

    def never(self, alert: Alert) -> Alert:
        # Beside a finding the base did not say what can never happen in it.
        known = {_without_place(text) for text in self.base.result.unreached}
        same = any(each.kind is Kind.VACUOUS and each.message == alert.message for each in self.before)
        if same or alert.message.removesuffix(" can never happen") in known:
            return replace(alert, standing="unchanged")
        return self.excused(replace(alert, standing="new", was=self.base.result.verdict.value))

    def unmet(self, alert: Alert) -> Alert:
        here = {stated(each.expectation) for each in self.head.outcomes if each.sentence == alert.message}
        before = {stated(each.expectation): each.met for each in self.base.outcomes}
        met = [before[each] for each in here if each in before]
        if False in met:
            return replace(alert, standing="unchanged")
        return replace(alert, standing="worse" if met else "new")

    def excused(self, alert: Alert) -> Alert:
        """The alert, `expected` only if the head states something of it that the base does not."""
        news = {stated(each) for each in self.head.expectations}
        news -= {stated(each) for each in self.base.expectations}
        return replace(alert, expected=alert.expected and bool(news))

    def fixed(self) -> Sequence[Alert]:
        """What the base had and the head has not. What the head cannot decide is not fixed."""
        if self.head.result.verdict in (Verdict.UNKNOWN, Verdict.BOUNDED) and not self.head.result.undecided:
            return ()
        decided = self.head.result.verdict is not Verdict.NOT_APPLICABLE
        known = [self.earlier(each) for each in self.now if each.kind is Kind.FINDING]
        sites = {(each.rule, each.path) for each in self.now if each.kind in (*_OPEN, Kind.FINDING)}
        gone: list[Alert] = []
        for each in self.before:
            still = (each.rule, each.path) in sites
            if each.kind is Kind.FINDING:
                is_gone = each not in known and not still
            elif each.kind in _OPEN:
                is_gone = decided and not still and ("", "") not in sites
            else:
                is_gone = each.kind is Kind.VACUOUS and self.head.result.verdict is Verdict.SAFE
            gone += [each] if is_gone else []
        return gone


def _site(alert: Alert) -> tuple[str, ...]:
    """What tells a finding from others of its rule, whatever its path and its places are called."""
    run = alert.counterexample
    if run is None or not run.steps:
        return (alert.rule,)
    return alert.rule, operation(run.steps[-1].what), run.hazard.field, run.hazard.clobbered_by


def _paths(result: Result) -> frozenset[str]:
    return frozenset(each.path for each in result.paths)


def _where(alert: Alert) -> str:
    return holds_where(alert.condition) or "in every configuration"


def _without_place(text: str) -> str:
    what, bracket, place = text.rpartition(" (")
    return what if bracket and place.count(":") == 2 else text
