"""The functions and macros of a C file, as far as it takes to tell whether one of them was changed.

Kernel code is read by its style and not by a grammar: what stands outside of braces ends a definition, and the body of
a function ends at the first brace in the first column. Branches of `#if` that open a brace twice do no harm that way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMENT_OR_STRING = re.compile(
    r"""//(?:[^\n\\]|\\.)*|/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""", re.DOTALL
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)
_DEFINE = re.compile(r"[ \t]*#[ \t]*define[ \t]+(\w+)")
_CALLED = re.compile(r"([A-Za-z_]\w*)[ \t\n]*\(")
_TOKEN = re.compile(rf"{_COMMENT_OR_STRING.pattern}|\w+|[^\w\s]", re.DOTALL)
_END = re.compile(r"^\}", re.MULTILINE)
# Words before a bracket that name no function.
_NO_NAMES = re.compile(
    r"(?:__attribute__|__aligned|__section|__printf|__acquires|__releases|__must_hold|asm|__asm__|typeof|__typeof__|if)$"
)
# `SYSCALL_DEFINE3(brk, ...)` and the like are cited by the name inside.
_MAKER = re.compile(r"[A-Z][A-Z0-9_]*DEFINE[A-Z0-9_]*$")


def functions_in(text: str) -> dict[str, str]:
    """Every function and macro that a file defines, with its text.

    One that is defined several times (in branches of `#if`) has the texts of all.
    """
    found: dict[str, list[str]] = {}
    for name, start, end in _definitions(text):
        found.setdefault(name, []).append(text[start:end])
    return {name: "\n".join(texts) for name, texts in found.items()}


def line_of(text: str, name: str) -> int:
    """The line (from 1) on which the first definition of a function or macro begins; 0 where there is none."""
    starts = [start for found, start, _ in _definitions(text) if found == name]
    return text.count("\n", 0, min(starts)) + 1 if starts else 0


def _definitions(text: str) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of every definition of a function or macro: macros first."""
    plain = _COMMENT_OR_STRING.sub(_blanked, text)
    for directive in _DIRECTIVE.finditer(plain):
        named = _DEFINE.match(directive[0])
        if named:
            yield named[1], directive.start(), directive.end()
    for names, start, end in _bodies(_DIRECTIVE.sub(_blanked, plain)):
        yield from ((name, start, end) for name in names)


def essential(text: str) -> tuple[str, ...]:
    """The words of code, without comments and blanks."""
    return tuple(found[0] for found in _TOKEN.finditer(text) if not found[0].startswith(("//", "/*")))


def _bodies(code: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Names, start and end of every definition of a function."""
    at = 0
    while True:
        opening = code.find("{", at)
        if opening < 0:
            return
        start = max(code.rfind(mark, at, opening) for mark in ";}") + 1
        start = max(start, at)
        names = _names(code[start:opening])
        end = _end(code, opening)
        if names:
            yield names, start + len(code[start:opening]) - len(code[start:opening].lstrip()), end
        at = end


def _names(head: str) -> tuple[str, ...]:
    """The names of the function that this is the head of; none for a struct, an initialiser or the like."""
    if "(" not in head or re.search(r"[^=!<>]=[^=]", head):
        return ()
    for called in _CALLED.finditer(head):
        if _NO_NAMES.match(called[1]):
            continue
        if _MAKER.match(called[1]):
            inner = re.match(r"\s*(\w+)", head[called.end() :])
            return (called[1], inner[1]) if inner else (called[1],)
        return (called[1],)
    return ()


def _end(code: str, opening: int) -> int:
    """Where the block ends that opens there."""
    depth, at = 0, opening
    line_end = code.find("\n", opening)
    while line_end < 0 or at < line_end:
        depth += (code[at] == "{") - (code[at] == "}")
        at += 1
        if depth == 0 or at >= len(code):
            return at
    closing = _END.search(code, opening)
    return closing.end() if closing else len(code)


def _blanked(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])
