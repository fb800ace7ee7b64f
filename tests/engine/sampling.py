"""How random models are drawn: always the same ones, without shrinking, which costs more than reading a whole model."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings


def sample(examples: int) -> settings:
    """A decorator for a test over `examples` models."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
