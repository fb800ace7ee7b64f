"""Verdicts for a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.model.unit import Expectation
from modelcheck.report.columns import width
from modelcheck.report.expectations import outcomes
from modelcheck.report.page import plain
from modelcheck.report.verdicts import Detail, expected, one_line, report, summary, tally
from modelcheck.source import SourceText, Span
from modelcheck.verdict import Condition, Law, Result, Verdict
from tests.report.goldens import assert_golden
from tests.report.samples import REFERENCE, SAFE, UNKNOWN, UNSAFE, VACUOUS

NAMED = {"unsafe": UNSAFE, "safe": SAFE, "unknown": UNKNOWN, "vacuous": VACUOUS}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
def test_golden(name: str, detail: Detail) -> None:
    assert_golden(f"verdict_{name}_{detail}", plain(report(NAMED[name], REFERENCE, detail)))


@pytest.mark.parametrize("columns", [80, 90, 100])
@pytest.mark.parametrize("name", NAMED)
def test_nothing_is_wider_than_the_page(name: str, columns: int) -> None:
    # The first line names the life cycle with its title, and a command that is copied must not be broken.
    lines = plain(report(NAMED[name], REFERENCE, "full", columns)).splitlines()[1:]
    assert [each for each in lines if width(each) > columns and "check-arch" not in each] == []


def test_the_verdict_comes_first() -> None:
    for result in NAMED.values():
        assert plain(report(result, REFERENCE)).startswith(result.verdict.value)
        assert plain([one_line(result)]).startswith(result.verdict.value)


def test_one_run_for_each_rule_unless_all_are_wanted() -> None:
    assert plain(report(UNSAFE, REFERENCE)).count("replay it") == 2
    assert plain(report(UNSAFE, REFERENCE, "full")).count("replay it") == 3


def test_undecided_says_how_far_it_looked() -> None:
    assert "118 concrete states up to depth 9" in " ".join(plain(report(UNKNOWN, REFERENCE)).split())


def test_summary() -> None:
    assert_golden("summary", plain(summary([UNSAFE, SAFE, UNKNOWN, VACUOUS])))


def test_tally_puts_the_worst_first() -> None:
    assert plain([tally([SAFE, UNSAFE, SAFE])]) == "3 life cycles: 1 UNSAFE, 2 SAFE\n"
    assert plain([tally([SAFE] * 1234)]) == "1,234 life cycles: 1,234 SAFE\n"


def test_a_condition_may_bring_its_own_word() -> None:
    unless = replace(SAFE, condition=Condition("unless COMPACTION"))
    assert plain([one_line(unless)]).endswith("unless COMPACTION\n")
    assert "when" not in plain([one_line(unless)])


SOURCE = SourceText("case.litmus", "expect pte_fragment SAFE;")


def stated(verdict: str, *rules: str, condition: str = "", proposal: str = "") -> Expectation:
    return Expectation("pte_fragment", proposal, verdict, rules, condition, "why", Span(SOURCE, 0, 6))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "result", "met"),
    [
        (stated("SAFE"), SAFE, True),
        (stated("UNSAFE"), SAFE, False),
        (stated("UNSAFE", "OV103", proposal="rcu_head_per_table"), UNSAFE, True),
        (stated("UNSAFE", "OV101", proposal="rcu_head_per_table"), UNSAFE, False),
        (stated("UNSAFE", condition="PTE_FRAG_NR  >= 2", proposal="rcu_head_per_table"), UNSAFE, True),
        (stated("UNSAFE", condition="PTE_FRAG_NR >= 3", proposal="rcu_head_per_table"), UNSAFE, False),
        (stated("SAFE"), UNSAFE, False),
        (stated("UNKNOWN"), replace(SAFE, verdict=Verdict.BOUNDED), True),
    ],
)
def test_expectations(wanted: Expectation, result: Result, met: bool) -> None:
    (outcome,) = outcomes([wanted], [result])
    assert outcome.met is met
    text = plain(expected([outcome]))
    assert ("case.litmus:1:1" in text) is not met


def test_what_differs_is_said() -> None:
    (outcome,) = outcomes([stated("SAFE")], [replace(UNSAFE, proposal="")])
    assert outcome.sentence == "expected SAFE, got UNSAFE OV102, OV103 when PTE_FRAG_NR >= 2"


def test_one_law_for_each_counter_unless_all_are_wanted() -> None:
    longer, own = "n = a + b + path (at `z`) + other (at `x`)", "in atomic block = path (at `x`)"
    laws = tuple(Law(text, "") for text in ("n = a + path (at `x`, `y`)", longer, own))
    certificate = replace(SAFE.certificates[0], laws=laws)
    result = replace(SAFE, certificates=(certificate,))
    assert [each.strip() for each in plain(report(result, REFERENCE)).splitlines() if "law  " in each] == [
        "law    n = a + path"
    ]
    assert plain(report(result, REFERENCE, "full")).count("law    ") == 3


def test_a_long_title_gets_a_line_of_its_own() -> None:
    lines = plain(report(replace(SAFE, title="a title " * 10), REFERENCE)).splitlines()
    assert lines[1].strip() == ("a title " * 10).strip()
