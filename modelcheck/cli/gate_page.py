"""The gate's answer as a page for a browser: the runs of what is new or worse, and what else became of the bytes."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.cli import traces
from modelcheck.cli.portable import from_here
from modelcheck.cli.reading import Loaded
from modelcheck.cli.reference import film_of, place_in, reference_for
from modelcheck.report.formats.saying import flat, label, layout_change, marks, where
from modelcheck.report.gate_text import headline, tolerated
from modelcheck.report.page import plain
from modelcheck.report.wording import count, listing
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.alerts import finding_fingerprints
from modelcheck.review.review import Review, row_of
from modelcheck.verdict import Finding, Result

if TYPE_CHECKING:
    from modelcheck.cli.gate import GateOptions
    from modelcheck.report.counterexample_html import Evidence

# No sentence is longer: it stays on one line, and the browser wraps it.
_ONE_LINE = 10_000
# More changes of bytes that nobody uses are counted, not listed.
_FEW = 12


def page_of(review: Review, runs: Sequence[tuple[Loaded, Result]], options: GateOptions, copies: Path | None) -> str:
    """The whole page. `runs` are the answers of the head; `copies` is where its models lie, None for shipped ones."""
    # Its templates are not loaded for a report in the terminal.
    from modelcheck.report.counterexample_html import Change, page

    failing = {alert.fingerprint: alert for alert in review.alerts if alert.fails}
    subjects = {alert.subject for alert in failing.values()}
    names = traces.file_names([result for _, result in runs])
    shown = [
        _shown(loaded, result, failing, names, options, review.command, copies)
        for loaded, result in sorted(runs, key=lambda run: bool(run[1].proposal))
        if row_of(result).subject in subjects
    ]
    unmet = {alert.message for alert in failing.values() if alert.kind is Kind.EXPECTATION}
    outcomes = [each for each in review.outcomes if not each.met and each.sentence in unmet]
    verdict, _, rest = plain(headline(review, _ONE_LINE)).strip().partition("  ")
    outcome = "; ".join(each.strip() for each in rest.splitlines())
    change = Change(verdict == "PASSES", outcome, tuple(_lists(review, failing.values())), review.command)
    return page(shown, outcomes, review.notes, change)


def _shown(
    loaded: Loaded,
    result: Result,
    failing: dict[str, Alert],
    names: traces.Names,
    options: GateOptions,
    command: str,
    copies: Path | None,
) -> tuple[Result, Evidence]:
    """An answer with those of its findings that fail, and what is looked up of it."""
    from modelcheck.report.counterexample_html import Evidence

    prints = dict(zip(result.findings, finding_fingerprints(result), strict=True))
    kept = replace(result, findings=tuple(each for each in result.findings if prints[each] in failing))

    def replay(_: Result, finding: Finding) -> tuple[str, ...]:
        return _replay_commands(names[result, finding], options, command)

    def known(_: Result) -> list[tuple[str, ...]]:
        return [(prints[each], *marks(failing[prints[each]])) for each in kept.findings]

    def place(text: str) -> tuple[str, str]:
        # The files of a commit are read from copies, and are called as they are in the repository.
        _, line = place_in(str(copies / text) if copies else text)
        return from_here(text).rsplit(":", 1)[0], line

    # Proposals that come with the program say nothing about a version of the models that it does not come with.
    reference = replace(reference_for(loaded, None, names), replay=replay)
    return kept, Evidence(reference, lambda _, finding: film_of(loaded, result, finding), place, from_here, known)


def _replay_commands(name: str, options: GateOptions, command: str) -> tuple[str, ...]:
    folder = options.check.traces or traces.FOLDER
    replay = ["check-arch", "replay", str(Path(folder, name))]
    replay += ["--tree", options.tree] if options.tree else []
    save = () if options.check.traces else (f"{command} -q --save-traces {shlex.quote(folder)}",)
    return *save, shlex.join(replay)


def _lists(review: Review, failing: Collection[Alert]) -> Iterator[tuple[str, Sequence[str]]]:
    others = [each for each in failing if each.kind not in (Kind.FINDING, Kind.EXPECTATION)]
    yield "What else is new or worse", [_said(each, each.message, each.help) for each in others]
    faults = [f"{each.code}, {each.kind} waiver at {each.place}: {each.message}" for each in review.waiver_faults]
    yield "Faulty waivers", faults
    used = [layout_change(each) for each in review.layout_changes if each.matters]
    unused = [layout_change(each) for each in review.layout_changes if not each.matters]
    left = len(unused) - _FEW
    rest = [f"{count(left, 'other change')} of bytes that no life cycle uses"] if left > 0 else []
    yield "What became of the bytes", [*used, *unused[:_FEW], *rest]
    yield (
        "Functions that models were read from, to look at again",
        [f"{flat(e.citation)}: {flat(e.why)} (for {listing(map(flat, e.cited_by))})" for e in review.to_reread],
    )
    for name, alerts in tolerated(review):
        yield name.capitalize(), [_said(each, each.message) for each in alerts]


def _said(alert: Alert, *texts: str) -> str:
    known = f" ({'; '.join(marks(alert))})" if marks(alert) else ""
    return f"{label(alert)} {where(alert)}: {'; '.join(filter(None, texts))}{known} [{alert.fingerprint}]"
