"""JUnit's XML is XML whatever is in it, and its numbers are those of its cases."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings

from modelcheck.report.formats.junit import render
from modelcheck.review.review import Review
from tests.report.formats.samples import CHECK, EMPTY, GATE
from tests.strategies.reviews import reviews

TAGS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def numbers_agree(root: Xml.Element) -> None:
    assert root.tag == "testsuites"
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for attribute, tag in TAGS.items():
            assert int(suite.get(attribute, "")) == sum(case.find(tag) is not None for case in cases)
    for name in ("tests", *TAGS):
        assert int(root.get(name, "")) == sum(int(suite.get(name, "")) for suite in root)


@pytest.mark.parametrize("review", [EMPTY, CHECK, GATE])
def test_numbers(review: Review) -> None:
    numbers_agree(Xml.fromstring(render(review)))


@given(reviews())
@settings(max_examples=60, deadline=None)
def test_any_review_is_well_formed(review: Review) -> None:
    root = Xml.fromstring(render(review).encode())
    numbers_agree(root)
    for case in root.iter("testcase"):
        assert case.get("name")
        assert sum(case.find(tag) is not None for tag in TAGS.values()) <= 1
    failing = any(alert.fails for alert in review.alerts) or review.waiver_faults
    assert bool(int(root.get("failures", "")) + int(root.get("errors", ""))) == bool(failing)


def outcome(root: Xml.Element, name: str) -> str:
    case = next(case for case in root.iter("testcase") if case.get("name") == name)
    return next((tag for tag in TAGS.values() if case.find(tag) is not None), "passed")


def test_how_cases_come_out() -> None:
    root = Xml.fromstring(render(CHECK))
    assert outcome(root, "pte_fragment with rcu_head_per_table") == "failure"
    assert outcome(root, "pte_fragment") == "passed"
    assert outcome(root, "expired waivers.toml:7:1") == "failure"
    assert outcome(root, f"CA210 {CHECK.alerts[-1].fingerprint}") == "error"
    # A failure decides where something else of the life cycle is only undecided.
    assert outcome(root, "pmd_fragment") == "failure"
