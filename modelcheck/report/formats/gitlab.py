"""GitLab's code quality report: a list of issues, each with a description, a fingerprint, a severity and a line.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format - a merge request compares the report with
that of the target branch by fingerprint, and shows only what differs. GitLab knows no waivers: what is waived stays in
the list, so that it is not taken for solved, as `info` and with the waiver in its description.
"""

from __future__ import annotations

import json
from typing import Any

from modelcheck.report.formats.saying import (
    Place,
    condition,
    flat,
    in_order,
    label,
    look_again,
    marks,
    place_of,
    spot_of,
    spot_of_fault,
    spot_of_function,
    title,
    where,
)
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.fingerprint import digest
from modelcheck.review.review import Reread, Review
from modelcheck.review.waiver import WaiverFault

# Of info, minor, major, critical and blocker.
_SEVERITIES = {
    Kind.FINDING: "critical",
    Kind.VACUOUS: "major",
    Kind.DRIFT: "major",
    Kind.ERROR: "blocker",
    Kind.UNKNOWN: "minor",
    Kind.BOUNDED: "minor",
    Kind.EXPECTATION: "minor",
}


# Every kernel tree has it, and every alert is about what it declares.
_HOME = "include/linux/mm_types.h"


def render(review: Review) -> str:
    """The report. What is fixed is not in it: GitLab finds out by itself."""
    # An issue without a place is dropped without a word; of models they all are about this, of a tree about that.
    nowhere = Place("archs" if review.spots is None else _HOME, 1, 1)

    def located(issue: dict[str, Any], place: str) -> dict[str, Any]:
        return issue | {"location": _location(place_of(place) or nowhere)}

    told = (alert for alert in in_order(review.alerts) if alert.standing != "fixed")
    issues = [located(_issue(each), spot_of(each, review)) for each in told]
    issues += [located(_fault(each), spot_of_fault(each, review)) for each in review.waiver_faults]
    issues += [located(_function(each), spot_of_function(each.citation, review)) for each in review.to_reread]
    return json.dumps(_each_once(issues), indent=2, ensure_ascii=False) + "\n"


def _issue(alert: Alert) -> dict[str, Any]:
    about = ", ".join(part for part in (where(alert), condition(alert)) if part)
    parts = [f"{label(alert)}: {flat(alert.message)}", about, *marks(alert), flat(alert.help)]
    return {
        "description": "; ".join(part for part in parts if part),
        "check_name": label(alert),
        "content": {"body": title(alert)},
        "fingerprint": alert.fingerprint,
        "severity": "info" if alert.waiver else _SEVERITIES[alert.kind],
    }


def _fault(fault: WaiverFault) -> dict[str, Any]:
    return {
        "description": flat(f"{fault.kind} waiver: {fault.message}"),
        "check_name": fault.code,
        "fingerprint": digest("waiver", fault.code, fault.fingerprint, fault.message),
        "severity": "major",
    }


def _function(function: Reread) -> dict[str, Any]:
    """A function of the kernel that a model was read from, and that the change is about: shown beside its file."""
    return {
        "description": look_again(function),
        "check_name": "look again",
        "fingerprint": digest("look again", function.citation),
        "severity": "info",
    }


def _location(place: Place) -> dict[str, Any]:
    return {"path": place.file.removeprefix("./"), "lines": {"begin": place.line}}


def _each_once(issues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fingerprints that appear a second time (one model that was given twice) made different: GitLab keeps one only."""
    seen: dict[str, int] = {}
    found = []
    for issue in issues:
        print_ = issue["fingerprint"]
        seen[print_] = seen.get(print_, 0) + 1
        found.append(issue if seen[print_] == 1 else issue | {"fingerprint": f"{print_}-{seen[print_]}"})
    return found
