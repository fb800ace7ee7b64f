"""Exit statuses, and which of several wins."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.review.alert import Alert, Kind

OK = 0
UNSAFE = 1
USAGE = 2
UNDECIDED = 3
VACUOUS = 4
DRIFT = 5
WAIVERS = 6
INTERNAL = 70
INTERRUPTED = 130
CLOSED_PIPE = 141

IN_WORDS = (
    "exit status: 0 SAFE, 1 UNSAFE, 2 bad usage or model, 3 UNKNOWN, 4 VACUOUS, 5 DRIFT, 6 a waiver that is expired, "
    "unused, duplicate, too broad or malformed, 70 internal error; of several the first of 130, 70, 2, 5, 1, 4, 3, 6 "
    "counts. What is waived does not count."
)

_OF_KINDS = {
    Kind.FINDING: UNSAFE,
    Kind.UNKNOWN: UNDECIDED,
    Kind.BOUNDED: UNDECIDED,
    Kind.VACUOUS: VACUOUS,
    Kind.DRIFT: DRIFT,
    Kind.EXPECTATION: UNSAFE,
    Kind.ERROR: USAGE,
}

# What is worse stands earlier.
_ORDER = (INTERRUPTED, INTERNAL, USAGE, DRIFT, UNSAFE, VACUOUS, UNDECIDED, WAIVERS, OK)


def worst(statuses: Iterable[int]) -> int:
    """The status that decides; `OK` if there is none."""
    return min(statuses, key=_ORDER.index, default=OK)


def of_alerts(alerts: Iterable[Alert]) -> int:
    """The status for what there is to say: that of the worst alert which makes a run fail."""
    return worst(_OF_KINDS[alert.kind] for alert in alerts if alert.fails)
