"""What is known and not modelled: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.matrix.gaps import silent_levels
from modelcheck.matrix.survey import Gap, Survey
from modelcheck.report.columns import fill, pad, width
from modelcheck.report.markdown import code, prose, table
from modelcheck.report.matrix_words import kernel_name, missing_architectures, stated_gaps
from modelcheck.report.page import Line, Piece, line

_SILENT = "Levels that other models have, and these neither describe nor state as a gap (they may be folded):"


def text(survey: Survey, columns: int = 100) -> Iterator[Line]:
    """The gaps that models state, by kernel and architecture, then the architectures without a model."""
    stated = stated_gaps(survey.gaps)
    last = ("", "")
    for gap in stated:
        if (gap.kernel, gap.arch) != last:
            if last != ("", ""):
                yield ()
            yield line(Piece(f"{gap.arch} {gap.kernel}".rstrip(), "strong"))
        last = (gap.kernel, gap.arch)
        yield from (line(text) for text in fill(f"{gap.what}: {gap.why}", columns, first="  ", rest="    "))
        for place in (gap.citation, gap.place):
            if place:
                yield line("    ", Piece(place, "place"))
    if not stated:
        yield line("No model states a gap.")
    silent = silent_levels(survey)
    if silent:
        yield ()
        yield line(Piece(_SILENT, "strong"))
        room = max(width(each.text) for each in silent) + 2
        for each in silent:
            yield from (line(text) for text in fill(", ".join(each.levels), columns, first=f"  {pad(each.text, room)}"))
    for kernel, names in missing_architectures(survey).items():
        yield ()
        yield line(Piece(f"No model of Linux {kernel_name(kernel)} for:", "strong"))
        yield from (line(text) for text in fill(names, columns, first="  "))


def markdown(survey: Survey) -> str:
    """The same as a table and a list."""
    stated = stated_gaps(survey.gaps)
    lines = []
    if stated:
        lines += table(("kernel", "architecture", "not modelled", "why", "where"), [_row(gap) for gap in stated])
    else:
        lines.append("No model states a gap.")
    silent = silent_levels(survey)
    if silent:
        rows = [(prose(each.arch), prose(", ".join(each.kernels)), prose(", ".join(each.levels))) for each in silent]
        lines += ["", _SILENT, "", *table(("architecture", "kernels", "levels"), rows)]
    for kernel, names in missing_architectures(survey).items():
        lines += ["", f"No model of Linux {prose(kernel_name(kernel))} for {prose(names)}."]
    return "\n".join(lines) + "\n"


def _row(gap: Gap) -> tuple[str, ...]:
    where = code(gap.citation or gap.place) if gap.citation or gap.place else ""
    return prose(gap.kernel), prose(gap.arch), prose(gap.what), prose(gap.why), where
