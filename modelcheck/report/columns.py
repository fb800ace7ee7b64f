"""Widths of text on a terminal: measuring, wrapping, cutting."""

from __future__ import annotations

import textwrap
import unicodedata

TAB = 8


def width(text: str) -> int:
    """How many columns a text without tabs takes; wide characters take two, combining ones none."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def expand(text: str, column: int = 0) -> str:
    """The text with tabs turned into blanks up to the next multiple of eight, and control characters made visible.

    `column` is where the text starts.
    """
    out: list[str] = []
    for character in text:
        if character == "\t":
            blanks = TAB - column % TAB
            out.append(" " * blanks)
            column += blanks
            continue
        shown = character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        out.append(shown)
        column += _width(shown)
    return "".join(out)


def pad(text: str, columns: int) -> str:
    """The text with blanks up to a width."""
    return text + " " * (columns - width(text))


def cut(text: str, columns: int) -> str:
    """The text, or its start and `...`, in at most that many columns."""
    if width(text) <= columns:
        return text
    kept, used = [], 3
    for character in text:
        used += _width(character)
        if used > columns:
            break
        kept.append(character)
    return "".join(kept) + "..."


def window(text: str, start: int, end: int, columns: int) -> tuple[str, int, int]:
    """A part of a long line around the columns `[start, end)`, and where they are in that part.

    What is left out on a side is shown as `...`. All of `[start, end)` is kept if it fits.
    """
    total = width(text)
    if total <= columns:
        return text, start, end
    room = columns - 6
    span = min(end - start, room)
    first = max(0, min(start - (room - span) // 2, total - room))
    kept, column = [], 0
    left = None
    for character in text:
        if column >= first and column + _width(character) <= first + room:
            left = column if left is None else left
            kept.append(character)
        column += _width(character)
    left = first if left is None else left
    before = "..." if left > 0 else ""
    after = "..." if left + width("".join(kept)) < total else ""
    shift = len(before) - left
    shown = before + "".join(kept) + after
    return shown, start + shift, min(end + shift, width(shown) - len(after))


def fill(text: str, columns: int, *, first: str = "", rest: str | None = None) -> list[str]:
    """Wrap a paragraph; `first` stands before its first line, `rest` (as many blanks if None) before the others."""
    rest = " " * width(first) if rest is None else rest
    return textwrap.wrap(
        text,
        columns,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]
