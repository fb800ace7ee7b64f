"""Guards and integer expressions: names get their meaning from what the life cycle and the unit declare."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.conditions import FALSE, TRUE, SymbolSet
from modelcheck.model.guards import (
    NO_GUARD,
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
from modelcheck.model.variables import Counter, Flag, GhostCounter, GhostFlag, Value
from modelcheck.resolve.scope import BUILT_IN_STATES, Scope
from modelcheck.syntax import ast
from modelcheck.syntax.conditions import symbol_name

EFFECTS = ("dec_and_test", "sub_and_test", "test_set_flag", "test_clear_flag")


def effects_in(expression: ast.Argument) -> Iterator[ast.Call]:
    """The tests that change what they test."""
    match expression:
        case ast.Call(name, arguments):
            if name.text in EFFECTS:
                yield expression
            for argument in arguments:
                yield from effects_in(argument)
        case ast.Negation(operand):
            yield from effects_in(operand)
        case ast.Logic(_, operands):
            for operand in operands:
                yield from effects_in(operand)
        case ast.Comparison(_, left, right) | ast.Arithmetic(_, left, right):
            yield from effects_in(left)
            yield from effects_in(right)
        case _:
            pass


def resolve_guard(expression: ast.Expression, scope: Scope) -> Guard:
    """The meaning of a guard. What is wrong with it is reported, and the result then means nothing."""
    match expression:
        case ast.Negation(operand):
            return GuardNot(resolve_guard(operand, scope))
        case ast.Logic("&&", operands):
            return GuardAll(tuple(resolve_guard(o, scope) for o in operands))
        case ast.Logic("||", operands):
            return GuardAny(tuple(resolve_guard(o, scope) for o in operands))
        case ast.Logic(operator, (left, right)):
            first, second = resolve_guard(left, scope), resolve_guard(right, scope)
            if operator == "->":
                return GuardAny((GuardNot(first), second))
            return GuardAny((GuardAll((first, second)), GuardAll((GuardNot(first), GuardNot(second)))))
        case ast.Comparison():
            return _comparison(expression, scope)
        case ast.NumberLiteral(value) if value in (0, 1):
            return InConfiguration(TRUE if value else FALSE)
        case ast.Name():
            return _named(expression, scope)
        case ast.Call(name, arguments):
            return _call(expression, name, arguments, scope)
        case _:
            scope.wrong("CA320", "this is a number, not a condition", expression.span, "compare it: `count(x) > 0`")
            return NO_GUARD


def _named(name: ast.Name, scope: Scope) -> Guard:
    world = scope.world
    symbol = symbol_name(name.text)
    variable = scope.variable(name.text)
    if isinstance(variable, Flag | GhostFlag):
        return FlagIs(variable.name)
    if variable is not None:
        helps = {Counter: f"`{name.text} > 0`", GhostCounter: f"`{name.text} > 0`", Value: f"`{name.text} == ...`"}
        wanted = helps.get(type(variable), "")
        scope.wrong(
            "CA320", f"`{name.text}` is not a condition by itself", name.span, f"compare it: {wanted}" if wanted else ""
        )
        return NO_GUARD
    if symbol in world.defines:
        return InConfiguration(world.defines[symbol])
    if symbol in world.symbols:
        return InConfiguration(SymbolSet(symbol))
    known = [n for n, v in scope.variables.items() if isinstance(v, Flag | GhostFlag)]
    known += [*world.symbols, *world.defines]
    scope.unknown("CA310", f"`{name.text}` is neither a flag nor a configuration symbol", name, known)
    return NO_GUARD


def _call(call: ast.Call, name: ast.Name, arguments: tuple[ast.Argument, ...], scope: Scope) -> Guard:
    match name.text, arguments:
        case "test_flag", (ast.Name() as flag,):
            return FlagIs(scope.flag(flag))
        case "list_empty", (ast.Name() as field,):
            return ListEmpty(scope.field(field))
        case (("defined" | "IS_ENABLED"), (ast.Name() as symbol,)):
            return _named(symbol, scope)
        case (("count" | "drain"), _):
            scope.wrong("CA320", "this is a number, not a condition", call.span, f"compare it: `{name.text}(...) > 0`")
        case (("test_flag" | "list_empty" | "defined" | "IS_ENABLED"), _):
            scope.wrong("CA013", f"`{name.text}` takes one name", call.span)
        case word, _ if word in EFFECTS:
            scope.wrong(
                "CA321",
                f"`{word}` changes what it tests, and may only be all or the last part of an `if`",
                call.span,
            )
        case _:
            known = ("test_flag", "list_empty", "count", "drain", *EFFECTS)
            scope.unknown("CA012", f"there is no test `{name.text}`", name, known)
    return NO_GUARD


def _comparison(expression: ast.Comparison, scope: Scope) -> Guard:
    left, right = expression.left, expression.right
    for one, other in ((left, right), (right, left)):
        variable = scope.variable(one.text) if isinstance(one, ast.Name) else None
        if isinstance(variable, Value):
            return _value_comparison(expression, variable, other, scope)
    return Compare(expression.relation, resolve_integer(left, scope), resolve_integer(right, scope))


def _value_comparison(expression: ast.Comparison, variable: Value, other: ast.Expression, scope: Scope) -> Guard:
    if expression.relation not in ("==", "!=") or not isinstance(other, ast.Name):
        scope.wrong(
            "CA313", f"`{variable.name}` can only be compared with `==` or `!=` to one of its values", expression.span
        )
        return NO_GUARD
    guard = ValueIs(variable.name, resolve_value(variable, other, scope))
    return guard if expression.relation == "==" else GuardNot(guard)


def resolve_value(variable: Value, name: ast.Name, scope: Scope) -> str:
    """One of the values of a value field, reported if it is none."""
    if name.text not in variable.values:
        scope.unknown(
            "CA313",
            f"`{name.text}` is not a value of `{variable.name}`",
            name,
            variable.values,
            "its values are " + ", ".join(f"`{v}`" for v in variable.values),
        )
    return name.text


def resolve_integer(expression: ast.Expression, scope: Scope) -> IntExpr:
    """The meaning of an integer expression."""
    match expression:
        case ast.NumberLiteral(value):
            return Number(value)
        case ast.Arithmetic(operator, left, right):
            return Sum(resolve_integer(left, scope), resolve_integer(right, scope), operator == "-")
        case ast.Name("TABLES"):
            return Tables()
        case ast.Name(text):
            variable = scope.variable(text)
            if isinstance(variable, Counter | GhostCounter):
                return VariableRef(variable.name)
            if text in scope.world.constants:
                return ConstantRef(text)
            known = [n for n, v in scope.variables.items() if isinstance(v, Counter | GhostCounter)]
            scope.unknown(
                "CA312",
                f"`{text}` is neither a counter nor a constant",
                expression,
                [*known, *scope.world.constants, "TABLES"],
            )
        case ast.Call(ast.Name("count"), (ast.Name() as state,)):
            return CountIn(scope.state(state, BUILT_IN_STATES))
        case ast.Call(ast.Name("drain"), (ast.Name() as state,)):
            return Drain(scope.state(state, ()))
        case ast.Call(ast.Name("drain"), (ast.Logic("->", (ast.Name() as state, ast.Name() as target)),)):
            return Drain(scope.state(state, ()), scope.state(target))
        case ast.Call(name):
            scope.unknown("CA012", f"`{name.text}(...)` is not a number", name, ("count", "drain"))
        case _:
            scope.wrong("CA320", "this is a condition, not a number", expression.span)
    return Number(0)
