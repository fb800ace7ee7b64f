"""A matrix for a terminal: a table for today's code and one for each proposal, kernels side by side.

What is not SAFE has a number in brackets; under the table it says where that holds, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelcheck.matrix.survey import Survey
from modelcheck.matrix.table import Cell, Column, Matrix, Row, Standing, select, without_idle
from modelcheck.report.columns import cut, fill, pad, width
from modelcheck.report.matrix_words import (
    heading,
    is_telling,
    is_worth_a_row,
    kernel_name,
    models_in_words,
    untouched,
    word,
)
from modelcheck.report.page import Line, Piece, Style, line
from modelcheck.report.verdicts import tally
from modelcheck.report.wording import STYLES, count, holds_where, structs_of
from modelcheck.verdict import Result, Verdict, exit_status

_HEAD = ("architecture", "level", "life cycle")
# Narrower columns would not hold `UNSAFE OV105 [12]`.
_NARROWEST = 19
_LEFT_MOST = 44


def text(survey: Survey, matrix: Matrix, columns: int = 100, *, everything: bool = False) -> Iterator[Line]:
    """The matrix; with `everything` also the paths of what is SAFE."""
    if survey.shard is not None:
        yield line(Piece(f"part {survey.shard.index} of {survey.shard.of}", "dim"))
        yield ()
    notes = _Notes()
    matrix, idle = without_idle(matrix)
    for proposal in dict.fromkeys(column.proposal for column in matrix.columns):
        part = select(matrix, lambda column, name=proposal: column.proposal == name)  # type: ignore[misc]
        first, *rest = fill(heading(survey, proposal), columns)
        yield line(Piece(first, "strong"))
        yield from (line(Piece(text, "strong")) for text in rest)
        yield from _section(part, notes, columns, everything)
        yield from notes.taken(columns)
        left_out = untouched(part)
        if left_out:
            yield from (line(Piece(t, "dim")) for t in fill(f"It changes nothing of: {left_out}", columns, rest="  "))
        yield ()
    if idle:
        said = f"Changing nothing here: {', '.join(idle)}"
        yield from (line(Piece(text, "dim")) for text in fill(said, columns, rest="  "))
        yield ()
    yield from _end(survey, columns, everything)
    if survey.question.tree:
        yield from (line(each) for each in fill(structs_of(survey.question.tree), columns, rest="  "))


def missed(survey: Survey, columns: int = 100) -> Iterator[Line]:
    """The verdicts that were stated and not found."""
    for each in survey.stated:
        if each.met:
            continue
        first, *rest = fill(f"not as expected: {each.task.text}: {each.message}", columns, rest="  ")
        yield line(Piece(first[:15], "doubt"), first[15:])
        yield from (line(text) for text in rest)
        yield line("  ", Piece(each.at.text, "place"))


def waived(survey: Survey, columns: int = 100) -> Iterator[Line]:
    """What a waiver covers."""
    for each in survey.waived:
        said = f"{each.what} [{each.fingerprint}]: {each.why}"
        yield from (line(Piece(text, "dim")) for text in fill(said, columns, rest="  "))


def _section(matrix: Matrix, notes: _Notes, columns: int, everything: bool) -> Iterator[Line]:
    rows = [row for row in matrix.rows if is_worth_a_row(row, everything=everything)]
    if not rows:
        yield line(Piece("  nothing is asked about here", "dim"))
        return
    with_paths = {(row.arch, row.level, row.lifecycle) for row in rows if row.path}
    widths = [max([width(head), *(width(cell) for cell in cells)]) + 2
              for head, cells in zip(_HEAD, zip(*(_names(row) for row in rows), strict=True), strict=True)]  # fmt: skip
    # Kernels that do not fit side by side come in a second table.
    left = min(sum(widths), _LEFT_MOST)
    widths[2] -= sum(widths) - left
    together = max(1, (columns - left) // _NARROWEST)
    for start in range(0, len(matrix.columns), together):
        indices = range(start, min(start + together, len(matrix.columns)))
        room = min(28, (columns - left) // len(indices))
        if start:
            yield ()
        yield _header(widths, [matrix.columns[i] for i in indices], room)
        last: tuple[str, ...] = ("", "", "")
        for row in rows:
            has_paths = (row.arch, row.level, row.lifecycle) in with_paths and not row.path
            yield _row(row, last, widths, [row.cells[i] for i in indices], room, _Noting(notes, has_paths))
            last = (row.arch, row.level, row.lifecycle)


def _names(row: Row) -> tuple[str, str, str]:
    return row.arch, row.level, f"  {row.path}" if row.path else row.lifecycle


def _header(widths: Sequence[int], columns: Sequence[Column], room: int) -> Line:
    left = "".join(pad(head, size) for head, size in zip(_HEAD, widths, strict=True))
    return line(Piece(left + "".join(pad(kernel_name(column.kernel), room) for column in columns), "dim"))


def _row(
    row: Row, last: tuple[str, ...], widths: Sequence[int], cells: Sequence[Cell], room: int, noting: _Noting
) -> Line:
    arch, level, name = _names(row)
    shown = ("" if arch == last[0] else arch, "" if (arch, level) == last[:2] or row.path else level, name)
    left = "".join(pad(cut(part, size - 1), size) for part, size in zip(shown, widths, strict=True))
    pieces = [_piece(cell, room, noting) for cell in cells]
    return line(Piece(left, "" if not row.path else "dim"), *pieces)


def _piece(cell: Cell, room: int, noting: _Noting) -> Piece:
    mark = noting.mark(cell)
    style: Style = "dim" if cell.verdict is None or cell.standing is Standing.AS_TODAY else STYLES[cell.verdict]
    said = word(cell)
    rules = ",".join(cell.rules)
    more = f"{cell.rules[0]}+{len(cell.rules) - 1}" if len(cell.rules) > 1 else ""
    for candidate in (f"{said} {rules}".rstrip(), f"{said} {more}".rstrip(), said):
        if width(candidate + mark) < room:
            return Piece(pad(candidate + mark, room), style)
    return Piece(pad(cut(said, room - 1 - width(mark)) + mark, room), style)


class _Notes:
    """Numbers for what is said under a table; the same text has the same number everywhere."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, Style]] = {}
        self.shown = 0

    def number(self, cell: Cell) -> int:
        where = holds_where(cell.condition)
        said = f"{where}: {cell.reason}" if where else cell.reason
        style: Style = "dim" if cell.verdict is None else STYLES[cell.verdict]
        return self.known.setdefault(said, (len(self.known) + 1, style))[0]

    def taken(self, columns: int) -> Iterator[Line]:
        """The notes that were not shown yet. The others are under a table above."""
        for said, (number, style) in list(self.known.items())[self.shown :]:
            first, *rest = fill(said, columns, first=f"[{number}]".rjust(5) + " ")
            yield line(Piece(first[:5], style), first[5:])
            yield from (line(text) for text in rest)
        self.shown = len(self.known)


