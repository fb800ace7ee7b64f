"""Signals that end the program come where nothing is half done."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from modelcheck.gate.git import run_outside
from modelcheck.interruption import ENDING, Interrupted, held, mask, temporary_folder


@pytest.fixture(autouse=True)
def _caught() -> Iterator[None]:
    def leave(number: int, frame: FrameType | None) -> None:
        raise Interrupted

    before = {each: signal.signal(each, leave) for each in ENDING}
    mask_before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask_before
    for each, handler in before.items():
        signal.signal(each, handler)


def interrupt(number: signal.Signals) -> None:
    # To this thread: that of a test runner which waits for messages holds nothing back.
    signal.raise_signal(number)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_comes_where_the_block_ends(number: signal.Signals) -> None:
    done = []
    with pytest.raises(Interrupted), held():
        interrupt(number)
        done.append("all of it")
    assert done == ["all of it"]


def test_a_signal_is_answered_inside_of_what_lets_it_through() -> None:
    seen = []
    with held() as before:
        try:
            with mask(before):
                interrupt(signal.SIGTERM)
                seen.append("never")
        except Interrupted:
            seen.append("in the block")
            interrupt(signal.SIGTERM)
            seen.append("and held again")
        with pytest.raises(Interrupted), mask(before):
            seen.append("never")
    assert seen == ["in the block", "and held again"]


@pytest.mark.parametrize("name", ["__init__", "cleanup"])
def test_a_folder_is_gone_whenever_the_signal_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    real = getattr(tempfile.TemporaryDirectory, name)

    def interrupted(self: object, *words: object, **named: object) -> None:
        interrupt(signal.SIGTERM)
        real(self, *words, **named)

    monkeypatch.setattr(tempfile.TemporaryDirectory, name, interrupted)
    with pytest.raises(Interrupted), temporary_folder("check-arch-") as folder:
        (folder / "file").write_bytes(b"")
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_just_started_does_not_write_on(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen.__init__

    def interrupted(self: subprocess.Popen[bytes], *words: object, **named: object) -> None:
        real(self, *words, **named)  # type: ignore[arg-type]
        started.append(self)
        interrupt(signal.SIGTERM)

    monkeypatch.setattr(subprocess.Popen, "__init__", interrupted)
    with pytest.raises(Interrupted):
        run_outside(["hash-object", "--stdin"])
    assert [each.returncode for each in started] == [-signal.SIGKILL]
