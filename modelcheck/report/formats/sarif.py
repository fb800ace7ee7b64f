"""SARIF 2.1.0, the OASIS standard for results of static analysis, as code scanning services and editors read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; the numbers below are its sections. What is not
obvious:

* A hazard that was neither shown nor excluded is of the kind `open`, and what is fixed of the kind `pass`; both have
  the level `none`, as the standard demands (3.27.10).
* A run of several CPUs is one thread flow in the order of its steps, each of which names its actor: most viewers show
  the first thread flow only, and a race that is shown from one side tells nothing.
* Errors in inputs, faulty waivers and the rest are notifications of the invocation: they are about no rule.
* Where a kernel tree was judged, every file that is named is one of that tree: the models are not in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from modelcheck import __version__
from modelcheck.report.counterexample import split_citation
from modelcheck.report.formats.saying import (
    MEANINGS,
    condition,
    flat,
    look_again,
    marks,
    outcome,
    place_of,
    remarks,
    rule_of,
    spot_of,
    spot_of_fault,
    spot_of_function,
    where,
)
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.fingerprint import digest
from modelcheck.review.review import Reread, Review
from modelcheck.rules.catalogue import Rule
from modelcheck.trace import Step

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# Relative names of files are those of what was judged, which services know, and those of a kernel that is not there.
_JUDGED, _KERNEL = "%SRCROOT%", "KERNEL"
# What a service recognises a finding by from one upload to the next. GitHub looks at the second only, and without it
# makes one up from the line, on which there may be several findings of a rule.
_FINGERPRINT, _GITHUB_FINGERPRINT = "checkArch/v1", "primaryLocationLineHash"
# Exit statuses of a run that did not look at everything: errors in its input, a fault of the program, an interruption.
_UNFINISHED = (2, 70, 130)
_BASELINE = {"new": "new", "worse": "updated", "fixed": "absent", "unchanged": "unchanged"}

Json = dict[str, Any]


def render(review: Review) -> str:
    """The log."""
    return json.dumps(_log(review), indent=2, ensure_ascii=False) + "\n"


def _log(review: Review) -> Json:
    told = [alert for alert in review.alerts if alert.kind is not Kind.ERROR]
    identifiers = sorted({_rule_id(alert): alert for alert in told}.items())
    index = {identifier: number for number, (identifier, _) in enumerate(identifiers)}
    results = [_result(alert, index[_rule_id(alert)], review) for alert in told]
    rules = [_rule(identifier, alert) for identifier, alert in identifiers]
    if review.to_reread:
        results += [_function(each, len(rules), review) for each in review.to_reread]
        rules.append(_LOOK_AGAIN)
    beside = remarks(replace(review, to_reread=()))
    run: Json = {
        "tool": {
            "driver": {
                "name": "check-arch",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": _bases(review),
        "invocations": [
            {
                "commandLine": review.command,
                "executionSuccessful": review.status not in _UNFINISHED,
                "exitCode": review.status,
                "toolConfigurationNotifications": [*_notifications(review)],
                "toolExecutionNotifications": [_notification("note", text) for text in beside],
            }
        ],
        "results": results,
        "properties": {"subject": review.subject, "base": review.base, "summary": outcome(review)},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _bases(review: Review) -> Json:
    if review.spots is not None:
        return {_JUDGED: {"description": {"text": "the kernel tree that was judged"}}}
    return {
        _JUDGED: {"description": {"text": "the tree that holds the models"}},
        _KERNEL: {"description": {"text": "a source tree of the kernel that the model is of"}},
    }


# ------------------------------------------------------------------------------------------------------ rules

_AGAIN = (
    "Models follow the kernel's code step by step, and cite the function that each step was read from. A function that "
    "was changed may do other things now than the model says, and then a verdict is about a kernel that is no more.\n\n"
    "Read the function beside the steps that cite it. Where it still does what they say, nothing is to be done; where "
    "it does not, change the model first, and let its life cycles be checked again."
)
_LOOK_AGAIN: Json = {
    "id": "look-again",
    "name": "LookAgain",
    "shortDescription": {"text": "a model was read from code that was changed"},
    "fullDescription": {"text": "Code that a model cites was changed, and the model may no longer say what it does."},
    "help": {"text": _AGAIN, "markdown": _AGAIN},
    "defaultConfiguration": {"level": "note"},
}


def _rule_id(alert: Alert) -> str:
    return flat(alert.rule) or alert.kind.name


def _rule(identifier: str, alert: Alert) -> Json:
    rule = rule_of(identifier)
    if rule is None:
        text = MEANINGS[alert.kind]
        said = {"text": text}
        return {"id": identifier, "shortDescription": said, "fullDescription": said, "help": said}
    return {
        "id": rule.id,
        "name": _name(rule.title),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning},
        "help": {"text": _help(rule), "markdown": _help(rule)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["linux", "memory-management", "page-tables"], "precision": "very-high"},
    }


def _help(rule: Rule) -> str:
    fence = "text" if not rule.example_is_litmus else "c"
    parts = (
        ("What it means", rule.meaning),
        ("Why it is bad", rule.why),
        ("Example", f"```{fence}\n{rule.example}\n```"),
        ("How it is avoided", rule.avoided),
        ("In the kernel's history", rule.history),
    )
    return "\n\n".join(f"## {head}\n\n{body}" for head, body in parts)


def _name(title: str) -> str:
    """A name in Pascal case, as 3.49.7 proposes."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", title))


