"""Diagnostics: what is wrong with an input, where, and what would help.

Every code is listed in `CODES`; `grammars/README.md` describes each with an example.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from modelcheck.source import Span


@dataclass(frozen=True)
class Note:
    """A second place that explains the first."""

    message: str
    span: Span


@dataclass(frozen=True)
class Diagnostic:
    """One finding about an input file: a code (`CA` and three digits), a sentence, a place, at most one help.

    `span` is None where the fault has no place in a file (a file that cannot be read, a bad option).
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    notes: tuple[Note, ...] = ()
    help: str = ""


class InputError(Exception):
    """Raised with one or more diagnostics when an input cannot be used. Exit status 2."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))


@dataclass
class Diagnostics:
    """Collects diagnostics so that one run reports several; `finish` raises if there were any."""

    limit: int = 20
    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic; past `limit` raise at once with what was collected."""
        if diagnostic not in self.found:
            self.found.append(diagnostic)
        if len(self.found) >= self.limit:
            self.stop()

    def stop(self) -> NoReturn:
        """Raise `InputError` with what was collected."""
        raise InputError(self.found)

    def finish(self) -> None:
        """Raise `InputError` if anything was collected."""
        if self.found:
            self.stop()


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A help sentence naming the closest candidate, or the empty string."""
    close = get_close_matches(word, sorted(set(candidates)), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""
