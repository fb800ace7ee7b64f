"""Everything that a run has to say, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from modelcheck.diagnostics import Diagnostic
from modelcheck.report.expectations import Outcome
from modelcheck.review.alert import Alert, Standing, subject_of
from modelcheck.review.waiver import Waiver, WaiverFault
from modelcheck.verdict import Condition, Result, Verdict

Change = Literal["moved", "grown", "shrunk", "added", "removed", "new overlap", "lost overlap", "new hole"]


@dataclass(frozen=True)
class Row:
    """One life cycle: its verdict now, and in the base.

    `base_verdict` is None where there is no base, or no such life cycle in it; `standing` is "" in a plain check.
    """

    arch: str
    kernel: str
    lifecycle: str
    title: str
    level: str
    proposal: str
    verdict: Verdict
    condition: Condition
    reason: str
    standing: Standing = ""
    base_verdict: Verdict | None = None

    @property
    def subject(self) -> str:
        """`powerpc pte_fragment with queue_each, Linux 7.2`."""
        return subject_of(self.arch, self.lifecycle, self.proposal, self.kernel)


@dataclass(frozen=True)
class LayoutChange:
    """What became of a field, or of a whole struct (`field` empty), in the configurations of `condition`.

    `before` and `after` say where it is or how large it is, in words (`bytes 8..23`); empty where it is not there.
    `other` is the field (`struct.path`) of a new or lost overlap. `matters`: some life cycle uses the bytes.
    """

    change: Change
    arch: str
    kernel: str
    struct: str
    field: str
    other: str
    before: str
    after: str
    condition: Condition
    matters: bool = True


@dataclass(frozen=True)
class Reread:
    """A kernel function to look at again (`file:function`): why, and the life cycles (`arch name`) that cite it.

    `place` is where the model cites it first.
    """

    citation: str
    why: str
    cited_by: tuple[str, ...]
    place: str = ""


@dataclass(frozen=True)
class Review:
    """What a run has to say.

    `subject` is what was looked at (`powerpc, Linux 7.2`; a range of commits); `base` what it was compared with, "" for
    a plain check. `command` is what to type to see it again. `notes` are what else happened: faults of the program, an
    interruption. `status` is the exit status of the command.

    `spots` is None where the models are what was judged. Of a kernel tree, in which they are not, it says where the
    functions that are cited (`file:function`) are in it (`file:line`), as far as it has them.

    `results`, `outcomes` and `errors` are what alerts and rows were made from, for formats that show all of it.
    """

    subject: str
    base: str
    command: str
    alerts: tuple[Alert, ...]
    rows: tuple[Row, ...]
    layout_changes: tuple[LayoutChange, ...] = ()
    to_reread: tuple[Reread, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    waiver_faults: tuple[WaiverFault, ...] = ()
    notes: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    status: int = 0
    spots: Mapping[str, str] | None = None

    @property
    def open(self) -> tuple[Alert, ...]:
        """The alerts that are to be dealt with."""
        return tuple(alert for alert in self.alerts if alert.is_open)

    @property
    def waived(self) -> tuple[Alert, ...]:
        """The alerts that a waiver covers and that are still there."""
        return tuple(alert for alert in self.alerts if alert.waiver and alert.standing != "fixed")


def row_of(result: Result) -> Row:
    """A life cycle's answer as a row, compared with nothing."""
    return Row(
        arch=result.arch,
        kernel=result.kernel,
        lifecycle=result.lifecycle,
        title=result.title,
        level=result.level,
        proposal=result.proposal,
        verdict=result.verdict,
        condition=result.condition,
        reason=result.reason,
    )
