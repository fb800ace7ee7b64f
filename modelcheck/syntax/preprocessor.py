"""`#if`, `#ifdef`, `#ifndef`, `#elif`, `#else`, `#endif`: which condition holds at a place of a declaration."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lark import Token

from modelcheck.diagnostics import Diagnostic, Diagnostics, InputError, Note
from modelcheck.model.conditions import TRUE, All, Always, Condition, Not, SymbolSet
from modelcheck.source import SourceText, Span
from modelcheck.syntax.conditions import NameUse, blank_comments, parse_condition, symbol_name

MAX_DEPTH = 32
MAX_BRANCHES = 64

_LINE = re.compile(r"#[ \t]*([A-Za-z_]*)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def conjunction(*conditions: Condition) -> Condition:
    """All of them, without `1`s and without parentheses inside of parentheses."""
    parts: list[Condition] = []
    for condition in conditions:
        if isinstance(condition, All):
            parts.extend(condition.operands)
        elif condition != TRUE:
            parts.append(condition)
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else All(unique) if unique else TRUE


@dataclass
class _Branches:
    """One `#if` that is open: the branches before the current one, and the current one's own condition."""

    span: Span
    earlier: list[Condition] = field(default_factory=list)
    current: Condition = TRUE
    else_span: Span | None = None

    @property
    def condition(self) -> Condition:
        return conjunction(*(_negation(c) for c in self.earlier), self.current)


def _negation(condition: Condition) -> Condition:
    match condition:
        case Not(operand):
            return operand
        case Always(value):
            return Always(not value)
        case _:
            return Not(condition)


@dataclass
class Conditionals:
    """The `#if`s that are open at one level: a file, a member list or a list of attributes. Each level balances its
    own."""

    source: SourceText
    offset: int
    found: Diagnostics
    names: list[NameUse]
    stack: list[_Branches] = field(default_factory=list)

    @property
    def condition(self) -> Condition:
        """What holds at this place, as far as this level says."""
        return conjunction(*(b.condition for b in self.stack))

    def directive(self, token: Token) -> None:
        """Take in one preprocessor line."""
        start = (token.start_pos or 0) + self.offset
        line = self.source.text[start : start + len(token)]
        match = _LINE.match(line)
        word = match.group(1) if match else ""
        rest = start + (match.end() if match else 1)
        end = start + len(line.rstrip())
        whole = Span(self.source, start, end)
        match word:
            case "if":
                self._open(whole, self._read(rest, end))
            case "ifdef" | "ifndef":
                self._open(whole, self._name(rest, end, negate=word == "ifndef"))
            case "elif" | "elifdef" | "elifndef":
                condition = (
                    self._read(rest, end) if word == "elif" else self._name(rest, end, negate=word == "elifndef")
                )
                self._next(word, whole, condition)
            case "else":
                self._next(word, whole, None)
            case "endif":
                if self.stack:
                    self.stack.pop()
                else:
                    self._stray(word, whole)
            case _:
                help_text = "put `define NAME = condition;` outside of the layout" if word == "define" else ""
                self.found.add(
                    Diagnostic(
                        "CA158", f"`#{word}` is not understood in a layout, only #if and its kin", whole, help=help_text
                    )
                )

    def close(self) -> None:
        """The level ends: everything must be closed."""
        for open_if in self.stack:
            self.found.add(
                Diagnostic("CA157", "this `#if` has no `#endif` at the same level", open_if.span, "opened here")
            )
        self.stack.clear()

    def _open(self, span: Span, condition: Condition) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self.found.add(Diagnostic("CA156", "this is nested too deeply", span))
            self.found.stop()
        self.stack.append(_Branches(span, current=condition))

    def _next(self, word: str, span: Span, condition: Condition | None) -> None:
        if not self.stack:
            self._stray(word, span)
            return
        branches = self.stack[-1]
        if branches.else_span is not None:
            note = Note("the `#else` is here", branches.else_span)
            self.found.add(Diagnostic("CA157", f"`#{word}` after `#else`", span, notes=(note,)))
            return
        if len(branches.earlier) >= MAX_BRANCHES:
            self.found.add(Diagnostic("CA156", "this `#if` has too many branches", span))
            self.found.stop()
        branches.earlier.append(branches.current)
        branches.current = TRUE if condition is None else condition
        if condition is None:
            branches.else_span = span

    def _stray(self, word: str, span: Span) -> None:
        self.found.add(Diagnostic("CA157", f"`#{word}` without an `#if` at the same level", span))

    def _read(self, start: int, end: int) -> Condition:
        while start < end and self.source.text[start] in " \t":
            start += 1
        try:
            read = parse_condition(self.source, start, end)
        except InputError as error:
            for diagnostic in error.diagnostics:
                self.found.add(diagnostic)
            return TRUE
        self.names.extend(read.names)
        return read.condition

    def _name(self, start: int, end: int, *, negate: bool) -> Condition:
        text = blank_comments(self.source.text[start:end])
        match = _NAME.search(text)
        if match is None or text[: match.start()].strip():
            span = Span(self.source, start, max(start, end))
            self.found.add(Diagnostic("CA150", "the name of a symbol is missing", span))
            return TRUE
        name = symbol_name(match.group())
        self.names.append(NameUse(name, "symbol", Span(self.source, start + match.start(), start + match.end())))
        return Not(SymbolSet(name)) if negate else SymbolSet(name)
