"""Names, expressions and statements: from the parser's trees to `modelcheck.syntax.ast`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, NoReturn, cast

from lark import Token, Tree

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.model.conditions import Relation
from modelcheck.source import SourceText, Span
from modelcheck.syntax import ast
from modelcheck.syntax.conditions import ReadCondition, integer_value, read_condition

# Trees deeper than this are refused, so that no stage that walks them can run out of stack.
MAX_DEPTH = 60

Branch = Tree[Token]
Part = Branch | Token | None


class Places:
    """Where the parts of a tree stand in the source."""

    def __init__(self, source: SourceText) -> None:
        self.source = source

    def span(self, part: Branch | Token) -> Span:
        """Where a token or tree stands."""
        if isinstance(part, Token):
            return Span(self.source, part.start_pos or 0, part.end_pos or 0)
        return Span(self.source, getattr(part.meta, "start_pos", 0), getattr(part.meta, "end_pos", 0))

    def without_at(self, part: Branch) -> Span:
        """The span of a statement without its `at` and its semicolon."""
        span = self.span(part)
        end = span.end
        last = part.children[-1] if part.children else None
        if isinstance(last, Tree) and last.data == "at":
            end = self.span(last).start
        text = self.source.text[span.start : end].rstrip()
        stripped = text.removesuffix(";").rstrip() if not text.endswith("}") else text
        return Span(self.source, span.start, span.start + len(stripped))

    def name(self, token: Part) -> ast.Name:
        """A name token, or the contents of a string token."""
        token = cast("Token", token)
        return ast.Name(string(token) if token.type == "STRING" else str(token), self.span(token))

    def optional(self, token: Part) -> ast.Name | None:
        """As `name`, for a part that may be missing."""
        return None if token is None else self.name(token)

    def names(self, tree: Part) -> tuple[ast.Name, ...]:
        """All names of a list; empty where the list is missing."""
        return () if tree is None else tuple(self.name(t) for t in cast("Branch", tree).children)

    def dotted(self, tree: Part) -> ast.Name:
        """A dotted name."""
        tree = cast("Branch", tree)
        return ast.Name(".".join(str(t) for t in tree.children), self.span(tree))

    def number(self, token: Part) -> int:
        """The value of a number token."""
        token = cast("Token", token)
        value = integer_value(str(token))
        if value is None or value >= 1 << 31:
            self.refuse("CA013", "this number is too large", token, "numbers go up to 2147483647")
        return value

    def condition(self, tree: Part) -> ReadCondition:
        """A condition over the configuration."""
        return read_condition(cast("Branch", tree), self.source)

    def refuse(self, code: str, message: str, part: Branch | Token, help_text: str = "") -> NoReturn:
        """Raise with one diagnostic."""
        raise InputError([Diagnostic(code, message, self.span(part), help=help_text)])


def string(token: Part) -> str:
    """The contents of a string token; a backslash takes the next character as it is."""
    text = str(token)[1:-1]
    if "\\" not in text:
        return text
    return "".join(text[i] for i in _kept(text))


def _kept(text: str) -> Iterable[int]:
    at = 0
    while at < len(text):
        at += 1 if text[at] == "\\" and at + 1 < len(text) else 0
        yield at
        at += 1


def citation(tree: Part) -> str:
    """The text of an `at "..."`, or ""."""
    return "" if tree is None else string(cast("Token", cast("Branch", tree).children[0]))


class Expressions(Places):
    """Expressions and statements."""

    def __init__(self, source: SourceText) -> None:
        super().__init__(source)
        self._depth = 0

    def _deeper(self, tree: Branch | Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.refuse("CA005", f"this is nested more than {MAX_DEPTH} deep", tree)

    def expression(self, part: Part) -> ast.Expression:
        """A guard or an integer expression."""
        tree = cast("Branch", part)
        span = self.span(tree)
        self._deeper(tree)
        result = self._expression(tree, span)
        self._depth -= 1
        return result

    def _expression(self, tree: Branch, span: Span) -> ast.Expression:
        parts = tree.children
        match tree.data:
            case "number":
                return ast.NumberLiteral(self.number(parts[0]), span)
            case "ref":
                return self.dotted(tree)
            case "call":
                return self.call(tree)
            case "negation":
                return ast.Negation(self.expression(parts[0]), span)
            case "compare":
                left, relation, right = parts
                return ast.Comparison(
                    cast("Relation", str(relation)), self.expression(left), self.expression(right), span
                )
            case "plus" | "minus":
                operator: Literal["+", "-"] = "+" if tree.data == "plus" else "-"
                return ast.Arithmetic(operator, self.expression(parts[0]), self.expression(parts[1]), span)
        operators: dict[str, Literal["&&", "||", "->", "<->"]] = {
            "all_of": "&&", "any_of": "||", "implies": "->", "iff": "<->"
        }  # fmt: skip
        return ast.Logic(operators[str(tree.data)], tuple(self.expression(p) for p in parts), span)

    def call(self, tree: Branch) -> ast.Call:
        """A call, in an expression or as a statement."""
        name, *arguments = tree.children
        return ast.Call(self.name(name), tuple(self.argument(a) for a in arguments if a is not None), self.span(tree))

    def argument(self, part: Part) -> ast.Argument:
        """An argument of a call."""
        tree = cast("Branch", part)
        return self.role(tree) if tree.data == "role" else self.expression(tree)

    def role(self, part: Part) -> ast.Role:
        """A tag in brackets."""
        tree = cast("Branch", part)
        return ast.Role(str(tree.children[0]), self.span(tree))

    def guard(self, part: Part) -> ast.Expression | None:
        """As `expression`, for a part that may be missing."""
        return None if part is None else self.expression(part)

    # ---------------------------------------------------------------------------------------- statements

    def block(self, part: Part) -> tuple[ast.Statement, ...]:
        """The statements between braces."""
        return self.statements(cast("Branch", part).children)

    def statements(self, parts: Iterable[Part]) -> tuple[ast.Statement, ...]:
        """Statements, without the empty ones."""
        found = (self.statement(p) for p in parts)
        return tuple(s for s in found if s is not None)

    def body(self, part: Part) -> tuple[ast.Statement, ...]:
        """What follows `if (...)` or `else`: a block or one statement."""
        if part is None:
            return ()
        tree = cast("Branch", part)
        return self.block(tree) if tree.data == "block" else self.statements([tree])

    def statement(self, part: Part) -> ast.Statement | None:
        """One statement; None for a lone semicolon."""
        tree = cast("Branch", part)
        if tree.data == "nothing":
            return None
        self._deeper(tree)
        result = self._statement(tree)
        self._depth -= 1
        return result

    def _statement(self, tree: Branch) -> ast.Statement:
        *parts, at = tree.children
        cited, span = citation(at), self.without_at(tree)
        match tree.data:
            case "word":
                return ast.WordStatement(self.name(parts[0]), None, cited, span)
            case "word_operand":
                operand = cast("Branch", parts[1])
                named = self.role(operand) if operand.data == "role" else self.dotted(operand)
                return ast.WordStatement(self.name(parts[0]), named, cited, span)
            case "call_statement":
                return ast.CallStatement(self.call(cast("Branch", parts[0])), cited, span)
            case "assign":
                return ast.Assignment("=", self.dotted(parts[0]), self.expression(parts[1]), cited, span)
            case "increase":
                return ast.Assignment("+=", self.dotted(parts[0]), self.expression(parts[1]), cited, span)
            case "decrease":
                return ast.Assignment("-=", self.dotted(parts[0]), self.expression(parts[1]), cited, span)
            case "populate":
                return ast.PopulateStatement(tuple(self.part(cast("Branch", p)) for p in parts), cited, span)
            case "pun":
                return ast.PunStatement(self.dotted(parts[0]), self.dotted(parts[1]), cited, span)
            case "move":
                return ast.MoveStatement(self.name(parts[0]), self.name(parts[1]), cited, span)
            case "choose":
                return ast.ChooseStatement(tuple(self.block(p) for p in parts), cited, span)
            case "atomic":
                return ast.AtomicStatement(self.block(parts[0]), cited, span)
        guard, then, otherwise = parts
        condition = self.expression(guard)
        closing = self.source.text.find(")", self.span(cast("Branch", guard)).end)
        head = Span(self.source, span.start, self._end_of_head(span.start, closing))
        return ast.IfStatement(condition, self.body(then), self.body(otherwise), cited, head, span)

    def _end_of_head(self, start: int, closing: int) -> int:
        # Parentheses around the whole guard are not part of its tree.
        text = self.source.text
        while text.count("(", start, closing) > text.count(")", start, closing) + 1:
            closing = text.find(")", closing + 1)
        return closing + 1

    def part(self, tree: Branch) -> tuple[ast.Expression | None, ast.Name]:
        """A part of `populate`."""
        *count, state = tree.children
        return (self.expression(count[0]) if count else None), self.name(state)


def cited(statement: ast.Statement, citation: str) -> ast.Statement:
    """The statement; `at` behind a block is that of all its statements that have none of their own."""
    return statement if statement.citation or not citation else replace(statement, citation=citation)
