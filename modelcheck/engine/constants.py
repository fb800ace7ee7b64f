"""Which values a constant is looked at for, and which ones real configurations give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from modelcheck.configurations.space import Case
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.engine.reduced import Interval
from modelcheck.model.conditions import TRUE, ConstantCase, holds
from modelcheck.model.unit import Unit


def constant_range(unit: Unit, fixed: Mapping[str, int]) -> Mapping[str, Interval]:
    """For every constant the values that a check covers: all from its minimum, or the one that was fixed.

    Raises:
        InputError: a fixed value lies below the minimum (CA222).
    """
    ranges = {}
    for constant in unit.constants:
        if constant.name not in fixed:
            ranges[constant.name] = Interval(constant.minimum)
            continue
        value = fixed[constant.name]
        if value < constant.minimum:
            raise InputError(
                [Diagnostic("CA222", f"`{constant.name}` is at least {constant.minimum}, not {value}", constant.span)]
            )
        ranges[constant.name] = Interval(value, value)
    return ranges


def with_values(unit: Unit, fixed: Mapping[str, int]) -> Unit:
    """The unit in which these constants have these values in every configuration, whatever its cases say."""
    return replace(
        unit,
        constants=tuple(
            replace(c, cases=(ConstantCase(TRUE, (fixed[c.name],)),)) if c.name in fixed else c for c in unit.constants
        ),
    )


def covered_values(
    asked: Mapping[str, Interval], admitted: Callable[[str], tuple[int, ...] | None]
) -> Mapping[str, Interval]:
    """The values that a class of configurations is checked for.

    All that was asked for, except that a constant which is never 1 there is looked at from 2 up, and one that has
    only one value there for that value.
    """
    covered = dict(asked)
    for name, interval in asked.items():
        values = admitted(name)
        if not values:
            continue
        if len(values) == 1 and values[0] == interval.low:
            covered[name] = Interval(interval.low, interval.low)
        elif min(values) > interval.low:
            covered[name] = Interval(interval.low + 1, interval.high)
    return covered


def admitted_values(unit: Unit, name: str, case: Case) -> tuple[int, ...] | None:
    """The values that a constant takes in a configuration; None where the model does not say."""
    constant = unit.constant(name)
    for entry in constant.cases:
        if holds(entry.condition, case):
            return entry.values
    return None
