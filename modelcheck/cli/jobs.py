"""Checks in child processes, so that an engine that crashes or hangs takes nothing else with it.

Outcomes come back in the order of the jobs, whatever the number of processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelcheck.cli.waiting import Subject, Waiting
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.model.declarations import Declarations
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.store import Folder, Layered, Packed, Store
from modelcheck.verdict import Result

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess

    from modelcheck.engine.analysis import Shared


@dataclass(frozen=True)
class Job:
    """One life cycle of one unit to check; `proposal` is "" for today's, `fixed` is what the user fixed.

    `store` is the folder that all jobs share what they work out in, `answers` the file with what goes with the model,
    `accepted` the folder in which the jobs of this run note what a solver accepted; "" for none. `collecting`: all that
    is asked for goes into `store`, wherever it was found. `explain`: also what each proof stands on. `kept` is the
    folder with the whole answers of this very program, "" where they are worked out anew.
    """

    unit: Unit
    lifecycle: str
    proposal: str
    fixed: tuple[tuple[str, bool | int], ...]
    engine: str
    budget: int
    store: str = ""
    answers: str = ""
    accepted: str = ""
    collecting: bool = False
    explain: bool = False
    kept: str = ""

    @property
    def asked(self) -> Lifecycle:
        """The life cycle as it is asked about."""
        return next(each for each in self.unit.asked(self.proposal) if each.name == self.lifecycle)

    @property
    def subject(self) -> Subject:
        """The life cycle that it is about, also where a proposal changes it."""
        return self.unit.kernel, self.unit.name, self.lifecycle

    @property
    def name(self) -> str:
        """What is shown while it runs."""
        applied = f" with {self.proposal}" if self.proposal else ""
        return f"{self.unit.name} {self.unit.kernel} {self.lifecycle}{applied}".replace("  ", " ")


@dataclass(frozen=True)
class Answered:
    """The engine answered."""

    results: tuple[Result, ...]


@dataclass(frozen=True)
class Rejected:
    """The model cannot be checked."""

    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Died:
    """The process ended or was ended without an answer: a crash of a solver, or the safety net."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """The program itself is at fault. `trace` is for its authors."""

    error: str
    trace: str


@dataclass(frozen=True)
class Unfinished:
    """The user interrupted before there was an answer."""


Outcome = Answered | Rejected | Died | Failed | Unfinished
Listener = Callable[[int, str], None]


def run_job(job: Job, tell: Callable[[str], None], shared: Shared | None = None) -> Outcome:
    """Check one life cycle in this process; `shared` is what other jobs about its unit left behind."""
    try:
        from modelcheck.engine import check
        from modelcheck.engine.analysis import Shared
        from modelcheck.engine.budget import Budget

        shared = shared or Shared(job.unit)
        budget = Budget().scaled(job.budget)
        accepted = Folder(Path(job.accepted)) if job.accepted else None
        extra: dict[str, Any] = {}
        if job.kept:
            from modelcheck.evidence import checked_again, keep, subject

            tell("checking what is known")
            kept = Folder(Path(job.kept))
            key = subject(shared.surroundings, job.asked, job.fixed, job.engine, job.budget)
            known = checked_again(kept, key, job.unit, job.asked, accepted, budget.rlimit)
            if known is not None:
                return Answered((known,))
            extra["evidence"] = partial(keep, kept, key)
        if job.explain:
            from modelcheck.proofs.explain import footings_of

            extra["explain"] = footings_of
        results = check(
            job.unit,
            lifecycles=(job.lifecycle,),
            proposals=(job.proposal,) if job.proposal else (),
            fixed=dict(job.fixed),
            engine=job.engine,
            budget=budget,
            # Whoever is told knows which life cycle it is: it is in the job's name.
            progress=lambda text: tell(text.removeprefix(f"{job.lifecycle}: ")),
            store=_store_of(job),
            accepted=accepted,
            shared=shared,
            **extra,
        )
    except InputError as error:
        return Rejected(error.diagnostics)
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}", traceback.format_exc())
    return Answered(tuple(results))


class _Bench:
    """Does one job after the other, and keeps what the last left behind: mostly the next is about the same unit."""

    def __init__(self) -> None:
        self._unit: Unit | None = None
        self._shared: Shared | None = None

    def run(self, job: Job, tell: Callable[[str], None]) -> Outcome:
        from modelcheck.engine.analysis import Shared

        if job.unit is not self._unit:
            self._unit, self._shared = job.unit, Shared(job.unit)
        return run_job(job, tell, self._shared)


def _store_of(job: Job) -> Store | None:
    if not job.store:
        return None
    folder = Folder(Path(job.store))
    return Layered(_packed(job.answers), folder, job.collecting) if job.answers else folder


@lru_cache(maxsize=2)
def _packed(file: str) -> Packed:
    # Jobs of one unit mostly come one after the other.
    return Packed(Path(file))


def run_jobs(jobs: Sequence[Job], workers: int, timeout: int, listener: Listener) -> list[Outcome]:
    """Run all jobs, at most `workers` at once, each at most `timeout` seconds; 0 workers: here, one after the other.

    `listener` is told (index of the job, what it does now), and (index, "") when it is over. After Ctrl-C what
    was not finished is `Unfinished`.
    """
    outcomes: list[Outcome] = [Unfinished()] * len(jobs)
    try:
        if workers == 0:
            bench = _Bench()
            for index, job in enumerate(jobs):
                listener(index, "starting")
                outcomes[index] = bench.run(job, lambda text, at=index: listener(at, text))  # type: ignore[misc]
                listener(index, "")
        else:
            _run_children(jobs, workers, timeout, listener, outcomes)
    except KeyboardInterrupt:
        pass
    return outcomes


def prepare(workers: int) -> None:
    """Load the engine beside whatever this process does first: for a `run_jobs` that will follow."""
    if workers and _context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        ensure_running()


def _context() -> ForkServerContext | SpawnContext:
    # Children of a fork server start fast, and inherit no thread of this process.
    if "forkserver" not in multiprocessing.get_all_start_methods() or not _can_listen():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["modelcheck.engine"])
    return context


def _can_listen() -> bool:
    """Can a fork server have its socket in the temporary folder? Systems limit the length of its name."""
    try:
        folder = tempfile.gettempdir()
    except OSError:
        return False
    return len(os.fsencode(f"{folder}/pymp-12345678/listener-12345678")) <= _LONGEST


_LONGEST = 103
"""The most bytes that every system allows in the name of a socket; some allow a few more."""


@dataclass
class _Worker:
    """A process that does one job after the other; `unit` is the one that it was sent last, `subject` what
    its last job was about."""

    process: BaseProcess
    pipe: Connection
    jobs: int = 0
    unit: Unit | None = None
    subject: Subject | None = None
    index: int = -1
    until: float = 0.0

    def begin(self, index: int, job: Job, timeout: int) -> None:
        """Give it a job. A unit is large, and mostly the one of the job before."""
        known, self.unit = self.unit, job.unit
        self.subject = job.subject
        self.index, self.until = index, time.monotonic() + timeout
        self.jobs += 1
        # Where the process is gone already, that is seen when its answer is awaited.
        with suppress(BrokenPipeError, ConnectionError):
            self.pipe.send((None if job.unit is known else job.unit, replace(job, unit=_NO_UNIT)))


@dataclass(frozen=True)
class _Done:
    """What came of a job; `tired`: the process should not get another one."""

    outcome: Outcome
    tired: bool


_NO_UNIT = Unit("", "", "", (), Declarations(), (), (), (), (), (), (), (), "", ())
_ENOUGH = 200
"""Jobs after which a process is replaced by a new one, which begins with little memory."""
_LARGE = 160 << 20
"""Bytes of memory after which it is."""


def _run_children(
    jobs: Sequence[Job], workers: int, timeout: int, listener: Listener, outcomes: list[Outcome]
) -> None:
    context = _context()
    waiting = Waiting([job.subject for job in jobs])
    idle: list[_Worker] = []
    busy: dict[Any, _Worker] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                worker = idle.pop() if idle else _hired(context)
                index = waiting.take(worker.subject, [other.subject for other in busy.values()])
                worker.begin(index, jobs[index], timeout)
                busy[worker.pipe] = worker
                listener(index, "starting")
            patience = max(0.0, min(worker.until for worker in busy.values()) - time.monotonic())
            for pipe in wait(list(busy), patience):
                worker = busy[pipe]
                done = _receive(worker, listener)
                if done is not None:
                    outcomes[worker.index] = done.outcome
                    del busy[pipe]
                    if done.tired or worker.jobs >= _ENOUGH:
                        _end(worker)
                    else:
                        idle.append(worker)
                    listener(worker.index, "")
            now = time.monotonic()
            for pipe in [pipe for pipe, worker in busy.items() if worker.until <= now]:
                worker = busy.pop(pipe)
                worker.process.kill()
                outcomes[worker.index] = Died(f"no answer within the safety net of {timeout} seconds")
                _end(worker)
                listener(worker.index, "")
    finally:
        for worker in busy.values():
            worker.process.kill()
        for worker in (*idle, *busy.values()):
            _end(worker)


def _hired(context: ForkServerContext | SpawnContext) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _receive(worker: _Worker, listener: Listener) -> _Done | None:
    try:
        message = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join(5)
        code = worker.process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"
        return _Done(Died(f"the process that checked it ended {how} before it had an answer"), True)
    if isinstance(message, str):
        listener(worker.index, message)
        return None
    done: _Done = message
    return done


def _end(worker: _Worker) -> None:
    # It ends by itself where nobody is at the other end of the pipe any longer.
    worker.pipe.close()
    if worker.process.is_alive():
        worker.process.join(1)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _serve(pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What was loaded stays, and jobs leave few cycles behind: looking for these as often as Python does by itself
    # takes an eighth of the time.
    gc.freeze()
    gc.set_threshold(30_000, 1_000, 1_000)
    bench = _Bench()
    unit = _NO_UNIT
    try:
        while True:
            sent, job = pipe.recv()
            unit = sent or unit
            outcome = bench.run(replace(job, unit=unit), pipe.send)
            pipe.send(_Done(outcome, _memory() > _LARGE))
    except EOFError:
        return
    except (BrokenPipeError, ConnectionError):
        os._exit(1)


def _memory() -> int:
    """The most memory that this process had so far, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used << 10
