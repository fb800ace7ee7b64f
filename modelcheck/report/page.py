"""Lines of styled text: what every renderer for people produces.

A renderer says what a piece of text *is* (a verdict, a place, something less important), not how it looks; this module
alone knows the looks. Plain text and coloured text have the same characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Style = Literal["", "strong", "good", "bad", "doubt", "dim", "place", "accent", "mark"]

_LOOKS: dict[Style, str] = {
    "strong": "bold",
    "good": "bold green",
    "bad": "bold red",
    "doubt": "bold yellow",
    "dim": "bright_black",
    "place": "cyan",
    "accent": "bold cyan",
    "mark": "red",
}


@dataclass(frozen=True)
class Piece:
    """A run of characters of one style, without a newline."""

    text: str
    style: Style = ""


Line = tuple[Piece, ...]


def line(*parts: str | Piece) -> Line:
    """A line of plain strings and styled pieces; blanks at its end are dropped."""
    pieces = [Piece(p) if isinstance(p, str) else p for p in parts]
    while pieces and not pieces[-1].text.rstrip():
        pieces.pop()
    if pieces:
        pieces[-1] = Piece(pieces[-1].text.rstrip(), pieces[-1].style)
    return tuple(pieces)


def indent(lines: Iterable[Line], columns: int) -> list[Line]:
    """The same lines, moved right; empty lines stay empty."""
    margin = Piece(" " * columns)
    return [(margin, *each) if each else each for each in lines]


def plain(lines: Iterable[Line]) -> str:
    """The lines as plain text, each with its newline."""
    return "".join("".join(piece.text for piece in each) + "\n" for each in lines)


def show(lines: Iterable[Line], stream: TextIO, *, colour: bool) -> None:
    """Write the lines to a stream, with control codes only where `colour` is true."""
    if not colour:
        stream.write(plain(lines))
        return
    from rich.text import Text

    console = terminal(stream)
    for each in lines:
        text = Text()
        for piece in each:
            text.append(piece.text, style=_LOOKS.get(piece.style, ""))
        console.print(text, soft_wrap=True)


def terminal(stream: TextIO) -> Console:
    """A console on a stream that is known to want colour."""
    from rich.console import Console

    return Console(file=stream, force_terminal=True, no_color=False, highlight=False, markup=False, emoji=False)