@dataclass(frozen=True)
class _Noting:
    """The notes for the cells of a row. Where `paths_follow`, it is they that say why something is UNSAFE."""

    notes: _Notes
    paths_follow: bool

    def mark(self, cell: Cell) -> str:
        """` [3]`, or nothing where there is nothing to say."""
        if not is_telling(cell) or (self.paths_follow and cell.verdict is Verdict.UNSAFE):
            return ""
        return f" [{self.notes.number(cell)}]"


def _end(survey: Survey, columns: int, everything: bool) -> Iterator[Line]:
    yield tally(survey.results)
    if survey.undecided:
        yield line(Piece(f"{count(len(survey.undecided), 'life cycle')} not decided", "doubt"))
    yield from waived(survey, columns)
    news = [result for result in survey.news() if exit_status((result.verdict,))]
    if news:
        yield ()
        and_not = " and not waived" if survey.waived else ""
        yield line(f"Stated by no `expect` of the models{and_not}, so that the exit status tells of them:")
        yield from _bullets(news, columns)
    elif survey.results and any(exit_status((result.verdict,)) for result in survey.results):
        or_waived = " or waived" if survey.waived else ""
        said = f"every verdict other than SAFE is stated by an `expect` of the models{or_waived}"
        yield line(Piece(said, "dim"))
    yield from missed(survey, columns)
    if survey.gaps:
        yield ()
        said = f"Not modelled: {models_in_words(survey)}; see `check-arch matrix --gaps`"
        yield from (line(text) for text in fill(said, columns, rest="  "))
    if not everything:
        yield line(Piece("-v shows the paths of what is SAFE too; `check-arch check ARCH` shows the runs", "dim"))


def _bullets(news: Sequence[Result], columns: int) -> Iterator[Line]:
    for result in sorted(news, key=lambda each: each.verdict is not Verdict.UNSAFE):
        rules = ", ".join(sorted({finding.rule for finding in result.findings}))
        applied = f" with {result.proposal}" if result.proposal else ""
        said = f"{result.arch} {result.kernel} {result.lifecycle}{applied} {rules}"
        first, *rest = fill(f"{result.verdict.value} {' '.join(said.split())}", columns, first="  ", rest="    ")
        end = 2 + len(result.verdict.value)
        yield line(Piece(first[:end], STYLES[result.verdict]), first[end:])
        yield from (line(text) for text in rest)
