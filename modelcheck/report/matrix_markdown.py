"""A matrix as Markdown: a table for today's code and one for each proposal, kernels side by side."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck import __version__
from modelcheck.matrix.survey import Survey
from modelcheck.matrix.table import Cell, Matrix, Row, Standing, select, without_idle
from modelcheck.report.markdown import code, prose, table
from modelcheck.report.matrix_words import (
    heading,
    is_worth_a_row,
    kernel_name,
    models_in_words,
    untouched,
    word,
)
from modelcheck.report.page import plain
from modelcheck.report.verdicts import tally
from modelcheck.report.wording import capital, structs_of
from modelcheck.verdict import Verdict


def page(survey: Survey, matrix: Matrix) -> str:
    """The whole matrix; paths are shown where something is not SAFE."""
    return "\n".join(_lines(survey, matrix)) + "\n"


def _lines(survey: Survey, matrix: Matrix) -> Iterator[str]:
    if survey.shard is not None:
        yield from (f"Part {survey.shard.index} of {survey.shard.of}.", "")
    matrix, idle = without_idle(matrix)
    for proposal in dict.fromkeys(column.proposal for column in matrix.columns):
        part = select(matrix, lambda column, name=proposal: column.proposal == name)  # type: ignore[misc]
        yield from (f"## {prose(heading(survey, proposal))}", "")
        rows = [row for row in part.rows if is_worth_a_row(row, everything=survey.question.scripts)]
        if rows:
            head = ("architecture", "level", "life cycle, path", *(kernel_name(c.kernel) for c in part.columns))
            yield from table(head, [_row(row) for row in rows])
        else:
            yield "Nothing is asked about here."
        yield ""
        if untouched(part):
            yield from (f"It changes nothing of: {prose(untouched(part))}.", "")
    if idle:
        yield from (f"Changing nothing here: {', '.join(map(code, idle))}.", "")
    yield prose(plain([tally(survey.results)]))
    if survey.waived:
        yield from ("", "Waived:", "")
        yield from (f"* {prose(each.what)} ({code(each.fingerprint)}): {prose(each.why)}" for each in survey.waived)
    if survey.question.tree:
        yield from ("", f"{prose(capital(structs_of(survey.question.tree)))}.")
    if survey.gaps:
        yield from ("", f"Not modelled: {models_in_words(survey)}.")
    yield from ("", f"Written by `check-arch matrix`, version {__version__}.")


def _row(row: Row) -> tuple[str, ...]:
    name = f"path {code(row.path)}" if row.path else f"**{code(row.lifecycle)}**"
    return prose(row.arch), prose(row.level), name, *(_cell(row, cell) for cell in row.cells)


def _cell(row: Row, cell: Cell) -> str:
    if cell.standing is Standing.ABSENT:
        return ""
    said = word(cell)
    if cell.verdict in (Verdict.SAFE, None):
        return said
    where = f"when {code(cell.condition.text)}" if cell.condition.text else ""
    parts = (f"**{said}**" if cell.verdict is Verdict.UNSAFE else said, ", ".join(cell.rules), where)
    text = " ".join(part for part in parts if part)
    # Of a life cycle that is UNSAFE, its paths say why.
    return text if cell.verdict is Verdict.UNSAFE and not row.path else f"{text}: {prose(cell.reason)}"
