"""Formulas, laws and whole certificates as SMT-LIB 2 text (logic QF_LIA)."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.semantics.system import Sort, StateVariable, System
from modelcheck.semantics.terms import (
    And,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Negation,
    Or,
    Positive,
    Truth,
    Zero,
)


def symbol(name: str) -> str:
    """A quoted SMT-LIB symbol."""
    return f"|{name}|"


def sort_name(variable: StateVariable) -> str:
    """The SMT-LIB sort of a variable."""
    return "Bool" if variable.sort is Sort.BOOLEAN else "Int"


def parameter(variable: StateVariable) -> str:
    """The variable as a parameter of a `define-fun`."""
    return f"({symbol(variable.name)} {sort_name(variable)})"


def declare(variable: StateVariable) -> str:
    """The declaration of a state variable."""
    return f"(declare-const {symbol(variable.name)} {sort_name(variable)})"


def new_value(system: System, name: str, value: Linear) -> str:
    """What a variable is assigned: a number, or a Boolean constant."""
    if system.sorts.get(name) is Sort.BOOLEAN:
        return "true" if value.constant else "false"
    return linear(value)


def numeral(value: int) -> str:
    """An integer literal."""
    return str(value) if value >= 0 else f"(- {-value})"


def linear(expression: Linear) -> str:
    """An integer term."""
    parts = [
        symbol(name) if coefficient == 1 else f"(* {numeral(coefficient)} {symbol(name)})"
        for name, coefficient in expression.terms
    ]
    if expression.constant or not parts:
        parts.append(numeral(expression.constant))
    return parts[0] if len(parts) == 1 else "(+ " + " ".join(parts) + ")"


def formula(term: Formula) -> str:
    """A Boolean term."""
    match term:
        case Truth(value):
            return "true" if value else "false"
        case IsSet(name):
            return symbol(name)
        case IsValue(name, value):
            return f"(= {symbol(name)} {numeral(value)})"
        case Positive(expression):
            return f"(>= {linear(expression)} 1)"
        case Zero(expression):
            return f"(= {linear(expression)} 0)"
        case Negation(operand):
            return f"(not {formula(operand)})"
        case And(operands):
            return conjunction(formula(part) for part in operands)
        case Or(operands):
            return disjunction(formula(part) for part in operands)


def conjunction(parts: Iterable[str]) -> str:
    """`and` of any number of terms."""
    return _join(list(parts), "and", "true")


def disjunction(parts: Iterable[str]) -> str:
    """`or` of any number of terms."""
    return _join(list(parts), "or", "false")


def _join(parts: list[str], operator: str, empty: str) -> str:
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else f"({operator} {' '.join(parts)})"


def typing(variables: Iterable[StateVariable]) -> list[str]:
    """What holds of every variable by its sort: counts are natural numbers, enumerations stay in their domain."""
    facts = []
    for variable in variables:
        name = symbol(variable.name)
        if variable.sort is Sort.COUNT:
            facts.append(f"(>= {name} 0)")
        elif variable.sort is Sort.PARAMETER:
            facts.append(f"(>= {name} {numeral(variable.minimum)})")
        elif variable.sort is Sort.ENUMERATION:
            facts.append(f"(<= 0 {name} {len(variable.values) - 1})")
    return facts
