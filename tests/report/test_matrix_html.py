"""The page of a matrix: complete, by itself, and with nothing in it that was not meant as markup."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from modelcheck.matrix.survey import Proposal, Survey
from modelcheck.matrix.table import matrix_of
from modelcheck.report.matrix_html import page
from tests.matrix.models import survey
from tests.report.html_reader import Reader, policy_of


def made(found: Survey) -> str:
    return page(found, matrix_of(found), lambda rule: f"title of {rule}")


PAGE = made(survey())
READ = Reader(PAGE)


def test_it_is_well_formed() -> None:
    assert READ.open == []
    assert PAGE.startswith("<!DOCTYPE html>\n")
    assert READ.all("html") == [{"lang": "en"}]


def test_it_needs_nothing_else() -> None:
    assert not READ.all("script") + READ.all("link") + READ.all("img") + READ.all("iframe")
    assert not re.search(r"https?://|//[a-z]|@import|url\(", PAGE)
    links = [each["href"] for each in READ.all("a")]
    assert all(link.startswith("#") for link in links)
    assert policy_of(READ) == {
        "default-src": ["'none'"],
        "style-src": [READ.hash_of("style")],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }


def test_links_lead_somewhere() -> None:
    anchors = Counter(each["id"] for _, each in READ.elements if "id" in each)
    assert set(anchors.values()) == {1}
    assert {each["href"].removeprefix("#") for each in READ.all("a")} <= set(anchors)
    assert {each["aria-labelledby"] for each in READ.all("div") if "aria-labelledby" in each} <= set(anchors)


def test_rows_are_as_wide_as_the_head() -> None:
    columns = len(matrix_of(survey()).columns)
    assert sum(int(each["colspan"]) for each in READ.all("th") if "colspan" in each) == columns
    assert len(READ.all("td")) == columns * len(matrix_of(survey()).rows)


def test_a_cell_opens_its_counterexample() -> None:
    runs = sum(len(result.findings) for result in survey().results)
    assert len(READ.all("pre")) == runs == 2
    text = READ.text()
    assert "UNSAFE tiny 1.1 pmd, path pmd_free when SMP OV105 title of OV105" in text
    assert "free_page ^^^ OV105" in text
    assert "On a terminal: check-arch check wide-1.1.arch --lifecycle pte --proposal queue_each" in text


def test_what_models_say_is_no_markup() -> None:
    assert "a table | of <PTEs>" in READ.text()
    assert "<PTEs>" not in PAGE
    whole = survey()
    evil = "<script>alert(1)</script>&\"'`<b>`{{ 7 * 7 }}"
    hurt = replace(
        whole,
        subjects=tuple(
            replace(s, arch=s.arch, lifecycles=tuple(replace(each, title=evil) for each in s.lifecycles))
            for s in whole.subjects
        ),
        proposals=tuple(replace(each, title=evil) for each in whole.proposals),
        gaps=tuple(replace(each, why=evil, what=evil) for each in whole.gaps),
        results=tuple(replace(each, reason=evil) for each in whole.results),
    )
    text = made(hurt)
    assert Counter(tag for tag, _ in Reader(text).elements if tag in ("script", "b")) == Counter()
    assert "49" not in Reader(text).text()


def test_what_is_known_and_not_modelled_is_said() -> None:
    text = READ.text()
    assert "pud : folded | mostly" in text
    assert "No model of Linux 1.1 for vast." in text
    assert "No model of Linux 2.0 for any architecture." in text


def test_a_proposal_that_changes_nothing_has_no_column() -> None:
    whole = survey()
    text = made(replace(whole, proposals=(*whole.proposals, Proposal("idle", "nothing", "idle"))))
    assert len(Reader(text).all("td")) == len(READ.all("td"))
    assert "Changing nothing here: idle." in Reader(text).text()


def test_a_survey_without_answers_has_no_matrix() -> None:
    empty = replace(survey(), subjects=(), tasks=(), results=(), stated=())
    assert "The matrix" not in Reader(made(empty)).text()
