"""Where results go, and how they look there."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TextIO

from modelcheck.cli.arguments import Colour, Output
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.report.diagnostic import render_all
from modelcheck.report.page import Line, plain, show


def wants_colour(colour: Colour, stream: TextIO) -> bool:
    """`auto`: only on a terminal that can, and not where NO_COLOR is set."""
    if colour != "auto":
        return colour == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns(stream: TextIO) -> int:
    """How wide text is set: the terminal's width, but 80 at least and 100 at most; 100 where there is no terminal."""
    if not stream.isatty():
        return 100
    return max(80, min(100, shutil.get_terminal_size().columns))


def deliver(
    output: Output,
    text: Callable[[int], Iterable[Line]],
    json: Callable[[], str],
    others: Mapping[str, Callable[[], str]] | None = None,
) -> None:
    """Write the results in every format asked for; `text` is given the width. A file never has control codes."""
    made = {"json": json, **(others or {})}
    for name, file in output.formats:
        if name in made:
            _write(file, made[name]())
        elif file:
            _write(file, plain(text(100)))
        else:
            show(text(columns(sys.stdout)), sys.stdout, colour=wants_colour(output.colour, sys.stdout))
    sys.stdout.flush()


def complain(diagnostics: Iterable[Diagnostic], colour: Colour = "auto") -> None:
    """Write diagnostics to standard error."""
    lines = render_all(diagnostics, columns(sys.stderr))
    sys.stdout.flush()
    show(lines, sys.stderr, colour=wants_colour(colour, sys.stderr))


def append(file: str, text: str) -> None:
    """Add a text to the end of a file. Raises InputError where that fails."""
    try:
        with Path(file).open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: str, error: OSError) -> InputError:
    return InputError([Diagnostic("CA602", f"cannot write `{file}`: {(error.strerror or str(error)).lower()}")])


def _write(file: str, text: str) -> None:
    if not file:
        sys.stdout.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise _unwritable(file, error) from error
