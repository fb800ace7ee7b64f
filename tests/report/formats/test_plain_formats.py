"""Formats of plain text and simple lists: widths, lines, and what their readers take."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt

from modelcheck.report.formats import gitlab, json_review, mail, markdown, terse, text
from modelcheck.report.json_report import schema
from modelcheck.review.review import Reread, Review
from modelcheck.trace import Change, Counterexample, Hazard, Move, Schedule, Step
from tests.report.formats.samples import CHECK, EMPTY, GATE
from tests.report.formats.test_every_format import alert
from tests.strategies.reviews import reviews

SCHEMA = jsonschema.Draft202012Validator(schema())
MARKDOWN = MarkdownIt("commonmark").enable("table")


@given(reviews())
@settings(max_examples=60, deadline=None)
def test_nobody_can_write_to_a_terminal(review: Review) -> None:
    for made in (text.render(review), terse.render(review), mail.render(review)):
        assert all(character.isprintable() or character == "\n" for character in made)


def told_at_length(actors: int) -> Review:
    """A review with a run whose names are all of many short words."""
    long = "long " * 60
    step = Step(1, Move("step", "table:0"), "", long, long, f"a.c:{long}", "a.c:1", (Change(long, long, long),))
    steps = tuple(replace(step, number=number, actor=f"{long}{number}") for number in range(1, actors + 1))
    run = Counterexample(Schedule("", (), (), ()), steps, Hazard(long, long, long, long), 1, 1, 1, long)
    return replace(EMPTY, alerts=(replace(alert(0), counterexample=run),))


@given(reviews())
@example(told_at_length(1))
@example(told_at_length(2))
@example(told_at_length(3))
@settings(max_examples=60, deadline=None)
def test_a_mail_has_short_lines(review: Review) -> None:
    made = mail.render(replace(review, command=""))
    head, *lines = made.splitlines()
    assert head.startswith("Subject: ")
    for line in lines:
        # A word that does not fit may stand behind a short label, or in the right half of a run.
        assert len(line) <= 75 or max(map(len, line.split())) > 30, line
        assert not line.startswith("From ")
        assert line != "-- "


def test_a_mail_shows_the_first_runs() -> None:
    run = CHECK.alerts[0].counterexample
    many = tuple(replace(alert(number), counterexample=run) for number in range(8))
    made = mail.render(replace(EMPTY, alerts=many, command="check-arch check x86"))
    assert made.count("^^^ OV103") == 5
    assert "3 more runs are not shown" in made
    assert "    check-arch check x86\n" in made


@given(reviews())
@settings(max_examples=60, deadline=None)
def test_terse_has_a_line_for_each_thing(review: Review) -> None:
    lines = terse.render(review).split("\n")
    said = len(review.alerts) + len(review.waiver_faults) + len(review.layout_changes) + len(review.to_reread)
    assert len(lines) == said + len(review.notes) + 2


def test_terse_reads_like_checkpatch() -> None:
    first, *_ = terse.render(CHECK).splitlines()
    assert first.startswith("archs/6.12/powerpc.arch:43:9: ERROR: OV103: one rcu_head, two tables [")


def test_gitlab_shows_functions_to_look_at_again_beside_their_files() -> None:
    function = Reread("mm/memory.c:free_pte_range", "it was changed", ("powerpc pte_fragment",))
    spots = {function.citation: "mm/memory.c:401"}
    review = Review("a", "b", "check-arch gate --tree .", (), (), to_reread=(function,), spots=spots)
    (issue,) = json.loads(gitlab.render(review))
    assert (issue["location"], issue["severity"]) == ({"path": "mm/memory.c", "lines": {"begin": 401}}, "info")
    assert "free_pte_range: it was changed (cited by powerpc pte_fragment)" in issue["description"]


@given(reviews())
@settings(max_examples=60, deadline=None)
def test_gitlab_has_what_it_needs(review: Review) -> None:
    issues = json.loads(gitlab.render(review))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue["description"]
        assert issue["check_name"]
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1


@pytest.mark.parametrize("review", [EMPTY, CHECK, GATE])
def test_json_obeys_the_schema(review: Review) -> None:
    SCHEMA.validate(json.loads(json_review.render(review)))


@given(reviews())
@settings(max_examples=40, deadline=None)
def test_any_review_obeys_the_schema(review: Review) -> None:
    SCHEMA.validate(json.loads(json_review.render(review)))


def test_findings_in_json_name_their_alerts() -> None:
    found = json.loads(json_review.render(CHECK))
    named = [finding["fingerprint"] for result in found["results"] for finding in result["findings"]]
    alerts = [each["fingerprint"] for each in found["review"]["alerts"] if each["kind"] == "finding"]
    assert named == alerts
    assert [each["open"] for each in found["review"]["alerts"][:3]] == [True, False, True]


@given(reviews())
@settings(max_examples=60, deadline=None)
def test_a_page_of_markdown_shows_texts_and_obeys_none(review: Review) -> None:
    made = MARKDOWN.render(markdown.render(review))
    # Only what the page itself brings: no text makes an image, a link, or a tag that was not there before.
    assert "<a " not in made
    assert "<img" not in made
    assert made.count("<h2>") == 1
    assert made.count("<details>") == made.count("</details>") <= sum(a.is_open for a in review.alerts)


@pytest.mark.parametrize("limit", [2_000, 10_000, 65_536])
def test_a_page_stays_within_its_limit(limit: int) -> None:
    run = CHECK.alerts[0].counterexample
    many = tuple(replace(alert(number), counterexample=run) for number in range(400))
    made = markdown.page(replace(CHECK, alerts=many, notes=tuple("note" * 20 for _ in range(99))), limit)
    assert len(made.encode()) <= limit
    assert "left out here" in made
