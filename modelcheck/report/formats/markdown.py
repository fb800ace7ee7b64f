"""A page of Markdown for a merge request: what is to be dealt with, each with its run, and everything else in short.

What is too long for the place where it is shown loses runs first, then whole entries, and says how many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from modelcheck.report.counterexample import lanes
from modelcheck.report.formats.saying import (
    condition,
    flat,
    in_order,
    label,
    left_out,
    marks,
    outcome,
    remarks,
    title,
)
from modelcheck.report.markdown import code, prose, table
from modelcheck.report.page import plain
from modelcheck.report.wording import listing
from modelcheck.review.alert import Alert
from modelcheck.review.review import Review

# What GitHub takes as a comment, in characters; other places take more.
LIMIT = 65_536

# Room for the sentences about what was left out.
_RESERVE = 500

_COLUMNS = ("", "rule", "where", "what", "fingerprint")


def render(review: Review) -> str:
    """The page, short enough for a comment."""
    return page(review, LIMIT)


def page(review: Review, limit: int) -> str:
    """The page in at most `limit` bytes (of UTF-8), however much there is to say."""
    head, tail = _joined(_head(review), limit // 4), _joined(_tail(review), limit // 4)
    room = limit - _RESERVE - _size(head) - _size(tail)
    listed = in_order(alert for alert in review.alerts if alert.standing != "fixed")
    body = ""
    if listed:
        lines = [f"{line}\n" for line in table(_COLUMNS, [_row(alert) for alert in listed])]
        kept = _fitting(lines, room)
        room -= sum(map(_size, kept))
        missing = left_out(len(lines) - len(kept), "line of this table")
        body = f"{''.join(kept)}\n{f'{missing}.{chr(10) * 2}' if missing else ''}"
    runs = [_run(alert) for alert in in_order(review.open) if alert.counterexample]
    shown = _fitting(runs, room)
    if len(shown) < len(runs):
        shown = [*shown, f"{left_out(len(runs) - len(shown), 'run')}.\n\n"]
    return f"{head}{body}{''.join(shown)}{tail}"


def _head(review: Review) -> Iterator[str]:
    yield f"## check-arch: {prose(flat(review.subject)) or 'nothing was looked at'}\n\n"
    yield f"{prose(outcome(review))[:1].upper() + prose(outcome(review))[1:]}.\n\n"
    if review.base:
        yield f"Compared with {code(flat(review.base))}.\n\n"


def _row(alert: Alert) -> tuple[str, ...]:
    state: str = alert.severity if alert.is_open else "waived" if alert.waiver else alert.standing
    state = f"**{state}**" if alert.fails else state
    if alert.is_open and alert.standing:
        state += f" ({alert.standing})"
    place = [prose(flat(alert.subject)), f"in {code(flat(alert.path))}" if alert.path else "", code(flat(alert.place))]
    known = [prose(mark) for mark in marks(alert) if mark != alert.standing]
    told = [prose(flat(alert.message)), _when(alert), *known, prose(flat(alert.help))]
    rule = prose(f"{label(alert)}: {title(alert)}")
    fingerprint = code(flat(alert.fingerprint))
    return state, rule, _cell(place, "<br>"), _cell(told, "; "), fingerprint


def _cell(parts: Sequence[str], between: str) -> str:
    return between.join(part for part in parts if part)


def _when(alert: Alert) -> str:
    found = condition(alert)
    first, _, rest = found.partition(" ")
    return f"{first} {code(rest)}" if rest else prose(found)


def _run(alert: Alert) -> str:
    if alert.counterexample is None:
        return ""
    run = plain(lanes(alert.counterexample, 90))
    fence = "`" * max(3, max((len(each) for each in _ticks(run)), default=0) + 1)
    head = escape(flat(f"{label(alert)}, {alert.subject}, {alert.fingerprint}"))
    kernel = f"In the kernel: {code(flat(alert.function))}.\n\n" if alert.function else ""
    return f"<details><summary>Run: {head}</summary>\n\n{kernel}{fence}\n{run}{fence}\n\n</details>\n\n"


def _ticks(text: str) -> list[str]:
    return [each for each in "".join(c if c == "`" else " " for c in text).split() if each]


def _tail(review: Review) -> Iterator[str]:
    fixed = [alert for alert in review.alerts if alert.standing == "fixed"]
    if fixed:
        yield "Fixed:\n\n"
        for alert in fixed:
            said = prose(flat(f"{label(alert)}, {alert.subject}: {alert.message}"))
            yield f"* {said} {code(flat(alert.fingerprint))}\n"
        yield "\n"
    if review.waiver_faults:
        yield "Waivers:\n\n"
        for fault in review.waiver_faults:
            said = prose(flat(f"{fault.message}; {fault.help}" if fault.help else fault.message))
            yield f"* {fault.code}, {fault.kind}, {code(flat(fault.place))}: {said}\n"
        yield "\n"
    told = [*remarks(review)]
    for text in told:
        yield f"* {prose(text)}\n"
    yield "\n" if told else ""
    if review.rows:
        verdicts = Counter(row.verdict.value for row in review.rows)
        yield f"Life cycles: {listing(f'{number:,} {verdict}' for verdict, number in verdicts.items())}.\n\n"
    if review.command:
        yield f"To see it again: {code(flat(review.command))} (exit status {review.status})\n"


def _joined(parts: Iterator[str], limit: int) -> str:
    """The parts, as far as they fit; how many lines are missing, if any."""
    given = list(parts)
    kept = _fitting(given, limit)
    missing = sum(bool(part.strip()) for part in given[len(kept) :])
    return "".join(kept) + (f"\n\n{left_out(missing, 'line')}.\n\n" if missing else "")


def _fitting(parts: Sequence[str], room: int) -> list[str]:
    kept = []
    for part in parts:
        room -= _size(part)
        if room < 0:
            break
        kept.append(part)
    return kept


def _size(text: str) -> int:
    return len(text.encode("utf-8", errors="replace"))
