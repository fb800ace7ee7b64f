"""The JSON report obeys the schema that is shipped with it, and says what the answers say."""

from __future__ import annotations

import json

import jsonschema
import pytest

from modelcheck.diagnostics import Diagnostic, Note
from modelcheck.report.expectations import outcomes
from modelcheck.report.json_report import document, dumps, schema
from modelcheck.source import SourceText, Span
from modelcheck.verdict import Result
from tests.report.samples import SAFE, UNKNOWN, UNSAFE, VACUOUS
from tests.report.test_verdicts import stated

VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("result", [SAFE, UNSAFE, UNKNOWN, VACUOUS], ids=lambda r: r.verdict.value)
def test_results_obey_the_schema(result: Result) -> None:
    VALIDATOR.validate(document([result]))


def test_everything_else_obeys_the_schema() -> None:
    source = SourceText("a.arch", "arch a;\n")
    place = Span(source, 0, 4)
    faults = [Diagnostic("CA010", "bad", place, notes=(Note("see", place),)), Diagnostic("CA602", "no file")]
    value = document([SAFE], outcomes([stated("UNSAFE", "OV101")], [SAFE]), faults)
    VALIDATOR.validate(value)
    assert value["diagnostics"][0]["at"] == {"file": "a.arch", "line": 1, "column": 1, "end_line": 1, "end_column": 5}
    assert value["diagnostics"][1]["at"] is None
    assert value["expectations"][0]["met"] is False


def test_the_schema_refuses_what_it_does_not_know() -> None:
    value = document([SAFE])
    value["results"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(value)
    broken = document([SAFE])
    broken["results"][0]["verdict"] = "FINE"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(broken)


def test_what_it_says() -> None:
    (result,) = json.loads(dumps(document([UNSAFE])))["results"]
    assert result["verdict"] == "UNSAFE"
    assert result["rule"] == "OV103"
    assert result["condition"] == {"text": "PTE_FRAG_NR >= 2", "assignments": [{"PTE_FRAG_NR": ">= 2"}]}
    run = result["findings"][0]["counterexample"]
    assert run["schedule"]["constants"] == {"PTE_FRAG_NR": 2}
    assert [move["kind"] for move in run["schedule"]["moves"]] == ["start", "begin", "step"]
    assert run["steps"][0]["changes"] == [{"what": "pt_rcu_head", "before": "idle", "after": "queued"}]


def test_same_answers_same_bytes() -> None:
    assert dumps(document([UNSAFE, SAFE])) == dumps(document([UNSAFE, SAFE]))
