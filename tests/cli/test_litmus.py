"""`litmus`: cases against the verdict that each of them states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modelcheck.verdict import Verdict
from tests.cli.conftest import CASE, FakeEngine, Said

Say = Callable[..., Said]


def test_all_as_expected(say: Say, case: str, engine: FakeEngine) -> None:
    said = say("litmus", case, "-j", "0")
    assert said.status == 0
    assert said.out == "ok  case.litmus  SAFE\n1 case: all as expected\n"
    assert [each["lifecycles"] for each in engine.asked] == [("first",)]


@pytest.mark.parametrize("verdict", [Verdict.UNSAFE, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.NOT_APPLICABLE])
def test_another_verdict_is_a_failure(say: Say, case: str, engine: FakeEngine, verdict: Verdict) -> None:
    engine.verdicts["first"] = verdict
    said = say("litmus", case, "-j", "0")
    assert said.status == 1
    assert f"expected SAFE, got {verdict.value}" in said.out
    assert said.out.endswith("1 case: 1 not as expected\n")


def test_unsafe_as_expected_is_fine(say: Say, case: str, engine: FakeEngine) -> None:
    Path(case).write_text(CASE.replace("expect first SAFE", "expect first UNSAFE OV103"), encoding="utf-8")
    engine.verdicts["first"] = Verdict.UNSAFE
    assert say("litmus", case, "-j", "0").status == 0


def test_a_folder_means_its_cases(say: Say, case: str, engine: FakeEngine) -> None:
    Path("tests/litmus").mkdir(parents=True)
    for name in ("b", "a"):
        Path(f"tests/litmus/{name}.litmus").write_text(CASE, encoding="utf-8")
    said = say("litmus", "-j", "0")
    assert said.out.splitlines()[:2] == ["ok  tests/litmus/a.litmus  SAFE", "ok  tests/litmus/b.litmus  SAFE"]
    assert say("litmus", "tests", "-j", "0").out == said.out


def test_nothing_to_run_is_an_error(say: Say, case: str) -> None:
    said = say("litmus")
    assert said.status == 2
    assert "there is no folder `tests/litmus` here" in said.err


def test_a_case_must_state_a_verdict(say: Say, case: str, engine: FakeEngine) -> None:
    Path(case).write_text(CASE.replace("expect first SAFE;", ""), encoding="utf-8")
    said = say("litmus", case, "-j", "0")
    assert said.status == 2
    assert "error[CA606]" in said.err


def test_quiet_says_only_what_is_wrong(say: Say, case: str, engine: FakeEngine) -> None:
    assert say("litmus", case, "-j", "0", "-q").out == "1 case: all as expected\n"
