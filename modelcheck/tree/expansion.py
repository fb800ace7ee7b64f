"""A declaration with its macros replaced, as text that a C parser reads, once for each way in which they may stand.

Macros that are attributes, types or whole declarations are replaced; those that are numbers are left, because a number
may be another one in each configuration (`modelcheck.tree.expressions`). An `#if` between members stays; where one
stands elsewhere, the declaration is read once for each of its branches.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from modelcheck.layout.exclusion import Exclusion
from modelcheck.model.conditions import FALSE, TRUE, All, Condition
from modelcheck.tree.attributes import kept_attributes
from modelcheck.tree.ctokens import Token, arguments, closing, tokens
from modelcheck.tree.definitions import Macro
from modelcheck.tree.faults import not_understood
from modelcheck.tree.formulas import all_of, any_of, negated
from modelcheck.tree.headers import Header, Test
from modelcheck.tree.macros import Macros

MAX_VARIANTS = 64
UNNAMED = "__unnamed_bits"
_MAX_TOKENS = 50_000
_LINE = re.compile(r"^[ \t]*#[^\n]*$", re.MULTILINE)
_KEYWORDS = frozenset(
    (
        "struct",
        "union",
        "enum",
        "typedef",
        "const",
        "volatile",
        "unsigned",
        "signed",
        "int",
        "long",
        "short",
        "char",
        "void",
        "float",
        "double",
        "_Bool",
        "register",
        "__attribute__",
        "__attribute",
        "extern",
        "static",
        "inline",
        "__inline",
        "__extension__",
        "__typeof__",
        "typeof",
    )
)
_SCALARS = frozenset(("unsigned", "signed", "int", "long", "short", "char", "_Bool"))
_OPERATORS = frozenset(("+", "-", "*", "/", "%", "<<", ">>", "(", ")", ",", "."))


@dataclass(frozen=True)
class Expanded:
    """One variant of a declaration: text for a parser, and where the variant holds.

    `#if N` in the text means `tests[N]`.
    """

    text: str
    condition: Condition
    tests: tuple[Test, ...]
    starts: tuple[int, ...] = field(repr=False, default=())
    origins: tuple[int, ...] = field(repr=False, default=())

    def origin(self, position: int) -> int:
        """Where in the header the text at a position comes from."""
        index = bisect_right(self.starts, position) - 1
        return self.origins[index] if index >= 0 else 0


class _OpenCallError(Exception):
    """A macro's arguments go on behind an `#if`."""


@dataclass(frozen=True)
class _Slice:
    macros: Macros
    header: Header
    start: int
    end: int


def expansions(
    macros: Macros, header: Header, start: int, end: int, exclusion: Exclusion, *, flat: bool = False
) -> tuple[Expanded, ...]:
    """Every variant of `header.text[start:end]`; variants with the same text are one.

    `flat`: without any `#if`, a variant for each way through them. Raises InputError (CA415) where there are too many.
    """
    if not flat:
        try:
            return _joined(_variants(_Slice(macros, header, start, end), exclusion, flat=False))
        except _OpenCallError:
            pass
    return _joined(_variants(_Slice(macros, header, start, end), exclusion, flat=True))


def _joined(found: Iterator[Expanded]) -> tuple[Expanded, ...]:
    same: dict[tuple[str, tuple[int, ...]], Expanded] = {}
    for each in found:
        key = (each.text, tuple(id(test) for test in each.tests))
        before = same.get(key)
        same[key] = each if before is None else replace(each, condition=any_of(before.condition, each.condition))
    return tuple(same.values())


def _variants(part: _Slice, exclusion: Exclusion, *, flat: bool) -> Iterator[Expanded]:
    """Depth first through all choices, as many as there are."""
    waiting: list[tuple[int, ...]] = [()]
    count = 0
    while waiting:
        count += 1
        if count > MAX_VARIANTS:
            what = f"this declaration has more than {MAX_VARIANTS} variants"
            raise not_understood(part.header.span(part.start, part.start + 1), what)
        run = _Run(part, exclusion, waiting.pop())
        expanded = run.flat() if flat else run.with_conditions()
        waiting += run.others
        if run.condition != FALSE:
            yield expanded


