"""From answers, expectations and errors to alerts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from modelcheck.diagnostics import Diagnostic
from modelcheck.report.expectations import Outcome
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.fingerprint import digest, finding_words, identity, numbered
from modelcheck.verdict import Finding, Result, Verdict

# What identifies an alert, and the alert, whose fingerprint is made of that once all of the life cycle are known.
_Said = tuple[tuple[str, ...], Alert]

# Where a step that can never happen stands, in the sentence that names it.
_STEP = re.compile(r"(?P<what>.*) \((?P<place>[^()]*:\d+:\d+)\)")


def alerts_of(
    results: Iterable[Result], outcomes: Sequence[Outcome] = (), errors: Iterable[Diagnostic] = ()
) -> tuple[Alert, ...]:
    """What there is to say of these answers, of what the models state of them, and of inputs that have errors.

    One alert for every finding, for every hazard that is open, for every step that can never happen in a life cycle
    that is VACUOUS, for every expectation that is not met, and for every error. What is SAFE or NOT APPLICABLE is none.
    No two alerts about one life cycle have the same fingerprint.
    """
    found: list[Alert] = []
    stated: dict[tuple[str, str, str, str], list[Outcome]] = {}
    for each in outcomes:
        if each.result is not None:
            stated.setdefault(_key(each.result), []).append(each)
    for result in results:
        found += _with_fingerprints([*_said(result, stated.get(_key(result), []))])
    unchecked = [each for each in outcomes if each.result is None]
    found += _with_fingerprints(
        [((Kind.EXPECTATION.value, each.expectation.lifecycle, each.expectation.proposal), _unmet(each))
         for each in unchecked]
    )  # fmt: skip
    return (*found, *(error_alert(each) for each in errors))


def finding_fingerprints(result: Result) -> tuple[str, ...]:
    """The fingerprints of the findings of an answer, in their order: those of its alerts."""
    return tuple(numbered([identity(result, Kind.FINDING, *finding_words(each)) for each in result.findings]))


def error_alert(error: Diagnostic) -> Alert:
    """An error in an input as an alert. Its fingerprint is that of the code, the file and the sentence."""
    return Alert(
        kind=Kind.ERROR,
        fingerprint=digest(Kind.ERROR.value, error.code, error.span.source.name if error.span else "", error.message),
        message=error.message,
        rule=error.code,
        place=error.span.place if error.span else "",
        help=error.help,
    )


def _with_fingerprints(said: Sequence[_Said]) -> list[Alert]:
    fingerprints = numbered([words for words, _ in said])
    return [replace(alert, fingerprint=found) for found, (_, alert) in zip(fingerprints, said, strict=True)]


def _said(result: Result, stated: Sequence[Outcome]) -> Iterator[_Said]:
    met = [each for each in stated if each.met]
    for finding in result.findings:
        yield identity(result, Kind.FINDING, *finding_words(finding)), _found(result, finding, met)
    # Beside a finding, what is open is not what an `expect UNSAFE` states.
    expected = bool(met) and result.verdict is not Verdict.UNSAFE
    yield from _undecided(result, expected)
    if result.verdict is Verdict.VACUOUS:
        yield from _never(result, expected)
    for outcome in stated:
        if not outcome.met:
            yield identity(result, Kind.EXPECTATION), _unmet(outcome)


def _found(result: Result, finding: Finding, met: Sequence[Outcome]) -> Alert:
    steps = finding.counterexample.steps
    return replace(
        _about(result, Kind.FINDING, finding.summary),
        rule=finding.rule,
        path=finding.path,
        condition=finding.condition,
        place=(steps[-1].place if steps else "") or result.place,
        citation=steps[-1].citation if steps else "",
        entry=_entry(result, finding.path),
        counterexample=finding.counterexample,
        expected=any(finding.rule in (each.expectation.rules or (finding.rule,)) for each in met),
    )


def _undecided(result: Result, expected: bool) -> Iterator[_Said]:
    kind = Kind.BOUNDED if result.verdict is Verdict.BOUNDED else Kind.UNKNOWN
    # What is open at the same site for several reasons is one thing to decide.
    sites: dict[tuple[str, str], list[str]] = {}
    for each in result.undecided:
        sites.setdefault((each.rule, each.path), []).append(each.why)
    if not sites and result.verdict in (Verdict.UNKNOWN, Verdict.BOUNDED):
        sites["", ""] = [result.reason]
    for (rule, path), reasons in sites.items():
        about = _about(result, kind, "; ".join(dict.fromkeys(reasons)), expected)
        entry = _entry(result, path)
        yield identity(result, kind, rule, path), replace(about, rule=rule, path=path, citation=entry, entry=entry)


def _never(result: Result, expected: bool) -> Iterator[_Said]:
    for text in result.unreached:
        found = _STEP.fullmatch(text)
        what, place = (found["what"], found["place"]) if found else (text, result.place)
        about = _about(result, Kind.VACUOUS, f"{what} can never happen", expected)
        yield identity(result, Kind.VACUOUS, what), replace(about, place=place)
    if not result.unreached:
        yield identity(result, Kind.VACUOUS), _about(result, Kind.VACUOUS, result.reason, expected)


def _about(result: Result, kind: Kind, message: str, expected: bool = False) -> Alert:
    return Alert(
        kind=kind,
        fingerprint="",
        message=message,
        arch=result.arch,
        kernel=result.kernel,
        lifecycle=result.lifecycle,
        level=result.level,
        proposal=result.proposal,
        place=result.place,
        expected=expected,
    )


def _unmet(outcome: Outcome) -> Alert:
    wanted, result = outcome.expectation, outcome.result
    return Alert(
        kind=Kind.EXPECTATION,
        fingerprint="",
        message=outcome.sentence,
        arch=result.arch if result else "",
        kernel=result.kernel if result else "",
        lifecycle=wanted.lifecycle,
        level=result.level if result else "",
        proposal=wanted.proposal,
        place=wanted.span.place,
        help=f"the model says: {wanted.reason}" if wanted.reason else "",
    )


def _entry(result: Result, path: str) -> str:
    return next((each.citation for each in result.paths if each.path == path), "")


def _key(result: Result) -> tuple[str, str, str, str]:
    return result.arch, result.kernel, result.lifecycle, result.proposal
