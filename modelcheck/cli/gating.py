"""From two sides to a review: what is checked on both, what is said of it, and the status."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.cli import exits, internal_error, traces
from modelcheck.cli.answers import outcomes_of, unknown, unknown_names, wanted
from modelcheck.cli.caching import answers_beside
from modelcheck.cli.catalogue import shipped
from modelcheck.cli.configuring import Settings, read_settings
from modelcheck.cli.gate_page import page_of
from modelcheck.cli.jobs import Answered, Died, Failed, Job, Outcome, Rejected
from modelcheck.cli.outputs import complain
from modelcheck.cli.portable import from_here
from modelcheck.cli.reading import Loaded, read_models
from modelcheck.cli.reviewing import deliver_review, repeated
from modelcheck.cli.today import today
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.gate.alike import Subject
from modelcheck.gate.cited import to_reread
from modelcheck.gate.layouts import layout_changes
from modelcheck.gate.models import read_models as models_of
from modelcheck.gate.plan import Plan, plan
from modelcheck.gate.sides import Sides
from modelcheck.gate.sides import read as read_file
from modelcheck.gate.spots import with_spots
from modelcheck.gate.standing import Answer, Compared, beside, compared
from modelcheck.model.unit import Unit
from modelcheck.report import gate_text
from modelcheck.report.wording import count, listing
from modelcheck.review.alert import Alert, subject_of
from modelcheck.review.alerts import error_alert
from modelcheck.review.review import Reread, Review
from modelcheck.review.waivers import FILE_NAME, Waivers, apply, read_waivers, waivers_in
from modelcheck.source import SourceText
from modelcheck.verdict import Result

if TYPE_CHECKING:
    from modelcheck.cli.gate import GateOptions


@dataclass(frozen=True)
class Origin:
    """The name of a unit on the command line, and the file that it was read from."""

    name: str
    file: Path


@dataclass(frozen=True)
class Material:
    """The units of both sides, and what is known before anything is checked.

    `pairs` are the units of the base and the head. `origins` are where each of them, by its identity, comes from.
    `drift` are alerts about trees that cannot be described.
    """

    pairs: tuple[tuple[Unit | None, Unit | None], ...]
    origins: Mapping[int, Origin]
    errors: tuple[Diagnostic, ...] = ()
    drift: tuple[Alert, ...] = ()
    to_reread: tuple[Reread, ...] = ()
    notes: tuple[str, ...] = ()


def judge(compared_sides: Sides, options: GateOptions, folder: Path, words: Sequence[str]) -> int:
    """Compare, say what is to be said, and return the exit status. `folder` is for copies of what git keeps."""
    check = options.check
    settings = read_settings(check.config)
    waivers, day = _waivers(compared_sides, options), today(os.environ)
    if check.traces:
        # A folder that cannot be written is better known before the work than after it.
        traces.save([], check.traces)
    material = _tree(compared_sides, options) if options.tree else _models(compared_sides, options, folder)
    planned = plan(material.pairs, lambda each: wanted(each, check), check.proposals)
    units = [unit for pair in material.pairs for unit in pair if unit is not None]
    if units:
        wrong = [*settings.check(units), *unknown_names(units, check, check.proposals)]
        # A model that the change does not touch may have it.
        told = {each: each.message.replace("that is checked", "that the change touches") for each in wrong}
        faults = [each for each, text in told.items() if text == each.message]
        if faults:
            raise InputError(faults)
        material = replace(material, notes=(*material.notes, *told.values()))
    done = _Checked.of(planned, options, material, settings)
    if check.traces:
        traces.save(done.runs, check.traces)
    review = review_of(compared_sides, material, planned, done, waivers, day, repeated("gate", words))
    if options.tree:
        review = with_spots(review, compared_sides, (head for _, head in material.pairs if head is not None))
    amount: gate_text.Amount = "full" if check.output.verbose else "brief" if check.output.quiet else "normal"
    copies = None if options.tree else folder / "head"
    deliver_review(
        check.output,
        review,
        lambda columns: gate_text.report(review, amount, columns),
        {"html": lambda: page_of(review, done.runs, options, copies)},
    )
    if review.errors:
        complain(review.errors, check.output.colour)
    for failure in done.failures:
        internal_error(failure)
    return review.status


def review_of(
    compared_sides: Sides,
    material: Material,
    planned: Plan,
    done: _Checked,
    waivers: Waivers,
    day: date,
    command: str,
) -> Review:
    """Everything that there is to say, in one value."""
    errors = from_here((*material.errors, *done.errors))
    said = from_here(tuple(alert for each in done.said() for alert in each.alerts))
    alerts = (*said, *material.drift, *(error_alert(each) for each in errors))
    # Of a part of the configurations it is not known that what a waiver covers is gone.
    whole = (row.row for row, answer in zip(done.compared, done.answers, strict=True) if not answer.fixed)
    checked = frozenset(row.subject for row in whole)
    waived = apply(alerts, waivers, day, checked, whole=False)
    pairs = ((base, head) for base, head in material.pairs if base is not None and head is not None)
    return Review(
        subject=compared_sides.head.label,
        base=compared_sides.base.label,
        command=command,
        alerts=waived.alerts,
        rows=from_here(tuple(each.row for each in done.compared)),
        layout_changes=layout_changes(pairs),
        to_reread=material.to_reread,
        waivers=waivers.entries,
        waiver_faults=waived.faults,
        notes=(*material.notes, *_not_checked(planned), *done.notes),
        results=from_here(tuple(each.result for each in done.answers)),
        outcomes=from_here(tuple(outcome for each in done.answers for outcome in each.outcomes)),
        errors=errors,
        status=exits.worst(
            [exits.of_alerts(waived.alerts), exits.WAIVERS if waived.faults else exits.OK, *done.statuses]
        ),
    )


@dataclass
class _Checked:
    """What came of a plan."""

    compared: list[Compared] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    runs: list[tuple[Loaded, Result]] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, planned: Plan, options: GateOptions, material: Material, settings: Settings) -> _Checked:
        """Check both sides of every step."""
        found = cls()
        subjects = [each for step in planned.steps for each in (step.base, step.head) if each is not None]
        jobs = [_job(each, options, material, settings) for each in subjects]
        came = dict(zip(map(id, subjects), zip(jobs, outcomes_of(jobs, options.check), strict=True), strict=True))
        for step in planned.steps:
            head = found.answer(step.head, *came[id(step.head)], is_head=True)
            if head is None:
                continue
            base = None
            if step.base is not None:
                base = found.answer(step.base, *came[id(step.base)], is_head=False)
                if base is None:
                    found.notes.append(f"the base of {_subject(step.head)} has no answer: all of it counts as new")
            found.answers.append(head)
            origin = material.origins[id(step.head.unit)]
            found.runs.append((Loaded(step.head.unit, origin.file, origin.name, bool(options.tree)), head.result))
            found.compared.append(compared(base, head))
        return found

    def answer(self, subject: Subject, job: Job, outcome: Outcome, *, is_head: bool) -> Answer | None:
        match outcome:
            case Answered((result,)):
                return Answer(subject, result, job.fixed)
            case Died(reason):
                return Answer(subject, unknown(job, reason), job.fixed)
            case Rejected(diagnostics):
                if is_head:
                    self.errors += [each for each in diagnostics if each not in self.errors]
            case Failed(error):
                self.notes.append(f"check-arch failed: {job.name}: {error}")
                self.failures.append(f"{job.name}: {error}")
                self.statuses.append(exits.INTERNAL)
            case _:
                self.notes.append(f"interrupted: {job.name} is not decided")
                self.statuses.append(exits.INTERRUPTED)
        return None

    def said(self) -> Iterator[Compared]:
        """What is to be said of each; under a proposal, beside what is said of it today."""
        as_it_is = {_place(each): each for each in self.compared if not each.row.proposal}
        for each in self.compared:
            known = as_it_is.get(_place(each))
            yield beside(each, known) if each.row.proposal and known is not None else each


def _place(found: Compared) -> tuple[str, str, str]:
    return found.row.arch, found.row.kernel, found.row.lifecycle


def _job(subject: Subject, options: GateOptions, material: Material, settings: Settings) -> Job:
    answers = str(answers_beside(material.origins[id(subject.unit)].file))
    how = options.check.engine, options.check.budget
    fixed = tuple(settings.for_unit(subject.unit).items())
    return Job(subject.unit, *subject.key, fixed, *how, answers=answers)


def _models(compared_sides: Sides, options: GateOptions, folder: Path) -> Material:
    """The models that the change touches."""
    read = models_of(compared_sides, folder, options.check.names)
    notes = []
    if read.base_errors:
        places = ", ".join(dict.fromkeys(each.span.place for each in read.base_errors if each.span is not None))
        notes.append(f"the base has models with errors ({places}): all of these in the head counts as new")
    lost = [pair.base.path for pair in read.pairs if pair.head is None and pair.base is not None]
    notes += [f"{path} is gone: nothing of it is checked any longer" for path in lost]
    moved = [
        (pair.base.path, pair.head.path) for pair in read.pairs if pair.base and pair.head
        and pair.base.path != pair.head.path
    ]  # fmt: skip
    notes += [f"{now} was {before}" for before, now in moved]
    if read.untouched:
        notes.append(f"{count(read.untouched, 'model')} not touched by the change")
    models = [model for pair in read.pairs for model in (pair.base, pair.head) if model is not None]
    kernels = options.check.kernels
    pairs = tuple(
        (pair.base.unit if pair.base else None, pair.head.unit if pair.head else None)
        for pair in read.pairs
        if (pair.head is None or pair.head.unit is not None) and (not kernels or pair.kernels & set(kernels))
    )
    origins = {id(model.unit): Origin(model.path, model.file) for model in models if model.unit is not None}
    return Material(pairs, origins, read.errors, notes=tuple(notes))


def _tree(compared_sides: Sides, options: GateOptions) -> Material:
    """The models that come with the program, with the structs of both sides of a kernel tree."""
    from modelcheck.gate.kernel_tree import kernel_version, tree_units
    from modelcheck.tree.version import nearest

    version = kernel_version(compared_sides.head)
    kernel = nearest(version, shipped().kernels())
    read = read_models(options.check.names, options.check.kernels or ([kernel] if kernel else []))
    if read.diagnostics:
        raise InputError(read.diagnostics)
    units = [loaded.unit for loaded in read.loaded]
    found = tree_units(units, compared_sides)
    used = listing(dict.fromkeys(unit.kernel for unit in units))
    notes = [f"a tree of Linux {version}, judged by the models of Linux {used}"] if version not in ("", used) else []
    if found.same:
        notes.append(f"{count(found.same, 'model')} not touched by the change: no header that it reads differs")
    if found.missing:
        notes.append(f"not in this tree, and not checked: {listing(found.missing)}")
    notes += [f"the change takes {name} away: nothing of it is checked any longer" for name in found.removed]
    notes += [f"the change brings {name}: all of it counts as new" for name in found.added]
    notes += [f"{name} does not describe the base: all of it counts as new" for name in found.undescribed]
    origins = {(each.unit.name, each.unit.kernel): Origin(each.name, each.file) for each in read.loaded}
    return Material(
        pairs=found.pairs,
        origins={id(each): origins[each.name, each.kernel] for pair in found.pairs for each in pair if each},
        drift=from_here(found.drift),
        to_reread=from_here(to_reread(compared_sides, units)),
        notes=tuple(notes),
    )


def _waivers(compared_sides: Sides, options: GateOptions) -> Waivers:
    """Those of the file that was named, or of the head. Raises InputError."""
    if options.check.waivers:
        return read_waivers(Path(options.check.waivers), options.check.waivers)
    text = None if options.tree else read_file(compared_sides.head, FILE_NAME)
    return Waivers() if text is None else waivers_in(SourceText(FILE_NAME, text))


def _not_checked(planned: Plan) -> Iterator[str]:
    if planned.same:
        yield f"{count(planned.same, 'life cycle')} the same as in the base, and not checked"
    for subject in planned.gone:
        yield f"{_subject(subject)} is gone: it is not checked any longer"


def _subject(subject: Subject) -> str:
    name, proposal = subject.key
    return subject_of(subject.unit.name, name, proposal, subject.unit.kernel)
