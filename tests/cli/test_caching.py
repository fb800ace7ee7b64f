"""Folders for answers: of a run, gone after it; where none can be made, nothing is kept. Whole answers of the run
before, which are not worked out again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import modelcheck.engine
from modelcheck.cli import caching
from modelcheck.cli.caching import folder_of_this_run
from tests.cli.conftest import CASE, Said

Say = Callable[..., Said]


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


# ------------------------------------------------------------------------------------------------- whole answers


UNSAFE = """
lifecycle third on page level pte {
    create { alloc_page; populate 1 -> installed; }
    state installed { readers walker; unmap -> release; }
    path release { free_page; }
    reader walker rcu { touch_table; }
}
"""
AGAIN = ("--cache-dir", "cache", "-j", "0")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The life cycles that the real engine was asked about."""
    monkeypatch.chdir(tmp_path)
    Path("case.litmus").write_text(CASE + UNSAFE, encoding="utf-8")
    found: list[str] = []
    real = modelcheck.engine.check

    def check(*unit: Any, **how: Any) -> Any:
        found.extend(how["lifecycles"])
        return real(*unit, **how)

    monkeypatch.setattr(modelcheck.engine, "check", check)
    return found


def test_a_second_run_says_the_same_and_works_nothing_out(say: Say, asked: list[str]) -> None:
    formats = ("--format", "text", "--format", "json:JSON", "--format", "html:HTML")
    first = say("case.litmus", *AGAIN, *formats)
    files = [Path(name).read_bytes() for name in ("JSON", "HTML")]
    assert asked == ["first", "second", "third"]
    assert {each["verdict"] for each in json.loads(files[0])["results"]} == {"SAFE", "UNSAFE"}
    second = say("case.litmus", *AGAIN, *formats)
    assert asked == ["first", "second", "third"]
    assert (second.status, second.out, second.err) == (first.status, first.out, first.err)
    assert [Path(name).read_bytes() for name in ("JSON", "HTML")] == files


def test_only_what_a_change_concerns_is_worked_out_again(say: Say, asked: list[str]) -> None:
    say("case.litmus", *AGAIN)
    text = Path("case.litmus").read_text(encoding="utf-8")
    Path("case.litmus").write_text(text.replace("walker rcu", "walker irq_off"), encoding="utf-8")
    asked.clear()
    say("case.litmus", *AGAIN)
    assert asked == ["third"]
    Path("case.litmus").write_text(text.replace("unsigned long private;", "void *private;"), encoding="utf-8")
    asked.clear()
    say("case.litmus", *AGAIN)
    assert asked == ["first", "second", "third"]


@pytest.mark.parametrize(
    "other",
    [("--explain-proof",), ("--budget", "2"), ("--engine", "houdini"), ("--config", "SMP=n"), ("--cache-dir", "other")],
    ids=" ".join,
)  # fmt: skip
def test_whoever_asks_otherwise_is_answered_anew(other: tuple[str, ...], say: Say, asked: list[str]) -> None:
    say("case.litmus", *AGAIN)
    asked.clear()
    say("case.litmus", *AGAIN, *other)
    assert asked == ["first", "second", "third"]


def test_whoever_wants_no_cache_is_answered_anew(say: Say, asked: list[str]) -> None:
    for _ in range(2):
        asked.clear()
        say("case.litmus", "-j", "0", "--no-cache")
        assert asked == ["first", "second", "third"]


def test_a_fixed_configuration_is_remembered_too(say: Say, asked: list[str]) -> None:
    first = say("case.litmus", *AGAIN, "--config", "SMP=n", "--config", "PTE_FRAG_NR=2")
    asked.clear()
    assert say("case.litmus", *AGAIN, "--config", "SMP=n", "--config", "PTE_FRAG_NR=2").out == first.out
    assert asked == []


def test_another_version_of_the_program_works_everything_out(
    say: Say, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    say("case.litmus", *AGAIN)
    asked.clear()
    monkeypatch.setattr(caching, "program", lambda: "another")
    say("case.litmus", *AGAIN)
    assert asked == ["first", "second", "third"]


def test_damaged_entries_change_nothing(say: Say, asked: list[str]) -> None:
    first = say("case.litmus", *AGAIN)
    files = [*Path("cache").glob("answers-*/*/*.entry")]
    assert files
    for number, file in enumerate(files):
        file.write_bytes(file.read_bytes()[: -9 * (number % 2) or None].replace(b"a", b"b"))
    asked.clear()
    assert say("case.litmus", *AGAIN).out == first.out
    assert asked
