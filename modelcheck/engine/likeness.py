"""Makes one term of two that mean the same, each in its own classes of configurations.

A variable that a class does not have is zero (or clear) there: its system never mentions it. So two sums that differ
only in variables that the other's classes do not have are both equal to the larger one, and a conjunct that is always
true in a class may stand there too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import (
    NO,
    YES,
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
    conjunction,
    disjunction,
    negate,
    positive,
    rewrite,
    zero,
)

T = TypeVar("T")
Updates = tuple[tuple[str, Linear], ...]


class Likeness:
    """Compares terms of some classes with terms of others.

    `present` says for each variable in which classes it exists, as a set of bits.
    """

    def __init__(self, present: Mapping[str, int]) -> None:
        self.present = present

    def within(self, formula: Formula, classes: int) -> Formula:
        """What is left of a formula in classes that lack some of its variables."""

        def atom(part: IsSet | IsValue | Positive | Zero) -> Formula:
            match part:
                case IsSet(name):
                    return part if self.present[name] & classes else NO
                case IsValue(name, value):
                    return part if self.present[name] & classes else Truth(value == 0)
                case Positive(expression):
                    return positive(self._linear_within(expression, classes))
                case Zero(expression):
                    return zero(self._linear_within(expression, classes))

        return rewrite(formula, atom)

    def _linear_within(self, expression: Linear, classes: int) -> Linear:
        kept = tuple(term for term in expression.terms if self.present[term[0]] & classes)
        return Linear(expression.constant, kept)

    def formula(self, left: Formula, a: int, right: Formula, b: int) -> Formula | None:
        """A formula that is `left` in the classes `a` and `right` in the classes `b`; None if none is apparent."""
        if left == right:
            return left
        match left, right:
            case Negation(one), Negation(other):
                inner = self.formula(one, a, other, b)
                return None if inner is None else negate(inner)
            case (Positive(one), Positive(other)) | (Zero(one), Zero(other)):
                sums = self.linear(one, a, other, b)
                if sums is not None:
                    return positive(sums) if isinstance(left, Positive) else zero(sums)
                return None
        if isinstance(left, And) or isinstance(right, And) or YES in (left, right):
            parts = self._formulas(_conjuncts(left), a, _conjuncts(right), b, YES)
            return None if parts is None else conjunction(*parts)
        if isinstance(left, Or) or isinstance(right, Or) or NO in (left, right):
            parts = self._formulas(_disjuncts(left), a, _disjuncts(right), b, NO)
            return None if parts is None else disjunction(*parts)
        return None

    def linear(self, left: Linear, a: int, right: Linear, b: int) -> Linear | None:
        """The same for sums."""
        if left == right:
            return left
        if left.constant != right.constant:
            return None
        sums = dict(left.terms)
        others = dict(right.terms)
        for name, coefficient in others.items():
            if name not in sums and not self.present[name] & a:
                sums[name] = coefficient
            elif sums.get(name) != coefficient:
                return None
        if any(name not in others and self.present[name] & b for name in sums):
            return None
        return Linear(left.constant, tuple(sorted(sums.items())))

    def hazards(
        self, left: Sequence[HazardCase], a: int, right: Sequence[HazardCase], b: int
    ) -> list[HazardCase] | None:
        """The same for hazards, of which the first that holds counts."""

        def same(one: HazardCase, other: HazardCase) -> HazardCase | None:
            if (one.rule, one.message, one.field, one.clobbered_by) != (
                other.rule,
                other.message,
                other.field,
                other.clobbered_by,
            ):
                return None
            condition = self.formula(one.condition, a, other.condition, b)
            if condition is None:
                return None
            return HazardCase(one.rule, condition, one.message, one.field, one.clobbered_by)

        def idle(case: HazardCase, classes: int) -> bool:
            return self.within(case.condition, classes) == NO

        return _aligned(left, a, right, b, same, idle)

    def updates(self, left: Updates, a: int, right: Updates, b: int) -> Updates | None:
        """The same for updates; to set a variable to zero that does not exist changes nothing."""
        values = dict(left)
        others = dict(right)
        found = {}
        for name in sorted({*values, *others}):
            if name in values and name in others:
                value = self.linear(values[name], a, others[name], b)
            else:
                value, elsewhere = (values[name], b) if name in values else (others[name], a)
                if self.present[name] & elsewhere or self._linear_within(value, elsewhere) != Linear():
                    return None
            if value is None:
                return None
            found[name] = value
        return tuple(found.items())

    def _formulas(
        self, left: Sequence[Formula], a: int, right: Sequence[Formula], b: int, neutral: Truth
    ) -> list[Formula] | None:
        return _aligned(
            left,
            a,
            right,
            b,
            lambda one, other: self.formula(one, a, other, b),
            lambda part, classes: self.within(part, classes) == neutral,
        )


def _aligned(
    left: Sequence[T],
    a: int,
    right: Sequence[T],
    b: int,
    same: Callable[[T, T], T | None],
    idle: Callable[[T, int], bool],
) -> list[T] | None:
    """Pair both sequences off in order; what only one side has must be idle in the classes of the other."""
    parts: list[T] = []
    i = j = 0
    while i < len(left) or j < len(right):
        both = same(left[i], right[j]) if i < len(left) and j < len(right) else None
        if both is not None:
            parts.append(both)
            i, j = i + 1, j + 1
        elif i < len(left) and idle(left[i], b):
            parts.append(left[i])
            i += 1
        elif j < len(right) and idle(right[j], a):
            parts.append(right[j])
            j += 1
        else:
            return None
    return parts


def _conjuncts(formula: Formula) -> tuple[Formula, ...]:
    return formula.operands if isinstance(formula, And) else () if formula == YES else (formula,)


def _disjuncts(formula: Formula) -> tuple[Formula, ...]:
    return formula.operands if isinstance(formula, Or) else () if formula == NO else (formula,)
