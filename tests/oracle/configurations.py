"""Every admitted configuration of a small unit, one by one, and the numbers of tables to try in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import StructLayout
from modelcheck.model.conditions import RELATIONS, holds
from modelcheck.model.declarations import Abi
from modelcheck.model.guards import ConstantRef, IntExpr, Number, Sum
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit

TABLES = 3


@dataclass(frozen=True)
class Configured:
    """A target and a value for every symbol; layouts in it."""

    abi: Abi
    symbols: tuple[tuple[str, bool], ...]
    layouts: Layouts = field(repr=False, compare=False, hash=False)

    def symbol(self, name: str) -> bool:
        return dict(self.symbols)[name]

    def size_of(self, type_name: str) -> int:
        return self.layouts.size_of(type_name, self.symbol)

    def layout(self, struct: str) -> StructLayout:
        return self.layouts.layout(struct, self.symbol)


@dataclass(frozen=True)
class Instance:
    """A configuration with a value for every constant, and the number of tables that follows."""

    configuration: Configured
    constants: Mapping[str, int]
    tables: int

    def __str__(self) -> str:
        symbols = [name if on else f"!{name}" for name, on in self.configuration.symbols]
        constants = [f"{name}={value}" for name, value in self.constants.items()]
        return f"{self.configuration.abi.name} {' '.join(symbols + constants)} tables={self.tables}"


def configurations(unit: Unit) -> Iterator[Configured]:
    """All that the requirements admit; their number is two to the number of symbols, so keep that small."""
    names = [s.name for s in unit.symbols]
    for abi in unit.abis:
        layouts = Layouts(unit.declarations, abi)
        for values in product((False, True), repeat=len(names)):
            configured = Configured(abi, tuple(zip(names, values, strict=True)), layouts)
            if all(holds(r.condition, configured) for r in unit.requirements):
                yield configured


def instances(unit: Unit, lifecycle: Lifecycle, tables: int = TABLES) -> Iterator[Instance]:
    """Every configuration in which the life cycle exists, with 1 to `tables` tables.

    A constant takes each of its small values; where real configurations give it larger ones, `tables` stands for those.
    """
    for configured in configurations(unit):
        if not holds(lifecycle.condition, configured):
            continue
        ranges = []
        for constant in unit.constants:
            given = next((c.values for c in constant.cases if holds(c.condition, configured)), None)
            values = range(constant.minimum, tables + 1) if given is None else {min(v, tables) for v in given}
            ranges.append(sorted(values))
        for chosen in product(*ranges):
            constants = dict(zip((c.name for c in unit.constants), chosen, strict=True))
            count = _evaluate(lifecycle.tables, constants)
            if 1 <= count <= tables:
                yield Instance(configured, constants, count)


def _evaluate(expr: IntExpr, constants: Mapping[str, int]) -> int:
    match expr:
        case Number(value):
            return value
        case ConstantRef(name):
            return constants[name]
        case Sum(left, right, negative):
            first, second = _evaluate(left, constants), _evaluate(right, constants)
            return first - second if negative else first + second
        case _:
            raise ValueError(f"{expr} does not say how many tables there are")


_TOKEN = re.compile(r"\s*(&&|\|\||[()!](?!=)|[A-Za-z_]\w*|\d+|==|!=|<=|>=|<|>)")


def condition_holds(text: str, instance: Instance) -> bool:
    """Does the condition of an expectation hold? It may use symbols, constants, `abi == name`, `!`, `&&`, `||`."""
    tokens = _TOKEN.findall(text)
    if not tokens:
        return True
    rest, value = _any(tokens, instance)
    if rest:
        raise ValueError(f"cannot read {text!r}")
    return value


def _any(tokens: list[str], instance: Instance) -> tuple[list[str], bool]:
    tokens, value = _all(tokens, instance)
    while tokens[:1] == ["||"]:
        tokens, other = _all(tokens[1:], instance)
        value = value or other
    return tokens, value


def _all(tokens: list[str], instance: Instance) -> tuple[list[str], bool]:
    tokens, value = _one(tokens, instance)
    while tokens[:1] == ["&&"]:
        tokens, other = _one(tokens[1:], instance)
        value = value and other
    return tokens, value


def _one(tokens: list[str], instance: Instance) -> tuple[list[str], bool]:
    first, *rest = tokens
    if first == "!":
        rest, value = _one(rest, instance)
        return rest, not value
    if first == "(":
        rest, value = _any(rest, instance)
        return rest[1:], value
    if rest[:1] and rest[0] in RELATIONS:
        relation, right, *rest = rest
        if first == "abi":
            return rest, (instance.configuration.abi.name == right) == (relation == "==")
        return rest, RELATIONS[relation](instance.constants[first], int(right))
    return rest, instance.configuration.symbol(first)
