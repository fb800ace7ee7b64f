"""A model against a kernel tree, for a person and for a program."""

from __future__ import annotations

from typing import Any

from modelcheck import __version__
from modelcheck.report.columns import fill
from modelcheck.report.comparison import difference_object
from modelcheck.report.page import Line, Piece, indent, line
from modelcheck.report.wording import count, listing
from modelcheck.tree.compare import Drift, TreeComparison
from modelcheck.tree.units import WHOLE

# More than this is counted, not listed, unless everything is wanted.
_MOST_DRIFTS, _MOST = 6, 12


def report(found: TreeComparison, *, everything: bool, columns: int = 100) -> list[Line]:
    """Whether the model fits comes first, then what is different in which configurations, field by field."""
    width = columns - 4
    structs = listing(
        f"struct {name}" if name in WHOLE else f"those fields of struct {name} that the model has"
        for name in found.structs
    )
    compared = f"compared: {structs}, in every configuration for {listing(found.abis)}"
    body = [line(Piece(text, "dim")) for text in fill(compared, width, rest="  ")]
    shown = found.drifts if everything else found.drifts[:_MOST_DRIFTS]
    for drift in shown:
        body += [(), *_drift(drift, everything, width)]
    if len(shown) < len(found.drifts):
        others = count(
            len(found.drifts) - len(shown), "other class of configurations", "other classes of configurations"
        )
        body += [(), line(Piece(f"{others} with differences; -v shows them all", "dim"))]
    for note in (*found.notes, *(found.details if everything else ())):
        body += [line(text) for text in fill(note, width, first="note: ", rest="  ")]
    return [headline(found), *indent(body, 4)]


def headline(found: TreeComparison) -> Line:
    """`FITS  powerpc 6.12 describes /usr/src/linux`."""
    verdict = Piece("DRIFT", "bad") if found.drifts else Piece("FITS", "good")
    said = "does not describe" if found.drifts else "describes"
    model = " ".join(part for part in (found.unit, found.described) if part)
    return line(verdict, "  ", Piece(model, "strong"), f" {said} {found.tree}")


def comparison_object(found: TreeComparison) -> dict[str, Any]:
    """The JSON object of a comparison."""
    return {
        "schema": "check-arch-compare-tree-1",
        "tool": {"name": "check-arch", "version": __version__},
        "arch": found.unit,
        "described": found.described,
        "tree": found.tree,
        "version": found.version,
        "abis": list(found.abis),
        "verdict": "DRIFT" if found.drifts else "FITS",
        "structs": list(found.structs),
        "drifts": [
            {
                "struct": drift.struct,
                "abis": list(drift.abis),
                "condition": {
                    "text": drift.condition.text,
                    "assignments": [dict(each) for each in drift.condition.assignments],
                },
                "differences": [
                    {**difference_object(placed.difference), "place": placed.place} for placed in drift.differences
                ],
            }
            for drift in found.drifts
        ],
        "notes": [*found.notes, *found.details],
    }


def _drift(drift: Drift, everything: bool, columns: int) -> list[Line]:
    where = drift.condition.text or "every configuration"
    head = f"struct {drift.struct} on {listing(drift.abis)}: {where}"
    lines = [line(Piece(text, "strong")) for text in fill(head, columns, rest="  ")]
    listed = drift.differences if everything else drift.differences[:_MOST]
    for placed in listed:
        place = f"  ({placed.place})" if placed.place else ""
        lines += [line(text) for text in fill(placed.difference.text + place, columns, first="  - ")]
    if len(listed) < len(drift.differences):
        lines.append(line(Piece(f"  and {len(drift.differences) - len(listed)} more; -v shows them all", "dim")))
    return lines
