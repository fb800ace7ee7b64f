"""A finding that somebody has decided to live with until a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

FaultKind = Literal["malformed", "too broad", "duplicate", "expired", "unused"]


@dataclass(frozen=True)
class Waiver:
    """One entry of `waivers.toml`. It covers the one alert of its fingerprint, up to and including the day `expires`.

    `place` is `file:line:column` of the entry.
    """

    fingerprint: str
    reason: str
    owner: str
    expires: date
    place: str


@dataclass(frozen=True)
class WaiverFault:
    """What is wrong with an entry of `waivers.toml`: a code (`CA8nn`), a sentence, `file:line:column`, what would help.

    `fingerprint` is what the entry has for one, or "".
    """

    kind: FaultKind
    code: str
    message: str
    place: str
    help: str = ""
    fingerprint: str = ""
