"""The engine and the oracle agree: on every litmus case and on random models, in every configuration.

Where the oracle finds a hazard, the engine reports it under a condition that holds there; what the engine reports, the
oracle finds and the interpreter replays; what the engine calls safe, the oracle does not break. The engine may leave
something open, but seldom, and only if it says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.resolve import load_text, load_unit
from modelcheck.verdict import Verdict
from tests.engine import protocols
from tests.engine.agreement import compare
from tests.engine.sampling import sample
from tests.strategies import lifecycles

CASES = sorted((Path(__file__).parent.parent / "litmus").glob("*.litmus"))
NEAR_REALITY, TO_THE_FULL = lifecycles.models(), protocols.models()


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_litmus(path: Path) -> None:
    unit = load_unit(path)
    for lifecycle in (*unit.lifecycles, *unit.proposed):
        found = compare(unit, lifecycle, tables=3, limit=100_000)
        assert not found.differences, "\n".join(found.differences)
        assert found.instances


@dataclass
class Tally:
    """What a run over random models came to."""

    models: int = 0
    undecided: list[str] = field(default_factory=list)
    verdicts: dict[Verdict, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def add(self, text: str, tables: int) -> None:
        unit = load_text(text)
        found = compare(unit, unit.lifecycles[0], tables=tables, limit=8_000)
        self.models += 1
        self.verdicts[found.result.verdict] = self.verdicts.get(found.result.verdict, 0) + 1
        if found.undecided:
            self.undecided.append("; ".join([found.result.reason, *(each.why for each in found.result.undecided)]))
        self.differences += [f"{d}\n{text}" for d in found.differences]


def _sample(models: st.SearchStrategy[str], examples: int, tables: int) -> Tally:
    """Always the same models, so that the bounds below are about them and not about luck."""
    tally = Tally()

    @sample(examples)
    @given(models)
    def collect(text: str) -> None:
        tally.add(text, tables)

    collect()
    return tally


def _check(tally: Tally, at_most_undecided: float, *verdicts: Verdict) -> None:
    assert not tally.differences, "\n\n".join(tally.differences)
    assert len(tally.undecided) <= at_most_undecided * tally.models, "\n".join(tally.undecided)
    assert set(verdicts) <= tally.verdicts.keys()


def test_models_near_reality() -> None:
    _check(_sample(NEAR_REALITY, 25, 2), 0.1, Verdict.SAFE, Verdict.UNSAFE)


def test_models_that_use_the_language_to_the_full() -> None:
    _check(_sample(TO_THE_FULL, 12, 2), 0.5, Verdict.UNSAFE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("models", "examples", "tables", "undecided"),
    [(lambda: NEAR_REALITY, 400, 3, 0.1), (lambda: TO_THE_FULL, 200, 2, 0.5)],
    ids=["near-reality", "to-the-full"],
)
def test_many(models: Callable[[], st.SearchStrategy[str]], examples: int, tables: int, undecided: float) -> None:
    _check(_sample(models(), examples, tables), undecided, Verdict.UNSAFE)
