"""Child processes: order, crashes, the safety net, Ctrl-C. The engine here is a module made by the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from modelcheck.cli.jobs import Answered, Job, run_job
from modelcheck.resolve import load_text
from tests.cli.conftest import CASE

ROOT = Path(__file__).resolve().parents[2]

# Takes the place of the engine in every process of the command: a path entry that comes first shadows nothing else.
ENGINE = '''
import os, signal, time
from modelcheck.verdict import Condition, Result, Stats, Verdict


def check(unit, *, lifecycles, proposals, fixed, engine, budget, progress, **rest):
    (name,) = lifecycles
    progress("working")
    if engine == "slow-first" and name == "first":
        time.sleep(0.5)
    if engine == "crash" and name == "first":
        os.kill(os.getpid(), signal.SIGSEGV)
    if engine == "hang" and name == "first" or engine == "hang-second" and name == "second":
        open("hanging", "w").close()
        time.sleep(600)
    if engine == "raise" and name == "first":
        raise ZeroDivisionError("oh")
    found = [each for each in unit.lifecycles if each.name == name]
    return tuple(
        Result(unit.name, unit.kernel, each.name, each.title, each.level, "", Verdict.SAFE, Condition(), "Because.",
               (), (), (), (), (), Stats(1, 1, 1, 1, 1), each.span.place)
        for each in found
    )
'''

SITE = """
import importlib.abc, importlib.util, sys

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "modelcheck.engine":
            return importlib.util.spec_from_file_location(name, {engine!r}, submodule_search_locations=[{real!r}])

sys.meta_path.insert(0, Finder())
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    (tmp_path / "site").mkdir()
    engine = tmp_path / "site" / "chosen_engine.py"
    engine.write_text(ENGINE, encoding="utf-8")
    site = SITE.format(engine=str(engine), real=str(ROOT / "modelcheck" / "engine"))
    (tmp_path / "site" / "sitecustomize.py").write_text(site, encoding="utf-8")
    (tmp_path / "case.litmus").write_text(CASE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return {**os.environ, "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{ROOT}"}


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "modelcheck", "case.litmus", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_the_same_bytes_for_every_number_of_processes(environment: dict[str, str]) -> None:
    said = [run(environment, "-j", jobs, "--engine", "slow-first") for jobs in ("0", "1", "2", "7")]
    assert {each.stdout for each in said} == {said[0].stdout}
    assert said[0].stdout.index("first") < said[0].stdout.index("second")
    assert [each.returncode for each in said] == [0] * 4


@pytest.mark.parametrize("length", [1, 71, 76, 200])
def test_the_name_of_the_temporary_folder_may_be_long(
    environment: dict[str, str], length: int
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as top:
        folder = Path(top, "x" * max(1, length - len(top) - 1))
        folder.mkdir()
        said = run({**environment, "TMPDIR": str(folder)}, "-q", "-j", "2", "--engine", "slow-first")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == ["SAFE     case first", "SAFE     case second"]


def test_what_is_said_meanwhile_does_not_repeat_the_name_of_the_job() -> None:
    job = Job(load_text(CASE, "case.litmus"), "second", "", (), "auto", 1)
    said: list[str] = []
    assert isinstance(run_job(job, said.append), Answered)
    assert said[0] == "configurations"
    assert said[1:]
    assert not any(job.lifecycle in text for text in said)


def test_a_crash_is_unknown_and_takes_nothing_with_it(environment: dict[str, str]) -> None:
    said = run(environment, "-j", "2", "-q", "--engine", "crash")
    assert said.stdout.splitlines()[:2] == ["UNKNOWN  case first", "SAFE     case second"]
    assert said.returncode == 3
    assert "ended by signal 11" in run(environment, "-j", "1", "--engine", "crash").stdout


def test_a_hang_is_unknown(environment: dict[str, str]) -> None:
    said = run(environment, "-j", "2", "--engine", "hang", "--timeout", "3")
    assert "no answer within the safety net of 3 seconds" in said.stdout
    assert said.returncode == 3


def test_an_exception_is_a_fault_of_the_program(environment: dict[str, str]) -> None:
    said = run(environment, "-j", "2", "-q", "--engine", "raise")
    assert said.returncode == 70
    assert "ZeroDivisionError: oh" in said.stderr
    assert "Traceback" not in said.stderr
    assert "SAFE     case second" in said.stdout
    shown = run({**environment, "CHECK_ARCH_DEBUG": "1"}, "--engine", "raise")
    assert shown.returncode == 70
    assert "Traceback" in shown.stderr


# The tests may run in the background, where a shell lets SIGINT be ignored.
LISTENING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_ctrl_c_keeps_what_was_found(environment: dict[str, str]) -> None:
    words = ["-m", "modelcheck", "case.litmus", "-q", "-j", "1", "--engine", "hang-second"]
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        while not Path("hanging").exists() and process.poll() is None:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130
    assert out == "SAFE     case first\n"
    assert err == "check-arch: interrupted; 1 life cycle not decided\n"
