"""Checks in child processes, so that an engine that crashes or hangs takes nothing else with it.

Outcomes come back in the order of the jobs, whatever the number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.model.unit import Unit
from modelcheck.verdict import Result

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess


@dataclass(frozen=True)
class Job:
    """One life cycle of one unit to check; `proposal` is "" for today's, `fixed` is what the user fixed.

    `store` is the folder that all jobs share what they work out in; "" for none.
    """

    unit: Unit
    lifecycle: str
    proposal: str
    fixed: tuple[tuple[str, bool | int], ...]
    engine: str
    budget: int
    store: str = ""

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


def run_job(job: Job, tell: Callable[[str], None]) -> Outcome:
    """Check one life cycle in this process."""
    try:
        from modelcheck.engine import check
        from modelcheck.engine.budget import Budget
        from modelcheck.store import Folder

        results = check(
            job.unit,
            lifecycles=(job.lifecycle,),
            proposals=(job.proposal,) if job.proposal else (),
            fixed=dict(job.fixed),
            engine=job.engine,
            budget=Budget().scaled(job.budget),
            progress=tell,
            store=Folder(Path(job.store)) if job.store else None,
        )
    except InputError as error:
        return Rejected(error.diagnostics)
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}", traceback.format_exc())
    return Answered(tuple(results))


def run_jobs(jobs: Sequence[Job], workers: int, timeout: int, listener: Listener) -> list[Outcome]:
    """Run all jobs, at most `workers` at once, each at most `timeout` seconds; 0 workers: here, one after the other.

    `listener` is told (index of the job, what it does now), and (index, "") when it is over. After Ctrl-C what
    was not finished is `Unfinished`.
    """
    outcomes: list[Outcome] = [Unfinished()] * len(jobs)
    try:
        if workers == 0:
            for index, job in enumerate(jobs):
                listener(index, "starting")
                outcomes[index] = run_job(job, lambda text, at=index: listener(at, text))  # type: ignore[misc]
                listener(index, "")
        else:
            _run_children(jobs, workers, timeout, listener, outcomes)
    except KeyboardInterrupt:
        pass
    return outcomes


def _context() -> ForkServerContext | SpawnContext:
    # Children of a fork server start fast, and inherit no thread of this process.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["modelcheck.engine"])
    return context


@dataclass
class _Child:
    index: int
    process: BaseProcess
    pipe: Connection
    until: float


def _run_children(
    jobs: Sequence[Job], workers: int, timeout: int, listener: Listener, outcomes: list[Outcome]
) -> None:
    context = _context()
    waiting = deque(enumerate(jobs))
    running: dict[Any, _Child] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                index, job = waiting.popleft()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_serve, args=(theirs, job), daemon=True)
                process.start()
                theirs.close()
                running[ours] = _Child(index, process, ours, time.monotonic() + timeout)
                listener(index, "starting")
            patience = max(0.0, min(child.until for child in running.values()) - time.monotonic())
            for pipe in wait(list(running), patience):
                child = running[pipe]
                outcome = _receive(child, listener)
                if outcome is not None:
                    outcomes[child.index] = outcome
                    _end(running.pop(pipe))
                    listener(child.index, "")
            now = time.monotonic()
            for pipe in [pipe for pipe, child in running.items() if child.until <= now]:
                child = running.pop(pipe)
                child.process.kill()
                outcomes[child.index] = Died(f"no answer within the safety net of {timeout} seconds")
                _end(child)
                listener(child.index, "")
    finally:
        for child in running.values():
            child.process.kill()
            _end(child)


def _receive(child: _Child, listener: Listener) -> Outcome | None:
    try:
        message = child.pipe.recv()
    except (EOFError, OSError):
        child.process.join(5)
        code = child.process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"
        return Died(f"the process that checked it ended {how} before it had an answer")
    if isinstance(message, str):
        listener(child.index, message)
        return None
    outcome: Outcome = message
    return outcome


def _end(child: _Child) -> None:
    if child.process.is_alive():
        child.process.join(1)
    if child.process.is_alive():
        child.process.kill()
        child.process.join()
    child.pipe.close()


def _serve(pipe: Connection, job: Job) -> None:
    # Ctrl-C reaches every process of the terminal; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pipe.send(run_job(job, pipe.send))
    except (BrokenPipeError, ConnectionError):
        os._exit(1)
