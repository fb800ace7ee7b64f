"""Runs one function in a child process, where it may crash or hang without taking anything else with it.

What the child does is bounded by the deterministic budgets of the function; the time limit here is only the net
below. A child that ends without an answer gives `NoAnswer`, never anything else.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Returned(Generic[T]):
    """What the function returned."""

    value: T


@dataclass(frozen=True)
class NoAnswer:
    """The child crashed, hung or raised; `reason` is for people."""

    reason: str


_CHILD = "from modelcheck.solver.isolated import serve; serve()"


def run_isolated(
    seconds: float, function: Callable[P, T], *arguments: P.args, **options: P.kwargs
) -> Returned[T] | NoAnswer:
    """Call `function` in a child process and wait for at most `seconds`.

    The function has to be importable, its arguments and its answer picklable. Works in daemonic processes too; the
    child ends when this process does.
    """
    # Not multiprocessing: its daemonic processes may have no children.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        return _converse(process, pickle.dumps((function, arguments, options)), seconds)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _converse(process: subprocess.Popen[bytes], question: bytes, seconds: float) -> Returned[T] | NoAnswer:
    assert process.stdin is not None and process.stdout is not None
    try:
        # The pipe stays open: for the child its end means that this process is gone.
        process.stdin.write(len(question).to_bytes(8, "big") + question)
        process.stdin.flush()
    except BrokenPipeError:
        return NoAnswer("the child process ended before it was asked")
    expired = threading.Event()

    def end() -> None:
        expired.set()
        process.kill()

    net = threading.Timer(seconds, end)
    net.daemon = True
    net.start()
    try:
        answer = process.stdout.read()
    finally:
        net.cancel()
    if expired.is_set():
        return NoAnswer(f"no answer within the safety net of {seconds:g} seconds")
    if not answer:
        return NoAnswer(_ending(process.wait()))
    try:
        kind, value = pickle.loads(answer)
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError):
        return NoAnswer("the child process ended in the middle of its answer")
    return Returned(value) if kind == "returned" else NoAnswer(value)


def _ending(status: int) -> str:
    how = f"by signal {-status}" if status < 0 else f"with status {status}"
    return f"the child process ended {how} without an answer"


def serve() -> None:
    """The child's side: one question from standard input, its answer to standard output."""
    answers = os.dup(1)
    # What a solver prints must not get between.
    os.dup2(2, 1)
    size = int.from_bytes(_read(8), "big")
    function, arguments, options = pickle.loads(_read(size))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = ("returned", function(*arguments, **options))
        text = pickle.dumps(answer)
    except Exception as error:
        text = pickle.dumps(("raised", f"{type(error).__name__}: {error}"))
    with os.fdopen(answers, "wb") as pipe:
        pipe.write(text)
    os._exit(0)


def _read(size: int) -> bytes:
    parts = []
    while size:
        part = os.read(0, size)
        if not part:
            os._exit(1)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
