"""Plain text and coloured text are the same text."""

from __future__ import annotations

import io
import re

from modelcheck.report.page import Line, indent, line, plain, show
from modelcheck.report.verdicts import report
from tests.report.samples import REFERENCE, UNSAFE

LINES: list[Line] = report(UNSAFE, REFERENCE)


def test_plain_has_no_control_codes() -> None:
    stream = io.StringIO()
    show(LINES, stream, colour=False)
    assert stream.getvalue() == plain(LINES)
    assert "\x1b" not in stream.getvalue()


def test_colour_changes_no_character() -> None:
    stream = io.StringIO()
    show(LINES, stream, colour=True)
    assert "\x1b[" in stream.getvalue()
    assert re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()) == plain(LINES)


def test_no_blanks_at_the_end() -> None:
    assert plain([line("a  ", "   ")]) == "a\n"
    assert plain(indent([line("a"), ()], 2)) == "  a\n\n"
