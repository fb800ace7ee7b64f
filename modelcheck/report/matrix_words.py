"""Words and choices that the renderers of a matrix share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from modelcheck.matrix.survey import Gap, Survey
from modelcheck.matrix.table import Cell, Matrix, Row, Standing
from modelcheck.report.wording import count, listing
from modelcheck.verdict import Verdict

_WORDS = {Standing.ABSENT: "-", Standing.AS_TODAY: "as today", Standing.UNDECIDED: "not decided"}


def word(cell: Cell) -> str:
    """What a cell says in one or two words."""
    if cell.verdict is None:
        return _WORDS[cell.standing]
    return f"{cell.verdict.value}, as today" if cell.standing is Standing.AS_TODAY else cell.verdict.value


def is_telling(cell: Cell) -> bool:
    """Is there more to say than the word? Where all is well, or nothing is there, there is not."""
    if cell.standing in (Standing.ABSENT, Standing.AS_TODAY):
        return False
    return cell.verdict is not Verdict.SAFE


def is_worth_a_row(row: Row, *, everything: bool) -> bool:
    """Is the row shown in the table of its columns? Not where a proposal changes nothing.

    Paths of what is SAFE are only shown with `everything`.
    """
    said = [cell for cell in row.cells if cell.standing not in (Standing.ABSENT, Standing.AS_TODAY)]
    if not row.path or not said:
        return bool(said)
    # A path of which no more is known than of the whole life cycle says nothing of its own.
    known = [cell for cell in said if cell.result is not None and cell.verdict is not Verdict.NOT_APPLICABLE]
    return bool(known) and (everything or any(cell.verdict is not Verdict.SAFE for cell in known))


def heading(survey: Survey, proposal: str) -> str:
    """The title of the columns of a proposal."""
    if not proposal:
        return "Today's code"
    title = next((each.title for each in survey.proposals if each.name == proposal), "")
    return f"{proposal}: {title}" if title else proposal


def kernel_name(kernel: str) -> str:
    """A kernel version as a column is headed by it."""
    return kernel or "no version"


def untouched(matrix: Matrix) -> str:
    """The life cycles that have only cells as today, by architecture; "" if there is none."""
    found: dict[str, list[str]] = {}
    for row in matrix.rows:
        kinds = {cell.standing for cell in row.cells}
        if not row.path and Standing.AS_TODAY in kinds and kinds <= {Standing.AS_TODAY, Standing.ABSENT}:
            found.setdefault(row.arch, []).append(row.lifecycle)
    return "; ".join(f"{arch} {', '.join(names)}" for arch, names in found.items())


def missing_architectures(survey: Survey) -> dict[str, str]:
    """By kernel, the architectures that have no model, in words: `arc, arm and csky`, or `any architecture`."""
    found: dict[str, list[str]] = {}
    for gap in survey.gaps:
        if gap.is_whole:
            found.setdefault(gap.kernel, []).append(gap.arch)
    modelled = {subject.kernel for subject in survey.subjects}
    return {
        kernel: listing(names) if kernel in modelled or len(names) == 1 else "any architecture"
        for kernel, names in found.items()
    }


def stated_gaps(gaps: Iterable[Gap]) -> list[Gap]:
    """What the models say that they leave out."""
    return [gap for gap in gaps if not gap.is_whole]


def models_in_words(survey: Survey) -> str:
    """How much is not modelled, in half a sentence."""
    missing = Counter(gap.kernel for gap in survey.gaps if gap.is_whole)
    parts = [f"{count(number, 'architecture')} of {kernel_name(kernel)}" for kernel, number in missing.items()]
    stated = stated_gaps(survey.gaps)
    if stated:
        parts.append(f"{count(len(stated), 'gap')} that the models state")
    return listing(parts)
