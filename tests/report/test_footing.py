"""What a proof stands on, in words and for programs."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

from modelcheck.footing import Fact, Footing, together
from modelcheck.report import json_report
from modelcheck.report.columns import width
from modelcheck.report.footing import footing_lines, footing_object
from modelcheck.report.page import plain
from tests.proofs.explained import explained, litmus_unit, safe_footing

CASE = "last-fragment-queues-flag-before-drop"


def _text(found: Footing, columns: int = 76, places: bool = False) -> str:
    return plain(footing_lines(found, columns, places=places))


def test_statements_come_by_path_with_what_of_them_is_used() -> None:
    text = _text(safe_footing(CASE))
    assert "  law  pt_frag_refcount = installed" in text
    assert "  in pte_free_defer\n    set_flag(PG_active)\n" in text
    assert "    if (dec_and_test(pt_frag_refcount)): what it does and which way it goes\n" in text
    assert "    grace_period: that it waits for gup_fast\n" in text
    assert "  no byte is shared by\n    page.pt_frag_refcount and page.rcu_head\n" in text


def test_what_is_not_needed_is_said_apart() -> None:
    used, _, unused = _text(safe_footing("counter-behind-rcu-head")).partition("It does not need")
    assert "    set_flag(PG_active)\n" not in used
    assert "    set_flag(PG_active)\n" in unused
    assert "    free_page\n" in used


@pytest.mark.parametrize("case", [CASE, "half-page-linked-or-queued", "unlocked-list-changed-at-once"])
def test_lines_fit(case: str) -> None:
    for each in _text(safe_footing(case)).splitlines():
        assert width(each) <= 76 or " " not in each.strip()


def test_places_in_the_model_are_shown_on_request() -> None:
    assert f"{CASE}.litmus:" in _text(safe_footing(CASE), places=True)
    assert f"{CASE}.litmus:" not in _text(safe_footing(CASE))


def test_a_reason_is_all_there_is_to_say() -> None:
    text = _text(Footing(reason="Z3 gave up: canceled"))
    assert text == "What the proof stands on is not known: Z3 gave up: canceled.\n"


def test_the_document_is_as_the_schema_says() -> None:
    unit = litmus_unit(CASE)
    result = explained(unit, unit.lifecycles[0])
    document = json_report.document([result])
    jsonschema.validate(document, json_report.schema())
    said = document["results"][0]["certificates"][0]["footing"]
    found = result.certificates[0].footing
    assert found is not None
    assert said == footing_object(found)
    assert footing_object(found, scripts=False) == {key: value for key, value in said.items() if key != "smtlib"}
    assert {fact["kind"] for fact in said["stands_on"]} >= {"effect", "test", "waits", "apart"}
    assert said["smtlib"].count("(check-sat)") == said["queries"]


def test_without_footing_the_document_is_as_before() -> None:
    unit = litmus_unit(CASE)
    result = explained(unit, unit.lifecycles[0])
    bare = replace(result, certificates=tuple(replace(each, footing=None) for each in result.certificates))
    (certificate,) = json_report.document([bare])["results"][0]["certificates"]
    assert "footing" not in certificate


def test_proofs_together_use_what_one_of_them_uses() -> None:
    shared, one, other = (Fact("effect", "p", text) for text in ("a", "b", "c"))
    found = together((Footing(used=(shared, one), unused=(other,)), Footing(used=(shared,), unused=(one, other))))
    assert found.used == (shared, one)
    assert found.unused == (other,)
