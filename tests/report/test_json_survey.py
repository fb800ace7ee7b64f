"""A survey as JSON obeys the schema, and comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.diagnostics import InputError
from modelcheck.matrix.survey import Fault, Place, Survey, Undecided
from modelcheck.matrix.table import matrix_of
from modelcheck.report.json_reader import read_survey
from modelcheck.report.json_report import dumps, schema
from modelcheck.report.json_survey import survey_document
from tests.matrix.models import survey

VALIDATOR = jsonschema.Draft202012Validator(schema())


def text_of(found: Survey) -> str:
    return dumps(survey_document(found, matrix_of(found)))


def eventful() -> Survey:
    """A survey in which everything that can go wrong went wrong."""
    whole = survey()
    place = Place("a.arch", 1, 2, 3, 4)
    return replace(
        whole,
        results=whole.results[2:],
        undecided=(
            Undecided(whole.tasks[0], "the run was interrupted", True, False),
            Undecided(whole.tasks[1], "check-arch failed: a \u2713", False, True),
        ),
        faults=(
            Fault("CA602", "no file", None, "", (), "help"),
            Fault("CA010", "bad", place, "label", (("see", place),), ""),
        ),
    )


SURVEYS = [survey(), survey(1, 2), survey(2, 2), eventful()]


@pytest.mark.parametrize("found", SURVEYS)
def test_it_obeys_the_schema(found: Survey) -> None:
    VALIDATOR.validate(json.loads(text_of(found)))


def without_scripts(found: Survey) -> Survey:
    return replace(
        found,
        results=tuple(
            replace(each, certificates=tuple(replace(c, smtlib="") for c in each.certificates))
            for each in found.results
        ),
    )


@pytest.mark.parametrize("found", SURVEYS)
def test_it_comes_back_as_it_was(found: Survey) -> None:
    assert read_survey(text_of(found), "x.json") == without_scripts(found)
    full = replace(found, question=replace(found.question, scripts=True))
    assert read_survey(text_of(full), "x.json") == full
    assert text_of(read_survey(text_of(full), "x.json")) == text_of(full)


def test_what_it_says() -> None:
    matrix = json.loads(text_of(survey()))["matrix"]
    assert matrix["columns"][0] == {"kernel": "1.0", "proposal": ""}
    (row,) = [each for each in matrix["rows"] if each["path"] == "pmd_free"]
    assert row["cells"][1]["verdict"] == "UNSAFE"
    assert row["cells"][1]["condition"]["assignments"] == [{"SMP": "y"}]
    assert row["cells"][0]["standing"] == "absent"
    assert matrix["gaps"][0]["what"] == "pud"
    assert {gap["arch"] for gap in matrix["gaps"] if not gap["what"]} == {"vast", "tiny", "wide"}
    assert all(not gap["place"].startswith("/") for gap in matrix["gaps"] if not gap["what"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(schema="check-arch-0"), "is not the JSON report of a matrix"),
        (lambda d: d.pop("matrix"), "is not the JSON report of a matrix"),
        (lambda d: d["tool"].update(version="0.0.1"), "was written by check-arch 0.0.1"),
        (lambda d: d["results"][0].update(verdict="FINE"), "`the report.results[0].verdict` cannot be `FINE`"),
        (lambda d: d["results"][0].pop("paths"), "`the report.results[0].paths` is missing"),
        (lambda d: d["matrix"]["question"].update(budget=True), "budget` is missing or has another type"),
        (lambda d: d["matrix"].update(tasks=[3]), "tasks[0] is not an object"),
        (lambda d: d["matrix"]["question"].update(levels=[3]), "levels"),
    ],
)
def test_another_file_is_refused(change: Any, said: str) -> None:
    document = json.loads(text_of(survey()))
    change(document)
    with pytest.raises(InputError) as caught:
        read_survey(json.dumps(document), "x.json")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "CA608"
    assert said in diagnostic.message
    assert diagnostic.message.startswith("x.json: ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
DOCUMENT = json.loads(text_of(survey()))


@settings(deadline=None)
@given(st.sampled_from([*DOCUMENT, *DOCUMENT["matrix"]]), JSON)
def test_nothing_makes_the_reader_stumble(key: str, value: Any) -> None:
    inside = key in DOCUMENT["matrix"]
    changed = {**DOCUMENT, "matrix": {**DOCUMENT["matrix"], key: value}} if inside else {**DOCUMENT, key: value}
    for text in (json.dumps(changed), json.dumps(value), str(value)):
        try:
            found = read_survey(text, "x.json")
        except InputError as error:
            assert {each.code for each in error.diagnostics} == {"CA608"}
        else:
            assert matrix_of(found).columns is not None
