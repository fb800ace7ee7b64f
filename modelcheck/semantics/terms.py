"""Linear expressions over integer variables, and formulas over them, Booleans and enumerations.

This is the small own type that travels between packages; `solver.encode` turns it into Z3, `engine.codegen` into
Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from operator import is_

from modelcheck.model.conditions import Relation


@dataclass(frozen=True)
class Linear:
    """`constant + sum(coefficient * variable)`; terms sorted by variable name, no zero coefficients."""

    constant: int = 0
    terms: tuple[tuple[str, int], ...] = ()

    def coefficient(self, name: str) -> int:
        """The coefficient of a variable; 0 where it does not occur."""
        return dict(self.terms).get(name, 0)

    def __add__(self, other: Linear | int) -> Linear:
        if isinstance(other, int):
            return Linear(self.constant + other, self.terms)
        sums = dict(self.terms)
        for name, coefficient in other.terms:
            sums[name] = sums.get(name, 0) + coefficient
        return Linear(self.constant + other.constant, _normal(sums))

    def __sub__(self, other: Linear | int) -> Linear:
        return self + (-other if isinstance(other, int) else other.scaled(-1))

    def scaled(self, factor: int) -> Linear:
        """The expression times an integer."""
        return Linear(self.constant * factor, tuple((n, c * factor) for n, c in self.terms) if factor else ())

    def substitute(self, values: Mapping[str, Linear]) -> Linear:
        """Replace variables by expressions; those not in `values` stay."""
        for name, _ in self.terms:
            if name in values:
                break
        else:
            return self
        constant = self.constant
        sums: dict[str, int] = {}
        for name, coefficient in self.terms:
            value = values.get(name)
            if value is None:
                sums[name] = sums.get(name, 0) + coefficient
                continue
            constant += coefficient * value.constant
            for inner, factor in value.terms:
                sums[inner] = sums.get(inner, 0) + coefficient * factor
        return Linear(constant, _normal(sums))


def _normal(sums: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((n, c) for n, c in sums.items() if c))


@cache
def var(name: str) -> Linear:
    """The variable itself."""
    return Linear(0, ((name, 1),))


def number(value: int) -> Linear:
    """A constant."""
    return Linear(value)


def total(names: Iterable[str]) -> Linear:
    """The sum of variables."""
    sums: dict[str, int] = {}
    for name in names:
        sums[name] = sums.get(name, 0) + 1
    return Linear(0, _normal(sums))


@dataclass(frozen=True)
class Truth:
    """Always, or never."""

    value: bool


@dataclass(frozen=True)
class IsSet:
    """A Boolean variable is true."""

    name: str


@dataclass(frozen=True)
class IsValue:
    """An enumeration variable has this value (an index into its domain)."""

    name: str
    value: int


@dataclass(frozen=True)
class Positive:
    """`expression >= 1`."""

    expression: Linear


@dataclass(frozen=True)
class Zero:
    """`expression == 0`."""

    expression: Linear


@dataclass(frozen=True)
class Negation:
    """The operand does not hold."""

    operand: Formula


@dataclass(frozen=True)
class And:
    """Every operand holds."""

    operands: tuple[Formula, ...]


@dataclass(frozen=True)
class Or:
    """Some operand holds."""

    operands: tuple[Formula, ...]


Atom = IsSet | IsValue | Positive | Zero
Formula = Truth | Atom | Negation | And | Or

YES = Truth(True)
NO = Truth(False)


def negate(formula: Formula) -> Formula:
    """The negation, simplified at the top."""
    match formula:
        case Truth(value):
            return Truth(not value)
        case Negation(operand):
            return operand
        case _:
            return Negation(formula)


def conjunction(*parts: Formula) -> Formula:
    """`And`, flattened and simplified."""
    return _join(parts, And, YES, NO)


def disjunction(*parts: Formula) -> Formula:
    """`Or`, flattened and simplified."""
    return _join(parts, Or, NO, YES)


def _join(parts: tuple[Formula, ...], kind: type[And] | type[Or], unit: Truth, zero: Truth) -> Formula:
    flat: list[Formula] = []
    for part in parts:
        for piece in part.operands if isinstance(part, kind) else (part,):
            if isinstance(piece, Truth):
                if piece == zero:
                    return zero
            elif piece not in flat:
                flat.append(piece)
    if not flat:
        return unit
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def positive(expression: Linear) -> Formula:
    """`expression >= 1`, decided where it is constant."""
    return Truth(expression.constant >= 1) if not expression.terms else Positive(expression)


def zero(expression: Linear) -> Formula:
    """`expression == 0`, decided where it is constant."""
    return Truth(expression.constant == 0) if not expression.terms else Zero(expression)


def compare(relation: Relation, left: Linear, right: Linear) -> Formula:
    """A comparison in terms of `Positive` and `Zero`."""
    match relation:
        case "==":
            return zero(left - right)
        case "!=":
            return negate(zero(left - right))
        case ">":
            return positive(left - right)
        case ">=":
            return positive(left - right + 1)
        case "<":
            return positive(right - left)
        case "<=":
            return positive(right - left + 1)


def variables_of(formula: Formula) -> Iterator[str]:
    """Every variable a formula reads."""
    match formula:
        case IsSet(name) | IsValue(name, _):
            yield name
        case Positive(expression) | Zero(expression):
            for name, _ in expression.terms:
                yield name
        case Negation(operand):
            yield from variables_of(operand)
        case And(operands) | Or(operands):
            for part in operands:
                yield from variables_of(part)


def rewrite(formula: Formula, atom: Callable[[Atom], Formula]) -> Formula:
    """Replace every atom, and simplify; the formula itself where `atom` gives back every atom itself."""
    match formula:
        case Truth():
            return formula
        case Negation(operand):
            new = rewrite(operand, atom)
            return formula if new is operand else negate(new)
        case And(operands):
            parts = [rewrite(part, atom) for part in operands]
            return formula if all(map(is_, parts, operands)) else conjunction(*parts)
        case Or(operands):
            parts = [rewrite(part, atom) for part in operands]
            return formula if all(map(is_, parts, operands)) else disjunction(*parts)
        case _:
            return atom(formula)


def substitute(formula: Formula, values: Mapping[str, Linear]) -> Formula:
    """Replace integer variables by expressions."""

    def atom(part: Atom) -> Formula:
        match part:
            case Positive(expression):
                new = expression.substitute(values)
                return part if new is expression else positive(new)
            case Zero(expression):
                new = expression.substitute(values)
                return part if new is expression else zero(new)
            case _:
                return part

    return rewrite(formula, atom)


def value_in(expression: Linear, state: Mapping[str, int]) -> int:
    """What an expression is where every variable has a value."""
    return expression.constant + sum(coefficient * state[name] for name, coefficient in expression.terms)


def holds_in(formula: Formula, state: Mapping[str, int]) -> bool:
    """Does a formula hold where every variable has a value (Booleans 0 or 1)?"""
    match formula:
        case Truth(value):
            return value
        case IsSet(name):
            return state[name] == 1
        case IsValue(name, value):
            return state[name] == value
        case Positive(expression):
            return value_in(expression, state) >= 1
        case Zero(expression):
            return value_in(expression, state) == 0
        case Negation(operand):
            return not holds_in(operand, state)
        case And(operands):
            return all(holds_in(part, state) for part in operands)
        case Or(operands):
            return any(holds_in(part, state) for part in operands)
