"""Whatever happens to a child process, its parent gets an answer or is told that there is none."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import modelcheck
from modelcheck.solver.isolated import NoAnswer, Returned, run_isolated


def _reason(answer: object) -> str:
    assert isinstance(answer, NoAnswer)
    return answer.reason


def test_what_a_function_returns() -> None:
    assert run_isolated(60, divmod, 7, 2) == Returned((3, 1))
    assert run_isolated(60, sorted, [2, 1, 3], reverse=True) == Returned([3, 2, 1])
    assert run_isolated(60, os.getpid) != Returned(os.getpid())


def test_much_goes_both_ways() -> None:
    text = "table" * 200_000
    assert run_isolated(60, str.upper, text) == Returned(text.upper())


def test_an_exit_without_an_answer() -> None:
    assert _reason(run_isolated(60, os._exit, 0)) == "the child process ended with status 0 without an answer"
    assert _reason(run_isolated(60, os._exit, 7)) == "the child process ended with status 7 without an answer"


def test_a_crash() -> None:
    reason = _reason(run_isolated(60, signal.raise_signal, signal.SIGSEGV))
    assert reason == f"the child process ended by signal {int(signal.SIGSEGV)} without an answer"


def test_a_hang() -> None:
    assert _reason(run_isolated(0.2, time.sleep, 3600)) == "no answer within the safety net of 0.2 seconds"


def test_an_exception() -> None:
    assert _reason(run_isolated(60, int, "none")).startswith("ValueError: ")


def test_an_answer_that_cannot_be_sent() -> None:
    assert "Error" in _reason(run_isolated(60, compile, "0", "text", "eval"))


def test_what_a_function_prints_is_no_answer() -> None:
    assert run_isolated(60, print, "unsat", flush=True) == Returned(None)


DAEMONIC = """
import multiprocessing
from modelcheck.solver.isolated import Returned, run_isolated

def within(connection):
    connection.send(run_isolated(60, abs, -3))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=within, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    assert ours.recv() == Returned(3)
    process.join()
"""


def test_in_a_daemonic_process(tmp_path: Path) -> None:
    # A script of its own: what a spawned process is to run has to be found by the name of its module.
    script = tmp_path / "daemonic.py"
    script.write_text(DAEMONIC)
    environment = {**os.environ, "PYTHONPATH": str(Path(modelcheck.__file__).parent.parent)}
    subprocess.run([sys.executable, script], env=environment, check=True)


CHILD = """
import fcntl, time
file = open({path!r}, "w")
fcntl.flock(file, fcntl.LOCK_EX)
file.write("locked")
file.flush()
time.sleep(600)
"""


def _locked(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _becomes(question: Callable[[], bool], wanted: bool) -> bool:
    for _ in range(600):
        if question() is wanted:
            return True
        time.sleep(0.05)
    return False


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    code = "from modelcheck.solver.isolated import run_isolated\nrun_isolated(600, exec, {child!r})"
    root = Path(modelcheck.__file__).parent.parent
    parent = subprocess.Popen([sys.executable, "-c", code.format(child=CHILD.format(path=str(path)))], cwd=root)
    try:
        assert _becomes(lambda: _locked(path), True)
    finally:
        parent.kill()
        parent.wait()
    assert _becomes(lambda: _locked(path), False)