# ---------------------------------------------------------------------------------------------------- results


def _result(alert: Alert, rule_index: int, review: Review) -> Json:
    kind, level = _kind(alert)
    found: Json = {
        "ruleId": _rule_id(alert),
        "ruleIndex": rule_index,
        "kind": kind,
        "level": level,
        "message": _text(_message(alert)),
        "locations": [_location(spot_of(alert, review), alert.function)],
        "partialFingerprints": {_FINGERPRINT: alert.fingerprint, _GITHUB_FINGERPRINT: f"{alert.fingerprint}:1"},
        "properties": {
            "arch": alert.arch,
            "kernel": alert.kernel,
            "lifecycle": alert.lifecycle,
            "level": alert.level,
            "proposal": alert.proposal,
            "path": alert.path,
            "condition": alert.condition.text,
            "verdict": alert.kind.name,
            "expected": alert.expected,
        },
    }
    related = [*_related(alert, review)]
    if related:
        found["relatedLocations"] = related
    if alert.counterexample and alert.counterexample.steps:
        steps = alert.counterexample.steps
        flow = {"id": "run", "locations": [_flow_location(step, step is steps[-1], review) for step in steps]}
        found["codeFlows"] = [{"message": _text(alert.counterexample.hazard.message), "threadFlows": [flow]}]
    if review.base and alert.standing:
        found["baselineState"] = _BASELINE[alert.standing]
    # Present on every result of a run, or on none (3.27.23).
    found["suppressions"] = [_suppression(alert, review)] if alert.waiver else []
    return found


def _function(function: Reread, rule_index: int, review: Review) -> Json:
    """A function that somebody has to look at again: no finding, but something to do."""
    print_ = digest("look again", function.citation, function.why)
    found: Json = {
        "ruleId": _LOOK_AGAIN["id"],
        "ruleIndex": rule_index,
        "kind": "fail",
        "level": "note",
        "message": _text(look_again(function)),
        "locations": [_location(spot_of_function(function.citation, review), function.citation)],
        "partialFingerprints": {_FINGERPRINT: print_, _GITHUB_FINGERPRINT: f"{print_}:1"},
        "suppressions": [],
    }
    if review.base:
        found["baselineState"] = "new"
    return found


def _kind(alert: Alert) -> tuple[str, str]:
    if alert.standing == "fixed":
        return "pass", "none"
    if alert.kind in (Kind.UNKNOWN, Kind.BOUNDED):
        return "open", "none"
    return "fail", alert.severity


