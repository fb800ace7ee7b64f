"""What is wrong with an input, as text: code and sentence, place, the source with the span marked, help.

    error[CA210]: no field `pt_rcu_haed` in `struct ptdesc`
      --> archs/6.12/powerpc.arch:41:22
       |
    41 |         call_rcu(pt_rcu_haed, pte_free_now);
       |                  ^^^^^^^^^^^ not a field
       |
       = help: did you mean `pt_rcu_head`?
"""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.diagnostics import Diagnostic
from modelcheck.report.columns import expand, fill, width, window
from modelcheck.report.page import Line, Piece, Style, line
from modelcheck.report.wording import count
from modelcheck.source import Span


def render(diagnostic: Diagnostic, columns: int = 100) -> list[Line]:
    """One diagnostic. A span of several lines is marked up to the end of its first line."""
    spans = [s for s in (diagnostic.span, *(note.span for note in diagnostic.notes)) if s is not None]
    gutter = max((len(str(s.source.position(s.start)[0])) for s in spans), default=0)
    code = f"[{diagnostic.code}]" if diagnostic.code else ""
    lines: list[Line] = []
    head = fill(diagnostic.message, columns, first=f"error{code}: ", rest="  ")
    for number, text in enumerate(head):
        label = len(f"error{code}")
        lines.append(line(Piece(text[:label], "bad"), Piece(text[label:], "strong")) if number == 0 else line(text))
    if diagnostic.span is not None:
        lines += _excerpt(diagnostic.span, diagnostic.label, gutter, columns, "bad", "^")
    for note in diagnostic.notes:
        lines.append(line(Piece("note", "accent"), f": {note.message}"))
        lines += _excerpt(note.span, "", gutter, columns, "accent", "-")
    if diagnostic.help:
        margin = " " * gutter
        if diagnostic.span is not None:
            lines.append(line(margin, Piece(" |", "dim")))
        for number, text in enumerate(fill(diagnostic.help, columns, first=f"{margin} = help: ")):
            at = len(margin) + 3
            help_piece = Piece(text[at : at + 4], "accent")
            lines.append(line(text[:at], help_piece, text[at + 4 :]) if number == 0 else line(text))
    return lines


def render_all(diagnostics: Iterable[Diagnostic], columns: int = 100) -> list[Line]:
    """Several diagnostics, a blank line after each, and how many there were if more than one."""
    lines: list[Line] = []
    number = 0
    for diagnostic in diagnostics:
        lines += [*render(diagnostic, columns), ()]
        number += 1
    if number > 1:
        lines.append(line(Piece(count(number, "error"), "bad")))
    return lines


def _excerpt(span: Span, label: str, gutter: int, columns: int, style: Style, mark: str) -> list[Line]:
    number, column = span.source.position(span.start)
    text = span.source.line(number)
    from_ = column - 1
    to = max(from_ + 1, min(len(text), from_ + span.end - span.start))
    start = width(expand(text[:from_]))
    end = max(start + 1, start + width(expand(text[from_:to], start)))
    shown, start, end = window(expand(text), start, end, columns - gutter - 3)
    margin = " " * gutter
    marks = " " * start + mark * max(1, end - start)
    bar = Piece(" | ", "dim")
    lines = [
        line(margin, Piece("--> ", "dim"), Piece(span.place, "place")),
        line(margin, Piece(" |", "dim")),
        line(Piece(f"{number:>{gutter}}", "dim"), bar, shown),
    ]
    if label and gutter + 3 + width(marks) + 1 + width(label) > columns:
        lines.append(line(margin, bar, Piece(marks, style)))
        room = columns - gutter - 3
        lead = " " * min(start, max(0, room - width(label)))
        lines += [line(margin, bar, Piece(text, style)) for text in fill(label, room, first=lead)]
    else:
        lines.append(line(margin, bar, Piece(f"{marks} {label}", style)))
    return lines
