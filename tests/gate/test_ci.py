"""What runs the gate elsewhere: the script of the action, the check for b4, the hook for pre-commit."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from modelcheck.cli.gate import gate_options
from tests.gate.conftest import MODEL, UNMARKED, Scratch

TOP = Path(__file__).resolve().parents[2]
ZERO = "0" * 40


@pytest.fixture
def command(tmp_path: Path) -> str:
    """A check-arch that is this one."""
    file = tmp_path / "check-arch"
    file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m modelcheck "$@" -j 0\n', encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def run(
    script: str, folder: Path, command: str, given: bytes = b"", **more: str
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "CHECK_ARCH": command, "PYTHONPATH": str(TOP), **more}
    return subprocess.run([TOP / ".ci" / script], cwd=folder, env=environment, input=given, capture_output=True)


def test_a_merged_request_is_compared_with_what_it_is_merged_into(
    scratch: Scratch, tmp_path: Path, command: str
) -> None:
    old = scratch.commit(case_litmus=MODEL, other_litmus=MODEL)
    scratch.git("checkout", "-q", "-b", "topic")
    scratch.commit(other_litmus=UNMARKED)
    scratch.git("checkout", "-q", "main")
    scratch.commit(case_litmus=UNMARKED)
    scratch.git("merge", "-q", "--no-edit", "topic")
    clone, output, summary, report = (tmp_path / name for name in ("clone", "output", "summary", "gate.sarif"))
    subprocess.run(["git", "clone", "-q", "--depth", "2", f"file://{scratch.top}", str(clone)], check=True)
    ran = run("gate", clone, command, BASE=old, EVENT_IS_REQUEST="true", GITHUB_OUTPUT=str(output),
              GITHUB_STEP_SUMMARY=str(summary), SARIF=str(report), OPTIONS="--level pte")  # fmt: skip
    out = ran.stdout.decode()
    assert ran.returncode == 1, ran.stderr
    assert "::error file=other.litmus" in out
    assert "case.litmus" not in out, "that is not the request's"
    assert output.read_text() == "status=1\n"
    assert "OV105" in summary.read_text()
    assert '"2.1.0"' in report.read_text()


def test_a_base_that_the_clone_lacks_is_fetched(scratch: Scratch, tmp_path: Path, command: str) -> None:
    before = scratch.commit(case_litmus=MODEL)
    scratch.commit(note_txt="hello")
    scratch.commit(case_litmus=UNMARKED)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{scratch.top}", str(clone)], check=True)
    assert run("gate", clone, command, BASE=before).returncode == 1


@pytest.mark.parametrize("base", ["", ZERO])
def test_a_branch_that_is_new_is_compared_with_the_commit_before(scratch: Scratch, command: str, base: str) -> None:
    scratch.commit(case_litmus=UNMARKED)
    scratch.commit(case_litmus=UNMARKED.replace("A comment", "Another"))
    assert run("gate", scratch.top, command, BASE=base).returncode == 0


def test_the_check_for_b4_judges_a_patch_where_it_was_committed_or_applies_it(
    scratch: Scratch, command: str
) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.commit("Say more", note_txt="hello", case_litmus=MODEL)
    scratch.commit("Drop the mark", case_litmus=UNMARKED)
    said = []
    for commit in ("HEAD^", "HEAD"):
        mail = scratch.git("format-patch", "-1", "--stdout", commit).encode()
        said.append(run("b4-check", scratch.top, command, mail, CHECK_ARCH_OPTIONS="--level pte"))
    assert [each.returncode for each in said] == [0, 0]
    assert said[0].stdout + said[0].stderr + said[1].stderr == b"", "silence is success"
    assert b"ERROR: OV105" in said[1].stdout
    scratch.git("reset", "-q", "--hard", "HEAD^")
    again = run("b4-check", scratch.top, command, mail, CHECK_ARCH_OPTIONS="--level pte")
    assert b"ERROR: OV105" in again.stdout


def test_the_action_finds_what_it_installs_and_runs() -> None:
    steps = (TOP / ".ci" / "action.yml").read_text()
    here = {"${GITHUB_ACTION_PATH%/*}": TOP, "$GITHUB_ACTION_PATH": TOP / ".ci"}
    named = re.findall(r'"(\$GITHUB_ACTION_PATH|\$\{GITHUB_ACTION_PATH%/\*\})(/\w+)?(?:\$EXTRA)?"', steps)
    installed, started = (Path(f"{here[folder]}{below}") for folder, below in named)
    assert (installed / "pyproject.toml").is_file()
    assert started.is_file()
    assert os.access(started, os.X_OK)
    assert steps.count("GITHUB_ACTION_PATH") == len(named)


def test_the_hook_and_the_documented_commands_are_understood() -> None:
    hook = (TOP / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: check-arch gate (.*)", hook)
    told = "".join((TOP / name).read_text(encoding="utf-8") for name in ("README.md", ".ci/README.md"))
    entries += re.findall(r"^    check-arch gate ?([^#\n]*)", told, re.MULTILINE)
    assert len(entries) >= 7
    for each in entries:
        gate_options(shlex.split(each))


def test_the_hook_is_for_every_file_of_the_language() -> None:
    from modelcheck.gate.models import SUFFIXES

    hook = (TOP / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"files: (.*)", hook)
    assert all(re.search(pattern, f"folder/name{suffix}") for suffix in SUFFIXES)
    assert not re.search(pattern, "README.md")
