"""Folders for answers: of a run, gone after it; where none can be made, nothing is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.cli import caching
from modelcheck.cli.caching import folder_of_this_run


def test_what_is_of_this_run_is_gone_after_it() -> None:
    with folder_of_this_run() as one, folder_of_this_run() as other:
        assert one != other
        assert [*Path(one).iterdir()] == []
        Path(one, "entry").write_text("1", encoding="utf-8")
    assert not Path(one).exists()


def test_a_machine_without_room_for_it_checks_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(prefix: str) -> object:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(caching, "TemporaryDirectory", full)
    with folder_of_this_run() as folder:
        assert folder == ""
