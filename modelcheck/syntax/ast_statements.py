"""The tree of names, expressions and statements as they were written. `modelcheck.syntax.ast` has all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.model.conditions import Relation
from modelcheck.source import Span


@dataclass(frozen=True)
class Name:
    """An identifier, a dotted name (`page.lru.next`), or the contents of a string."""

    text: str
    span: Span


# ---------------------------------------------------------------------------------------------- expressions


@dataclass(frozen=True)
class NumberLiteral:
    """A number."""

    value: int
    span: Span


@dataclass(frozen=True)
class Role:
    """`[release]`: the path of a life cycle that has this tag."""

    text: str
    span: Span


@dataclass(frozen=True)
class Call:
    """`count(cached)`, `test_clear_flag(PG_active)`, also as a statement."""

    name: Name
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True)
class Negation:
    """`!operand`."""

    operand: Expression
    span: Span


@dataclass(frozen=True)
class Logic:
    """`&&` and `||` have two or more operands, `->` and `<->` two."""

    operator: Literal["&&", "||", "->", "<->"]
    operands: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True)
class Comparison:
    """Two sides and what must hold between them."""

    relation: Relation
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True)
class Arithmetic:
    """A sum or a difference."""

    operator: Literal["+", "-"]
    left: Expression
    right: Expression
    span: Span


Expression = NumberLiteral | Name | Call | Negation | Logic | Comparison | Arithmetic
Argument = Expression | Role

# ------------------------------------------------------------------------------------------------ statements
# `span` is the whole statement without its `at` and its semicolon; `citation` is "" where none was written.


@dataclass(frozen=True)
class WordStatement:
    """`free_page;`, `write f;`, `goto [free];`: a word and at most one operand."""

    word: Name
    operand: Name | Role | None
    citation: str
    span: Span


@dataclass(frozen=True)
class CallStatement:
    """A call that stands as a statement."""

    call: Call
    citation: str
    span: Span


@dataclass(frozen=True)
class Assignment:
    """`c = e;`, `c += e;`, `c -= e;`."""

    operator: Literal["=", "+=", "-="]
    target: Name
    value: Expression
    citation: str
    span: Span


@dataclass(frozen=True)
class PopulateStatement:
    """Parts are (how many, state); None stands for `rest`."""

    parts: tuple[tuple[Expression | None, Name], ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class PunStatement:
    """`pun source as target;`."""

    source: Name
    target: Name
    citation: str
    span: Span


@dataclass(frozen=True)
class MoveStatement:
    """`move source -> target;`."""

    source: Name
    target: Name
    citation: str
    span: Span


@dataclass(frozen=True)
class IfStatement:
    """`head` is the span of `if (guard)`."""

    guard: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    citation: str
    head: Span
    span: Span


@dataclass(frozen=True)
class ChooseStatement:
    """`choose { } or { }`."""

    branches: tuple[tuple[Statement, ...], ...]
    citation: str
    span: Span


@dataclass(frozen=True)
class AtomicStatement:
    """`atomic { }`."""

    body: tuple[Statement, ...]
    citation: str
    span: Span


Statement = (
    WordStatement
    | CallStatement
    | Assignment
    | PopulateStatement
    | PunStatement
    | MoveStatement
    | IfStatement
    | ChooseStatement
    | AtomicStatement
)
