"""A review for a person at a terminal: what is to be dealt with, each with its run, then everything else in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.report.columns import expand, fill, pad, width
from modelcheck.report.counterexample import lanes
from modelcheck.report.formats.saying import (
    condition,
    flat,
    in_order,
    label,
    marks,
    outcome,
    remarks,
    title,
    where,
)
from modelcheck.report.page import Line, Piece, Style, indent, line, plain
from modelcheck.review.alert import Alert
from modelcheck.review.review import Review
from modelcheck.review.waiver import WaiverFault

_WIDTH = 100
_STYLES: dict[str, Style] = {"error": "bad", "warning": "doubt", "note": "dim"}


def render(review: Review) -> str:
    """The report for a file."""
    return plain(lines(review, _WIDTH))


def lines(review: Review, columns: int = _WIDTH) -> Iterator[Line]:
    """The whole report: how it came out, each alert, what changed beside, waivers, life cycles."""
    base = f", compared with {flat(review.base)}" if review.base else ""
    yield from _filled(f"{flat(review.subject)}{base}", columns, style="strong")
    yield from _filled(outcome(review), columns)
    for alert in in_order(review.alerts):
        if alert.is_open:
            yield ()
            yield from entry(alert, columns, run=True)
    known = [alert for alert in review.alerts if not alert.is_open]
    if known:
        yield ()
        yield line("Not to be dealt with:")
        yield from listed(known, columns)
    if review.waiver_faults:
        yield ()
        yield from waiver_faults(review.waiver_faults, columns)
    told = [*remarks(review)]
    if told:
        yield ()
    for text in told:
        yield from _filled(text, columns, rest="  ")


def entry(alert: Alert, columns: int, *, run: bool = False) -> Iterator[Line]:
    """One alert; with `run`, also the run that shows it."""
    style = _STYLES[alert.severity] if alert.is_open else "dim"
    head = f"  {title(alert)}  [{flat(alert.fingerprint)}]"
    known = f" ({'; '.join(marks(alert))})" if marks(alert) else ""
    first, *rest = fill(f"{label(alert)}{head}{known}", columns, rest="  ") or [""]
    name = label(alert)[: len(first)]
    yield line(Piece(first[: len(name)], style), first[len(name) :])
    yield from (line(text) for text in rest)
    for text in (where(alert), condition(alert), flat(alert.message), flat(alert.help)):
        if text:
            yield from _filled(text, columns, first="  ", rest="    ")
    for what, text in (("model", alert.place), ("kernel", alert.function)):
        if text:
            yield from _filled(f"{what}: {flat(text)}", columns, first="  ", rest="    ", style="place")
    if run and alert.counterexample:
        yield ()
        yield from _visible(indent(lanes(alert.counterexample, columns - 2), 2))


def fingerprints(alerts: Sequence[Alert], columns: int) -> Iterator[Line]:
    """What there is to deal with and what is waived, with what a waiver would name it by."""
    if alerts:
        yield line(Piece("by fingerprint, which is what a waiver names:", "dim"))
        yield from listed(alerts, columns)


def listed(alerts: Sequence[Alert], columns: int) -> Iterator[Line]:
    """Alerts in short: fingerprint, rule, where, and what is known of it."""
    for alert in alerts:
        about = [f"{label(alert)} {where(alert)}", *marks(alert)]
        margin = " " * (width(flat(alert.fingerprint)) + 4)
        first, *rest = fill("; ".join(about), columns, first=margin, rest=f"{margin}  ")
        style: Style = "" if alert.is_open else "dim"
        yield line("  ", Piece(pad(flat(alert.fingerprint), len(margin) - 2), "dim"), Piece(first.strip(), style))
        yield from (line(Piece(text, style)) for text in rest)


def waiver_faults(faults: Sequence[WaiverFault], columns: int) -> Iterator[Line]:
    """What is wrong with waivers, each with its place and what would help."""
    for fault in faults:
        head = f"{fault.code}  {fault.kind} waiver: {flat(fault.message)}"
        first, *rest = fill(head, columns, rest="  ")
        yield line(Piece(first[: len(fault.code)], "bad"), first[len(fault.code) :])
        yield from (line(text) for text in rest)
        if fault.place:
            yield from _filled(flat(fault.place), columns, first="  ", rest="    ", style="place")
        if fault.help:
            yield from _filled(flat(fault.help), columns, first="  help: ", rest="    ")


def _filled(text: str, columns: int, first: str = "", rest: str = "", style: Style = "") -> Iterator[Line]:
    yield from (line(Piece(each, style)) for each in fill(text, columns, first=first, rest=rest))


def _visible(given: Sequence[Line]) -> Iterator[Line]:
    """Lines in which control characters are shown, and not obeyed."""
    yield from (tuple(Piece(expand(piece.text), piece.style) for piece in each) for each in given)
