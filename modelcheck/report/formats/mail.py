"""A message to a mailing list, as robots that test kernels write them: plain text of at most 75 columns.

It begins with its subject, so that `git send-email` and a pipe into a mailer both can use it. Only a word that is
longer than a line makes a line longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelcheck import __version__
from modelcheck.report.columns import fill
from modelcheck.report.formats import text
from modelcheck.report.formats.saying import flat, in_order, label, marks, outcome, remarks, tally, where
from modelcheck.report.page import plain
from modelcheck.review.alert import Alert
from modelcheck.review.review import Review

COLUMNS = 75

# Runs after the first few are better read where they can be replayed.
_RUNS = 5
# A mailbox takes such a line for the next message, and a mailer such a one for the end of this.
_MARKED = re.compile(r"^(From |-- $)", re.MULTILINE)


def render(review: Review) -> str:
    """The message."""
    return _MARKED.sub(r" \1", "".join(f"{line}\n" for line in _lines(review)))


def _lines(review: Review) -> Iterator[str]:
    open_ = tally(alert.kind for alert in review.open) or "nothing to deal with"
    subject = flat(review.subject) or "nothing"
    yield f"Subject: [check-arch] {subject}: {open_}"
    yield ""
    yield "Hello,"
    yield ""
    base = f", compared with {flat(review.base)}" if review.base else ""
    yield from _fill(f"this is what check-arch {__version__} says of {subject}{base}:")
    yield ""
    yield from _fill(f"{outcome(review)}.", first="  ")
    alerts = in_order(review.open)
    runs = 0
    for alert in alerts:
        yield ""
        yield from _entry(alert, run=runs < _RUNS)
        runs += alert.counterexample is not None
    if runs > _RUNS:
        yield ""
        yield from _fill(f"{runs - _RUNS:,} more runs are not shown; see below how to get them.")
    yield from _known(review)
    if review.waiver_faults:
        yield ""
        yield from plain(text.waiver_faults(review.waiver_faults, COLUMNS)).splitlines()
    told = [*remarks(review)]
    if told:
        yield ""
    for each in told:
        yield from _fill(each, first="* ", rest="  ")
    if review.command:
        yield ""
        yield "To reproduce:"
        yield ""
        yield f"    {flat(review.command)}"
    yield ""
    yield from _fill(
        "What is called a finding above was replayed step by step in a model of the code, which may be wrong where "
        "the code is right. `check-arch explain RULE` says what a rule means. If you want to live with a finding for "
        "some time, name its fingerprint, the number in brackets, in waivers.toml."
    )


def _entry(alert: Alert, *, run: bool) -> Iterator[str]:
    yield from plain(text.entry(alert, COLUMNS, run=run)).splitlines()


def _known(review: Review) -> Iterator[str]:
    for head, alerts in (
        ("Fixed:", [alert for alert in review.alerts if alert.standing == "fixed"]),
        ("Known already:", [a for a in review.alerts if not a.is_open and a.standing != "fixed"]),
    ):
        if alerts:
            yield ""
            yield head
        for alert in alerts:
            parts = [f"{label(alert)} {where(alert)} [{flat(alert.fingerprint)}]", *marks(alert)]
            yield from _fill("; ".join(parts), first="* ", rest="  ")


def _fill(said: str, first: str = "", rest: str = "") -> list[str]:
    return fill(said, COLUMNS, first=first, rest=rest or " " * len(first))
