"""A command line with an engine whose answers are chosen by the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import modelcheck.engine
from modelcheck.cli import main
from modelcheck.model.unit import Unit
from modelcheck.verdict import Result, Verdict
from tests.report.samples import SAFE, UNSAFE

CASE = """\
litmus "one table, one page";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
config SMP, MEMCG;
const PTE_FRAG_NR >= 1;
layout {
    struct page {
        unsigned long flags;
        unsigned long private;
    #ifdef CONFIG_MEMCG
        unsigned long memcg_data;
    #endif
    };
}
lifecycle first "the first" on page level pte {
    create { alloc_page; populate 1 -> installed; }
    state installed { unmap -> release; }
    path release { free_page; }
}
lifecycle second like first {}
expect first SAFE;
"""

Engine = Callable[..., tuple[Result, ...]]


class FakeEngine:
    """Answers with the verdict chosen for a life cycle, SAFE if none was; remembers what it was asked."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.asked: list[dict[str, Any]] = []
        self.error: BaseException | None = None

    def __call__(
        self,
        unit: Unit,
        *,
        lifecycles: tuple[str, ...],
        fixed: Mapping[str, bool | int],
        proposals: tuple[str, ...] = (),
        **rest: Any,
    ) -> tuple[Result, ...]:
        self.asked.append({"lifecycles": lifecycles, "fixed": dict(fixed), "proposals": proposals, **rest})
        if self.error is not None:
            raise self.error
        (name,) = lifecycles
        verdict = self.verdicts.get(name, Verdict.SAFE)
        sample = UNSAFE if verdict is Verdict.UNSAFE else SAFE
        here = {"arch": unit.name, "kernel": unit.kernel, "lifecycle": name, "verdict": verdict}
        here["proposal"] = proposals[0] if proposals else ""
        return (replace(sample, **here),)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> FakeEngine:
    fake = FakeEngine()
    # What the real one answered before is not meant.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(modelcheck.engine, "check", fake, raising=False)
    return fake


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a file with `CASE`, in an otherwise empty working directory."""
    monkeypatch.chdir(tmp_path)
    Path("case.litmus").write_text(CASE, encoding="utf-8")
    return "case.litmus"


class Said:
    """What a command left behind."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in this process."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        status = main(words)
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return run


PYTHON = [sys.executable, "-m", "modelcheck"]
