"""From units to answers: which life cycles are checked, and what becomes of what the child processes say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modelcheck.cli import exits
from modelcheck.cli.caching import answers_beside, folder_of_this_run, kept_answers
from modelcheck.cli.configuring import Settings
from modelcheck.cli.jobs import Answered, Died, Failed, Job, Outcome, Rejected, Unfinished, prepare, run_jobs
from modelcheck.cli.options import CheckOptions
from modelcheck.cli.progress import progress
from modelcheck.cli.reading import Loaded
from modelcheck.diagnostics import Diagnostic, did_you_mean
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.verdict import Result, Verdict, without_search


@dataclass(frozen=True)
class Answers:
    """Results in the order of the jobs, each with where its unit came from, and what else happened.

    `failures` are faults of the program; `missing` is how many life cycles were not finished when the user
    interrupted.
    """

    results: tuple[tuple[Loaded, Result], ...]
    diagnostics: tuple[Diagnostic, ...]
    failures: tuple[str, ...]
    missing: int

    def of(self, loaded: Loaded) -> tuple[Result, ...]:
        """The results of one unit."""
        return tuple(result for owner, result in self.results if owner is loaded)

    @property
    def status(self) -> int:
        """What is wrong beside the verdicts."""
        found = [exits.USAGE] * bool(self.diagnostics) + [exits.INTERNAL] * bool(self.failures)
        return exits.worst([*found, *([exits.INTERRUPTED] * bool(self.missing))])


def jobs_of(loaded: Loaded, options: CheckOptions, proposals: Sequence[str], settings: Settings) -> tuple[Job, ...]:
    """One job for every life cycle that is asked for. With proposals: as each of them changes it, and not as it is."""
    unit = loaded.unit
    fixed = tuple(settings.for_unit(unit).items())
    answers = str(answers_beside(loaded.file))

    def job(lifecycle: Lifecycle) -> Job:
        named = lifecycle.name, lifecycle.proposal
        how = options.engine, options.budget
        return Job(unit, *named, fixed, *how, answers=answers, explain=options.explain)

    asked = [each for name in proposals or ("",) for each in unit.asked(name) if wanted(each, options)]
    return tuple(job(each) for each in asked)


def wanted(lifecycle: Lifecycle, options: CheckOptions) -> bool:
    """Do `--lifecycle` and `--level` let it through?"""
    named = not options.lifecycles or lifecycle.name in options.lifecycles
    return named and (not options.levels or lifecycle.level in options.levels)


def unknown_names(units: Sequence[Unit], options: CheckOptions, proposals: Sequence[str]) -> list[Diagnostic]:
    """What was asked for by a name that no unit has; or what is wrong with it, where a tree can have none of it."""
    lifecycles = {each.name for unit in units for each in unit.asked()}
    levels = {each.level for unit in units for each in unit.asked() if each.level}
    known = {each.name for unit in units for each in unit.proposals}
    found = []
    for kind, names, candidates in (
        ("life cycle", options.lifecycles, lifecycles),
        ("level", options.levels, levels),
        ("proposal", proposals, known),
    ):
        for name in names:
            if name not in candidates:
                hint = did_you_mean(name, candidates)
                hint = hint or (f"there are: {', '.join(sorted(candidates))}" if candidates else "there is none at all")
                found.append(Diagnostic("CA605", f"no model that is checked has a {kind} `{name}`", help=hint))
    if not found and not any(each.name in options.lifecycles for unit in units for each in unit.lifecycles):
        absent = (each for unit in units for each in unit.absent if each.lifecycle.name in options.lifecycles)
        found += dict.fromkeys(fault for each in absent for fault in each.faults)
    return found


def get_ready(options: CheckOptions) -> None:
    """Begin to load what checking needs, while the models are being read."""
    prepare(_workers(options))


def _workers(options: CheckOptions) -> int:
    """How many processes check; 0: this one."""
    return 0 if os.environ.get("CHECK_ARCH_DEBUG") else options.jobs


def outcomes_of(jobs: Sequence[Job], options: CheckOptions) -> list[Outcome]:
    """Run the jobs, and show how far they are; an outcome for each, in their order."""
    workers = min(_workers(options), len(jobs))
    with (
        progress([job.name for job in jobs], wanted=not options.output.quiet and bool(jobs)) as listener,
        kept_answers(options.cache) as cache,
        folder_of_this_run() as accepted,
    ):
        # Whoever wants nothing from a cache wants nothing that came with the models either.
        anew = options.cache is None
        asked = [
            replace(
                job,
                store=job.store or str(cache.questions),
                answers="" if anew else job.answers,
                accepted=accepted,
                # Who collects wants to see the work, and what a proof stands on is not kept.
                kept="" if anew or job.collecting or job.explain else str(cache.answers),
            )
            for job in jobs
        ]
        return run_jobs(asked, workers, options.timeout, listener)


def answer(jobs: Sequence[tuple[Loaded, Job]], options: CheckOptions) -> Answers:
    """Check everything, with as many processes as asked for. The answers do not depend on how many."""
    outcomes = outcomes_of([job for _, job in jobs], options)
    results: list[tuple[Loaded, Result]] = []
    diagnostics: list[Diagnostic] = []
    failures: list[str] = []
    missing = 0
    for (loaded, job), outcome in zip(jobs, outcomes, strict=True):
        match outcome:
            case Answered(found):
                results += [(loaded, result) for result in found]
            case Rejected(found):
                diagnostics += [each for each in found if each not in diagnostics]
            case Died(reason):
                results.append((loaded, unknown(job, reason)))
            case Failed(error, trace):
                failures.append(f"{job.name}: {error}\n{trace}" if os.environ.get("CHECK_ARCH_DEBUG") else
                                f"{job.name}: {error}")  # fmt: skip
            case Unfinished():
                missing += 1
    return Answers(tuple(results), tuple(diagnostics), tuple(failures), missing)


def unknown(job: Job, reason: str) -> Result:
    """The answer where the engine gave none."""
    return without_search(job.unit, job.asked, Verdict.UNKNOWN, f"There is no answer: {reason}.")


def proposal_names(proposals: Sequence[str], units: Sequence[Unit]) -> tuple[str, ...]:
    """What `--proposal` means: a name is itself, a file is every proposal declared in it."""
    names: list[str] = []
    for each in proposals:
        if "/" not in each and not each.endswith(".proposal"):
            names.append(each)
            continue
        file = Path(each)
        names += [p.name for unit in units for p in unit.proposals if _same_file(p.span.source.name, file)]
    return tuple(dict.fromkeys(names))


def _same_file(shown: str, file: Path) -> bool:
    return Path(shown) == file or Path(shown).resolve() == file.resolve()
