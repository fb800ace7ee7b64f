"""Flags, counters and value fields: what setting, adding and testing them does (rule OV111)."""

from __future__ import annotations

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import IntExpr
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Effect, Hazards, Outcome, Updates, plain
from modelcheck.semantics.expressions import expression, value_index
from modelcheck.semantics.mentions import stored
from modelcheck.semantics.ownership import touch, use, write
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.tables import drain
from modelcheck.semantics.terms import IsSet, Linear, negate, positive, var, zero


def set_flag(context: Context, name: str, value: bool) -> Effect:
    """Set or clear a flag."""
    updates = Updates()
    updates.set(name, int(value))
    return plain(_touch_if_stored(context, name), updates)


def exchange_flag(context: Context, name: str, afterwards: bool) -> Effect:
    """`test_and_set_bit`, `test_and_clear_bit`: was it set, was it clear."""
    updates = Updates()
    updates.set(name, int(afterwards))
    outcomes = (Outcome(0, IsSet(name), updates), Outcome(1, negate(IsSet(name)), updates))
    return Effect(_touch_if_stored(context, name), outcomes)


def set_value(context: Context, name: str, value: str) -> Effect:
    """Write a value field; it holds one of its named values."""
    updates = Updates()
    hazards = _write_if_stored(context, name, updates)
    updates.set(name, value_index(context, name, value))
    return plain(hazards, updates)


def set_counter(context: Context, name: str, value: IntExpr) -> Effect:
    """Write a counter; OV111 if the value is below zero."""
    updates = Updates()
    new = expression(context, value)
    hazards = (*_write_if_stored(context, name, updates), *_below_zero(name, new))
    updates.assign(name, new)
    drain(context, value, updates)
    return plain(hazards, updates)


def add_counter(context: Context, name: str, value: IntExpr, negative: bool) -> Effect:
    """Add to a counter, or subtract from it; OV111 if it would fall below zero."""
    amount = expression(context, value)
    result = var(name) - amount if negative else var(name) + amount
    used = (case for field in stored(context.lifecycle, name) for case in use(context, field))
    hazards: Hazards = (*used, *_below_zero(name, result))
    updates = Updates()
    updates.add(name, amount.scaled(-1) if negative else amount)
    drain(context, value, updates)
    return plain(hazards, updates)


def sub_and_test(context: Context, name: str, value: IntExpr) -> Effect:
    """Subtract from a counter: is the result zero, is it not zero."""
    effect = add_counter(context, name, value, True)
    updates = effect.outcomes[0].updates
    nothing_left = zero(var(name) - expression(context, value))
    return Effect(effect.hazards, (Outcome(0, nothing_left, updates), Outcome(1, negate(nothing_left), updates)))


def _below_zero(name: str, value: Linear) -> Hazards:
    if value.constant >= 0 and all(coefficient > 0 for _, coefficient in value.terms):
        return ()
    return (HazardCase("OV111", positive(value.scaled(-1)), f"`{name}` would fall below zero"),)


def _touch_if_stored(context: Context, name: str) -> Hazards:
    return touch() if context.is_stored(name) else ()


def _write_if_stored(context: Context, name: str, updates: Updates) -> Hazards:
    fields: list[FieldRef] = list(stored(context.lifecycle, name))
    return tuple(case for field in fields for case in write(context, field, updates))
