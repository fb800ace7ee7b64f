"""Diagnostics as text: where the marks stand, whatever the line is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.diagnostics import Diagnostic, Note
from modelcheck.report.columns import width
from modelcheck.report.diagnostic import render, render_all
from modelcheck.report.page import plain
from modelcheck.source import SourceText, Span
from tests.report.goldens import assert_golden

LINE = "        call_rcu(pt_rcu_haed, pte_free_now);\n"
SOURCE = SourceText("archs/6.12/powerpc.arch", "lifecycle x on ptdesc {\n" + LINE + "}\n")


def span(source: SourceText, text: str) -> Span:
    start = source.text.index(text)
    return Span(source, start, start + len(text))


WIDE = SourceText("wide.arch", 'arch a "ページ \u0301x";\twrite  flag;\n')
LONG = SourceText("long.arch", "x" * 300 + " here " + "y" * 300 + "\n")
TWO_LINES = SourceText("two.arch", "state a {\n  b;\n}\n")

CASES = {
    "plain": Diagnostic(
        "CA210", "no field `pt_rcu_haed` in `struct ptdesc`", span(SOURCE, "pt_rcu_haed"), "not a field",
        help="did you mean `pt_rcu_head`?",
    ),
    "note": Diagnostic(
        "CA211", "`x` is declared twice", span(SOURCE, "call_rcu"), "again here",
        notes=(Note("first declared here", span(SOURCE, "lifecycle x")),), help="remove one of them",
    ),
    "tabs_and_wide": Diagnostic("CA010", "there is no flag here", span(WIDE, "flag"), "expected a field"),
    "long_line": Diagnostic("CA010", "this line is very long", span(LONG, "here"), "this is the place"),
    "several_lines": Diagnostic("CA007", "this state is never left", Span(TWO_LINES, 0, 16), "from here on"),
    "no_place": Diagnostic("CA602", "there is no file `nowhere.arch`"),
    "end_of_file": Diagnostic("CA010", "the file ends too early", Span(SOURCE, len(SOURCE.text), len(SOURCE.text))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    assert_golden(f"diagnostic_{name}", plain(render(CASES[name])))


def test_several_are_counted() -> None:
    text = plain(render_all([CASES["plain"], CASES["note"]]))
    assert text.endswith("\n\n2 errors\n")
    assert "errors" not in plain(render_all([CASES["plain"]]))


def test_same_place_at_every_width() -> None:
    for columns in (60, 80, 100):
        lines = plain(render(CASES["long_line"], columns)).splitlines()
        assert all(width(each) <= columns for each in lines)
        code, marks = lines[3], lines[4]
        start = marks.index("^")
        assert code[start : start + 4] == "here"


@given(
    before=st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=("Cs",)), max_size=200),
    after=st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=("Cs",)), max_size=200),
)
def test_marks_stand_under_the_word(before: str, after: str) -> None:
    source = SourceText("any.arch", before + "@" + after)
    lines = plain(render(Diagnostic("CA010", "here", Span(source, len(before), len(before) + 1)))).split("\n")
    excerpt, marks = lines[3], lines[4]
    column = marks.index("^")
    at = next(i for i in range(len(excerpt)) if excerpt[i] == "@" and width(excerpt[:i]) == column)
    assert excerpt[at] == "@"
    assert width(excerpt) <= 100
