"""`check-arch check`: a verdict for every life cycle."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from modelcheck.cli import exits, internal_error, traces
from modelcheck.cli.answers import Answers, answer, get_ready, jobs_of, proposal_names, unknown_names
from modelcheck.cli.catalogue import find_proposals, shipped
from modelcheck.cli.configuring import read_settings
from modelcheck.cli.options import CheckOptions, check_options
from modelcheck.cli.outputs import complain
from modelcheck.cli.portable import from_here
from modelcheck.cli.reading import Loaded, read_models
from modelcheck.cli.reference import film_of, place_in, reference_for
from modelcheck.cli.reviewing import deliver_errors, deliver_review, review_of, waivers_for
from modelcheck.cli.today import today
from modelcheck.cli.trees import absent_notes, kernels_for, tree_notes, with_tree
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.report import verdicts
from modelcheck.report.columns import fill
from modelcheck.report.expectations import Outcome, outcomes
from modelcheck.report.formats import text
from modelcheck.report.formats.saying import label, marks, waived, where
from modelcheck.report.page import Line, Piece, line
from modelcheck.report.wording import count
from modelcheck.review.alert import Kind
from modelcheck.review.alerts import finding_fingerprints
from modelcheck.review.review import Review
from modelcheck.verdict import Result, Verdict

# More answers than this are shown without the paths and proofs of what is SAFE, unless -v asks for them.
_MANY = 6


def run(words: Sequence[str]) -> int:
    """Run the command; the exit status. Raises InputError where nothing can be checked."""
    options = check_options(words)
    get_ready(options)
    settings = read_settings(options.config)
    files = find_proposals(options.proposals, shipped())
    if files.diagnostics:
        raise InputError(files.diagnostics)
    kernels = kernels_for(options.tree, options.names, options.kernels)
    read = with_tree(read_models(options.names, kernels, files.files), options.tree)
    units = [loaded.unit for loaded in read.loaded]
    proposals = proposal_names(options.proposals, units)
    wrong = [*settings.check(units), *unknown_names(units, options, proposals)] if units else []
    if wrong or not units:
        errors = [*read.diagnostics, *wrong]
        deliver_errors(options, errors, words)
        raise InputError(errors)
    jobs = [(loaded, job) for loaded in read.loaded for job in jobs_of(loaded, options, proposals, settings)]
    waivers, day = waivers_for(options.waivers, read.loaded), today(os.environ)
    if options.traces:
        # A folder that cannot be written is better known before the work than after it.
        traces.save([], options.traces)
    answers = answer(jobs, options)
    complaints = [*read.diagnostics, *answers.diagnostics]
    found = _expectations(answers, read.loaded, options)
    if options.traces:
        traces.save(answers.results, options.traces)
    quiet_units = [each for each in read.loaded if each not in [owner for owner, _ in jobs]]
    notes = [_nothing(each, options) for each in quiet_units]
    about_trees = tree_notes(read.loaded, everything=options.output.verbose)
    notes += about_trees
    review = review_of(answers, found, complaints, waivers, day, options, words, read.loaded)
    about_trees += absent_notes(review.results, read.loaded)
    review = replace(review, notes=(*review.notes, *from_here(tuple(about_trees))))
    deliver_review(
        options.output,
        review,
        lambda columns: _text(answers, found, review, notes, options, columns),
        {"html": lambda: _html(answers, review, [*notes, *_unanswered(answers), *_lived_with(review)], options)},
    )
    return finish(answers, complaints, [review.status], options)


def finish(answers: Answers, complaints: Sequence[Diagnostic], statuses: Sequence[int], options: CheckOptions) -> int:
    """Say what went wrong beside the verdicts, after them, where it is seen; the status of all together."""
    if complaints:
        complain(complaints, options.output.colour)
    for failure in answers.failures:
        internal_error(failure)
    if answers.missing:
        complain_interrupted(answers.missing)
    return exits.worst([*statuses, answers.status, exits.USAGE if complaints else exits.OK])


def complain_interrupted(missing: int) -> None:
    """Say that the user's Ctrl-C left something undecided."""
    print(f"check-arch: interrupted; {count(missing, 'life cycle')} not decided", file=sys.stderr)


