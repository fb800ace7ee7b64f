"""Any review: whatever a model, a waiver or a base may put into one, with texts that formats have to survive."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from modelcheck.diagnostics import Diagnostic
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.review import LayoutChange, Reread, Review, Row
from modelcheck.review.waiver import Waiver, WaiverFault
from modelcheck.source import SourceText, Span
from modelcheck.trace import Change, Counterexample, Hazard, Move, Schedule, Step
from modelcheck.verdict import Condition, Verdict

NASTY = (
    "", " ", "\n", "a\nb", "\r\n", "]]>", "<b>&amp;", "::error::x", "a::b", "##[error]x", "%0A,:", "`", "```", "| x |",
    "[a](b)", "{0} {x}", "# SKIP", "ok 1 x", "not ok 2 y", "1..3", "From me", "-- ", "\x00\x07\x1b[31m", "\u2028",
    "\x85", "\ufffe", "\U0001f4a5 \u202e", "e\u0301" * 5, "long " * 60, "unbroken" * 30, "file:x:y", "a.arch:3",
    "a b.arch:3:4",
)  # fmt: skip

texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=12), st.sampled_from(["pte", "x86", "7.2", "free_page"]))
rules = st.one_of(st.sampled_from(["", "OV101", "OV105", "OV401", "CA210"]), texts)
places = st.one_of(
    st.builds("{}:{}:{}".format, texts, st.integers(0, 9), st.integers(0, 9)), st.just("archs/7.2/x86.arch:3:5"), texts
)
conditions = st.builds(Condition, texts)
prints = st.integers(0, 2**64 - 1).map("{:016x}".format)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
spans = st.builds(lambda name, text: Span(SourceText(name, text), 0, len(text)), texts, texts)
waivers = st.builds(Waiver, prints, texts, texts, days, spans, texts)
standings = st.sampled_from(["", "new", "worse", "fixed", "unchanged"])


def few(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


steps = st.builds(
    Step, st.integers(1, 9), st.just(Move("step", "table:0")), texts, texts, texts, texts, places,
    few(st.builds(Change, texts, texts, texts)),
)  # fmt: skip
runs = st.builds(
    Counterexample, st.just(Schedule("", (), (), ())), few(steps), st.builds(Hazard, rules, texts, texts, texts),
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), texts,
)  # fmt: skip
alerts = st.builds(
    Alert,
    kind=st.sampled_from(list(Kind)),
    fingerprint=prints,
    message=texts,
    rule=rules,
    arch=texts,
    kernel=texts,
    lifecycle=texts,
    level=texts,
    proposal=texts,
    path=texts,
    condition=conditions,
    place=places,
    citation=st.one_of(st.just("mm/memory.c:free_pte_range"), texts),
    entry=texts,
    counterexample=st.none() | runs,
    standing=standings,
    was=texts,
    expected=st.booleans(),
    waiver=st.none() | waivers,
    help=texts,
)
rows = st.builds(
    Row, texts, texts, texts, texts, texts, texts, st.sampled_from(Verdict), conditions, texts, standings,
    st.none() | st.sampled_from(Verdict),
)  # fmt: skip
changes = st.builds(
    LayoutChange,
    st.sampled_from(["moved", "grown", "shrunk", "added", "removed", "new overlap", "lost overlap"]),
    texts, texts, texts, texts, texts, texts, texts, conditions, st.booleans(),
)  # fmt: skip
faults = st.builds(
    WaiverFault,
    st.sampled_from(["malformed", "too broad", "duplicate", "expired", "unused"]),
    st.builds(Diagnostic, st.just("CA802"), texts, st.none() | spans, help=texts),
    prints | texts,
)


@st.composite
def reviews(draw: st.DrawFn, most: int = 5) -> Review:
    """A review in which alerts are about its rows, about others, and several about one."""
    told = draw(st.lists(alerts, max_size=most, unique_by=lambda alert: alert.fingerprint))
    listed = list(draw(few(rows)))
    for alert in told:
        if draw(st.booleans()):
            listed.append(Row(alert.arch, alert.kernel, alert.lifecycle, "", "", alert.proposal, Verdict.UNSAFE,
                              Condition(), draw(texts)))  # fmt: skip
    return Review(
        subject=draw(texts),
        base=draw(texts),
        command=draw(texts),
        alerts=tuple(told),
        rows=tuple(listed),
        layout_changes=draw(few(changes)),
        to_reread=draw(few(st.builds(Reread, texts, texts, few(texts), places))),
        waivers=draw(few(waivers)),
        waiver_faults=draw(few(faults)),
        notes=draw(few(texts)),
        status=draw(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 70, 130])),
        spots=draw(st.none() | st.dictionaries(texts, places, max_size=2)),
    )
