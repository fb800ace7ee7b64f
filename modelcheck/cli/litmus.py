"""`check-arch litmus`: small cases, each with the verdict it is known to have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck.cli import exits, traces
from modelcheck.cli.answers import answer, get_ready, jobs_of
from modelcheck.cli.arguments import UsageError
from modelcheck.cli.check import finish
from modelcheck.cli.configuring import Settings
from modelcheck.cli.jobs import Job
from modelcheck.cli.options import CheckOptions, check_options
from modelcheck.cli.outputs import deliver
from modelcheck.cli.reading import Loaded, read_files
from modelcheck.cli.reference import reference_for
from modelcheck.diagnostics import Diagnostic
from modelcheck.report import json_report, verdicts
from modelcheck.report.expectations import Outcome, outcomes
from modelcheck.report.page import Line, Piece, line
from modelcheck.report.wording import count
from modelcheck.verdict import Result

_HOME = Path("tests") / "litmus"


@dataclass(frozen=True)
class Case:
    """A file, what was found in it, and what came of its expectations."""

    loaded: Loaded
    results: tuple[Result, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """All expectations are met, and there is at least one."""
        return bool(self.outcomes) and all(outcome.met for outcome in self.outcomes)


def run(words: Sequence[str]) -> int:
    """Run the command; 0 if every case is as expected, 1 if not. Raises InputError."""
    options = check_options(words, "litmus")
    get_ready(options)
    read = read_files(find_cases(options.names))
    diagnostics = list(read.diagnostics)
    for loaded in read.loaded:
        if not loaded.unit.expectations:
            hint = "write `expect LIFECYCLE SAFE;` or another verdict"
            diagnostics.append(Diagnostic("CA606", f"`{loaded.name}` states no expected verdict", help=hint))
    jobs = [(loaded, job) for loaded in read.loaded for job in _jobs(loaded, options)]
    if options.traces:
        traces.save([], options.traces)
    answers = answer(jobs, options)
    cases = [Case(each, found := answers.of(each), outcomes(each.unit.expectations, found)) for each in read.loaded]
    if options.traces:
        traces.save(answers.results, options.traces)
    diagnostics += answers.diagnostics
    every = [outcome for case in cases for outcome in case.outcomes]
    deliver(
        options.output,
        lambda columns: _text(cases, options, columns),
        lambda: json_report.dumps(json_report.document([r for _, r in answers.results], every, diagnostics)),
    )
    status = exits.OK if all(case.passed for case in cases) else exits.UNSAFE
    return finish(answers, diagnostics, [status], options)


def find_cases(names: Sequence[str]) -> list[Path]:
    """The files that names mean; a folder means every .litmus file in it and below. Raises InputError."""
    if not names and not _HOME.is_dir():
        raise UsageError(f"there is no folder `{_HOME}` here", "name the .litmus files, or a folder that has some")
    files: list[Path] = []
    for name in names or [str(_HOME)]:
        path = Path(name)
        if path.is_dir():
            inside = sorted(path.rglob("*.litmus"))
            if not inside:
                raise UsageError(f"there is no .litmus file in `{name}`")
            files += inside
        elif path.is_file():
            files.append(path)
        else:
            raise UsageError(f"there is no file `{name}`")
    return list(dict.fromkeys(files))


def _jobs(loaded: Loaded, options: CheckOptions) -> Iterator[Job]:
    settings = Settings({}, None)
    stated = {(e.lifecycle, e.proposal) for e in loaded.unit.expectations}
    proposals = [p.name for p in loaded.unit.proposals if any(p.name == proposal for _, proposal in stated)]
    jobs = list(jobs_of(loaded, options, (), settings))
    if proposals:
        jobs += jobs_of(loaded, options, proposals, settings)
    yield from (job for job in jobs if (job.lifecycle, job.proposal) in stated)


def _text(cases: Sequence[Case], options: CheckOptions, columns: int) -> Iterator[Line]:
    failed = [case for case in cases if not case.passed]
    if not options.output.quiet:
        for case in cases:
            word = Piece("ok", "good") if case.passed else Piece("NOT AS EXPECTED", "bad")
            said = ", ".join(sorted({result.verdict.value for result in case.results}))
            yield line(word, f"  {case.loaded.name}", Piece(f"  {said}" if said else "", "dim"))
            if options.output.verbose and case.loaded.unit.litmus:
                yield line(Piece(f"    {case.loaded.unit.litmus}", "dim"))
            if not case.passed:
                yield from _failure(case, options, columns)
    else:
        for case in failed:
            yield line(Piece("NOT AS EXPECTED", "bad"), f"  {case.loaded.name}")
            yield from verdicts.expected(case.outcomes, columns)
    tail = Piece(f"{len(failed)} not as expected", "bad") if failed else Piece("all as expected", "good")
    yield line(f"{count(len(cases), 'case')}: ", tail)


def _failure(case: Case, options: CheckOptions, columns: int) -> Iterator[Line]:
    yield from verdicts.expected(case.outcomes, columns)
    if not case.outcomes:
        yield line("  it states no expected verdict")
    names = traces.file_names(case.results)
    reference = reference_for(case.loaded, options, names)
    for result in case.results:
        if any(outcome.result is result and not outcome.met for outcome in case.outcomes):
            yield ()
            yield from verdicts.report(result, reference, "normal", columns)
            yield ()
