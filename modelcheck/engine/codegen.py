"""Turns formulas and updates into Python source, so that searches spend their time in compiled code.

States are tuples; `index` maps variable names to positions. In the abstraction a count is 0, 1 or 2 (many), and an
expression has a lower and an upper bound; a formula then has two questions: may it be true, may it be false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

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

MANY = 2
SOME = 3
"""Abstract counts: 0 and 1 are exact, `MANY` is two or more, `SOME` is one or more (where it is not looked at so
closely)."""
BEYOND = 1 << 40
"""Stands for "no upper bound"; larger than any sum of small numbers."""
LEAST = (0, 1, 2, 1)
GREATEST = (0, 1, BEYOND, BEYOND)


def concrete(expression: Linear, index: Mapping[str, int]) -> str:
    """The value of an expression in a concrete state `s`."""
    return _sum(expression, lambda name, _: f"s[{index[name]}]")


class Bounds:
    """What is known of expressions in an abstract state `s`; `L` and `H` map an abstract count to its bounds."""

    def __init__(self, index: Mapping[str, int]) -> None:
        self.index = index

    def lower(self, expression: Linear) -> str:
        """The least value."""
        return _sum(expression, lambda name, c: f"{'L' if c > 0 else 'H'}[s[{self.index[name]}]]")

    def upper(self, expression: Linear) -> str:
        """The greatest value."""
        return _sum(expression, lambda name, c: f"{'H' if c > 0 else 'L'}[s[{self.index[name]}]]")


class SharedBounds(Bounds):
    """The same for many formulas about one state: a sum is written once, and worked out when it is first asked for.

    A law puts the same sum over dozens of points into nearly every guard. `functions` stand around the code that uses
    the sums, `reset` at its beginning.
    """

    def __init__(self, index: Mapping[str, int]) -> None:
        super().__init__(index)
        self._sums: dict[tuple[bool, Linear], str] = {}

    def lower(self, expression: Linear) -> str:
        """The least value."""
        return self._shared(expression, False) if len(expression.terms) > 1 else super().lower(expression)

    def upper(self, expression: Linear) -> str:
        """The greatest value."""
        return self._shared(expression, True) if len(expression.terms) > 1 else super().upper(expression)

    def _shared(self, expression: Linear, greatest: bool) -> str:
        name = self._sums.setdefault((greatest, expression), f"b{len(self._sums)}")
        return f"({name} if {name} is not None else({name}:={name.upper()}(s)))"

    @property
    def functions(self) -> list[str]:
        """Definitions of the sums."""
        plain = Bounds(self.index)
        return [
            f"def {name.upper()}(s): return {plain.upper(sum_) if greatest else plain.lower(sum_)}"
            for (greatest, sum_), name in self._sums.items()
        ]

    @property
    def reset(self) -> str:
        """A statement: nothing is worked out yet."""
        return "=".join([*self._sums.values(), "None"]) if self._sums else "pass"


def _sum(expression: Linear, variable) -> str:  # type: ignore[no-untyped-def]
    parts = [str(expression.constant)] if expression.constant or not expression.terms else []
    for name, coefficient in expression.terms:
        factor = {1: "+", -1: "-"}.get(coefficient, f"+{coefficient}*" if coefficient > 0 else f"{coefficient}*")
        parts.append(f"{factor}{variable(name, coefficient)}")
    return "".join(parts).removeprefix("+") if len(parts) == 1 else "(" + "".join(parts) + ")"


def concrete_test(formula: Formula, index: Mapping[str, int]) -> str:
    """A Python expression that is true where the formula holds."""
    match formula:
        case Truth(value):
            return str(value)
        case IsSet(name):
            return f"s[{index[name]}]"
        case IsValue(name, value):
            return f"s[{index[name]}]=={value}"
        case Positive(Linear(0, ((name, 1),))):
            return f"s[{index[name]}]"
        case Zero(Linear(0, ((name, 1),))):
            return f"not s[{index[name]}]"
        case Positive(expression):
            return f"{concrete(expression, index)}>=1"
        case Zero(expression):
            return f"{concrete(expression, index)}==0"
        case Negation(operand):
            return f"not ({concrete_test(operand, index)})"
        case And(operands):
            return "(" + " and ".join(concrete_test(part, index) for part in operands) + ")"
        case Or(operands):
            return "(" + " or ".join(concrete_test(part, index) for part in operands) + ")"


def possible(
    formula: Formula,
    bounds: Bounds,
    wanted: bool = True,
    equals: Callable[[Linear], Iterable[Linear]] = lambda _: (),
) -> str:
    """A Python expression that is true where the formula may hold (may fail, if not `wanted`) in an abstract state.

    `equals` gives other expressions that always have the same value; each may bound it more closely.
    """
    match formula:
        case Truth(value):
            return str(value is wanted)
        case IsSet(name):
            return f"s[{bounds.index[name]}]" if wanted else f"not s[{bounds.index[name]}]"
        case IsValue(name, value):
            return f"s[{bounds.index[name]}]{'==' if wanted else '!='}{value}"
        case Positive(Linear(0, ((name, 1),))):
            return f"s[{bounds.index[name]}]" if wanted else f"not s[{bounds.index[name]}]"
        case Zero(Linear(0, ((name, 1),))):
            return f"not s[{bounds.index[name]}]" if wanted else f"s[{bounds.index[name]}]"
        case Positive(expression) | Zero(expression):
            test = _possibly_positive if isinstance(formula, Positive) else _possibly_zero
            tests = [test(e, bounds, wanted) for e in (expression, *equals(expression))]
            return tests[0] if len(tests) == 1 else "(" + " and ".join(tests) + ")"
        case Negation(operand):
            return possible(operand, bounds, not wanted, equals)
        case And(operands) | Or(operands):
            joiner = " and " if isinstance(formula, And) is wanted else " or "
            return "(" + joiner.join(possible(part, bounds, wanted, equals) for part in operands) + ")"


def is_exact(formula: Formula) -> bool:
    """Does every abstract state decide the formula, so that it may fail exactly where it cannot hold?"""
    match formula:
        case Positive(expression) | Zero(expression):
            return not expression.constant and [factor for _, factor in expression.terms] == [1]
        case Negation(operand):
            return is_exact(operand)
        case And(operands) | Or(operands):
            return all(is_exact(part) for part in operands)
        case _:
            return True


def _possibly_positive(expression: Linear, bounds: Bounds, wanted: bool) -> str:
    return f"{bounds.upper(expression)}>=1" if wanted else f"{bounds.lower(expression)}<=0"


def _possibly_zero(expression: Linear, bounds: Bounds, wanted: bool) -> str:
    low, high = bounds.lower(expression), bounds.upper(expression)
    return f"({low}<=0<={high})" if wanted else f"({low}!=0 or {high}!=0)"


def tuple_at(positions: Iterable[int]) -> str:
    """Source of the tuple of what `s` has at these positions."""
    return "(" + "".join(f"s[{i}]," for i in positions) + ")"


def changed(new: Mapping[int, str]) -> str:
    """Statements, on one line, that make `n` of the tuple `s`: the same with some positions replaced.

    They are few whatever the length of `s`: for large systems, compiling takes longer than searching.
    """
    if not new:
        return "n=s"
    return ";".join(["n=[*s]", *(f"n[{i}]={value}" for i, value in sorted(new.items())), "n=tuple(n)"])
