"""Formulas, laws and whole certificates as SMT-LIB 2 text (logic QF_LIA)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

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
    variables_of,
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


@dataclass(frozen=True)
class Function:
    """What is said of a state, as a function of the variables that it speaks of: of another state it says the same.

    `name` is a symbol as it is written.
    """

    name: str
    text: str
    variables: tuple[StateVariable, ...]

    @classmethod
    def of(cls, name: str, term: Formula, variables: Iterable[StateVariable]) -> Function:
        """A formula as a function of those of the variables that it reads."""
        read = frozenset(variables_of(term))
        return cls(name, formula(term), tuple(variable for variable in variables if variable.name in read))

    @cached_property
    def _arguments(self) -> tuple[tuple[str, str], ...]:
        return tuple((variable.name, symbol(variable.name)) for variable in self.variables)

    @property
    def defined(self) -> str:
        """Its definition."""
        return f"(define-fun {self.name} ({' '.join(map(parameter, self.variables))}) Bool\n  {self.text})"

    def at(self, values: Mapping[str, str]) -> str:
        """What it says where variables have these values, as terms, and the others the ones they have."""
        arguments = " ".join([values.get(name, symbol) for name, symbol in self._arguments])
        return f"({self.name} {arguments})" if arguments else self.name


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
