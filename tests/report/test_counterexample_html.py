"""The page of counterexamples: complete, by itself, the same every time, and nothing in it that was not meant."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.report.counterexample_html import Evidence
from modelcheck.report.counterexample_html import page as page_of
from modelcheck.trace import Change
from modelcheck.verdict import Condition, Finding, Result
from tests.report.html_reader import Reader, policy_of
from tests.report.pages import EVIL, made
from tests.report.samples import REFERENCE, UNSAFE

WITH_SMP = ("--config", "SMP=y")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made(tmp_path_factory.mktemp("page"), *WITH_SMP)


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


@pytest.fixture(scope="module")
def films(read: Reader) -> list[dict[str, list]]:
    *found, script = read.inside("script")
    assert script.startswith('\n"use strict"')
    return [json.loads(each) for each in found]


def test_it_is_well_formed(page: str, read: Reader) -> None:
    assert read.open == []
    assert page.startswith("<!DOCTYPE html>\n")
    assert read.all("html") == [{"lang": "en"}]
    assert len(read.all("h1")) == 1


def test_it_needs_nothing_else(page: str, read: Reader) -> None:
    assert not read.all("link") + read.all("img") + read.all("iframe") + read.all("object")
    assert not re.search(r"https?://|[^:]//[a-z]|@import|url\((?!#)", page)
    assert all(each["href"].startswith("#") for each in read.all("a"))
    assert not any("src" in each for _, each in read.elements)


def test_nothing_but_its_own_script_and_style_may_run(read: Reader) -> None:
    assert policy_of(read) == {
        "default-src": ["'none'"],
        "style-src": [read.hash_of("style")],
        "script-src": [read.hash_of("script")],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    for _, attributes in read.elements:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]


def test_links_and_labels_lead_somewhere(read: Reader) -> None:
    anchors = Counter(each["id"] for _, each in read.elements if "id" in each)
    assert set(anchors.values()) == {1}
    assert {each["href"].removeprefix("#") for each in read.all("a")} <= set(anchors)
    named = [name for _, each in read.elements for name in each.get("aria-labelledby", "").split()]
    assert named
    assert set(named) <= set(anchors)


def test_it_opens_with_the_question_and_the_answer(read: Reader) -> None:
    text = read.text()
    assert "Many fields of struct page share bytes, and check-arch asks of a model of the kernel's code" in text
    assert "Yes: 3 of 4 life cycles of pages can go wrong, as 3 runs show below step by step; 1 is proved" in text


def test_every_finding_has_what_is_needed_to_judge_it(read: Reader) -> None:
    text = read.text()
    assert len(read.of_class("finding")) == 3
    for wanted in (
        "frees the page while reader 0 (walker) is inside table 0",
        "2 tables, 1 CPU, no reader; lp64, FRAGMENTS=2",
        "CONFIG_SMP=y",
        "# FRAGMENTS = 2",
        "What would make it safe Unhook first",
        "With the proposal wait (wait before it is freed) it is safe, as the file of the proposal states:",
        "check-arch check case.litmus --lifecycle at_once --proposal wait",
        "check-arch replay traces/case-at_once-OV105-pte_free.json",
        "page.unused_half",
    ):
        assert wanted in text, wanted


def test_every_step_stands_in_its_lane_with_its_place(
    page: str, read: Reader, films: list[dict[str, list]]
) -> None:
    steps = [each for each in read.all("li") if "-step-" in each.get("id", "")]
    assert [each["id"].partition("-step-")[2] for each in steps] == [
        str(number) for film in films for number in range(1, len(film["frames"]))
    ]
    lanes = {name for each in steps for name in each["class"].split() if name.startswith("at-")}
    assert lanes == {"at-1", "at-2"}
    assert "pte_free_defer()" in read.text()
    assert 'title="case.litmus:' in page
    assert len(read.of_class("last")) == 3


def test_bytes_change_hands_as_the_model_says(films: list[dict[str, list]]) -> None:
    fragment, overlay, _ = films
    names = [name for name, _, _ in overlay["fields"]]
    assert names == ["A", "B", "C"]
    head, mapping, half = ((start, stop) for _, start, stop in overlay["fields"])
    assert (head, mapping, half) == ((8, 24), (16, 24), (28, 30))
    owners = [frame["cells"] for frame in overlay["frames"]]
    assert owners[0] == [-1] * 32
    written = next(cells for cells in owners if cells[16] == 1)
    assert written[8:24] == [-1] * 8 + [1] * 8
    assert owners[-1][8:24] == [0] * 16
    marks = [overlay["texts"][number] for number in overlay["frames"][-1]["marks"]]
    assert [byte for byte, mark in enumerate(marks) if "x" in mark] == list(range(16, 24))
    assert "Bytes 16-23 lost." in overlay["frames"][-1]["say"]
    count = next(i for i, (_, start, _) in enumerate(fragment["fields"]) if start == 24)
    held = [fragment["texts"][frame["holds"][count]] for frame in fragment["frames"]]
    assert list(dict.fromkeys(held)) == ["", "2"]


def test_the_drawing_shows_the_last_step_by_itself(read: Reader, films: list[dict[str, list]]) -> None:
    bytes_ = [each["class"].split() for each in read.of_class("byte")]
    assert len(bytes_) == sum(len(film["frames"][-1]["cells"]) for film in films)
    crossed = [classes for classes in bytes_ if "x" in classes]
    assert len(crossed) == 16 + 8
    assert [each for each in read.all("svg") if each.get("role") == "img" and "whole" in each["class"].split()]
    assert [each for each in read.of_class("controls") if "hidden" not in each] == []


def test_what_models_say_is_no_markup(page: str, read: Reader) -> None:
    assert EVIL in read.text()
    assert "alert(1)" not in "".join(read.inside("script"))
    assert read.all("b") == [{}] * 3
    assert "49" not in read.inside("small")
    assert len(read.all("script")) == 3 + 1


def test_the_same_input_gives_the_same_page(page: str, tmp_path: Path) -> None:
    assert made(tmp_path, *WITH_SMP) == page
    assert str(tmp_path) not in page


EVERYTHING = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&\"'`{}%#/-"), max_size=30)


def page_about(result: Result, known: str) -> str:
    """The page about one answer whose runs cannot be drawn."""
    each = [("0123456789abcdef", known)] * len(result.findings)
    return page_of([(result, Evidence(REFERENCE, lambda r, f: None, lambda place: (place, ""), str, lambda r: each))])


def saying(words: list[str]) -> Result:
    """An answer whose texts hold these words."""

    def run(finding: Finding) -> Finding:
        changed = (Change(words[9], "", "2"),)
        shown = finding.counterexample
        steps = tuple(
            replace(each, what=f"what {words[7]}", actor=f"actor {words[8]}", changes=changed) for each in shown.steps
        )
        hazard = replace(shown.hazard, message=f"message {words[10]}")
        shown = replace(shown, steps=steps, hazard=hazard)
        return replace(finding, condition=Condition(f"condition {words[6]}"), counterexample=shown)

    return replace(
        UNSAFE,
        title=f"title {words[0]}",
        kernel=f"kernel {words[1]}",
        proposal=f"proposal {words[2]}",
        place=f"{words[3]}:1:2",
        reason=f"reason {words[4]}",
        condition=Condition(f"condition {words[5]}"),
        findings=tuple(map(run, UNSAFE.findings)),
    )


@given(st.lists(EVERYTHING, min_size=12, max_size=12))
@settings(max_examples=25, deadline=None)
def test_no_text_of_an_answer_is_markup(words: list[str]) -> None:
    """Whatever texts say, the page has the elements that it has with plain words."""

    def elements(texts: list[str]) -> Counter[str]:
        read = Reader(page_about(saying(texts), texts[11]))
        assert read.open == []
        # Backquotes make code, and a line may be broken behind a parenthesis.
        return Counter(tag for tag, _ in read.elements if tag not in ("code", "wbr"))

    assert elements(words) == elements(["word"] * len(words))


def test_what_cannot_be_drawn_is_said() -> None:
    text = Reader(page_about(UNSAFE, "waived until 2030-01-01 by J. Doe: <b>later</b>")).text()
    assert "The bytes are not drawn: the run cannot be replayed on this model." in text
    assert "pt_frag_refcount -= 1" in text
    assert "known as 0123456789abcdef ; waived until 2030-01-01 by J. Doe: <b>later</b>" in text


def test_all_is_well(tmp_path: Path) -> None:
    read = Reader(made(tmp_path, "--lifecycle", "good"))
    assert "No, and that is proved." in read.text()
    assert read.of_class("finding") == []
    assert "Not as the model expects good: " in read.text()
