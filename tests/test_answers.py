"""The answers that go with the models still belong to them, and are those that the models state.

This decides every life cycle of the newest kernel, today's and under every proposal: invariants are put to the solver
and runs are replayed. Nothing is searched, for everything is found beside the models; where it is not, the models
or the engine have changed, and `check-arch matrix --write-answers` has to be run again for that architecture.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from modelcheck.cli.caching import answers_beside
from modelcheck.engine import check
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.report.expectations import outcomes
from modelcheck.resolve import load_unit
from modelcheck.store import Packed
from modelcheck.verdict import Result, exit_status
from tests.test_archs import ARCHS, PROPOSALS, ROOT, named

NEWEST = max((path.parent.name for path in ARCHS), key=lambda kernel: [int(part) for part in kernel.split(".")])


class Watched(Packed):
    """Takes note of what had to be worked out."""

    worked_out = 0

    def put(self, key: str, entry: object) -> None:
        self.worked_out += 1


@cache
def unit_of(path: Path) -> Unit:
    return load_unit(path, extra=PROPOSALS, top=ROOT.parent)


def answered(unit: Unit, lifecycle: Lifecycle, store: Watched) -> Result:
    proposals = (lifecycle.proposal,) if lifecycle.proposal else ()
    (result,) = check(unit, lifecycles=(lifecycle.name,), proposals=proposals, store=store)
    return result


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[] if path.parent.name == NEWEST else [pytest.mark.slow]) for path in ARCHS],
    ids=named,
)
def test_every_answer_is_beside_its_model_and_as_stated(path: Path) -> None:
    unit = unit_of(path)
    store = Watched(answers_beside(path))
    results = []
    missing = []
    for lifecycle in (*unit.lifecycles, *unit.proposed):
        before = store.worked_out
        result = answered(unit, lifecycle, store)
        results.append(result)
        # What stays in doubt is always looked for anew.
        if store.worked_out > before and not result.undecided:
            missing.append(f"{result.lifecycle} {result.proposal}".strip())
    assert missing == [], f"check-arch matrix {unit.name} --kernel {unit.kernel} --write-answers"
    stated = outcomes(unit.expectations, results)
    assert [each.sentence for each in stated if each.result is not None and not each.met] == []
    expected = {(each.expectation.lifecycle, each.expectation.proposal) for each in stated}
    bad = [each for each in results if exit_status((each.verdict,)) and (each.lifecycle, each.proposal) not in expected]
    assert [f"{each.lifecycle} {each.proposal}: {each.verdict.value}" for each in bad] == []
