"""The command as a process: statuses, streams, pipes, and what it loads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CASE, PYTHON

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PYTHON, *words], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def test_help_and_version() -> None:
    help_ = run("--help")
    assert help_.returncode == 0
    assert "exit status: 0 SAFE" in help_.stdout
    assert run("--version").stdout.startswith("check-arch ")
    assert run().returncode == 2


@pytest.mark.parametrize("command", ["check", "layout", "explain", "litmus", "compare", "matrix", "merge", "replay"])
def test_every_command_has_help(command: str) -> None:
    said = run(command, "--help")
    assert said.returncode == 0
    assert said.stdout.startswith(f"usage: check-arch {command}")
    assert said.stderr == ""


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["explain"], ["explain", "OV101"]])
def test_a_lean_start(words: list[str]) -> None:
    program = (
        "import sys; from modelcheck.cli import main; main(sys.argv[1:]); "
        "sys.exit(', '.join(m for m in ('z3', 'lark', 'rich', 'cvc5', 'jinja2') if m in sys.modules) or 0)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.stderr.strip() == ""
    assert said.returncode == 0


def test_nothing_is_said_when_the_reader_leaves() -> None:
    with subprocess.Popen(
        [*PYTHON, "explain"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert err == b""
    assert process.returncode == 141


def test_no_control_codes_without_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "bad.litmus").write_text(CASE.replace("free_page;", "free_pag;"), encoding="utf-8")
    said = run("bad.litmus", cwd=tmp_path)
    assert said.returncode == 2
    assert "bad.litmus:18:" in said.stderr
    assert "\x1b" not in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


def test_an_ascii_only_terminal_is_enough() -> None:
    ascii_only = {**ENVIRONMENT, "PYTHONIOENCODING": "ascii"}
    said = subprocess.run([*PYTHON, "explain"], cwd=ROOT, env=ascii_only, capture_output=True, check=False)
    assert said.returncode == 0
    assert said.stderr == b""
