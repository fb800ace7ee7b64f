"""A model against a real kernel, for a person and for a program."""

from __future__ import annotations

from typing import Any

from modelcheck import __version__
from modelcheck.kernel.comparison import Candidate, Comparison
from modelcheck.kernel.differences import Difference, Extent
from modelcheck.report.columns import fill
from modelcheck.report.page import Line, Piece, indent, line
from modelcheck.report.wording import count, listing

# More differences than this of one candidate are counted, not listed, unless everything is wanted.
_MOST = 12


def report(found: Comparison, *, everything: bool, columns: int = 100) -> list[Line]:
    """Whether the model fits comes first, then why, then field by field what is different."""
    lines = [headline(found)]
    body = [line(text) for text in fill(found.reason, columns - 4)] if found.reason else []
    if found.structs:
        structs = listing(f"struct {name}" for name in found.structs)
        body += [line(Piece(t, "dim")) for t in fill(f"compared: {structs}", columns - 4, rest="  ")]
    shown = found.candidates if everything else found.candidates[:1]
    for candidate in shown:
        body += [(), *_candidate(candidate, everything, columns - 4)]
    if len(shown) < len(found.candidates):
        others = count(len(found.candidates) - len(shown), "other setting")
        body.append(line(Piece(f"{others} as good; -v shows them all", "dim")))
    for note in found.notes:
        body += [line(text) for text in fill(note, columns - 4, first="note: ", rest="  ")]
    return lines + indent(body, 4)


def headline(found: Comparison) -> Line:
    """`FITS  powerpc 6.12 describes vmlinux`."""
    verdict = Piece("FITS", "good") if found.fits else Piece("DRIFT", "bad")
    said = "describes" if found.fits else "does not describe"
    model = " ".join(part for part in (found.unit, found.described) if part)
    return line(verdict, "  ", Piece(model, "strong"), f" {said} {found.kernel}")


def comparison_object(found: Comparison) -> dict[str, Any]:
    """The JSON object of a comparison."""
    return {
        "schema": "check-arch-compare-1",
        "tool": {"name": "check-arch", "version": __version__},
        "arch": found.unit,
        "described": found.described,
        "kernel": found.kernel,
        "word": found.word,
        "byte_order": found.byte_order,
        "abis": list(found.abis),
        "verdict": "FITS" if found.fits else "DRIFT",
        "summary": found.reason,
        "structs": list(found.structs),
        "candidates": [
            {
                "abis": list(candidate.abis),
                "condition": {
                    "text": candidate.condition.text,
                    "assignments": [dict(each) for each in candidate.condition.assignments],
                },
                "shown": dict(candidate.shown),
                "hidden": list(candidate.hidden),
                "differences": [difference_object(each) for each in candidate.differences],
            }
            for candidate in found.candidates
        ],
        "notes": list(found.notes),
    }


def _candidate(candidate: Candidate, everything: bool, columns: int) -> list[Line]:
    where = candidate.condition.text or "every configuration"
    head = ": ".join(part for part in (listing(candidate.abis), where) if part)
    found = count(len(candidate.differences), "difference")
    lines = [line(Piece(text, "strong")) for text in fill(f"{head}; {found}", columns, rest="  ")]
    if candidate.shown:
        symbols = ", ".join(f"{name}={'y' if value else 'n'}" for name, value in candidate.shown)
        lines += [line(text) for text in fill(f"the layout gives away: {symbols}", columns, first="  ", rest="    ")]
    if candidate.hidden and everything:
        hidden = f"says nothing about: {', '.join(candidate.hidden)}"
        lines += [line(Piece(text, "dim")) for text in fill(hidden, columns, first="  ", rest="    ")]
    listed = candidate.differences if everything else candidate.differences[:_MOST]
    for each in listed:
        lines += [line(text) for text in fill(each.text, columns, first="  - ")]
    if len(listed) < len(candidate.differences):
        lines.append(line(Piece(f"  and {len(candidate.differences) - len(listed)} more; -v shows them all", "dim")))
    return lines


def difference_object(difference: Difference) -> dict[str, Any]:
    """The JSON object of one difference."""
    return {
        "kind": difference.kind,
        "struct": difference.struct,
        "path": difference.path,
        "model": _extent(difference.model),
        "kernel": _extent(difference.kernel),
        "message": difference.text,
    }


def _extent(extent: Extent | None) -> dict[str, Any] | None:
    if extent is None:
        return None
    return {"offset_bits": extent.offset_bits, "size_bits": extent.size_bits, "type": extent.type}
