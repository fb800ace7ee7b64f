"""SARIF obeys the schema that OASIS published, and says with its own words what a review says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from modelcheck.report.formats.sarif import render
from modelcheck.review.review import Review
from modelcheck.rules import all_rules
from tests.report.formats.samples import CHECK, EMPTY, GATE, TREE
from tests.strategies.reviews import reviews

_FILE = Path(__file__).resolve().parents[2] / "data" / "sarif" / "sarif-schema-2.1.0.json"
VALIDATOR = jsonschema.Draft7Validator(
    json.loads(_FILE.read_bytes()), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
)


def run_of(review: Review) -> dict[str, Any]:
    (run,) = json.loads(render(review))["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("review", [EMPTY, CHECK, GATE, TREE])
def test_it_obeys_the_schema(review: Review) -> None:
    VALIDATOR.validate(json.loads(render(review)))


@given(reviews())
@settings(max_examples=25, deadline=None)
def test_any_review_obeys_the_schema(review: Review) -> None:
    VALIDATOR.validate(json.loads(render(review)))


def test_the_schema_would_notice() -> None:
    log = json.loads(render(CHECK))
    log["runs"][0]["results"][0]["level"] = "terrible"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(log)


@given(reviews())
@settings(max_examples=40, deadline=None)
def test_what_the_schema_cannot_say(review: Review) -> None:
    """Rules by 3.27 and 3.49 of the standard that are about several properties at once."""
    run = run_of(review)
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["kind"] == "fail" or result["level"] == "none"
        assert ("baselineState" in result) <= bool(review.base)
        assert "suppressions" in result
        assert result["message"]["text"]
        for location in result["locations"]:
            region = location.get("physicalLocation", {}).get("region", {"startLine": 1, "startColumn": 1})
            assert min(region.values()) >= 1


def test_rules_bring_their_help() -> None:
    rules = {rule["id"]: rule for rule in run_of(CHECK)["tool"]["driver"]["rules"]}
    for rule in all_rules():
        if rule.id in rules:
            assert rules[rule.id]["shortDescription"]["text"] == rule.title
            assert rule.avoided in rules[rule.id]["help"]["markdown"]
    assert {"OV102", "OV103", "VACUOUS"} <= set(rules)


def test_a_finding_with_its_run() -> None:
    first = run_of(CHECK)["results"][0]
    assert first["ruleId"] == "OV103"
    assert first["partialFingerprints"]["checkArch/v1"] == CHECK.alerts[0].fingerprint
    (location,) = first["locations"]
    artifact = location["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "archs/6.12/powerpc.arch", "uriBaseId": "%SRCROOT%"}
    assert location["physicalLocation"]["region"] == {"startLine": 43, "startColumn": 9}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "arch/powerpc/mm/pgtable-frag.c:pte_free_defer"
    ((flow,),) = [code["threadFlows"] for code in first["codeFlows"]]
    assert [each["executionOrder"] for each in flow["locations"]] == [1, 2, 3]
    assert flow["locations"][1]["location"]["message"]["text"] == "CPU 1: pt_frag_refcount -= 1"
    assert flow["locations"][1]["state"] == {"pt_frag_refcount": {"text": "2 -> 1"}}


def test_waivers_are_suppressions() -> None:
    waived = [each for each in run_of(CHECK)["results"] if each["suppressions"]]
    ((suppression,),) = [each["suppressions"] for each in waived]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"].startswith("the fix is under review (until 2027-01-31")
    assert suppression["location"]["physicalLocation"]["artifactLocation"]["uri"] == "waivers.toml"


def test_standing_is_the_state_of_the_baseline() -> None:
    states = [each["baselineState"] for each in run_of(GATE)["results"]]
    assert states == ["new", "updated", "absent", "unchanged", "new", "new"]
    assert [each["kind"] for each in run_of(GATE)["results"]] == ["fail", "fail", "pass", "open", "fail", "fail"]


def test_a_function_to_look_at_again_is_a_note_with_a_rule_of_its_own() -> None:
    run = run_of(TREE)
    *_, found = run["results"]
    rule = run["tool"]["driver"]["rules"][found["ruleIndex"]]
    assert (rule["id"], found["ruleId"], found["level"]) == ("look-again", "look-again", "note")
    assert rule["defaultConfiguration"] == {"level": "note"}
    assert "cite" in rule["help"]["text"]
    assert found["message"]["text"].startswith("look again at mm/memory.c:free_pte_range: its body changed")
    (location,) = found["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "mm/memory.c"
    assert location["physicalLocation"]["region"]["startLine"] == 401
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert not any("look again" in each["message"]["text"] for each in notes)
    assert all(rule["id"] != "look-again" for rule in run_of(CHECK)["tool"]["driver"]["rules"])


def test_errors_are_notifications() -> None:
    (invocation,) = run_of(CHECK)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    codes = [each["descriptor"]["id"] for each in invocation["toolConfigurationNotifications"]]
    assert codes == ["CA210", "CA805"]
    # Where findings or waivers alone make a run fail, it did what it was asked for.
    (invocation,) = run_of(replace(CHECK, status=6))["invocations"]
    assert invocation["executionSuccessful"] is True


def test_messages_hold_no_placeholder_and_no_link() -> None:
    alert = replace(CHECK.alerts[0], message="{0} and [a](b)")
    text = run_of(replace(CHECK, alerts=(alert,)))["results"][0]["message"]["text"]
    assert text.startswith("{{0}} and [a] (b)")


def test_odd_file_names_are_uris() -> None:
    places = ("a b#c.arch:1:2", "/x/y.arch:1:2", "./z.arch:1:2")
    review = replace(CHECK, alerts=tuple(replace(CHECK.alerts[0], place=place) for place in places))
    found = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run_of(review)["results"]]
    assert found == ["a%20b%23c.arch", "file:///x/y.arch", "z.arch"]
