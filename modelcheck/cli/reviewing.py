"""From answers to a review: what is waived, how it came out, and how reports of it are written."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from modelcheck.cli import exits
from modelcheck.cli.answers import Answers
from modelcheck.cli.arguments import Output
from modelcheck.cli.catalogue import shipped
from modelcheck.cli.options import CheckOptions
from modelcheck.cli.outputs import append, deliver
from modelcheck.cli.portable import from_here
from modelcheck.cli.reading import Loaded
from modelcheck.diagnostics import Diagnostic
from modelcheck.report.expectations import Outcome
from modelcheck.report.formats.registry import NAMES, format_of
from modelcheck.report.page import Line
from modelcheck.report.wording import count, listing
from modelcheck.review.alerts import alerts_of
from modelcheck.review.review import Review, row_of
from modelcheck.review.waivers import FILE_NAME, Waivers, apply, read_waivers

# More architectures than this are counted, not named.
_FEW = 4
# Options that say how results are shown, or how fast they come, and not what they are; those of the first kind have a
# value.
_SHOWING = ("--format", "--color", "-j", "--jobs", "--cache-dir")
_PLAIN = ("-q", "--quiet", "-v", "--verbose", "--no-cache")


def waivers_for(given: str, loaded: Iterable[Loaded]) -> Waivers:
    """The waivers of a file, or of the one beside the models that come with the program if one of those is checked.

    Raises InputError where the file cannot be used.
    """
    if given:
        return from_here(read_waivers(Path(given), given))
    file = shipped().folder.parent / FILE_NAME
    if file.is_file() and any(each.is_shipped for each in loaded):
        return from_here(read_waivers(file, str(file)))
    return Waivers()


def review_of(
    answers: Answers,
    found: Sequence[Outcome],
    errors: Sequence[Diagnostic],
    waivers: Waivers,
    day: date,
    options: CheckOptions,
    words: Sequence[str],
    loaded: Sequence[Loaded],
) -> Review:
    """What a plain check has to say on that day."""
    results = from_here(tuple(result for _, result in answers.results))
    outcomes, faults = from_here(tuple(found)), from_here(tuple(errors))
    whole = not (options.levels or options.lifecycles or options.config or answers.status)
    checked = frozenset(row_of(result).subject for result in results) if not options.config else frozenset()
    waived = apply(alerts_of(results, outcomes, faults), waivers, day, checked, whole=whole)
    return Review(
        subject=subject_of(loaded),
        base="",
        command=repeated("check", words),
        alerts=waived.alerts,
        rows=tuple(map(row_of, results)),
        waivers=waivers.entries,
        waiver_faults=waived.faults,
        notes=tuple(notes_of(answers)),
        results=results,
        outcomes=outcomes,
        errors=faults,
        status=exits.worst(
            [
                exits.of_alerts(waived.alerts),
                exits.WAIVERS if waived.faults else exits.OK,
                exits.USAGE if errors else exits.OK,
                answers.status,
            ]
        ),
    )


def deliver_review(
    output: Output,
    review: Review,
    text: Callable[[int], Iterable[Line]],
    others: Mapping[str, Callable[[], str]] | None = None,
) -> None:
    """Write the review in every format asked for; `text` are the lines for a person, at a width.

    `others` are formats that are not made of the review alone.
    """

    def made(name: str) -> Callable[[], str]:
        return lambda: format_of(name).render(review)

    known = {name: made(name) for name in NAMES if name != "text"}
    deliver(output, text, made("json"), {**known, **(others or {})})
    _add_beside([name for name, _ in output.formats if name in NAMES], review, os.environ)


def deliver_errors(options: CheckOptions, errors: Sequence[Diagnostic], words: Sequence[str]) -> None:
    """Where errors let nothing be checked: whoever reads a report of another form than text finds them in there too."""
    kept = tuple((name, file) for name, file in options.output.formats if name in NAMES and name != "text")
    if kept:
        faults = from_here(tuple(errors))
        review = Review(
            subject=listing(options.names),
            base="",
            command=repeated("check", words),
            alerts=alerts_of((), errors=faults),
            rows=(),
            errors=faults,
            status=exits.USAGE,
        )
        deliver_review(replace(options.output, formats=kept), review, lambda columns: ())


def _add_beside(names: Iterable[str], review: Review, environment: Mapping[str, str]) -> None:
    """What formats add to files that the environment names."""
    for name in names:
        beside = format_of(name).beside
        if beside and environment.get(beside.variable):
            append(environment[beside.variable], beside.render(review))


def subject_of(loaded: Sequence[Loaded]) -> str:
    """`powerpc and x86, Linux 7.2`; many architectures are counted."""
    kernels = list(dict.fromkeys(each.unit.kernel for each in loaded))
    parts = []
    for kernel in kernels:
        names = list(dict.fromkeys(each.unit.name for each in loaded if each.unit.kernel == kernel))
        said = listing(names) if len(names) <= _FEW else count(len(names), "model")
        parts.append(f"{said}, Linux {kernel}" if kernel else said)
    return "; ".join(parts)


def repeated(command: str, words: Sequence[str]) -> str:
    """What to type to see it again at a terminal: the command without what says how it is shown."""
    kept: list[str] = []
    skip = False
    for word in words:
        option = word.split("=", 1)[0]
        shown = option in _SHOWING or word in _PLAIN
        if not skip and not shown:
            kept.append(word)
        skip = not skip and option in _SHOWING and "=" not in word
    return shlex.join(["check-arch", command, *kept])


def notes_of(answers: Answers) -> Iterable[str]:
    """What happened beside answers."""
    for failure in answers.failures:
        yield f"check-arch failed: {failure}"
    if answers.missing:
        yield f"interrupted; {count(answers.missing, 'life cycle')} not decided"
