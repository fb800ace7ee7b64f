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
    for header in macros.closure.headers.values():
        if name not in header.original or header.is_bounds:
            continue
        found = _typedefs(header, name) if not tag else _tagged(macros, header, name, tag)
        for start, end in found:
            if macros.at(header, start) != FALSE:
                yield header, start, end


def _tagged(macros: Macros, header: Header, name: str, tag: str) -> Iterator[tuple[int, int]]:
    word = re.escape(name)
    # Attributes may stand before the name; `MACRO(name) {` may declare a struct.
    plain = re.compile(rf"\b{tag}\b[^;{{}}=]*?\b{word}\s*\{{")
    for match in plain.finditer(header.text):
        yield match.start(), _end(header.text, match.end() - 1)
    if tag == "struct":
        for match in re.finditer(rf"^[ \t]*(\w+)\s*\(\s*{word}\b[^(){{}};]*\)\s*\{{", header.text, re.MULTILINE):
            if _declares_struct(macros, header, match.start(1), match.group(1)):
                yield match.start(1), _end(header.text, match.end() - 1)


def _declares_struct(macros: Macros, header: Header, offset: int, name: str) -> bool:
    found = macros.alternatives(name, macros.closure.time(header, offset)) if name in macros.sites else ()
    return any(macro is not None and any(t.text == "struct" for t in macro.body) for _, macro in found)


def _typedefs(header: Header, name: str) -> Iterator[tuple[int, int]]:
    # What is declared stands behind the last brace, before a comma, a bracket, an attribute or the end.
    declared = re.compile(rf"\b{re.escape(name)}\s*(?:[;,()\[]|__)")
    for match in _TYPEDEF.finditer(header.text):
        end = _end(header.text, match.start())
        brace = header.text.rfind("}", match.start(), end)
        if declared.search(header.text, max(match.end(), brace), end):
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
