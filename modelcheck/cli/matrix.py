"""`check-arch matrix`: many answers side by side, for all kernels and proposals."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from modelcheck.cli import exits, internal_error
from modelcheck.cli.answers import get_ready, outcomes_of, proposal_names, unknown_names
from modelcheck.cli.arguments import Output
from modelcheck.cli.catalogue import Catalogue, find_proposals, shipped
from modelcheck.cli.check import complain_interrupted
from modelcheck.cli.jobs import Answered, Job, Outcome, Rejected
from modelcheck.cli.options import CheckOptions, MatrixOptions, matrix_options
from modelcheck.cli.outputs import complain, deliver
from modelcheck.cli.reading import Read, read_models
from modelcheck.cli.reviewing import waivers_for
from modelcheck.cli.surveying import Surveyor, known_gaps, unmodelled
from modelcheck.cli.today import today
from modelcheck.cli.trees import kernels_for, with_tree
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.matrix.survey import Survey
from modelcheck.matrix.table import Matrix, matrix_of
from modelcheck.report import matrix_gaps, matrix_text, verdicts
from modelcheck.report.json_report import dumps
from modelcheck.report.json_survey import survey_document
from modelcheck.report.page import Line
from modelcheck.rules import rule
from modelcheck.store import pack
from modelcheck.verdict import exit_status


def run(words: Sequence[str]) -> int:
    """Run the command; the exit status. Raises InputError where nothing can be checked."""
    options = matrix_options(words)
    if not options.gaps:
        get_ready(options.check)
    catalogue = shipped()
    read = _read(options, catalogue)
    units = [loaded.unit for loaded in read.loaded]
    if options.every_proposal:
        proposals = tuple(dict.fromkeys(each.name for unit in units for each in unit.proposals))
    else:
        proposals = proposal_names(options.check.proposals, units)
    wrong = unknown_names(units, options.check, () if options.every_proposal else proposals) if units else []
    if wrong or not (units or options.gaps):
        raise InputError([*read.diagnostics, *wrong])
    kernels = options.check.kernels or tuple(catalogue.kernel_architectures())
    missing = () if options.check.names else unmodelled(kernels, catalogue)
    surveyor = Surveyor(read.loaded, proposals, options, read.diagnostics, known_gaps(read.loaded, missing))
    if options.gaps:
        return _gaps(replace(surveyor.blank, tasks=()), read.diagnostics, options.check.output)
    waivers, day = waivers_for(options.check.waivers, read.loaded), today(os.environ)
    jobs = surveyor.jobs()
    outcomes = _collected(jobs, options.check) if options.write_answers else outcomes_of(jobs, options.check)
    survey, faulty = surveyor.waived(surveyor.survey(outcomes), waivers, day)
    show(survey, options.check.output)
    rejections = [each for outcome in outcomes if isinstance(outcome, Rejected) for each in outcome.diagnostics]
    wrong = [*read.diagnostics, *dict.fromkeys(rejections), *(each.diagnostic for each in faulty)]
    status = finish(survey, wrong, options.check.output)
    return exits.worst([status, exits.WAIVERS if faulty else exits.OK])


def _collected(jobs: Sequence[Job], options: CheckOptions) -> list[Outcome]:
    """The outcomes of the jobs; what they were worked out from is put beside the models, in place of what was there."""
    with TemporaryDirectory(prefix="check-arch-") as top:
        folders = {file: Path(top) / str(n) for n, file in enumerate(dict.fromkeys(job.answers for job in jobs))}
        asked = [replace(job, store=str(folders[job.answers]), collecting=True) for job in jobs]
        outcomes = outcomes_of(asked, options)
        whole = {
            file: all(isinstance(o, Answered) for job, o in zip(jobs, outcomes, strict=True) if job.answers == file)
            for file in folders
        }
        for file, folder in folders.items():
            if not whole[file]:
                continue
            try:
                pack(folder, Path(file))
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise InputError([Diagnostic("CA602", f"cannot write `{file}`: {why}")]) from error
    return outcomes


def show(survey: Survey, output: Output) -> None:
    """Write the matrix of a survey in every format asked for."""
    matrix = matrix_of(survey)

    def text(columns: int) -> Iterator[Line]:
        if output.quiet:
            yield from (verdicts.one_line(result) for result in survey.results)
            yield from matrix_text.missed(survey, columns)
            yield from matrix_text.waived(survey, columns)
        else:
            yield from matrix_text.text(survey, matrix, columns, everything=output.verbose)

    deliver(
        output,
        text,
        lambda: dumps(survey_document(survey, matrix)),
        {
            "markdown": lambda: _markdown(survey, matrix),
            "html": lambda: _html(survey, matrix),
            "summary": lambda: _summary(survey),
        },
    )


def finish(survey: Survey, diagnostics: Sequence[Diagnostic], output: Output) -> int:
    """Say what went wrong beside the verdicts, after them; the status of all together."""
    if diagnostics:
        complain(diagnostics, output.colour)
    at_fault = [each for each in survey.undecided if each.at_fault]
    for each in at_fault:
        internal_error(f"{each.task.text}: {each.why}")
    interrupted = sum(each.interrupted for each in survey.undecided)
    if interrupted:
        complain_interrupted(interrupted)
    return exits.worst(
        [
            exit_status(tuple(result.verdict for result in survey.news())),
            exits.USAGE if survey.faults else exits.OK,
            exits.INTERNAL if at_fault else exits.OK,
            exits.INTERRUPTED if interrupted else exits.OK,
        ]
    )


def _read(options: MatrixOptions, catalogue: Catalogue) -> Read:
    asked = options.check
    kernels = list(kernels_for(asked.tree, asked.names, asked.kernels) or _all_kernels(asked, catalogue))
    if options.gaps and not asked.names:
        # A kernel that no architecture has a model of is a gap, not a mistake.
        kernels = [k for k in kernels if k in catalogue.kernels() or k not in catalogue.kernel_architectures()]
        if not kernels:
            return Read((), ())
    names = catalogue.proposals() if options.every_proposal else asked.proposals
    found = find_proposals(names, catalogue)
    if found.diagnostics:
        raise InputError(found.diagnostics)
    return with_tree(read_models(asked.names, kernels, found.files), asked.tree)


def _all_kernels(asked: CheckOptions, catalogue: Catalogue) -> Sequence[str]:
    """A tree is one kernel, whichever: the newest, if it does not say."""
    return [catalogue.newest()] if asked.tree else catalogue.kernels()


def _gaps(survey: Survey, diagnostics: Sequence[Diagnostic], output: Output) -> int:
    matrix = matrix_of(survey)
    deliver(
        output,
        lambda columns: matrix_gaps.text(survey, columns),
        lambda: dumps(survey_document(survey, Matrix(matrix.columns, ()))),
        {name: lambda: matrix_gaps.markdown(survey) for name in ("markdown", "summary")}
        | {"html": lambda: _html(survey, Matrix(matrix.columns, ()))},
    )
    if diagnostics:
        complain(diagnostics, output.colour)
    return exits.USAGE if diagnostics else exits.OK


def _markdown(survey: Survey, matrix: Matrix) -> str:
    from modelcheck.report import matrix_markdown

    return matrix_markdown.page(survey, matrix)


def _summary(survey: Survey) -> str:
    from modelcheck.report import matrix_summary

    return matrix_summary.page(survey, lambda identifier: rule(identifier).title)


def _html(survey: Survey, matrix: Matrix) -> str:
    # The template library is loaded only where a page is made.
    from modelcheck.report import matrix_html

    return matrix_html.page(survey, matrix, lambda identifier: rule(identifier).title)
