"""Conditions over the configuration: from text or a Lark tree to `modelcheck.model.conditions`.

A condition is read with the places of its names, because only a later stage knows which symbols are declared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from lark import Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.model.conditions import All, Always, Any, Condition, Not, Relation, SizeCompare, SizeOf, SymbolSet
from modelcheck.source import SourceText, Span
from modelcheck.syntax.grammar import load_grammar

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_NO_NEWLINE = re.compile(r"[^\n]")

# Later stages walk conditions recursively.
MAX_NESTING = 48
MAX_OPERANDS = 1000
MAX_CHARACTERS = 20_000
# Each `<->` writes both its sides twice.
MAX_EQUIVALENCES = 6


@dataclass(frozen=True)
class NameUse:
    """A place where text names a symbol or, in `sizeof`, a type."""

    name: str
    kind: Literal["symbol", "type"]
    span: Span


@dataclass(frozen=True)
class ReadCondition:
    """A condition and the places of its names, in the order they were written."""

    condition: Condition
    names: tuple[NameUse, ...]
    span: Span


def symbol_name(text: str) -> str:
    """A Kconfig symbol as the model names it: without `CONFIG_`."""
    return text.removeprefix("CONFIG_") or text


def integer_value(text: str) -> int | None:
    """The value of a C integer constant (decimal, octal, hexadecimal; any suffix), None if it is none or beyond 64
    bits."""
    digits = text.rstrip("uUlL")
    try:
        value = int(digits[:32], 8 if digits.startswith("0") and digits.isdigit() else 0)
    except ValueError:
        return None
    return value if len(digits) <= 32 and value < 1 << 64 else None


def read_condition(tree: Tree[Token], source: SourceText, offset: int = 0) -> ReadCondition:
    """The condition of a tree of `condition.lark` (also imported into another grammar).

    `offset` is what must be added to the tree's positions to get those in `source`. Raises `InputError` (CA151,
    CA152) for
    a number that is too large and for a condition that is too deep or too long.
    """
    reader = _Reader(source, offset)
    condition = reader.condition(tree, 0)
    return ReadCondition(condition, tuple(reader.names), reader.span_of(tree))


def parse_condition(source: SourceText, start: int, end: int) -> ReadCondition:
    """The condition written in `source.text[start:end]`. Raises `InputError` (CA150 to CA152)."""
    if end - start > MAX_CHARACTERS:
        raise InputError([Diagnostic("CA152", "this condition is too complex", Span(source, start, start + 1))])
    # Only comments and continued lines are blanked, so positions stay.
    text = blank_comments(source.text[start:end]).replace("\\\n", "  ").replace("\n", " ")
    try:
        tree = load_grammar("condition", ("condition_alone",)).parse(text)
    except UnexpectedInput as error:
        raise InputError([_syntax_error(error, source, start, end)]) from None
    return read_condition(cast("Tree[Token]", tree.children[0]), source, start)


def blank_comments(text: str) -> str:
    """The text with `/* */` and `//` comments replaced by blanks of the same length; newlines stay."""
    return _COMMENT.sub(lambda comment: _NO_NEWLINE.sub(" ", comment.group()), text)


def undeclared_symbols(names: Iterable[NameUse], declared: Collection[str]) -> list[Diagnostic]:
    """A CA153 for every symbol that is not declared."""
    known = set(declared)
    return [
        Diagnostic(
            "CA153",
            f"`{use.name}` is not declared: a condition names symbols of a `config`, `runtime`, `choice` or `define`",
            use.span,
            "not declared",
            help=did_you_mean(use.name, known) or f"declare it: `config {use.name};`",
        )
        for use in names
        if use.kind == "symbol" and use.name not in known
    ]


def expand(condition: Condition, defines: Mapping[str, Condition]) -> Condition:
    """The condition with every abbreviation replaced by what it stands for. `defines` must already be expanded
    themselves."""
    match condition:
        case SymbolSet(name):
            return defines.get(name, condition)
        case Not(operand):
            return Not(expand(operand, defines))
        case All(operands):
            return All(tuple(expand(c, defines) for c in operands))
        case Any(operands):
            return Any(tuple(expand(c, defines) for c in operands))
        case Always() | SizeCompare():
            return condition


class _Reader:
    def __init__(self, source: SourceText, offset: int) -> None:
        self.source = source
        self.offset = offset
        self.names: list[NameUse] = []
        self.operands = 0
        self.equivalences = 0

    def span_of(self, node: Tree[Token] | Token) -> Span:
        if isinstance(node, Token):
            start, end = node.start_pos or 0, node.end_pos or 0
        else:
            start, end = getattr(node.meta, "start_pos", 0), getattr(node.meta, "end_pos", 0)
        return Span(self.source, start + self.offset, end + self.offset)

    def condition(self, tree: Tree[Token], depth: int) -> Condition:
        self.operands += 1
        if depth > MAX_NESTING or self.operands > MAX_OPERANDS or self.equivalences > MAX_EQUIVALENCES:
            self.refuse("CA152", "this condition is too complex", tree, "split it up with `define`")
        trees = [child for child in tree.children if isinstance(child, Tree)]
        tokens = [child for child in tree.children if isinstance(child, Token)]
        # Rules that another grammar imports have its prefix in front of their names.
        rule = str(tree.data).rsplit("__", 1)[-1]
        # Every branch returns from a rule of condition.lark; the grammar has no others.
        simple: dict[str, Callable[[], Condition]] = {
            "symbol": lambda: self.symbol(next(t for t in tokens if t.type.endswith("NAME"))),
            "truth": lambda: Always(self.number(next(t for t in tokens if t.type.endswith("INT"))) != 0),
            "comparison": lambda: self.comparison(trees, next(t for t in tokens if t.type.endswith("COMPARE"))),
        }
        if rule in simple:
            return simple[rule]()
        if rule == "iff":
            self.equivalences += 1
        parts = tuple(self.condition(child, depth + 1) for child in trees)
        match rule:
            case "negation":
                return Not(parts[0])
            case "all_of":
                return All(parts)
            case "any_of":
                return Any(parts)
            case "implies":
                return Any((Not(parts[0]), parts[1]))
            case "iff":
                return Any((All(parts), All(tuple(Not(part) for part in parts))))
        raise ValueError(f"not a rule of condition.lark: {tree.data}")

    def symbol(self, token: Token) -> Condition:
        name = symbol_name(str(token))
        self.names.append(NameUse(name, "symbol", self.span_of(token)))
        return SymbolSet(name)

    def comparison(self, sizes: list[Tree[Token]], relation: Token) -> Condition:
        return SizeCompare(cast("Relation", str(relation)), self.size(sizes[0]), self.size(sizes[1]))

    def size(self, tree: Tree[Token]) -> SizeOf | int:
        child = next(c for c in tree.children if isinstance(c, Tree) or c.type.endswith("INT"))
        if isinstance(child, Token):
            return self.number(child)
        name = " ".join(str(token) for token in child.children)
        self.names.append(NameUse(name, "type", self.span_of(child)))
        return SizeOf(name)

    def number(self, token: Token) -> int:
        value = integer_value(str(token))
        if value is None:
            self.refuse("CA151", "this is not a number that fits in 64 bits", token, "")
            return 0
        return value

    def refuse(self, code: str, message: str, node: Tree[Token] | Token, help_text: str) -> None:
        raise InputError([Diagnostic(code, message, self.span_of(node), help=help_text)])


def _syntax_error(error: UnexpectedInput, source: SourceText, start: int, end: int) -> Diagnostic:
    help_text = (
        "conditions are built from symbols, defined(X), IS_ENABLED(X), !, &&, ||, ->, <-> and comparisons of sizes"
    )
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return Diagnostic("CA150", "the condition is incomplete", Span(source, start, max(start, end)), help=help_text)
    at = start + (error.pos_in_stream or 0)
    stop = at + (len(error.token) if isinstance(error, UnexpectedToken) else 1)
    word = source.text[at:stop]
    if word in ("&", "|", "=") or (isinstance(error, UnexpectedToken) and error.token.type == "COMPARE"):
        help_text = "only numbers and sizeof(type) can be compared; and is `&&`, or is `||`"
    return Diagnostic("CA150", f"`{word}` cannot stand here in a condition", Span(source, at, stop), help=help_text)
