"""JUnit's XML, which nearly every CI reads: a suite for each architecture and kernel, a case for each life cycle.

Written with the standard library: the maintained libraries for this format hand texts to the same ElementTree, do not
remove the characters that XML forbids, and would be one more thing to install for a page of code.

A hazard that can happen is a failure, what is not decided is an error, what is waived or was so in the base is skipped.
A case has at most one of them (most readers take the first only); its text holds everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Xml

from modelcheck.report.counterexample import lanes
from modelcheck.report.formats.saying import by_row, condition, flat, label, marks, outcome, remarks, title, where
from modelcheck.report.page import plain
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.review import Review, Row
from modelcheck.verdict import Verdict

# XML 1.0 has no way to write these.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ERRORS = (Kind.UNKNOWN, Kind.BOUNDED, Kind.ERROR)


def render(review: Review) -> str:
    """The document."""
    root = Xml.Element("testsuites", name="check-arch")
    rows, others = by_row(review)
    suites: dict[tuple[str, str], list[Xml.Element]] = {}
    for row, alerts in rows:
        suites.setdefault((row.kernel, row.arch), []).append(_row_case(row, alerts))
    for (kernel, arch), cases in suites.items():
        _suite(root, f"{arch}, Linux {kernel}" if kernel else arch, cases)
    if others:
        _suite(root, "beside life cycles", [_alert_case(each) for each in others])
    if review.waiver_faults:
        _suite(root, "waivers", [*_fault_cases(review)])
    summary = _suite(root, "summary", [])
    said = [*remarks(review), f"{outcome(review)}; exit status {review.status}"]
    Xml.SubElement(summary, "system-out").text = _allowed("".join(f"{text}\n" for text in said))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _suite(root: Xml.Element, name: str, cases: Sequence[Xml.Element]) -> Xml.Element:
    suite = Xml.SubElement(root, "testsuite", name=_allowed(flat(name)), tests=str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.extend(cases)
    return suite


def _row_case(row: Row, alerts: Sequence[Alert]) -> Xml.Element:
    name = f"{row.lifecycle} with {row.proposal}" if row.proposal else row.lifecycle
    case = _case(f"check-arch.{row.kernel}.{row.arch}", name)
    _judge(case, alerts)
    if row.verdict is Verdict.NOT_APPLICABLE and case.find("failure") is None and case.find("error") is None:
        _add(case, "skipped", "the proposal does not apply here")
    known = "".join(f"{text}\n" for alert in alerts if not alert.fails for text in _said(alert))
    verdict = f"{row.verdict.value}: {flat(row.reason)}" if row.reason else row.verdict.value
    standing = f" ({row.standing})" if row.standing else ""
    Xml.SubElement(case, "system-out").text = _allowed(f"{verdict}{standing}\n{known}")
    return case


def _alert_case(alert: Alert) -> Xml.Element:
    case = _case("check-arch", f"{label(alert)} {alert.fingerprint}")
    _judge(case, [alert])
    if not alert.fails:
        Xml.SubElement(case, "system-out").text = _allowed("".join(f"{text}\n" for text in _said(alert)))
    return case


def _judge(case: Xml.Element, alerts: Sequence[Alert]) -> None:
    """Give the case the one element that says how it came out, or none if it passed."""
    failing = [alert for alert in alerts if alert.fails]
    known = [alert for alert in alerts if not alert.is_open and alert.standing != "fixed"]
    if failing:
        worst = min(failing, key=lambda alert: alert.kind in _ERRORS)
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        tag = "error" if worst.kind in _ERRORS else "failure"
        found = _add(case, tag, f"{label(worst)}: {worst.message}{more}", label(worst))
        found.text = _allowed("\n".join(text for alert in failing for text in (*_said(alert), *_run(alert))) + "\n")
    elif known:
        why = f"waived until {known[0].waiver.expires}" if known[0].waiver else "so in the base"
        _add(case, "skipped", why)


def _fault_cases(review: Review) -> Iterator[Xml.Element]:
    for fault in review.waiver_faults:
        case = _case("check-arch.waivers", f"{fault.kind} {fault.place}")
        _add(case, "failure", f"{fault.code}: {fault.message}", fault.code)
        yield case


def _case(classname: str, name: str) -> Xml.Element:
    # Nothing says how long a single one took, and readers want a number.
    called = _allowed(flat(name)) or "nameless"
    return Xml.Element("testcase", classname=_allowed(flat(classname)), name=called, time="0")


def _add(case: Xml.Element, tag: str, message: str, type_: str = "") -> Xml.Element:
    found = Xml.Element(tag, message=_allowed(flat(message)))
    if type_:
        found.set("type", _allowed(type_))
    # The schema that Jenkins reads by wants it before the output.
    case.insert(0, found)
    return found


def _said(alert: Alert) -> Iterator[str]:
    yield f"{label(alert)} {flat(alert.fingerprint)}: {flat(alert.message)}"
    about = [title(alert), where(alert), condition(alert), *marks(alert), flat(alert.help)]
    yield f"    {'; '.join(part for part in about if part)}"
    for what, text in (("model", alert.place), ("kernel", alert.function)):
        if text:
            yield f"    {what}: {flat(text)}"


def _run(alert: Alert) -> Iterator[str]:
    if alert.counterexample:
        yield from plain(lanes(alert.counterexample)).splitlines()


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