class _Run:
    """One way through a declaration. `given` are the choices of the caller; further ones take the first possibility."""

    def __init__(self, part: _Slice, exclusion: Exclusion, given: tuple[int, ...]) -> None:
        self.macros = part.macros
        self.part = part
        self.exclusion = exclusion
        self.given = given
        self.made: list[int] = []
        self.others: list[tuple[int, ...]] = []
        self.condition: Condition = TRUE
        self.context: Condition = TRUE

    # ---------------------------------------------------------------------------------------------------- choices

    def choose(self, conditions: list[Condition]) -> int:
        """Which of these, of which one holds."""
        possible = [i for i, c in enumerate(conditions) if self.possible(c)]
        if not possible:
            return 0
        if len(possible) == 1:
            return possible[0]
        at = len(self.made)
        chosen = possible[0]
        if at < len(self.given):
            chosen = self.given[at]
        else:
            self.others += [(*self.made, other) for other in reversed(possible[1:])]
        self.made.append(chosen)
        self.condition = all_of(self.condition, conditions[chosen])
        return chosen

    def possible(self, condition: Condition) -> bool:
        if FALSE in (condition, self.condition):
            return False
        if condition == TRUE:
            return True
        return self.exclusion.possible(All((self.context, self.condition, condition)))

    # ------------------------------------------------------------------------------------------------ whole slices

    def chunks(self) -> Iterator[tuple[int, int] | int]:
        """Text between lines of the preprocessor, and where such a line begins."""
        at = self.part.start
        for line in _LINE.finditer(self.part.header.text, self.part.start, self.part.end):
            yield at, line.start()
            yield line.start()
            at = line.end()
        yield at, self.part.end

    def with_conditions(self) -> Expanded:
        header = self.part.header
        known = {d.start: d for d in header.directives}
        tests: list[Test] = []
        out: list[tuple[str, int]] = []
        for chunk in self.chunks():
            if isinstance(chunk, tuple):
                self.context = self.macros.at(header, chunk[0])
                out += [(t.text, t.offset) for t in self.expanded(list(tokens(header.text, *chunk)), frozenset())]
                continue
            directive = known.get(chunk)
            if directive is None:
                continue
            if directive.word in ("else", "endif") or directive.level is None or directive.level.test is None:
                out.append((f"\n#{directive.word}\n", chunk))
            else:
                word = "elif" if directive.word.startswith("elif") else "if"
                out.append((f"\n#{word} {len(tests)}\n", chunk))
                tests.append(directive.level.test)
        return self.text(out, tuple(tests))

    def flat(self) -> Expanded:
        header = self.part.header
        found: list[Token] = []
        around = self.macros.at(header, self.part.start)
        for chunk in self.chunks():
            if isinstance(chunk, tuple):
                self.context = around
                here = self.macros.level(header.level_at(chunk[0]))
                if self.choose([here, negated(here)]) == 0 and self.possible(here):
                    found += tokens(header.text, *chunk)
        self.context = around
        return self.text([(t.text, t.offset) for t in self.expanded(found, frozenset())], ())

    def text(self, found: list[tuple[str, int]], tests: tuple[Test, ...]) -> Expanded:
        parts: list[str] = []
        starts: list[int] = []
        at = 0
        for word, _ in found:
            starts.append(at)
            parts.append(word)
            at += len(word) + 1
        return Expanded(" ".join(parts), self.condition, tests, tuple(starts), tuple(o for _, o in found))

    # ---------------------------------------------------------------------------------------------------- macros

    def expanded(self, found: list[Token], hidden: frozenset[str]) -> list[Token]:
        """Tokens with macros replaced, and attributes reduced to those that move something."""
        return list(_with_names(kept_attributes(self.replaced(found, hidden), self.part.header)))

    def replaced(self, found: list[Token], hidden: frozenset[str]) -> list[Token]:
        out: list[Token] = []
        at = 0
        brackets = 0
        while at < len(found):
            token = found[at]
            at += 1
            brackets += (token.text == "[") - (token.text == "]")
            if len(out) > _MAX_TOKENS:
                raise not_understood(self.part.header.span(token.offset, token.offset + 1), "this is too long")
            macro = self.macro(token) if token.kind == "name" and token.text not in hidden and brackets <= 0 else None
            if macro is None:
                out.append(token)
                continue
            given: list[list[Token]] = []
            used = [token]
            if macro.parameters is not None:
                if at >= len(found) or found[at].text != "(":
                    out.append(token)
                    continue
                end = closing(found, at)
                if end >= len(found):
                    raise _OpenCallError
                given = arguments(found, at, end)
                used, at = found[at - 1 : end + 1], end + 1
            body = self.replaced(macro.applied(given, token.offset), hidden | {token.text})
            out += used if _is_number(body) else body
        return out

    def macro(self, token: Token) -> Macro | None:
        time = self.macros.closure.time(self.part.header, token.offset)
        found = self.macros.alternatives(token.text, time)
        if len(found) == 1:
            return found[0][1]
        return found[self.choose([condition for condition, _ in found])][1]


def _with_names(found: list[Token]) -> Iterator[Token]:
    """The tokens with a name for every bit-field that has none, which the parser insists on."""
    before = ""
    for token in found:
        if token.text == ":" and (before == "," or before in _SCALARS):
            yield Token("name", UNNAMED, token.offset)
        yield token
        before = token.text


def _is_number(body: list[Token]) -> bool:
    """Is this a number, or another name, rather than an attribute, a type or declarations?"""
    measured = any(token.text in ("sizeof", "offsetof", "__builtin_offsetof") for token in body)
    for token in body:
        # A keyword can only be part of a number where something is measured.
        if token.kind not in ("name", "number") and token.text not in _OPERATORS:
            return False
        if token.text in _KEYWORDS and (not measured or token.text.startswith("__attribute")):
            return False
    return bool(body) and (measured or not any(a.kind == b.kind == "name" for a, b in pairwise(body)))
