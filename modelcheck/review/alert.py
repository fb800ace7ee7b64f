"""One thing to say to a maintainer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from modelcheck.review.waiver import Waiver
from modelcheck.trace import Counterexample
from modelcheck.verdict import Condition

Severity = Literal["error", "warning", "note"]
Standing = Literal["", "new", "worse", "fixed", "unchanged"]


class Kind(Enum):
    """What an alert is about. Only a FINDING has a run behind it that was replayed; an ERROR is about an input."""

    FINDING = "finding"
    UNKNOWN = "unknown"
    BOUNDED = "bounded"
    VACUOUS = "vacuous"
    DRIFT = "drift"
    EXPECTATION = "expectation"
    ERROR = "error"


EVERYWHERE = Condition()

_SEVERITIES: dict[Kind, Severity] = {
    Kind.FINDING: "error",
    Kind.UNKNOWN: "warning",
    Kind.BOUNDED: "warning",
    Kind.VACUOUS: "error",
    Kind.DRIFT: "error",
    Kind.EXPECTATION: "warning",
    Kind.ERROR: "error",
}


@dataclass(frozen=True)
class Alert:
    """One thing to say, and all that a format may want to say with it.

    `fingerprint` is the same as long as the finding is (see `fingerprint`). `rule` is `OVnnn`, `CAnnn` for an error in
    an input, or "" where no rule is concerned. `path` is the way into the life cycle's code. `place` is
    `file:line:column` of the step in the model, `citation` the kernel's `file:function` that the step was read from,
    `entry` that of the path; each may be "". `message` is a sentence; `help` says what would help, if that is known.

    `standing` compares with a base: "" where there is none. `was` says in words how it stood in the base, where that
    differs. `expected`: an `expect` of the model states it. `waiver` is the one that covers it. `spot` is where a
    kernel tree that is judged shows it (`file:line`), or "".
    """

    kind: Kind
    fingerprint: str
    message: str
    rule: str = ""
    arch: str = ""
    kernel: str = ""
    lifecycle: str = ""
    level: str = ""
    proposal: str = ""
    path: str = ""
    condition: Condition = EVERYWHERE
    place: str = ""
    citation: str = ""
    entry: str = ""
    counterexample: Counterexample | None = None
    standing: Standing = ""
    was: str = ""
    expected: bool = False
    waiver: Waiver | None = None
    help: str = ""
    spot: str = ""

    @property
    def severity(self) -> Severity:
        """How bad it is by itself, whatever is known of it already."""
        return _SEVERITIES[self.kind]

    @property
    def function(self) -> str:
        """The kernel's `file:function` to look at: that of the step, or the one through which it is reached; or ""."""
        return self.citation or self.entry

    @property
    def is_open(self) -> bool:
        """Is it to be dealt with? What is waived, gone, or was so in the base is only told.

        So is what is new to a base, and the change itself states with an `expect`.
        """
        stated = self.expected and self.standing in ("new", "worse")
        return self.waiver is None and not stated and self.standing not in ("fixed", "unchanged")

    @property
    def fails(self) -> bool:
        """Does it make a run fail? An expectation that is not met does only where it was met in the base."""
        return self.is_open and (self.kind is not Kind.EXPECTATION or self.standing in ("new", "worse"))

    @property
    def subject(self) -> str:
        """What it is about: `powerpc pte_fragment with queue_each, Linux 7.2`; "" for an error in an input."""
        return subject_of(self.arch, self.lifecycle, self.proposal, self.kernel)


def subject_of(arch: str, lifecycle: str, proposal: str, kernel: str) -> str:
    """How reports name a life cycle: `powerpc pte_fragment with queue_each, Linux 7.2`."""
    name = f"{lifecycle} with {proposal}" if proposal else lifecycle
    parts = [" ".join(part for part in (arch, name) if part), f"Linux {kernel}" if kernel else ""]
    return ", ".join(part for part in parts if part)