def _message(alert: Alert) -> str:
    about = ", ".join(part for part in (where(alert), condition(alert)) if part)
    said = flat(alert.message)
    parts = [f"{said} ({about})" if about else said, flat(alert.help), *marks(alert)]
    return ". ".join(part[:1].upper() + part[1:] for part in parts if part) or MEANINGS[alert.kind]


def _suppression(alert: Alert, review: Review) -> Json:
    waiver = alert.waiver
    if waiver is None:
        return {}
    found: Json = {
        "kind": "external",
        "status": "accepted",
        "justification": f"{waiver.reason} (until {waiver.expires}, {waiver.owner})",
        "properties": {"owner": waiver.owner, "expires": waiver.expires.isoformat()},
    }
    if review.spots is None:
        found["location"] = _location(waiver.place, "")
    return found


def _flow_location(step: Step, last: bool, review: Review) -> Json:
    place = step.place if review.spots is None else spot_of_function(step.citation, review)
    location = _location(place, step.citation)
    location["message"] = _text(f"{step.actor}: {step.what}")
    found: Json = {
        "location": location,
        "executionOrder": step.number,
        "importance": "essential" if last else "important" if step.changes else "unimportant",
    }
    if step.changes:
        found["state"] = {c.what: _text(" -> ".join(t for t in (c.before, c.after) if t)) for c in step.changes}
    return found


# -------------------------------------------------------------------------------------------------- locations


def _location(place: str, citation: str) -> Json:
    """A place in what was judged as the physical location, and the kernel function that is meant as the logical one."""
    found: Json = {}
    at = place_of(place)
    if at is not None:
        found["physicalLocation"] = {
            "artifactLocation": _artifact(at.file, _JUDGED),
            "region": {"startLine": at.line, "startColumn": at.column},
        }
    file, function = split_citation(citation)
    if function:
        found["logicalLocations"] = [{"name": function, "fullyQualifiedName": f"{file}:{function}", "kind": "function"}]
    return found


def _related(alert: Alert, review: Review) -> Iterator[Json]:
    """The kernel's functions: the one that the step is in, and the one through which it is reached."""
    told = {"the step is from": alert.citation, "it is reached through": alert.entry}
    for number, (what, citation) in enumerate((w, c) for w, c in told.items() if c):
        file, function = split_citation(citation)
        found = _location(spot_of_function(citation, review), citation)
        found["id"] = number
        found["message"] = _text(f"{what} {function or file}() of the kernel" if function else f"{what} {file}")
        if review.spots is None:
            found["physicalLocation"] = {"artifactLocation": _artifact(file, _KERNEL)}
        yield found


def _artifact(file: str, base: str) -> Json:
    if file.startswith("/"):
        return {"uri": f"file://{quote(file, safe='/', errors='replace')}"}
    return {"uri": quote(file.removeprefix("./"), safe="/", errors="replace"), "uriBaseId": base}


# ---------------------------------------------------------------------------------------------- notifications


def _notifications(review: Review) -> Iterator[Json]:
    for alert in review.alerts:
        if alert.kind is Kind.ERROR:
            text = ". ".join(part for part in (alert.message, alert.help) if part)
            found = _notification("error", text, alert.rule, spot_of(alert, review))
            yield found | {"properties": {"fingerprint": alert.fingerprint}}
    for fault in review.waiver_faults:
        text = f"{fault.kind} waiver: {fault.message}"
        whole = f"{text}. {fault.help}" if fault.help else text
        yield _notification("error", whole, fault.code, spot_of_fault(fault, review))


def _notification(level: str, text: str, code: str = "", place: str = "") -> Json:
    found: Json = {"level": level, "message": _text(text)}
    if code:
        found["descriptor"] = {"id": code}
    if place_of(place):
        found["locations"] = [_location(place, "")]
    return found


def _text(text: str) -> Json:
    """A message, in which braces would be placeholders (3.11.5) and brackets before a parenthesis links (3.11.6)."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (") or "-"}
