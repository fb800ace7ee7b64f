"""One line for each thing to say, as checkpatch has it and as editors read it:

    archs/7.2/x86.arch:486:9: ERROR: OV105: `free_page` frees the page while reader 0 (perf) is inside table 0 [1f...]
"""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.report.formats.saying import condition, flat, in_order, label, marks, outcome, remarks, where
from modelcheck.review.alert import Alert
from modelcheck.review.review import Review


def render(review: Review) -> str:
    """The lines, and how it came out in the last one."""
    return "".join(f"{line}\n" for line in _lines(review))


def _lines(review: Review) -> Iterator[str]:
    for alert in in_order(review.alerts):
        yield _alert(alert)
    for fault in review.waiver_faults:
        yield _line(fault.place, "ERROR", fault.code, f"{fault.kind} waiver: {fault.message}", fault.help)
    for text in remarks(review):
        yield _line("", "NOTE", "", text)
    yield f"total: {outcome(review)}; exit status {review.status}"


def _alert(alert: Alert) -> str:
    severity = alert.severity if alert.is_open else "fixed" if alert.standing == "fixed" else "note"
    about = ", ".join(part for part in (where(alert), condition(alert)) if part)
    known = f" ({'; '.join(marks(alert))})" if marks(alert) else ""
    message = f"{flat(alert.message)} [{flat(alert.fingerprint)}]{f' in {about}' if about else ''}{known}"
    return _line(alert.place, severity.upper(), label(alert), message, alert.help)


def _line(place: str, severity: str, rule: str, message: str, help: str = "") -> str:
    said = f"{message} ({help})" if help else message
    return flat(": ".join(part for part in (place or "check-arch", severity, rule, said) if part))
