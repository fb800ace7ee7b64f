"""How alerts of two answers stand to each other, with answers made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.gate.alike import subjects_of
from modelcheck.gate.standing import Answer, compared
from modelcheck.resolve import load_text
from modelcheck.verdict import Condition, OpenHazard, Result, Verdict
from tests.gate.conftest import MODEL
from tests.report.samples import SAFE, UNSAFE

SUBJECT = subjects_of(load_text(MODEL))["fragment", ""]
STEP = "`set_flag(marked)` in free_defer"


def answer(verdict: Verdict, *undecided: str, unreached: tuple[str, ...] = (), result: Result = SAFE) -> Answer:
    open_ = tuple(OpenHazard(*each.split(" in "), "no proof") for each in undecided)
    found = replace(result, verdict=verdict, undecided=open_, unreached=unreached, condition=Condition())
    return Answer(SUBJECT, found)


GOOD = answer(Verdict.SAFE)
BAD = Answer(SUBJECT, UNSAFE)


def standings(base: Answer | None, head: Answer) -> list[tuple[str, str]]:
    return [(each.standing, each.kind.value) for each in compared(base, head).alerts]


def test_the_same_answer_is_unchanged() -> None:
    assert standings(GOOD, GOOD) == []
    assert {standing for standing, _ in standings(BAD, BAD)} == {"unchanged"}
    assert compared(BAD, BAD).row.base_verdict is Verdict.UNSAFE


def test_new_and_fixed() -> None:
    assert {standing for standing, _ in standings(GOOD, BAD)} == {"new"}
    assert {standing for standing, _ in standings(None, BAD)} == {"new"}
    assert {standing for standing, _ in standings(BAD, GOOD)} == {"fixed"}


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.BOUNDED])
def test_what_was_proved_and_is_undecided_now_is_worse(verdict: Verdict) -> None:
    head = answer(verdict, "OV105 in free_defer")
    assert standings(GOOD, head) == [("worse", verdict.value.lower())]
    assert compared(GOOD, head).alerts[0].was == "SAFE"
    assert standings(None, head) == [("new", verdict.value.lower())]


def test_what_was_undecided_already_is_not() -> None:
    before = answer(Verdict.UNKNOWN, "OV105 in free_defer")
    assert standings(before, answer(Verdict.BOUNDED, "OV105 in free_defer")) == [("unchanged", "bounded")]
    assert standings(before, answer(Verdict.UNKNOWN, "OV104 in free_defer")) == [
        ("worse", "unknown"), ("fixed", "unknown"),
    ]  # fmt: skip
    assert standings(before, GOOD) == [("fixed", "unknown")]


def test_a_finding_that_is_undecided_now_is_neither_fixed_nor_new() -> None:
    finding = UNSAFE.findings[0]
    head = answer(Verdict.UNKNOWN, *(f"{each.rule} in {each.path}" for each in UNSAFE.findings))
    assert finding.rule
    assert {standing for standing, _ in standings(BAD, head)} == {"unchanged"}


def test_a_step_that_can_never_happen() -> None:
    vacuous = answer(Verdict.VACUOUS, unreached=(f"{STEP} (case.litmus:24:9)",))
    assert standings(GOOD, vacuous) == [("new", "vacuous")]
    moved = answer(Verdict.VACUOUS, unreached=(f"{STEP} (case.litmus:99:9)",))
    assert standings(vacuous, moved) == [("unchanged", "vacuous")]
    assert standings(vacuous, GOOD) == [("fixed", "vacuous")]


def test_a_step_that_could_not_happen_beside_a_finding_is_not_new() -> None:
    base = Answer(SUBJECT, replace(UNSAFE, unreached=(f"{STEP} (case.litmus:24:9)",)))
    head = answer(Verdict.VACUOUS, unreached=(f"{STEP} (case.litmus:24:9)",))
    assert ("unchanged", "vacuous") in standings(base, head)


def test_another_citation_is_the_same_finding_and_another_field_is_not() -> None:
    finding = UNSAFE.findings[0]
    run = finding.counterexample
    elsewhere = replace(run, steps=tuple(replace(step, citation="mm/other.c:other") for step in run.steps))
    cited = Answer(SUBJECT, replace(UNSAFE, findings=(replace(finding, counterexample=elsewhere),)))
    base = Answer(SUBJECT, replace(UNSAFE, findings=(finding,)))
    assert {standing for standing, kind in standings(base, cited) if kind == "finding"} == {"unchanged"}
    other = replace(run, hazard=replace(run.hazard, field="page.other"))
    head = Answer(SUBJECT, replace(UNSAFE, findings=(replace(finding, counterexample=other),)))
    alert = next(each for each in compared(base, head).alerts if each.kind.value == "finding")
    assert alert.standing == "new"
    assert finding.summary in alert.was
