"""A finding that somebody has decided to live with until a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from modelcheck.diagnostics import Diagnostic
from modelcheck.source import Span

FaultKind = Literal["malformed", "too broad", "duplicate", "expired", "unused"]


@dataclass(frozen=True)
class Waiver:
    """One entry of `waivers.toml`. It covers the one alert of its fingerprint, up to and including the day `expires`.

    `about` is the subject of that alert as reports name it, or "" where the entry does not say. `span` is where the
    entry stands.
    """

    fingerprint: str
    reason: str
    owner: str
    expires: date
    span: Span
    about: str = ""

    @property
    def place(self) -> str:
        """`file:line:column` of the entry."""
        return self.span.place


@dataclass(frozen=True)
class WaiverFault:
    """What is wrong with an entry of `waivers.toml`; `fingerprint` is what the entry has for one, or ""."""

    kind: FaultKind
    diagnostic: Diagnostic
    fingerprint: str = ""

    @property
    def code(self) -> str:
        """`CA8nn`."""
        return self.diagnostic.code

    @property
    def message(self) -> str:
        """A sentence."""
        return self.diagnostic.message

    @property
    def help(self) -> str:
        """What would help, or ""."""
        return self.diagnostic.help

    @property
    def place(self) -> str:
        """`file:line:column` of the entry, or of the key that is wrong."""
        return self.diagnostic.span.place if self.diagnostic.span else ""
