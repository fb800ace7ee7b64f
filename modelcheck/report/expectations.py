"""The verdicts that a file stands by, against those that were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcheck.model.unit import Expectation
from modelcheck.report.wording import holds_where, listing
from modelcheck.verdict import Condition, Result, Verdict


@dataclass(frozen=True)
class Outcome:
    """One expectation and what came of it. `result` is None where the life cycle was not checked."""

    expectation: Expectation
    result: Result | None
    met: bool
    sentence: str

    @property
    def name(self) -> str:
        """The life cycle, and the proposal applied to it."""
        wanted = self.expectation
        return f"{wanted.lifecycle} with {wanted.proposal}" if wanted.proposal else wanted.lifecycle


def outcomes(expectations: Sequence[Expectation], results: Sequence[Result]) -> tuple[Outcome, ...]:
    """One outcome for every expectation, in the file's order."""
    return tuple(_outcome(each, results) for each in expectations)


def _outcome(wanted: Expectation, results: Sequence[Result]) -> Outcome:
    for result in results:
        if (result.lifecycle, result.proposal) == (wanted.lifecycle, wanted.proposal):
            sentence = _difference(wanted, result)
            if sentence:
                return Outcome(wanted, result, False, sentence)
            return Outcome(wanted, result, True, f"{_wanted(wanted)}, as expected")
    return Outcome(wanted, None, False, f"expected {_wanted(wanted)}, but it was not checked")


def _difference(wanted: Expectation, result: Result) -> str:
    got = sorted({finding.rule for finding in result.findings})
    found = f"{result.verdict.value} {', '.join(got)}".strip()
    where = holds_where(result.condition)
    if result.verdict not in _admitted(wanted):
        return f"expected {_wanted(wanted)}, got {found} {where}".rstrip()
    missing = [rule for rule in wanted.rules if rule not in got]
    if missing:
        return f"expected {_wanted(wanted)}, got {found}: no finding of {listing(missing)}"
    if wanted.condition and _blanks(wanted.condition) != _blanks(result.condition.text):
        return f"expected {_wanted(wanted)}, got it {where or 'in every configuration'}"
    return ""


def _admitted(wanted: Expectation) -> tuple[Verdict, ...]:
    if wanted.verdict == "UNKNOWN":
        return (Verdict.UNKNOWN, Verdict.BOUNDED)
    return (Verdict(wanted.verdict),)


def _wanted(wanted: Expectation) -> str:
    text = f"{wanted.verdict} {', '.join(wanted.rules)}".strip()
    return f"{text} {holds_where(Condition(wanted.condition))}".rstrip()


def _blanks(text: str) -> str:
    return " ".join(text.split())
