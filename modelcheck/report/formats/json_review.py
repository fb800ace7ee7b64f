"""A review for a program: the report of `json_report`, and what a review adds to it, by the same schema.

Findings carry the fingerprint of their alert, which in turn has everything but the run.
"""

from __future__ import annotations

from modelcheck.report.json_report import Json, condition_object, diagnostic_object, document, dumps
from modelcheck.review.alert import Alert
from modelcheck.review.alerts import finding_fingerprints
from modelcheck.review.review import LayoutChange, Review, Row
from modelcheck.review.waiver import Waiver, WaiverFault


def render(review: Review) -> str:
    """The report as a text."""
    return dumps(review_document(review))


def review_document(review: Review) -> Json:
    """The report as one object."""
    found = document(review.results, review.outcomes, review.errors)
    for result, shown in zip(review.results, found["results"], strict=True):
        for fingerprint, finding in zip(finding_fingerprints(result), shown["findings"], strict=True):
            finding["fingerprint"] = fingerprint
    return found | {
        "review": {
            "subject": review.subject,
            "base": review.base,
            "command": review.command,
            "exit_status": review.status,
            "alerts": [_alert(each) for each in review.alerts],
            "lifecycles": [_row(each) for each in review.rows],
            "waivers": [_waiver(each) for each in review.waivers],
            "waiver_faults": [_fault(each) for each in review.waiver_faults],
            "layout_changes": [_change(each) for each in review.layout_changes],
            "look_again": [
                {"source": each.citation, "why": each.why, "cited_by": list(each.cited_by), "place": each.place}
                for each in review.to_reread
            ],
            "notes": list(review.notes),
        }
    }


def _alert(alert: Alert) -> Json:
    return {
        "kind": alert.kind.value,
        "fingerprint": alert.fingerprint,
        "severity": alert.severity,
        "rule": alert.rule,
        "message": alert.message,
        "help": alert.help,
        "arch": alert.arch,
        "kernel": alert.kernel,
        "lifecycle": alert.lifecycle,
        "level": alert.level,
        "proposal": alert.proposal,
        "path": alert.path,
        "condition": condition_object(alert.condition),
        "place": alert.place,
        "source": alert.citation,
        "entry": alert.entry,
        "standing": alert.standing,
        "was": alert.was,
        "expected": alert.expected,
        "waiver": _waiver(alert.waiver) if alert.waiver else None,
        "open": alert.is_open,
    }


def _row(row: Row) -> Json:
    return {
        "arch": row.arch,
        "kernel": row.kernel,
        "lifecycle": row.lifecycle,
        "level": row.level,
        "proposal": row.proposal,
        "verdict": row.verdict.value,
        "condition": condition_object(row.condition),
        "summary": row.reason,
        "standing": row.standing,
        "base_verdict": row.base_verdict.value if row.base_verdict else "",
    }


def _waiver(waiver: Waiver) -> Json:
    return {
        "fingerprint": waiver.fingerprint,
        "about": waiver.about,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "place": waiver.place,
    }


def _fault(fault: WaiverFault) -> Json:
    return {"kind": fault.kind, "fingerprint": fault.fingerprint, "diagnostic": diagnostic_object(fault.diagnostic)}


def _change(change: LayoutChange) -> Json:
    return {
        "change": change.change,
        "arch": change.arch,
        "kernel": change.kernel,
        "struct": change.struct,
        "field": change.field,
        "other": change.other,
        "before": change.before,
        "after": change.after,
        "condition": condition_object(change.condition),
        "matters": change.matters,
    }
