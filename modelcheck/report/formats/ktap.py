"""The kernel's test protocol (KTAP version 1): one test for each architecture, with its life cycles as subtests.

Described in the kernel's Documentation/dev-tools/ktap.rst. A description has no `#`; what is to be said of a test
stands in diagnostic lines before its result. Every test with subtests also has the `# Subtest:` line that KUnit's
parser takes its name from.

What is waived, or was so in the base, is `ok` with the directive XFAIL; what the proposal does not apply to is SKIP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelcheck.report.formats.saying import by_row, condition, flat, label, marks, outcome, remarks, where
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.review import Review, Row
from modelcheck.verdict import Verdict


@dataclass(frozen=True)
class _Test:
    """A result line: what it is called, whether it passed, `SKIP reason` or other data, and lines before it."""

    name: str
    passed: bool
    remark: str = ""
    said: tuple[str, ...] = ()


def render(review: Review) -> str:
    """The whole protocol."""
    suites = [(name, tests) for name, tests in _suites(review) if tests]
    lines = ["KTAP version 1", f"1..{len(suites)}"]
    for number, (name, tests) in enumerate(suites, start=1):
        lines += [f"  {line}" for line in ("KTAP version 1", f"# Subtest: {name}", f"1..{len(tests)}")]
        for inner, test in enumerate(tests, start=1):
            lines += [f"  # {line}" for line in test.said]
            lines.append(f"  {_result(inner, test)}")
        failed = sum(not test.passed for test in tests)
        lines.append(_result(number, _Test(name, not failed)))
    lines += [f"# {text}" for text in (*remarks(review), f"{outcome(review)}; exit status {review.status}")]
    return "".join(f"{line}\n" for line in lines)


def _suites(review: Review) -> Iterator[tuple[str, list[_Test]]]:
    rows, others = by_row(review)
    suites: dict[str, list[_Test]] = {}
    for row, alerts in rows:
        suite = suites.setdefault(_name(f"{row.arch}-{row.kernel}" if row.kernel else row.arch), [])
        name = _name(f"{row.lifecycle} with {row.proposal}" if row.proposal else row.lifecycle)
        # A file that was given twice has every life cycle twice; a parser tells tests apart by their names.
        earlier = sum(test.name == name or test.name.startswith(f"{name} (") for test in suite)
        suite.append(_test(f"{name} ({earlier + 1})" if earlier else name, row, alerts))
    yield from suites.items()
    yield "beside-life-cycles", [_other(each) for each in others]
    faults = review.waiver_faults
    yield "waivers", [_Test(_name(f"{f.kind} {f.place}"), False, said=(flat(f"{f.code} {f.message}"),)) for f in faults]


def _test(name: str, row: Row, alerts: list[Alert]) -> _Test:
    said = [f"{row.verdict.value}: {flat(row.reason)}"] if row.reason else [row.verdict.value]
    said += [text for alert in alerts for text in _said(alert)]
    if any(alert.fails for alert in alerts):
        return _Test(name, False, "", tuple(said))
    if row.verdict is Verdict.NOT_APPLICABLE:
        return _Test(name, True, "SKIP not applicable", tuple(said))
    known = [alert for alert in alerts if not alert.is_open and alert.standing != "fixed"]
    return _Test(name, True, f"XFAIL {_why(known[0])}" if known else "", tuple(said))


def _other(alert: Alert) -> _Test:
    name = _name(f"{label(alert)} {alert.fingerprint}")
    if alert.fails:
        remark = f"ERROR {flat(alert.message)}" if alert.kind is Kind.ERROR else ""
        return _Test(name, False, remark, tuple(_said(alert)))
    remark = "" if alert.is_open or alert.standing == "fixed" else f"XFAIL {_why(alert)}"
    return _Test(name, True, remark, tuple(_said(alert)))


def _why(alert: Alert) -> str:
    return f"waived until {alert.waiver.expires}" if alert.waiver else "so in the base"


def _said(alert: Alert) -> Iterator[str]:
    yield f"{label(alert)} {flat(alert.fingerprint)}: {flat(alert.message)}"
    about = [where(alert), condition(alert), *marks(alert), flat(alert.help), flat(alert.place)]
    yield f"  {'; '.join(part for part in about if part)}"


def _result(number: int, test: _Test) -> str:
    remark = f" # {test.remark}" if test.remark else ""
    return f"{'ok' if test.passed else 'not ok'} {number} {test.name}{remark}"


def _name(text: str) -> str:
    # `#` begins a directive, and a dash before the name belongs to the protocol.
    return flat(text).replace("#", "_").lstrip("- ").rstrip() or "nameless"
