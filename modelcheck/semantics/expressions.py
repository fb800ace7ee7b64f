"""Integer expressions and guards of the language, in terms of a system's variables before the step."""

from __future__ import annotations

from modelcheck.model.guards import (
    Compare,
    ConstantRef,
    CountIn,
    Drain,
    FlagIs,
    Guard,
    GuardAll,
    GuardAny,
    GuardNot,
    InConfiguration,
    IntExpr,
    ListEmpty,
    Number,
    Sum,
    Tables,
    ValueIs,
    VariableRef,
)
from modelcheck.model.variables import Value
from modelcheck.semantics.context import Context
from modelcheck.semantics.names import inside, linked
from modelcheck.semantics.terms import (
    Formula,
    IsSet,
    IsValue,
    Linear,
    Truth,
    compare,
    conjunction,
    disjunction,
    negate,
    number,
    total,
    var,
)


def in_state(context: Context, state: str) -> Linear:
    """How many tables rest in a state."""
    return total(context.resting_in(state))


def readers_inside(context: Context) -> Linear:
    """How many readers are inside any table."""
    return total([inside(group.name) for group in context.groups])


def expression(context: Context, value: IntExpr) -> Linear:
    """The value of an integer expression."""
    match value:
        case Number(constant):
            return number(constant)
        case ConstantRef(name) | VariableRef(name):
            return var(name)
        case Tables():
            return expression(context, context.lifecycle.tables)
        case CountIn(state) | Drain(state, _):
            return in_state(context, state)
        case Sum(left, right, negative):
            a, b = expression(context, left), expression(context, right)
            return a - b if negative else a + b


def condition(context: Context, guard: Guard) -> Formula:
    """The truth of a guard."""
    match guard:
        case InConfiguration(decided):
            return Truth(context.storage.holds(decided))
        case FlagIs(name):
            return IsSet(name)
        case ValueIs(name, value):
            return IsValue(name, value_index(context, name, value))
        case Compare(relation, left, right):
            return compare(relation, expression(context, left), expression(context, right))
        case ListEmpty(field):
            return negate(IsSet(linked(context.storage.slot(field))))
        case GuardNot(operand):
            return negate(condition(context, operand))
        case GuardAll(operands):
            return conjunction(*(condition(context, part) for part in operands))
        case GuardAny(operands):
            return disjunction(*(condition(context, part) for part in operands))


def value_index(context: Context, name: str, value: str) -> int:
    """The number of one of a value field's named values (from 1; 0 is any other); TypeError for another variable."""
    variable = context.lifecycle.variable(name)
    if not isinstance(variable, Value):
        raise TypeError(f"`{name}` is not a value field")
    return variable.values.index(value) + 1
