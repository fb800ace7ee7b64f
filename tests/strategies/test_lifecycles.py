"""Random models are well formed, and neither all safe nor all unsafe."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from modelcheck.resolve import load_text
from tests.oracle import explore
from tests.oracle.configurations import instances
from tests.strategies.lifecycles import models


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_every_model_can_be_read(text: str) -> None:
    assert load_text(text).lifecycles[0].name == "generated"


def test_safe_and_unsafe_models_both_arise() -> None:
    rules: list[frozenset[str]] = []

    @settings(max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(models())
    def collect(text: str) -> None:
        unit = load_text(text)
        outcomes = [
            explore(unit.lifecycles[0], i.configuration, i.configuration.layout, i.tables, i.constants, limit=3000)
            for i in instances(unit, unit.lifecycles[0], tables=2)
        ]
        rules.append(frozenset(rule for o in outcomes for rule in o.rules))

    collect()
    safe = sum(not found for found in rules)
    assert len(rules) // 10 <= safe <= len(rules) * 9 // 10
    assert len({rule for found in rules for rule in found}) >= 5
