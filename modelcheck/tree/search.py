"""Where the headers of a closure declare a type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelcheck.model.conditions import FALSE
from modelcheck.tree.headers import Header
from modelcheck.tree.macros import Macros

_BRACKET = re.compile(r"[{};]")
_TYPEDEF = re.compile(r"\btypedef\b")


def declarations(macros: Macros, name: str, tag: str) -> Iterator[tuple[Header, int, int]]:
    """The texts `[start, end)` that may declare a struct or union of that tag (`tag` is `struct` or `union`), or a
    typedef (`tag` is empty); only where some configuration reads them."""
    # `struct NAME {`, or `MACRO(NAME) {` for a macro that declares a struct; the name of a typedef stands before a
    # comma, a bracket, an attribute or the end. A pattern that begins with plain letters is found much faster than one
    # that begins with a boundary: `_words` makes sure of that.
    word = re.escape(name)
    wanted = re.compile(word + (r"\s*(?:\{|[,)][^(){};]*?\{)" if tag else r"\s*(?:[;,()\[]|__)"))
    # Most headers need not be looked at more closely; in the original, a comment may stand in between.
    likely = re.compile(word + (r"\s*[{,)/\\]" if tag else r"\s*(?:[;,()\[/\\]|__)"))
    for header in macros.closure.headers.values():
        if name not in header.original or header.is_bounds or not likely.search(header.original):
            continue
        found = _tagged(macros, header, wanted, tag) if tag else _typedefs(header, wanted)
        for start, end in found:
            if macros.at(header, start) != FALSE:
                yield header, start, end


def _tagged(macros: Macros, header: Header, wanted: re.Pattern[str], tag: str) -> Iterator[tuple[int, int]]:
    text = header.text
    for match in _words(wanted, text, 0, len(text)):
        # Attributes may stand between `struct` and the name.
        begin = max(text.rfind(mark, 0, match.start()) for mark in ";{}=#") + 1
        opening = _last(rf"\b{tag}\b", text, begin, match.start())
        call = _last(r"^[ \t]*(\w+)\s*\(\s*$", text, begin, match.start())
        plain = ")" not in match.group() and "," not in match.group()
        if plain and opening is not None:
            yield opening.start(), _end(text, match.end() - 1)
        elif call is not None and tag == "struct" and _declares_struct(macros, header, call.start(1), call.group(1)):
            yield call.start(1), _end(text, match.end() - 1)


def _words(wanted: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    for match in wanted.finditer(text, start, end):
        before = text[match.start() - 1 : match.start()]
        if not (before.isalnum() or before == "_"):
            yield match


def _last(pattern: str, text: str, start: int, end: int) -> re.Match[str] | None:
    found = list(re.compile(pattern, re.MULTILINE).finditer(text, start, end))
    return found[-1] if found else None


def _declares_struct(macros: Macros, header: Header, offset: int, name: str) -> bool:
    found = macros.alternatives(name, macros.closure.time(header, offset)) if name in macros.places else ()
    return any(macro is not None and any(t.text == "struct" for t in macro.body) for _, macro in found)


def _typedefs(header: Header, wanted: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    text = header.text
    for match in _TYPEDEF.finditer(text):
        end = _end(text, match.start())
        brace = text.rfind("}", match.start(), end)
        if any(_words(wanted, text, max(match.end(), brace), end)):
            yield match.start(), end


def _end(text: str, start: int) -> int:
    """Behind the `;` that ends a declaration."""
    depth = 0
    for match in _BRACKET.finditer(text, start):
        if match.group() == ";":
            if depth <= 0:
                return match.end()
        else:
            depth += 1 if match.group() == "{" else -1
    return len(text)
