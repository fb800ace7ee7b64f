"""Annotations for GitHub Actions, and the page that a job shows as its summary.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions - a step may give ten annotations of
each level, and GitHub drops the others without a word; so the last line says how many were left out, and the summary,
which may take 1 MiB, has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from modelcheck.report.formats import markdown
from modelcheck.report.formats.saying import (
    condition,
    flat,
    in_order,
    label,
    left_out,
    look_again,
    marks,
    outcome,
    place_of,
    remarks,
    spot_of,
    spot_of_fault,
    spot_of_function,
    title,
    where,
)
from modelcheck.review.alert import Alert
from modelcheck.review.review import Review

_Level = Literal["error", "warning", "notice"]
_OF_EACH = 10
_TITLE, _MESSAGE = 255, 4_000
_SUMMARY = 1_024 * 1_024


@dataclass(frozen=True)
class _Annotation:
    level: _Level
    title: str
    message: str
    place: str


def render(review: Review) -> str:
    """The commands, at most ten of each level, and a last line that is none."""
    found = [*_annotations(review)]
    kept: list[_Annotation] = []
    for annotation in found:
        if sum(each.level == annotation.level for each in kept) < _OF_EACH:
            kept.append(annotation)
    last = [outcome(review), left_out(len(found) - len(kept), "annotation"), f"exit status {review.status}"]
    # The last line must not look like a command, wherever it comes from.
    end = flat("; ".join(part for part in last if part)).replace("::", ": :").replace("##[", "## [")
    return "".join(f"{_command(each)}\n" for each in kept) + f"check-arch: {end}\n"


def summary(review: Review) -> str:
    """The page of the job, within what GitHub takes."""
    return markdown.page(review, _SUMMARY)


def _annotations(review: Review) -> Iterator[_Annotation]:
    yield from (_annotation(alert, spot_of(alert, review)) for alert in in_order(review.open))
    for fault in review.waiver_faults:
        text = f"{fault.message}; {fault.help}" if fault.help else fault.message
        yield _Annotation("error", f"{fault.code}: {fault.kind} waiver", text, spot_of_fault(fault, review))
    # A model's file is not in a kernel tree; the function that was changed is.
    for each in review.to_reread:
        yield _Annotation("notice", "check-arch", look_again(each), spot_of_function(each.citation, review))
    for text in remarks(replace(review, to_reread=())):
        yield _Annotation("notice", "check-arch", text, "")
    # What was known before comes last, where the limit is met.
    known = (alert for alert in review.alerts if not alert.is_open and alert.standing != "fixed")
    yield from (_annotation(alert, spot_of(alert, review)) for alert in known)


def _annotation(alert: Alert, place: str) -> _Annotation:
    level: _Level = "notice" if not alert.is_open or alert.severity == "note" else alert.severity
    about = [where(alert), condition(alert), *marks(alert), alert.help, f"fingerprint {alert.fingerprint}"]
    return _Annotation(
        level,
        f"{label(alert)}: {title(alert)}",
        "\n".join([alert.message, *(part for part in about if part)]),
        place,
    )


def _command(annotation: _Annotation) -> str:
    place = place_of(annotation.place)
    properties = {"file": place.file, "line": str(place.line), "col": str(place.column)} if place else {}
    properties["title"] = annotation.title[:_TITLE]
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{annotation.level} {given}::{_data(_cut(annotation.message))}"


def _cut(text: str) -> str:
    """A long message without its middle: what it is about, and how it is called, stand at its ends."""
    half = _MESSAGE // 2
    return text if len(text) <= _MESSAGE else f"{text[:half]} ... {text[-half:]}"


def _data(text: str) -> str:
    return _printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _printable(text: str) -> str:
    """Other line ends than those that have an escape become it; a command must stay on its line."""
    lines = text.splitlines()
    return "\n".join("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line) for line in lines)
