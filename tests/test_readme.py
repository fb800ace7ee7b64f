"""What the README shows is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelcheck.cli import exits, main
from modelcheck.cli.options import COMMANDS
from modelcheck.model.program import CallRcu
from modelcheck.resolve import load_text

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
(MODEL,) = re.findall(r"```\n(litmus .*?)```", README, re.DOTALL)


def test_the_tutorial_is_a_model() -> None:
    unit = load_text(MODEL, "README.md")
    (lifecycle,) = unit.lifecycles
    assert isinstance(lifecycle.path("pte_free").nodes[0].operation, CallRcu)
    assert [(e.lifecycle, e.verdict) for e in unit.expectations] == [("pte_page", "SAFE")]


def test_it_is_safe_until_the_change_that_is_suggested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "first.litmus"
    file.write_text(MODEL, encoding="utf-8")
    assert main([str(file), "-j", "0", "-q"]) == 0
    file.write_text(MODEL.replace("call_rcu(rcu_head, release)", "goto release"), encoding="utf-8")
    assert main([str(file), "-j", "0"]) == 1
    out = capsys.readouterr().out
    assert "OV105" in out
    assert "reader 0 (walker)" in out


def test_commands_and_statuses() -> None:
    named = set(re.findall(r"check-arch (\w+)", README))
    assert named & {command.name for command in COMMANDS} >= {"layout", "explain", "compare", "litmus"}
    for status in (exits.USAGE, exits.DRIFT, exits.INTERNAL, exits.INTERRUPTED):
        assert re.search(rf"\b{status}\b", README)
