"""Every litmus case through the engine: verdict, rules and condition are those in its header."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.engine import check
from modelcheck.model.unit import Expectation, Unit
from modelcheck.resolve import load_unit
from modelcheck.verdict import Result, Verdict
from tests.engine.agreement import undecided

CASES = sorted((Path(__file__).parent.parent / "litmus").glob("*.litmus"))


def _result(unit: Unit, expectation: Expectation) -> Result:
    proposals = (expectation.proposal,) if expectation.proposal else ()
    (result,) = check(unit, lifecycles=[expectation.lifecycle], proposals=proposals)
    return result


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_the_answer_is_the_one_in_the_header(path: Path) -> None:
    unit = load_unit(path)
    for expectation in unit.expectations:
        result = _result(unit, expectation)
        assert result.verdict.value == expectation.verdict, result.reason
        assert {f.rule for f in result.findings} == set(expectation.rules)
        assert result.condition.text == " ".join(expectation.condition.split())
        if result.verdict is Verdict.SAFE:
            assert result.certificates
            assert not result.unreached


def test_nothing_is_left_open() -> None:
    """Beside what it found the engine says of nothing else that it is not decided."""
    left = [
        f"{path.stem}: {result.reason}; {result.undecided}"
        for path in CASES
        for unit in [load_unit(path)]
        for result in (_result(unit, expectation) for expectation in unit.expectations)
        if undecided(result)
    ]
    assert not left, "\n".join(left)


def test_there_are_cases_on_both_sides() -> None:
    verdicts = [e.verdict for path in CASES for e in load_unit(path).expectations]
    assert min(verdicts.count("SAFE"), verdicts.count("UNSAFE")) >= 20
