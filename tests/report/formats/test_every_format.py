"""What holds for every format, whatever is in a review: it mentions what is to be dealt with, and drops no waiver."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from modelcheck.report.formats.registry import FORMATS, NAMES, Format, format_of
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.review import Review
from tests.report.formats.samples import CHECK, EMPTY, GATE, TREE
from tests.report.goldens import assert_golden
from tests.strategies.reviews import reviews

EACH = pytest.mark.parametrize("form", FORMATS, ids=NAMES)


def alert(number: int) -> Alert:
    found = Alert(Kind.FINDING, f"{number:016x}", f"number {number}", "OV105", "x86", "7.2")
    return replace(found, lifecycle=f"pte{number}", place="a:1:1")


def missing(review: Review, text: str) -> list[str]:
    """Fingerprints of what is to be dealt with, or waived, that the text does not have."""
    wanted = [each for each in review.alerts if each.is_open or (each.waiver and each.standing != "fixed")]
    return [each.fingerprint for each in wanted if each.fingerprint not in text]


def left_out(text: str) -> int:
    """The largest number of things that the text says it leaves out."""
    told = re.findall(r"([\d,]+) \w[\w ]* (?:is|are) left out here", text)
    return max((int(number.replace(",", "")) for number in told), default=0)


@given(reviews())
@settings(max_examples=100, deadline=None)
def test_every_alert_is_mentioned_and_nothing_crashes(review: Review) -> None:
    for form in FORMATS:
        text = form.render(review)
        assert len(missing(review, text)) <= left_out(text), form.name


@EACH
@pytest.mark.parametrize("number", [11, 3000])
def test_what_does_not_fit_is_counted(form: Format, number: int) -> None:
    review = replace(EMPTY, alerts=tuple(map(alert, range(number))))
    text = form.render(review)
    assert len(missing(review, text)) in (0, left_out(text))


@EACH
@pytest.mark.parametrize(("name", "review"), [("empty", EMPTY), ("check", CHECK), ("gate", GATE), ("tree", TREE)])
def test_goldens(form: Format, name: str, review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sarif", "mail"):
        monkeypatch.setattr(f"modelcheck.report.formats.{module}.__version__", "0.0")
    monkeypatch.setattr("modelcheck.report.json_report.__version__", "0.0")
    assert_golden(f"format_{form.name}_{name}", form.render(review))


@EACH
def test_what_is_waived_is_marked(form: Format) -> None:
    waived = next(each for each in CHECK.alerts if each.waiver)
    text = form.render(CHECK)
    assert waived.fingerprint in text
    assert waived.waiver is not None
    assert waived.waiver.expires.isoformat() in text


@EACH
def test_faults_of_waivers_are_told(form: Format) -> None:
    text = form.render(CHECK)
    assert [fault.kind for fault in CHECK.waiver_faults] == ["expired"]
    assert "CA805" in text
    assert re.search(r"expired\s+on\s+2026-01-31", text)


def test_services_are_shown_no_file_that_a_kernel_tree_does_not_have() -> None:
    """Of a place in a model a service makes nothing, where what is judged is a kernel tree."""
    there = {"include/linux/mm_types.h", "mm/memory.c"}
    issues = json.loads(format_of("gitlab").render(TREE))
    assert {issue["location"]["path"] for issue in issues} == there, "GitLab drops what has no path"
    assert set(re.findall(r"file=([^,:]*)", format_of("github").render(TREE))) == there
    log = format_of("sarif").render(TREE)
    assert set(re.findall(r'"uri": "([^"]*)"', log)) == there
    assert "archs/" in format_of("github").render(GATE) and "archs/" in format_of("sarif").render(GATE)


def test_names() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert format_of("sarif").name == "sarif"
    assert all(form.does for form in FORMATS)
