"""Integer expressions of a kernel tree, as they are for every configuration at once.

The value of an expression is a list of alternatives, each under a condition. Where a number is not known from the
sources alone (`CONFIG_NR_CPUS`, an enumerator), the value is its text, and a comparison with it is an unknown symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Protocol

from modelcheck.model.conditions import (
    FALSE,
    RELATIONS,
    TRUE,
    Condition,
    Relation,
    SizeCompare,
    SizeOf,
    SymbolSet,
)
from modelcheck.model.declarations import NumberExpr
from modelcheck.model.scalars import arithmetic
from modelcheck.syntax.conditions import integer_value
from modelcheck.tree.closure import Time
from modelcheck.tree.ctokens import Token, arguments, closing, spelled
from modelcheck.tree.definitions import Alternatives
from modelcheck.tree.formulas import all_of, any_of, atoms_in, negated

_MOST_ALTERNATIVES = 12
_DEEPEST = 40


@dataclass(frozen=True)
class Text:
    """A number that the sources do not give; `symbol` is the Kconfig symbol it is the value of, or empty."""

    text: str
    symbol: str = ""


Value = NumberExpr | Text
Guarded = tuple[tuple[Condition, Value], ...]
"""Alternatives, under conditions that exclude each other."""


class Lookup(Protocol):
    """What an expression has to know of its surroundings: see `modelcheck.tree.macros.Macros`."""

    @property
    def places(self) -> Container[str]: ...  # noqa: D102
    def alternatives(self, name: str, time: Time) -> Alternatives: ...  # noqa: D102
    def defined(self, name: str, time: Time) -> Condition: ...  # noqa: D102
    def symbol(self, name: str) -> Condition: ...  # noqa: D102


_UNKNOWN = "?"


def unknown(text: str) -> SymbolSet:
    """A condition that is no formula over the configuration; `text` is how it is written."""
    return SymbolSet(_UNKNOWN + text)


def unknown_text(name: str) -> str:
    """The text of a symbol that `unknown` made; empty for every other symbol."""
    return name.removeprefix(_UNKNOWN) if name.startswith(_UNKNOWN) else ""


def is_known(condition: Condition, macros: Container[str] = ()) -> bool:
    """Is it a formula over the configuration, and over those of the unknown conditions that are called like a macro?"""
    texts = (unknown_text(atom.name) for atom in atoms_in(condition) if isinstance(atom, SymbolSet))
    return all(not text or text in macros for text in texts)


def number(value: int) -> Guarded:
    """A plain number."""
    return ((TRUE, NumberExpr("number", value)),)


def truth(found: Guarded) -> Condition:
    """Where a value is not zero."""
    return any_of(*(all_of(condition, _true(value)) for condition, value in found))


def _true(value: Value) -> Condition:
    if isinstance(value, Text):
        return SymbolSet(value.symbol) if value.symbol else unknown(value.text)
    return FALSE if value.operator == "number" and value.value == 0 else TRUE


def from_condition(condition: Condition) -> Guarded:
    """1 where it holds, 0 elsewhere."""
    found = ((condition, NumberExpr("number", 1)), (negated(condition), NumberExpr("number", 0)))
    return tuple((c, v) for c, v in found if c != FALSE)


_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="), ("<<", ">>"), ("+", "-"),
    ("*", "/", "%"),
)  # fmt: skip
_BITS: dict[str, Callable[[int, int], int]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
}


class Expression:
    """Reads expressions at one time of the preprocessor."""

    def __init__(self, lookup: Lookup, time: Time, depth: int = 0, open_names: frozenset[str] = frozenset()) -> None:
        self.lookup = lookup
        self.time = time
        self.depth = depth
        self.open_names = open_names

    def value(self, found: Sequence[Token]) -> Guarded:
        """The value of all of these tokens. What is no expression is its own text."""
        reader = _Reader(self, list(found))
        result = reader.conditional()
        return result if reader.at == len(reader.found) else ((TRUE, Text(spelled(found))),)

    def name(self, token: Token, given: list[list[Token]] | None) -> Guarded:
        """The value of a name or, with arguments, of a call."""
        name = token.text
        if name.startswith("CONFIG_"):
            symbol = name.removeprefix("CONFIG_")
            condition = self.lookup.symbol(symbol)
            return ((TRUE, Text(name, symbol)),) if condition == SymbolSet(symbol) else from_condition(condition)
        if given is not None and name in ("IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE") and given[0]:
            return from_condition(self.lookup.defined(given[0][0].text, self.time))
        if name in ("__has_attribute", "__has_builtin", "__has_feature", "__has_include"):
            return number(1)
        if name in self.open_names or self.depth > _DEEPEST:
            return ((TRUE, Text(name)),)
        inner = Expression(self.lookup, self.time, self.depth + 1, self.open_names | {name})
        out: list[tuple[Condition, Value]] = []
        for condition, macro in self.lookup.alternatives(name, self.time):
            if not is_known(condition, self.lookup.places):
                return ((TRUE, Text(name)),)
            if macro is None:
                out.append((condition, Text(name) if given is not None else NumberExpr("name", name=name)))
            elif macro.parameters is not None and given is None:
                out.append((condition, Text(name)))
            else:
                body = macro.applied(given or [], token.offset)
                for inside, value in inner.value(body):
                    if not is_known(inside, self.lookup.places):
                        return ((TRUE, Text(name)),)
                    both = all_of(condition, inside)
                    if both != FALSE:
                        # What is not known is called as it was called here.
                        kept = Text(name) if isinstance(value, Text) and not value.symbol else value
                        out.append((both, kept))
        return tuple(out) if len(out) <= _MOST_ALTERNATIVES else ((TRUE, Text(name)),)


class _Reader:
    def __init__(self, expression: Expression, found: list[Token]) -> None:
        self.expression = expression
        self.found = found
        self.at = 0

    def take(self, *texts: str) -> str:
        if self.at < len(self.found) and self.found[self.at].text in texts:
            self.at += 1
            return self.found[self.at - 1].text
        return ""

    def conditional(self) -> Guarded:
        condition = self.binary(0)
        if not self.take("?"):
            return condition
        yes = self.conditional()
        self.take(":")
        no = self.conditional()
        holds = truth(condition)
        both = [(all_of(holds, c), v) for c, v in yes] + [(all_of(negated(holds), c), v) for c, v in no]
        return tuple((c, v) for c, v in both if c != FALSE)

    def binary(self, level: int) -> Guarded:
        if level == len(_LEVELS):
            return self.unary()
        start = self.at
        left = self.binary(level + 1)
        while operator := self.take(*_LEVELS[level]):
            right = self.binary(level + 1)
            left = self.apply(operator, left, right, start)
        return left

    def apply(self, operator: str, left: Guarded, right: Guarded, start: int) -> Guarded:
        if operator == "||":
            return from_condition(any_of(truth(left), truth(right)))
        if operator == "&&":
            return from_condition(all_of(truth(left), truth(right)))
        text = Text(spelled(self.found[start : self.at]))
        if len(left) * len(right) > _MOST_ALTERNATIVES:
            return ((TRUE, text),) if operator not in RELATIONS else from_condition(unknown(text.text))
        pairs = [(all_of(c, d), a, b) for c, a in left for d, b in right]
        pairs = [pair for pair in pairs if pair[0] != FALSE]
        if operator in RELATIONS:
            relation: Relation = operator
            return from_condition(any_of(*(all_of(c, _compared(relation, a, b, text)) for c, a, b in pairs)))
        return tuple((c, _computed(operator, a, b, text)) for c, a, b in pairs)

    def unary(self) -> Guarded:
        start = self.at
        if self.take("!"):
            return from_condition(negated(truth(self.unary())))
        if self.take("-"):
            return self.apply("-", number(0), self.unary(), start)
        if self.take("+"):
            return self.unary()
        if self.take("~"):
            self.unary()
            return ((TRUE, Text(spelled(self.found[start : self.at]))),)
        return self.primary()

    def primary(self) -> Guarded:
        if self.at >= len(self.found):
            return ((TRUE, Text("")),)
        token = self.found[self.at]
        following = self.found[self.at + 1].text if self.at + 1 < len(self.found) else ""
        if token.text == "(":
            return self.parenthesis()
        if token.kind == "number":
            self.at += 1
            value = integer_value(token.text)
            return ((TRUE, Text(token.text)),) if value is None else number(value)
        if token.kind != "name":
            self.at += 1
            return ((TRUE, Text(token.text)),)
        if token.text == "defined":
            self.at += 2 if following != "(" else 4
            name = self.found[self.at - (1 if following != "(" else 2)].text if self.at <= len(self.found) else ""
            return from_condition(self.expression.lookup.defined(name, self.expression.time))
        if following == "(":
            end = closing(self.found, self.at + 1)
            given = arguments(self.found, self.at + 1, end)
            start, self.at = self.at, min(end + 1, len(self.found))
            if token.text in ("sizeof", "offsetof", "__builtin_offsetof", "__alignof__", "_Alignof"):
                return ((TRUE, _measured(token.text, given) or Text(spelled(self.found[start : self.at]))),)
            return self.expression.name(token, given)
        self.at += 1
        return self.expression.name(token, None)

    def parenthesis(self) -> Guarded:
        end = closing(self.found, self.at)
        inside = self.found[self.at + 1 : end]
        self.at = min(end + 1, len(self.found))
        if inside and all(t.text in _TYPE_WORDS for t in inside):
            return self.unary()  # a cast: what is computed here fits in any of these types
        return self.expression.value(inside)


_TYPE_WORDS = frozenset(
    {"unsigned", "signed", "int", "long", "short", "char", "size_t", "u32", "u64", "__u32", "__u64"}
)


def _measured(word: str, given: list[list[Token]]) -> NumberExpr | None:
    if word == "sizeof" and len(given) == 1 and all(t.kind == "name" or t.text == "*" for t in given[0]):
        return NumberExpr("sizeof", name=" ".join(t.text for t in given[0]))
    if word.endswith("offsetof") and len(given) == 2 and all(t.kind == "name" or t.text == "." for t in given[1]):
        kind = [t.text for t in given[0]]
        if len(kind) == 2 and kind[0] in ("struct", "union"):
            return NumberExpr("offsetof", name=f"{kind[1]}.{''.join(t.text for t in given[1])}")
    return None


def _compared(relation: Relation, left: Value, right: Value, text: Text) -> Condition:
    sides = [_side(left), _side(right)]
    first, second = sides
    if first is None or second is None:
        return unknown(text.text)
    if isinstance(first, int) and isinstance(second, int):
        return TRUE if RELATIONS[relation](first, second) else FALSE
    return SizeCompare(relation, first, second)


def _side(value: Value) -> SizeOf | int | None:
    if isinstance(value, Text):
        return None
    if value.operator == "number":
        return value.value
    # A name that is no macro counts as zero in an #if.
    return SizeOf(value.name) if value.operator == "sizeof" else 0 if value.operator == "name" else None


def _computed(operator: str, left: Value, right: Value, text: Text) -> Value:
    if isinstance(left, Text) or isinstance(right, Text):
        return text
    if left.operator == right.operator == "number":
        if operator in _BITS:
            return NumberExpr("number", _BITS[operator](left.value, right.value))
        value = arithmetic(operator, left.value, right.value)
        return text if value is None else NumberExpr("number", value)
    return text if operator in _BITS else NumberExpr(operator, operands=(left, right))
