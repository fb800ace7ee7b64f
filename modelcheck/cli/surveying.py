"""From models and outcomes to a survey: what a matrix is made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from modelcheck.cli.answers import proposal_names, unknown, wanted
from modelcheck.cli.arguments import UsageError
from modelcheck.cli.caching import answers_beside
from modelcheck.cli.catalogue import Catalogue, is_file_name
from modelcheck.cli.jobs import Answered, Died, Failed, Job, Outcome, Rejected
from modelcheck.cli.options import CheckOptions, MatrixOptions
from modelcheck.cli.portable import portable
from modelcheck.cli.reading import Loaded
from modelcheck.diagnostics import Diagnostic
from modelcheck.matrix import survey as values
from modelcheck.matrix.merging import faults_in_order, stated_in_order
from modelcheck.matrix.plan import share, tasks_of
from modelcheck.model.unit import Unit
from modelcheck.report.expectations import Outcome as Expected
from modelcheck.report.expectations import outcomes
from modelcheck.report.formats.saying import label, waived, where
from modelcheck.review.alert import Kind
from modelcheck.review.alerts import alerts_of
from modelcheck.review.review import row_of
from modelcheck.review.waiver import WaiverFault
from modelcheck.review.waivers import Waivers, apply
from modelcheck.source import Span
from modelcheck.verdict import Result


class Surveyor:
    """Asks about some models; `blank` is the survey without answers, `jobs` are those that fill it."""

    def __init__(
        self,
        loaded: Sequence[Loaded],
        proposals: Sequence[str],
        options: MatrixOptions,
        faults: Sequence[Diagnostic],
        gaps: Sequence[values.Gap],
    ) -> None:
        self.loaded = {(each.unit.kernel, each.unit.name): each for each in loaded}
        if len(self.loaded) < len(loaded):
            twice = next(each for each in loaded if each is not self.loaded[each.unit.kernel, each.unit.name])
            other = self.loaded[twice.unit.kernel, twice.unit.name]
            name = f"{twice.unit.name} {twice.unit.kernel}".rstrip()
            raise UsageError(f"{twice.name} and {other.name} both describe {name}", "a matrix has room for one of them")
        subjects = tuple(_subject(each, proposals, options.check) for each in loaded)
        tasks = tasks_of(subjects, proposals)
        self.options = options.check
        self.tasks = share(tasks, options.shard)
        self.blank = values.Survey(
            question=values.Question(
                levels=options.check.levels,
                lifecycles=options.check.lifecycles,
                engine=options.check.engine,
                budget=options.check.budget,
                scripts=options.check.output.verbose,
                tree=portable(options.check.tree),
            ),
            subjects=tuple(sorted(subjects, key=lambda each: (each.kernel, each.arch))),
            proposals=tuple(_proposal(name, [each.unit for each in loaded], options.check) for name in proposals),
            gaps=tuple(gaps),
            tasks=tasks,
            shard=options.shard,
            results=(),
            undecided=(),
            stated=(),
            faults=faults_in_order(_fault(each) for each in faults),
        )

    def jobs(self) -> list[Job]:
        """A job for every task of the shard."""
        return [self._job(task, self._owner(task)) for task in self.tasks]

    def _job(self, task: values.Task, owner: Loaded) -> Job:
        named = task.lifecycle, task.proposal
        answers = str(answers_beside(owner.file))
        return Job(owner.unit, *named, (), self.options.engine, self.options.budget, answers=answers)

    def survey(self, found: Sequence[Outcome]) -> values.Survey:
        """The survey with the outcomes of all jobs."""
        results: list[Result] = []
        undecided: list[values.Undecided] = []
        rejections: list[Diagnostic] = []
        for task, job, outcome in zip(self.tasks, self.jobs(), found, strict=True):
            match outcome:
                case Answered(answers):
                    results += answers
                case Died(reason):
                    results.append(unknown(job, reason))
                case Rejected(diagnostics):
                    rejections += diagnostics
                    why = f"the model was rejected: {diagnostics[0].message}"
                    undecided.append(values.Undecided(task, why, False, False))
                case Failed(error):
                    undecided.append(values.Undecided(task, f"check-arch failed: {error}", False, True))
                case _:
                    undecided.append(values.Undecided(task, "the run was interrupted", True, False))
        return replace(
            self.blank,
            results=portable(tuple(results)),
            undecided=tuple(undecided),
            stated=stated_in_order(self._stated(results)),
            faults=faults_in_order([*self.blank.faults, *(_fault(each) for each in rejections)]),
        )

    def waived(
        self, survey: values.Survey, waivers: Waivers, day: date
    ) -> tuple[values.Survey, tuple[WaiverFault, ...]]:
        """The survey with what waivers cover on that day, and what is wrong with them."""
        results = survey.results
        stated = [o for loaded in self.loaded.values() for o in self._outcomes(loaded.unit, results)]
        whole = not (self.options.levels or self.options.lifecycles or survey.shard or survey.undecided)
        checked = frozenset(row_of(each).subject for each in results)
        found = apply(alerts_of(results, portable(tuple(stated))), waivers, day, checked, whole=whole)
        about = [(values.Task(a.kernel, a.arch, a.lifecycle, a.proposal), a) for a in found.alerts]
        open_ = {task for task, alert in about if not alert.waiver and alert.kind is not Kind.EXPECTATION}
        covered = tuple(
            values.Waived(task, a.fingerprint, f"{label(a)} {where(a)}", waived(a), task not in open_)
            for task, a in about
            if a.waiver
        )
        return replace(survey, waived=covered), found.faults

    def _owner(self, task: values.Task) -> Loaded:
        return self.loaded[task.kernel, task.arch]

    def _stated(self, results: Sequence[Result]) -> Iterable[values.Stated]:
        for loaded in self.loaded.values():
            yield from (_stated(loaded.unit, each) for each in self._outcomes(loaded.unit, results))

    def _outcomes(self, unit: Unit, results: Sequence[Result]) -> Sequence[Expected]:
        own = [result for result in results if (result.kernel, result.arch) == (unit.kernel, unit.name)]
        checked = {(result.lifecycle, result.proposal) for result in own}
        return outcomes([each for each in unit.expectations if (each.lifecycle, each.proposal) in checked], own)


def known_gaps(loaded: Sequence[Loaded], missing: Sequence[tuple[str, str]]) -> tuple[values.Gap, ...]:
    """What the models say that they leave out, and architectures (kernel, name) without a model."""
    stated = [
        values.Gap(
            kernel=each.unit.kernel,
            arch=each.unit.name,
            what=gap.what,
            why=gap.why,
            citation=gap.citation,
            place=portable(gap.span.place),
        )
        for each in loaded
        for gap in each.unit.gaps
    ]
    return (*stated, *(values.Gap(kernel, arch, "", "", "", "") for kernel, arch in missing))


def unmodelled(kernels: Sequence[str], catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Architectures (kernel, name) of the kernels that have no model."""
    known = catalogue.kernel_architectures()
    modelled = {kernel: catalogue.architectures(kernel) for kernel in catalogue.kernels()}
    return tuple(
        (kernel, arch)
        for kernel in kernels
        for arch in known.get(kernel, ())
        if arch not in modelled.get(kernel, ())
    )


