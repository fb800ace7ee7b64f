"""What a check answers. These values are what renderers read; JSON mirrors them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from modelcheck.footing import Footing
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.trace import Counterexample


class Verdict(Enum):
    """The answer; see `exit_status` for what the command makes of it."""

    SAFE = "SAFE"
    UNSAFE = "UNSAFE"
    UNKNOWN = "UNKNOWN"
    BOUNDED = "BOUNDED"
    VACUOUS = "VACUOUS"
    NOT_APPLICABLE = "NOT APPLICABLE"


@dataclass(frozen=True)
class Condition:
    """Where a verdict holds, as text and as minimal partial assignments (any of them suffices).

    Text is empty where it holds in every admitted configuration. An assignment maps symbols to `y`/`n`, constants to
    ranges (`>= 2`, `1`), and `abi` to a name.
    """

    text: str = ""
    assignments: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True)
class Law:
    """A conservation law in words (`pt_frag_refcount = cached + fresh + installed + ...`) and as SMT-LIB."""

    text: str
    smtlib: str


@dataclass(frozen=True)
class Certificate:
    """An inductive invariant and who accepted it.

    `checked_by` names solver and version for every fresh check of the three conditions. `smtlib` is a self-contained
    script whose every `check-sat` must answer `unsat`. `footing` is what it stands on, where that was asked for.
    """

    configuration: str
    laws: tuple[Law, ...]
    clauses: tuple[str, ...]
    method: str
    checked_by: tuple[str, ...]
    queries: int
    smtlib: str = field(repr=False)
    footing: Footing | None = None


@dataclass(frozen=True)
class Finding:
    """One hazard that can happen, where, and the shortest run that shows it."""

    rule: str
    path: str
    condition: Condition
    summary: str
    counterexample: Counterexample


@dataclass(frozen=True)
class PathVerdict:
    """The verdict of one way into the life cycle's code: a transition's path, an action, or a reader's use.

    UNSAFE if some hazard happens at a step of this path; `rules` are those.
    """

    path: str
    citation: str
    verdict: Verdict
    rules: tuple[str, ...]
    condition: Condition


@dataclass(frozen=True)
class OpenHazard:
    """A hazard that was neither shown nor excluded, and why. `rule` and `path` are empty if it is not known which."""

    rule: str
    path: str
    why: str


@dataclass(frozen=True)
class Stats:
    """What was spent. Deterministic numbers only, so that the same input gives the same output."""

    classes: int
    configurations: int
    abstract_states: int
    concrete_states: int
    depth: int


@dataclass(frozen=True)
class Result:
    """The answer for one life cycle.

    `reason` is one or two sentences for a person; `undecided` is what else may be wrong; `unreached` lists steps that
    can never happen (VACUOUS) or that the search did not get to.
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
    paths: tuple[PathVerdict, ...]
    findings: tuple[Finding, ...]
    undecided: tuple[OpenHazard, ...]
    certificates: tuple[Certificate, ...]
    unreached: tuple[str, ...]
    stats: Stats
    place: str


def without_search(unit: Unit, lifecycle: Lifecycle, verdict: Verdict, reason: str) -> Result:
    """What there is to say of a life cycle where nothing was looked for."""
    return Result(
        arch=unit.name,
        kernel=unit.kernel,
        lifecycle=lifecycle.name,
        title=lifecycle.title,
        level=lifecycle.level,
        proposal=lifecycle.proposal,
        verdict=verdict,
        condition=Condition(),
        reason=reason,
        paths=(),
        findings=(),
        undecided=(),
        certificates=(),
        unreached=(),
        stats=Stats(0, 0, 0, 0, 0),
        place=lifecycle.span.place,
    )


# The worst decides, in this order.
_SEVERITY = {
    Verdict.UNSAFE: (3, 1),
    Verdict.VACUOUS: (2, 4),
    Verdict.UNKNOWN: (1, 3),
    Verdict.BOUNDED: (1, 3),
    Verdict.SAFE: (0, 0),
    Verdict.NOT_APPLICABLE: (0, 0),
}


def exit_status(verdicts: tuple[Verdict, ...]) -> int:
    """The command's exit status: 1 UNSAFE, 4 VACUOUS, 3 UNKNOWN or BOUNDED, 0 otherwise; the worst counts."""
    return max((_SEVERITY[v] for v in verdicts), default=(0, 0))[1]
