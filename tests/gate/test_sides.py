"""Which two versions are compared, and that nothing of the repository is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.gate.conftest import DEFER, MODEL, UNMARKED, Gate, Scratch

NOTE = "models are described here\n"


def test_a_clean_tree_means_the_last_commit(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.commit(case_litmus=UNMARKED)
    found = gate()
    assert found.status == 1
    assert "HEAD (" in found.review["subject"]
    assert "HEAD^ (" in found.review["base"]


def test_untracked_models_count_and_ignored_ones_do_not(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL, _gitignore="/ignored\n")
    scratch.write("new.litmus", UNMARKED)
    scratch.write("ignored/other.litmus", UNMARKED)
    found = gate()
    assert found.status == 1
    assert {each["arch"] for each in found.review["lifecycles"]} == {"new"}


def test_a_file_that_was_only_touched_is_not_changed(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL, note_txt=NOTE)
    os.utime(scratch.top / "case.litmus", (1, 1))
    scratch.write("note.txt", "another note\n")
    found = gate()
    assert (found.status, found.checked) == (0, {})
    assert "1 model not touched by the change" in found.out


def test_what_is_staged(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.write("case.litmus", UNMARKED)
    assert gate("--staged").status == 0
    scratch.git("add", "case.litmus")
    scratch.write("case.litmus", MODEL)
    assert gate("--staged").status == 1


def test_the_commit_where_the_histories_parted(scratch: Scratch, gate: Gate) -> None:
    scratch.commit(case_litmus=UNMARKED)
    scratch.git("checkout", "-q", "-b", "topic")
    scratch.commit(note_txt=NOTE)
    scratch.git("checkout", "-q", "main")
    scratch.commit(case_litmus=MODEL)
    assert gate("--base", "main", "--head", "topic").status == 1, "the fix on main is missing in topic"
    assert gate("--base", "main", "--head", "topic", "--merge-base").status == 0


@pytest.mark.parametrize("inside", ["", "folder"])
def test_a_folder_inside_the_repository(
    scratch: Scratch, gate: Gate, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    scratch.commit(folder__case_litmus=MODEL)
    scratch.write("folder/case.litmus", UNMARKED)
    scratch.top = scratch.top / inside
    found = gate()
    assert found.status == 1
    assert {each["place"].split(":")[0] for each in found.review["alerts"]} == {"folder/case.litmus"}


def test_errors(scratch: Scratch, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no commit `HEAD`" in gate().err
    assert "no commit yet" in gate().err
    scratch.commit(case_litmus=MODEL)
    same = gate()
    assert (same.status, "CA703" in same.err) == (2, True)
    assert "CA703" in gate("--base", "main", "--head", "HEAD").err
    assert "did you mean `main`?" in gate("--base", "mian").err
    assert "there is no folder" in gate("--tree", str(tmp_path / "nowhere")).err
    outside = tmp_path / "outside"
    outside.mkdir()
    found = gate("--tree", str(outside))
    assert (found.status, "is not in a git repository" in found.err) == (2, True)
    assert "there is no file" in gate("--waivers", "nowhere.toml").err or gate("--waivers", "nowhere.toml").status == 2


def test_a_shallow_clone_without_the_base(scratch: Scratch, gate: Gate, tmp_path: Path) -> None:
    first = scratch.commit(case_litmus=MODEL)
    scratch.commit(case_litmus=UNMARKED)
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{scratch.top}", str(tmp_path / "clone")], check=True
    )
    scratch.top = tmp_path / "clone"
    found = gate("--base", first, "--head", "HEAD")
    assert (found.status, "the clone is shallow" in found.err) == (2, True)
    assert "CA702" in gate("--head", "HEAD").err


def test_a_bare_repository(scratch: Scratch, gate: Gate, tmp_path: Path) -> None:
    scratch.commit(case_litmus=MODEL)
    scratch.commit(case_litmus=UNMARKED)
    scratch.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    scratch.top = tmp_path / "bare.git"
    assert gate("--head", "main").status == 1
    assert "has no working tree" in gate().err


# ------------------------------------------------------------------------------------------------- series of patches


def series(scratch: Scratch) -> bytes:
    """Two patches and a cover letter, as mails; the second drops the guard."""
    scratch.commit(case_litmus=MODEL, note_txt=NOTE)
    scratch.git("checkout", "-q", "-b", "topic")
    scratch.commit("Say more in the note", note_txt=f"{NOTE}ä more\n", case_litmus=MODEL.replace("A comment", "Äh"))
    scratch.commit("Drop the mark", case_litmus=UNMARKED.replace("A comment", "Äh"))
    mails = scratch.git("format-patch", "--stdout", "--cover-letter", "main..topic").encode()
    scratch.git("checkout", "-q", "main")
    return mails


def test_a_series_is_applied_to_the_base_and_leaves_nothing_behind(
    scratch: Scratch, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mbox = tmp_path / "series.mbox"
    mbox.write_bytes(series(scratch))
    scratch.write("case.litmus", "this does not matter")
    scratch.write("note.txt", "staged")
    scratch.git("add", "note.txt")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = scratch.everything()
    found = gate("--patch", str(mbox))
    assert found.status == 1
    assert ("new", "finding", "OV105", "free_defer") in found.alerts
    assert found.review["subject"].endswith("with series.mbox")
    assert scratch.everything() == before
    assert list(temporary.iterdir()) == []


def test_a_single_mail_and_a_plain_diff(scratch: Scratch, gate: Gate, tmp_path: Path) -> None:
    mails = series(scratch)
    mail = tmp_path / "mail"
    mail.write_bytes(mails[mails.rindex(b"\nFrom: ") + 1 :].replace("Äh".encode(), b"A comment"))
    assert gate("--patch", str(mail)).status == 1
    mail.write_text(scratch.git("diff", "main..topic"), encoding="utf-8")
    assert gate("--patch", str(mail)).status == 1


def test_a_patch_that_does_not_apply_is_named(scratch: Scratch, gate: Gate, tmp_path: Path) -> None:
    mbox = tmp_path / "series.mbox"
    mbox.write_bytes(series(scratch))
    scratch.commit(case_litmus=MODEL.replace(DEFER, "path free_defer [defer] { skip; goto release; }"))
    found = gate("--patch", str(mbox))
    assert found.status == 2
    assert "patch 2 of 2 (`Drop the mark`) does not apply to HEAD" in found.err
    assert "case.litmus:24 " in found.err
    assert gate("--patch", str(mbox), "--base", "HEAD^").status == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [(b"", "neither an mbox nor a patch"), (b"hello\n", "neither an mbox nor a patch"),
     (b"\x00\xff\xfe", "neither an mbox nor a patch"),
     (b"From nobody Thu Jan  1 00:00:00 1970\nSubject: hello\n\nNo patch here.\n", "no mail of"),
     (b"diff --git a/x b/x\nrubbish\n", "does not apply")],
)  # fmt: skip
def test_a_file_that_is_no_series(scratch: Scratch, gate: Gate, tmp_path: Path, text: bytes, said: str) -> None:
    scratch.commit(case_litmus=MODEL)
    mbox = tmp_path / "series.mbox"
    mbox.write_bytes(text)
    found = gate("--patch", str(mbox))
    assert (found.status, said in found.err) == (2, True), found.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_behind_when_it_is_ended(scratch: Scratch, tmp_path: Path, number: signal.Signals) -> None:
    mbox = tmp_path / "series.mbox"
    mbox.write_bytes(series(scratch))
    before = scratch.everything()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "modelcheck", "gate", "--patch", str(mbox), "-j", "1", "--no-cache"],
        cwd=scratch.top,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that runs tests in the background ignores Ctrl-C for its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while process.poll() is None and not any(temporary.glob("check-arch-gate-*/*")):
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate()
    assert process.returncode in (130, 128 + number, 1), "it may have been ready before"
    assert not any(temporary.glob("check-arch-*"))
    assert scratch.everything() == before