def _subject(loaded: Loaded, proposals: Sequence[str], options: CheckOptions) -> values.Subject:
    unit = loaded.unit
    changed = {(each.name, name) for name in proposals for each in unit.asked(name)}
    refused = {
        (name, proposal.name): reason for proposal in unit.proposals for name, reason in proposal.not_applicable
    }
    return values.Subject(
        arch=unit.name,
        title=unit.title,
        kernel=unit.kernel,
        input=loaded.name,
        digest=_digest(unit),
        lifecycles=tuple(
            values.LifecycleSubject(
                name=each.name,
                title=each.title,
                level=each.level,
                proposals=tuple(name for name in proposals if (each.name, name) in changed),
                refusals=tuple(
                    values.Refusal(name, refused[each.name, name]) for name in proposals if (each.name, name) in refused
                ),
            )
            for each in unit.asked()
            if wanted(each, options)
        ),
    )


def _digest(unit: Unit) -> str:
    found = hashlib.sha256()
    for file in unit.files:
        text = Path(file).read_bytes() if Path(file).is_file() else b""
        found.update(b"%d:" % len(text) + text)
    return found.hexdigest()


def _proposal(name: str, units: Sequence[Unit], options: CheckOptions) -> values.Proposal:
    title = next((each.title for unit in units for each in unit.proposals if each.name == name), "")
    files = [given for given in options.proposals if is_file_name(given) and name in proposal_names([given], units)]
    return values.Proposal(name, title, files[0] if files else name)


def _stated(unit: Unit, expected: Expected) -> values.Stated:
    wanted_ = expected.expectation
    return values.Stated(
        kernel=unit.kernel,
        arch=unit.name,
        lifecycle=wanted_.lifecycle,
        proposal=wanted_.proposal,
        verdict=wanted_.verdict,
        rules=wanted_.rules,
        condition=wanted_.condition,
        met=expected.met,
        message=expected.sentence,
        reason=wanted_.reason,
        at=_place(wanted_.span),
    )


def _fault(diagnostic: Diagnostic) -> values.Fault:
    return values.Fault(
        code=diagnostic.code,
        message=diagnostic.message,
        at=None if diagnostic.span is None else _place(diagnostic.span),
        label=diagnostic.label,
        notes=tuple((note.message, _place(note.span)) for note in diagnostic.notes),
        help=diagnostic.help,
    )


def _place(span: Span) -> values.Place:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(max(span.start, span.end))
    return values.Place(portable(span.source.name), line, column, end_line, end_column)
