"""Footings of models, for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from modelcheck.engine import check
from modelcheck.footing import Footing, together
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.proofs.explain import footings_of
from modelcheck.resolve import load_unit
from modelcheck.verdict import Result, Verdict

LITMUS = Path(__file__).parent.parent / "litmus"
CASES = sorted(LITMUS.glob("*.litmus"))


def explained(unit: Unit, lifecycle: Lifecycle) -> Result:
    """The result with what every proof stands on."""
    proposals = (lifecycle.proposal,) if lifecycle.proposal else ()
    (result,) = check(unit, lifecycles=[lifecycle.name], proposals=proposals, explain=footings_of)
    return result


def footing(result: Result) -> Footing:
    """What its proofs stand on together."""
    found = together(tuple(each.footing for each in result.certificates if each.footing is not None))
    assert not found.reason, found.reason
    return found


@cache
def litmus_unit(case: str) -> Unit:
    """A litmus case."""
    return load_unit(LITMUS / f"{case}.litmus")


@cache
def safe_footing(case: str) -> Footing:
    """What the only life cycle of a litmus case stands on, which is SAFE."""
    unit = litmus_unit(case)
    result = explained(unit, unit.lifecycles[0])
    assert result.verdict is Verdict.SAFE
    return footing(result)
