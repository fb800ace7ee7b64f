"""Markdown as GitHub, mailing-list archives and the kernel's own pages read it: text, code spans, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# What would be markup in running text. Underscores inside a word are none.
_MARKUP = re.compile(r"[\\*\[\]<>&~]|(?<![^\W_])_+|_+(?![^\W_])")
_SPAN = re.compile(r"`([^`]+)`")


def prose(text: str) -> str:
    """Running text that means itself; names between backquotes, as messages have them, become code."""
    parts = _SPAN.split(" ".join(text.split()))
    return "".join(code(part) if odd % 2 else _escaped(part) for odd, part in enumerate(parts))


def code(text: str) -> str:
    """A code span that shows exactly this text, whatever it holds; nothing for no text."""
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; cells are Markdown already, made by `prose` and `code`."""
    return [_line(head), "|" + "---|" * len(head), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    # A table takes the backslash away before anything else is read, in code spans too.
    return "|" + "|".join(f" {cell.replace('|', chr(92) + '|')} " if cell else " " for cell in cells) + "|"


def _escaped(text: str) -> str:
    text = _MARKUP.sub(lambda found: "".join("\\" + each for each in found[0]), text)
    return text.replace("`", "\\`")
