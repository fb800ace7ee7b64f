"""Terms to Z3 expressions, in a given context."""

from __future__ import annotations

from collections.abc import Iterable

import z3

from modelcheck.semantics.system import Sort, StateVariable
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


class Encoder:
    """One set of state variables in one Z3 context."""

    def __init__(self, variables: Iterable[StateVariable], context: z3.Context, suffix: str = "") -> None:
        self.context = context
        self.variables = tuple(variables)
        self.terms: dict[str, z3.ExprRef] = {
            v.name: z3.Bool(v.name + suffix, context) if v.sort is Sort.BOOLEAN else z3.Int(v.name + suffix, context)
            for v in self.variables
        }
        self._true = z3.BoolVal(True, context)
        self._numbers: dict[int, z3.ArithRef] = {}

    def number(self, value: int) -> z3.ArithRef:
        """An integer literal (shared)."""
        if value not in self._numbers:
            self._numbers[value] = z3.IntVal(value, self.context)
        return self._numbers[value]

    def linear(self, expression: Linear) -> z3.ArithRef:
        """An integer term."""
        parts = [
            self.terms[name] if coefficient == 1 else self.number(coefficient) * self.terms[name]
            for name, coefficient in expression.terms
        ]
        if expression.constant or not parts:
            parts.append(self.number(expression.constant))
        return parts[0] if len(parts) == 1 else z3.Sum(parts)

    def formula(self, term: Formula) -> z3.BoolRef:
        """A Boolean term."""
        match term:
            case Truth(value):
                return z3.BoolVal(value, self.context)
            case IsSet(name):
                return self.terms[name]
            case IsValue(name, value):
                return self.terms[name] == self.number(value)
            case Positive(expression):
                return self.linear(expression) >= self.number(1)
            case Zero(expression):
                return self.linear(expression) == self.number(0)
            case Negation(operand):
                return z3.Not(self.formula(operand))
            case And(operands):
                return z3.And([self.formula(part) for part in operands])
            case Or(operands):
                return z3.Or([self.formula(part) for part in operands])

    def typing(self) -> list[z3.BoolRef]:
        """What holds of every variable by its sort."""
        facts = []
        for variable in self.variables:
            term = self.terms[variable.name]
            if variable.sort is Sort.COUNT:
                facts.append(term >= self.number(0))
            elif variable.sort is Sort.PARAMETER:
                facts.append(term >= self.number(variable.minimum))
            elif variable.sort is Sort.ENUMERATION:
                facts.append(z3.And(term >= self.number(0), term <= self.number(len(variable.values) - 1)))
        return facts
