"""One resolved input: an architecture of one kernel, or a self-contained file (a litmus case)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelcheck.diagnostics import Diagnostic
from modelcheck.model.conditions import Constant, Requirement, Symbol
from modelcheck.model.declarations import Abi, Declarations
from modelcheck.model.program import Lifecycle
from modelcheck.source import Span

ExpectedVerdict = Literal["SAFE", "UNSAFE", "UNKNOWN", "VACUOUS"]


@dataclass(frozen=True)
class Expectation:
    """A verdict that the authors stand by.

    `rules` are the hazards an UNSAFE verdict must show (any others may show too); `condition` is the text of the
    condition, compared after normalising blanks, or "" for not said.
    """

    lifecycle: str
    proposal: str
    verdict: ExpectedVerdict
    rules: tuple[str, ...]
    condition: str
    reason: str
    span: Span


@dataclass(frozen=True)
class ProposalInfo:
    """A what-if and what it says it is about; `Unit.proposed` holds the life cycles it was applied to.

    `not_applicable` are those in which it would replace something but cannot, each with the reason.
    """

    name: str
    title: str
    span: Span
    not_applicable: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Gap:
    """A level or path that its author knows of and did not model, and why; `citation` is where it is in the kernel."""

    what: str
    why: str
    citation: str
    span: Span


@dataclass(frozen=True)
class Absent:
    """A life cycle that the kernel tree whose structs were taken cannot have.

    `reason` is a sentence without a full stop; `faults` are what is wrong with it there.
    """

    lifecycle: Lifecycle
    reason: str
    faults: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Unit:
    """Everything a check needs.

    `lifecycles` are today's; `proposed` are those of each proposal, with `Lifecycle.proposal` set, for every life
    cycle in which the proposal replaces something. `absent` are in neither of them.
    """

    name: str
    title: str
    kernel: str
    abis: tuple[Abi, ...]
    declarations: Declarations
    symbols: tuple[Symbol, ...]
    requirements: tuple[Requirement, ...]
    constants: tuple[Constant, ...]
    lifecycles: tuple[Lifecycle, ...]
    proposals: tuple[ProposalInfo, ...]
    proposed: tuple[Lifecycle, ...]
    expectations: tuple[Expectation, ...]
    litmus: str
    files: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()
    absent: tuple[Absent, ...] = ()

    def asked(self, proposal: str = "") -> tuple[Lifecycle, ...]:
        """The life cycles of today's code, or those that a proposal changes; last those that are absent."""
        known = (*self.lifecycles, *self.proposed, *(each.lifecycle for each in self.absent))
        return tuple(each for each in known if each.proposal == proposal)

    def constant(self, name: str) -> Constant:
        """The constant of that name; KeyError if there is none."""
        for constant in self.constants:
            if constant.name == name:
                return constant
        raise KeyError(name)
