"""The matrix: what is asked about downwards, kernels and proposals across, an answer in every cell."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from modelcheck.matrix.plan import share, version_key
from modelcheck.matrix.survey import LifecycleSubject, Subject, Survey, Task, task_of
from modelcheck.verdict import Condition, PathVerdict, Result, Verdict

_T = TypeVar("_T", bound=Hashable)


class Standing(Enum):
    """Where the content of a cell comes from."""

    ANSWERED = "answered"
    # The proposal replaces nothing here: what holds today holds.
    AS_TODAY = "as today"
    # The proposal would replace something, but what it needs is not there.
    REFUSED = "refused"
    # This kernel has no such architecture, life cycle or path, or there is no model of it.
    ABSENT = "absent"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Column:
    """A kernel, and the proposal that is applied to it ("" for today's code)."""

    kernel: str
    proposal: str


@dataclass(frozen=True)
class Cell:
    """An answer. `verdict` is None where there is none; `result` is the index of the full result in the survey.

    `reason` is a sentence; `condition` is where an UNSAFE verdict holds.
    """

    standing: Standing
    verdict: Verdict | None = None
    rules: tuple[str, ...] = ()
    condition: Condition = field(default_factory=Condition)
    reason: str = ""
    result: int | None = None


@dataclass(frozen=True)
class Row:
    """A life cycle, or one path of it, with a cell for each column of the matrix. `path` is empty for the whole."""

    arch: str
    level: str
    lifecycle: str
    path: str
    title: str
    citation: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """Rows and columns. The row of a life cycle stands before those of its paths.

    Columns of one proposal stand together, today's code first.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def matrix_of(survey: Survey) -> Matrix:
    """The matrix of a survey: total, whatever was not answered."""
    return _Builder(survey).matrix()


class _Builder:
    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.subjects = {(subject.arch, subject.kernel): subject for subject in survey.subjects}
        self.indices = {task_of(result): index for index, result in enumerate(survey.results)}
        self.undecided = {each.task: each.why for each in survey.undecided}
        self.here = set(share(survey.tasks, survey.shard))
        kernels = sorted({subject.kernel for subject in survey.subjects}, key=version_key)
        names = ("", *(proposal.name for proposal in survey.proposals))
        self.columns = tuple(Column(kernel, name) for name in names for kernel in kernels)

    def matrix(self) -> Matrix:
        rows: list[Row] = []
        for arch in sorted({subject.arch for subject in self.survey.subjects}):
            versions = sorted(
                (subject for subject in self.survey.subjects if subject.arch == arch),
                key=lambda subject: version_key(subject.kernel),
            )
            keys = in_order([(each.level, each.name) for each in subject.lifecycles] for subject in versions)
            for level, name in keys:
                rows += self.lifecycle(arch, level, name, versions)
        return Matrix(self.columns, tuple(rows))

    def lifecycle(self, arch: str, level: str, name: str, versions: Sequence[Subject]) -> list[Row]:
        whole = tuple(self.cell(arch, level, name, column) for column in self.columns)
        results = {cell.result: self.survey.results[cell.result] for cell in whole if cell.result is not None}
        paths = in_order([path.path for path in result.paths] for result in results.values())
        known = [found for subject in versions if (found := _find(subject, level, name))]
        rows = [Row(arch, level, name, "", known[-1].title, "", whole)]
        for path in paths:
            cells = tuple(self.path_cell(path, cell) for cell in whole)
            # The newest kernel's own words count; a proposal's replacement of the path may cite nothing.
            cited = [p.citation for r in results.values() for p in r.paths if p.path == path and p.citation]
            rows.append(Row(arch, level, name, path, "", cited[-1] if cited else "", cells))
        return rows

    def cell(self, arch: str, level: str, name: str, column: Column) -> Cell:
        subject = self.subjects.get((arch, column.kernel))
        if subject is None:
            return Cell(Standing.ABSENT, reason=f"there is no model of {arch} {column.kernel}".rstrip())
        lifecycle = _find(subject, level, name)
        if lifecycle is None:
            return Cell(Standing.ABSENT, reason=f"{arch} {column.kernel} has no such life cycle")
        for refusal in lifecycle.refusals:
            if refusal.proposal == column.proposal:
                return Cell(Standing.REFUSED, Verdict.NOT_APPLICABLE, reason=refusal.reason)
        if column.proposal and column.proposal not in lifecycle.proposals:
            today = self.answer(Task(column.kernel, arch, name, ""))
            return replace(today, standing=Standing.AS_TODAY)
        return self.answer(Task(column.kernel, arch, name, column.proposal))

    def answer(self, task: Task) -> Cell:
        index = self.indices.get(task)
        if index is not None:
            result = self.survey.results[index]
            rules = tuple(sorted({finding.rule for finding in result.findings}))
            return Cell(Standing.ANSWERED, result.verdict, rules, result.condition, result.reason, index)
        if task not in self.here:
            return Cell(Standing.UNDECIDED, reason="it is in another shard")
        return Cell(Standing.UNDECIDED, reason=self.undecided.get(task, "it was not checked"))

    def path_cell(self, path: str, whole: Cell) -> Cell:
        if whole.result is None:
            return whole
        result = self.survey.results[whole.result]
        if not result.paths:
            # Nothing is known of the paths one by one: the engine gave no answer, or nothing applies.
            return whole
        here = next((each for each in result.paths if each.path == path), None)
        if here is None:
            return Cell(Standing.ABSENT, reason="there is no such path here")
        reason = _path_reason(here, result)
        return Cell(whole.standing, here.verdict, here.rules, here.condition, reason, whole.result)


def _path_reason(path: PathVerdict, result: Result) -> str:
    if path.verdict is Verdict.UNSAFE:
        return next((each.summary for each in result.findings if each.path == path.path), result.reason)
    if path.verdict is Verdict.SAFE:
        return "no hazard can happen on this path"
    # How far the engine looked is said once, of the life cycle.
    return "neither proved nor refuted for this path" if path.verdict is Verdict.UNKNOWN else result.reason


def _find(subject: Subject, level: str, name: str) -> LifecycleSubject | None:
    return next((each for each in subject.lifecycles if (each.level, each.name) == (level, name)), None)


def in_order(sequences: Iterable[Sequence[_T]]) -> tuple[_T, ...]:
    """Everything in any of the sequences, once: what only a later one has comes behind its neighbour there."""
    out: list[_T] = []
    for sequence in sequences:
        at = 0
        for each in sequence:
            if each in out:
                at = out.index(each) + 1
            else:
                out.insert(at, each)
                at += 1
    return tuple(out)


def levels_of(subjects: Iterable[Subject]) -> tuple[str, ...]:
    """All levels, each behind the one that models have before it."""
    return in_order(tuple(dict.fromkeys(each.level for each in subject.lifecycles)) for subject in subjects)


def select(matrix: Matrix, keep: Callable[[Column], bool]) -> Matrix:
    """The columns that `keep` lets through, and all rows."""
    indices = [index for index, column in enumerate(matrix.columns) if keep(column)]
    rows = (replace(row, cells=tuple(row.cells[i] for i in indices)) for row in matrix.rows)
    return Matrix(tuple(matrix.columns[i] for i in indices), tuple(rows))


def without_idle(matrix: Matrix) -> tuple[Matrix, tuple[str, ...]]:
    """The matrix without the columns of proposals that change nothing in it, and the names of those."""
    busy = {
        column.proposal
        for row in matrix.rows
        for column, cell in zip(matrix.columns, row.cells, strict=True)
        if cell.standing not in (Standing.AS_TODAY, Standing.ABSENT)
    }
    idle = dict.fromkeys(c.proposal for c in matrix.columns if c.proposal and c.proposal not in busy)
    return select(matrix, lambda column: column.proposal not in idle), tuple(idle)
