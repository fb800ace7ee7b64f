"""Runs over counts become runs of individual tables, whatever a step does with the numbers of tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.engine import check
from modelcheck.resolve import load_text
from modelcheck.verdict import Verdict

CASE = (Path(__file__).parent.parent / "litmus" / "tables-counted-one-too-few.litmus").read_text(encoding="utf-8")
STEP = "seen += drain(cached -> cached);"


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (STEP, Verdict.UNSAFE),
        ("seen += count(cached);", Verdict.UNSAFE),
        ("seen = drain(cached -> cached);", Verdict.UNSAFE),
        ("seen += count(cached) + drain(cached -> cached);", Verdict.UNSAFE),
        # Nothing is counted twice, and what is taken away again was there.
        ("seen += drain(cached -> cached) - drain(cached -> cached);", Verdict.SAFE),
        ("seen += drain(cached -> cached) - count(cached);", Verdict.SAFE),
    ],
)
def test_counting_tables_moves_none(step: str, verdict: Verdict) -> None:
    assert STEP in CASE
    (result,) = check(load_text(CASE.replace(STEP, step)))
    assert result.verdict is verdict, result.reason
