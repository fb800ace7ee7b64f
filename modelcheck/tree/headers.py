"""One header: its text without comments, and the `#if`s around each place in it.

Only the lines of the preprocessor are looked at here. All offsets are those of the file as it was read: comments and
continued lines are blanked, nothing is cut out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from modelcheck.source import SourceText, Span

_BLANKED = re.compile(
    r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|//(?:[^\n\\]|\\\n|\\.)*|/\*.*?(?:\*/|\Z)|\\[ \t]*\r?\n", re.DOTALL
)
_VISIBLE = re.compile(r"[^\n]")
_CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b([^\n]*)$", re.MULTILINE)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|\"([^\"\n]+)\")", re.MULTILINE)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*(define|undef)[ \t]+(\w+)", re.MULTILINE)
# How kernel/bounds.c says what the compiler is to write into include/generated/bounds.h.
_BOUND = re.compile(r"^[ \t]*DEFINE\((\w+),", re.MULTILINE)

TestKind = Literal["if", "ifdef", "ifndef"]


@dataclass(frozen=True, eq=False)
class Test:
    """The condition of an `#if`, `#ifdef`, `#ifndef` or `#elif`, written at `[start, end)`."""

    header: Header
    kind: TestKind
    start: int
    end: int

    @property
    def text(self) -> str:
        """The condition as it is written."""
        return " ".join(self.header.text[self.start : self.end].split())


@dataclass(frozen=True, eq=False)
class Level:
    """A branch of an `#if` that is open: none of `earlier` holds, and `test` does (None: `#else`)."""

    outer: Level | None
    earlier: tuple[Test, ...]
    test: Test | None


@dataclass(frozen=True)
class Directive:
    """A line `#if` and its kin: where it stands, and the level behind it."""

    word: str
    start: int
    end: int
    level: Level | None


@dataclass(frozen=True, eq=False)
class Header:
    """A header by its path in the tree. `is_bounds`: it stands for `generated/bounds.h`, which a tree does not hold."""

    path: str
    original: str = field(repr=False)
    is_bounds: bool = False

    @cached_property
    def source(self) -> SourceText:
        """The text as it was read, for places in messages."""
        return SourceText(self.path, self.original)

    @cached_property
    def text(self) -> str:
        """The text with comments and continued lines blanked."""
        return _BLANKED.sub(_blank, self.original)

    def span(self, start: int, end: int) -> Span:
        """A place in this header."""
        return Span(self.source, start, end)

    @property
    def includes(self) -> tuple[tuple[int, str, bool], ...]:
        """Where something is included, what, and whether it is looked for beside this file first."""
        # Read from the original: an `#include` inside of a comment makes the closure larger than it is, no more.
        found = _INCLUDE.finditer(self.original)
        return tuple((m.start(), m.group(1) or m.group(2), m.group(1) is None) for m in found)

    @property
    def macro_names(self) -> tuple[tuple[int, str, str], ...]:
        """Where a macro is defined or undefined: offset, word, name. As `includes`, comments are not left out."""
        if self.is_bounds:
            return tuple((m.start(), "define", m.group(1)) for m in _BOUND.finditer(self.original))
        return tuple((m.start(), m.group(1), m.group(2)) for m in _DEFINE.finditer(self.original))

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """Every conditional line in order. What does not match is left out: a compiler would refuse it."""
        found: list[Directive] = []
        level: Level | None = None
        for match in _CONDITIONAL.finditer(self.text):
            word = match.group(1)
            kind: TestKind = "if" if word in ("if", "elif") else "ifndef" if word.endswith("ifndef") else "ifdef"
            test = Test(self, kind, match.start(2), match.end(2))
            if word in ("if", "ifdef", "ifndef"):
                level = Level(level, (), test)
            elif level is None:
                continue
            elif word == "endif":
                level = level.outer
            elif level.test is None:
                continue
            else:
                level = Level(level.outer, (*level.earlier, level.test), None if word == "else" else test)
            found.append(Directive(word, match.start(), match.end(), level))
        return tuple(found)

    @cached_property
    def _starts(self) -> list[int]:
        return [directive.start for directive in self.directives]

    def level_at(self, offset: int) -> Level | None:
        """The innermost `#if` around a place; None outside of all."""
        index = bisect_right(self._starts, offset) - 1
        return self.directives[index].level if index >= 0 else None


def _blank(match: re.Match[str]) -> str:
    text = match.group()
    if text[0] in "\"'":
        return text
    if text[0] == "\\":
        return " " * len(text)
    return _VISIBLE.sub(" ", text)