def _expectations(answers: Answers, units: Sequence[Loaded], options: CheckOptions) -> list[Outcome]:
    # A fixed configuration asks another question than the one that the authors of the file answered.
    if options.config or answers.missing:
        return []
    found: list[Outcome] = []
    for loaded in units:
        results = answers.of(loaded)
        checked = {(result.lifecycle, result.proposal) for result in results}
        stated = [e for e in loaded.unit.expectations if (e.lifecycle, e.proposal) in checked]
        found += outcomes(stated, results)
    return found


def _text(
    answers: Answers,
    found: Sequence[Outcome],
    review: Review,
    notes: Sequence[str],
    options: CheckOptions,
    columns: int,
) -> Iterator[Line]:
    # As in every other report, files are named as others know them.
    results = list(review.results)
    if options.output.quiet:
        yield from (verdicts.one_line(result) for result in results)
        yield from verdicts.expected([outcome for outcome in found if not outcome.met], columns)
        yield from text.listed(review.waived, columns)
        yield from text.waiver_faults(review.waiver_faults, columns)
        return
    names = traces.file_names(results)
    detail: verdicts.Detail = "full" if options.output.verbose else "brief" if len(results) > _MANY else "normal"
    shortened = False
    references = {id(loaded): reference_for(loaded, options, names, results) for loaded, _ in answers.results}
    for number, ((loaded, _), result) in enumerate(zip(answers.results, results, strict=True)):
        if number:
            yield ()
        yield from verdicts.report(result, references[id(loaded)], detail, columns)
        shortened |= detail == "brief" and result.verdict is Verdict.SAFE
    if len(results) > 1:
        yield ()
        yield from verdicts.summary(results, columns)
    if shortened:
        yield line(Piece("-v shows the paths and the proofs of what is SAFE too", "dim"))
    if found:
        yield ()
        yield from verdicts.expected(found, columns)
    told = [alert for alert in review.alerts if alert.kind is not Kind.ERROR]
    if told:
        yield ()
        yield from text.fingerprints(told, columns)
    if review.waiver_faults:
        yield ()
        yield from text.waiver_faults(review.waiver_faults, columns)
    if notes and results:
        yield ()
    for note in notes:
        yield from (line(text) for text in fill(note, columns, rest="  "))


def _html(answers: Answers, review: Review, notes: Sequence[str], options: CheckOptions) -> str:
    # Its templates are not loaded for a report in the terminal.
    from modelcheck.report.counterexample_html import Evidence, page

    results = [result for _, result in answers.results]
    names = traces.file_names(results)
    alerts = {alert.fingerprint: alert for alert in review.alerts}

    def known(result: Result) -> list[tuple[str, ...]]:
        return [(each, *(marks(alerts[each]) if each in alerts else ())) for each in finding_fingerprints(result)]

    def evidence(loaded: Loaded) -> Evidence:
        reference = reference_for(loaded, options, names, results)
        return Evidence(reference, lambda result, finding: film_of(loaded, result, finding), place_in, from_here, known)

    by_unit = {id(loaded): evidence(loaded) for loaded, _ in answers.results}
    return page([(result, by_unit[id(loaded)]) for loaded, result in answers.results], review.outcomes, notes)


def _lived_with(review: Review) -> Iterator[str]:
    """What is waived, and what is wrong with waivers."""
    for alert in review.waived:
        yield f"{label(alert)} {where(alert)} [{alert.fingerprint}]: {waived(alert)}"
    for fault in review.waiver_faults:
        yield f"{fault.code}, {fault.kind} waiver at {fault.place}: {fault.message}"


def _unanswered(answers: Answers) -> Iterator[str]:
    """What a page that is read elsewhere must not be silent about."""
    if answers.missing:
        yield f"Interrupted: {count(answers.missing, 'life cycle')} not decided."
    if answers.failures or answers.diagnostics:
        yield "Not everything that was asked could be checked; the command's messages say what went wrong."


def _nothing(loaded: Loaded, options: CheckOptions) -> str:
    name = f"{loaded.unit.name} {loaded.unit.kernel}".strip()
    if options.proposals:
        return f"{name}: nothing to check; the proposal changes no life cycle here"
    if options.lifecycles or options.levels:
        return f"{name}: nothing to check; no life cycle of that name and level"
    return f"{name}: nothing to check; it has no life cycle"
