"""A matrix as one self-contained HTML page, in which a cell opens its reason and its counterexample.

The page needs no script, no network and no other file.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from modelcheck.matrix.gaps import silent_levels
from modelcheck.matrix.survey import Gap, Survey
from modelcheck.matrix.table import Cell, Column, Matrix, Row, Standing, without_idle
from modelcheck.report.counterexample import lanes
from modelcheck.report.html_frame import KINDS, render
from modelcheck.report.matrix_words import (
    heading,
    is_telling,
    is_worth_a_row,
    kernel_name,
    missing_architectures,
    stated_gaps,
    word,
)
from modelcheck.report.page import plain
from modelcheck.report.verdicts import tally
from modelcheck.report.wording import capital, configuration, holds_where, numbers, structs_of
from modelcheck.verdict import Finding, Result

Titles = Callable[[str], str]

_RUN_WIDTH = 96


@dataclass(frozen=True)
class _Run:
    """A counterexample: `text` has a lane for each actor."""

    anchor: str
    rule: str
    title: str
    where: str
    message: str
    shown: str
    text: str


@dataclass(frozen=True)
class _Panel:
    """What a cell opens. `elsewhere` are anchors and names of runs that other cells hold."""

    about: str
    where: str
    reason: str
    runs: tuple[_Run, ...]
    elsewhere: tuple[tuple[str, str], ...]
    command: str


@dataclass(frozen=True)
class _Cell:
    """`kind` is a class of the style sheet; `label` says which column it is where there are no columns.

    `is_first` of its proposal's columns.
    """

    kind: str
    word: str
    rules: tuple[str, ...]
    label: str
    is_first: bool
    panel: _Panel | None


@dataclass(frozen=True)
class _Row:
    """The whole life cycle, or a path; `is_quiet` if nothing but SAFE is known of it."""

    path: str
    citation: str
    is_quiet: bool
    cells: tuple[_Cell, ...]


@dataclass(frozen=True)
class _Block:
    """A life cycle and its paths; `is_first` of its architecture."""

    is_first: bool
    arch: str
    level: str
    lifecycle: str
    title: str
    rows: tuple[_Row, ...]


@dataclass(frozen=True)
class _Group:
    """The columns of a proposal."""

    name: str
    title: str
    kernels: tuple[str, ...]


def page(survey: Survey, matrix: Matrix, title: Titles) -> str:
    """The whole page; `title` is what a rule says, in a few words."""
    shown, idle = without_idle(matrix)
    views = _Views(survey, shown, title)
    rules = sorted({rule for row in matrix.rows for cell in row.cells for rule in cell.rules})
    return render(
        "matrix.html",
        styles=("base.css", "matrix.css"),
        shard=survey.shard,
        tree=capital(structs_of(survey.question.tree)) if survey.question.tree else "",
        tally=plain([tally(survey.results)]).strip(),
        groups=tuple(views.groups()),
        blocks=tuple(views.blocks()),
        idle=idle,
        rules=tuple((rule, title(rule)) for rule in rules),
        waived=survey.waived,
        missed=[stated for stated in survey.stated if not stated.met],
        gaps=_by_model(stated_gaps(survey.gaps)),
        silent=silent_levels(survey),
        missing=missing_architectures(survey),
    )


class _Views:
    def __init__(self, survey: Survey, matrix: Matrix, title: Titles) -> None:
        self.survey = survey
        self.matrix = matrix
        self.title = title
        self.proposals = {proposal.name: proposal.input for proposal in survey.proposals}
        self.inputs = {(subject.arch, subject.kernel): subject.input for subject in survey.subjects}

    def groups(self) -> Iterator[_Group]:
        for proposal in dict.fromkeys(column.proposal for column in self.matrix.columns):
            kernels = [kernel_name(column.kernel) for column in self.matrix.columns if column.proposal == proposal]
            name = proposal or "today's code"
            title = heading(self.survey, proposal).partition(": ")[2]
            yield _Group(name, title, tuple(kernels))

    def blocks(self) -> Iterator[_Block]:
        last = ""
        for (arch, _, _), rows in groupby(self.matrix.rows, lambda r: (r.arch, r.level, r.lifecycle)):
            yield self.block(list(rows), arch != last)
            last = arch

    def block(self, rows: Sequence[Row], is_first: bool) -> _Block:
        whole = rows[0]
        shown = tuple(self.row(row) for row in rows)
        return _Block(is_first, whole.arch, whole.level, whole.lifecycle, whole.title, shown)

    def row(self, row: Row) -> _Row:
        cells = tuple(self.cell(row, column, cell) for column, cell in zip(self.matrix.columns, row.cells, strict=True))
        return _Row(row.path, row.citation, not is_worth_a_row(row, everything=False), cells)

    def cell(self, row: Row, column: Column, cell: Cell) -> _Cell:
        if cell.standing is Standing.AS_TODAY:
            kind = "today"
        elif cell.verdict is None:
            kind = "absent" if cell.standing is Standing.ABSENT else "doubt"
        else:
            kind = KINDS[cell.verdict]
        label = f"{column.proposal or 'today'}, {kernel_name(column.kernel)}"
        # A path without a hazard has no more to say than its word; a whole life cycle says why it is safe.
        opens = is_telling(cell) and (cell.result is not None or not row.path)
        opens = opens or (cell.standing is Standing.ANSWERED and not row.path)
        today = cell.standing is Standing.AS_TODAY
        said, rules = ("as today", ()) if today else (word(cell), cell.rules)
        first = next(each for each in self.matrix.columns if each.proposal == column.proposal)
        panel = self.panel(row, column, cell) if opens else None
        return _Cell(kind, said, rules, label, column == first, panel)

    def panel(self, row: Row, column: Column, cell: Cell) -> _Panel:
        applied = f" with {column.proposal}" if column.proposal else ""
        name = " ".join(part for part in (row.arch, column.kernel, row.lifecycle) if part)
        about = f"{name}{applied}" + (f", path {row.path}" if row.path else "")
        result = None if cell.result is None else self.survey.results[cell.result]
        reason = cell.reason
        runs: tuple[_Run, ...] = ()
        elsewhere: tuple[tuple[str, str], ...] = ()
        if result is not None and cell.result is not None:
            numbered = [(_anchor(cell.result, i), finding) for i, finding in enumerate(result.findings)]
            if row.path:
                runs = tuple(self.run(anchor, finding) for anchor, finding in numbered if finding.path == row.path)
                # The run says it at its end.
                reason = "" if reason in [run.message for run in runs] else reason
            else:
                elsewhere = tuple((anchor, f"{f.rule} on the path {f.path}: {f.summary}") for anchor, f in numbered)
        command = "" if result is None else self.command(result)
        return _Panel(about, holds_where(cell.condition), reason, runs, elsewhere, command)

    def run(self, anchor: str, finding: Finding) -> _Run:
        run = finding.counterexample
        where = configuration(run.schedule, finding.condition)
        return _Run(
            anchor=anchor,
            rule=finding.rule,
            title=self.title(finding.rule),
            where=holds_where(finding.condition),
            message=run.hazard.message,
            shown=f"shown with {where}; {numbers(run.tables, run.cpus, run.readers)}",
            text=plain(lanes(run, _RUN_WIDTH)),
        )

    def command(self, result: Result) -> str:
        name = self.inputs[result.arch, result.kernel]
        words = ["check-arch", "check", name, "--lifecycle", result.lifecycle]
        # A file is of the kernel that it says.
        if result.kernel and "/" not in name and "." not in name:
            words += ["--kernel", result.kernel]
        if result.proposal:
            words += ["--proposal", self.proposals[result.proposal]]
        return shlex.join(words)


def _anchor(result: int, finding: int) -> str:
    return f"run-{result}-{finding}"


def _by_model(gaps: Sequence[Gap]) -> dict[str, list[Gap]]:
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(f"{gap.arch} {gap.kernel}".rstrip(), []).append(gap)
    return found
