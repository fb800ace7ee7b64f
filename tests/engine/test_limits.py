"""Conditions of hazards that need so many tables, and not as many in every class of configurations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from modelcheck.engine import check
from modelcheck.engine.budget import Budget
from modelcheck.resolve import load_text
from modelcheck.verdict import Condition, Verdict

MODEL = """
litmus "limits";
abi lp64 {{ byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }}
use abi lp64;
config WIDE, SMP;
const N >= 1{cases};
layout {{ struct page {{ unsigned long flags; unsigned long refs; }}; }}
lifecycle fragment on page level pte {{
    tables N;
    counter refs;
    create {{ alloc_page; refs = TABLES; populate rest -> cached; }}
    state cached {{ free -> out; }}
    path out {{ if (dec_and_test(refs)) free_page; }}
    action look when count(cached) > 0 {{
        if (WIDE) bug_on(count(cached) >= {wide}); else bug_on(count(cached) >= {narrow});
    }}
}}
"""


def condition(wide: int, narrow: int, cases: str = "") -> Condition:
    (result,) = check(load_text(MODEL.format(wide=wide, narrow=narrow, cases=cases)))
    assert result.verdict is Verdict.UNSAFE
    (finding,) = result.findings
    assert finding.condition == result.condition
    return finding.condition


@pytest.mark.parametrize(
    ("wide", "narrow", "text"),
    [
        (2, 2, "N >= 2"),
        (2, 3, "N >= 2 && WIDE || N >= 3 && !WIDE"),
        (3, 2, "N >= 3 && WIDE || N >= 2 && !WIDE"),
        (1, 3, "WIDE || N >= 3"),
        (3, 1, "!WIDE || N >= 3"),
        (1, 1, ""),
    ],
)
def test_each_class_has_its_own_limit(wide: int, narrow: int, text: str) -> None:
    found = condition(wide, narrow)
    assert sorted(found.text.split(" || ")) == sorted(text.split(" || "))
    assert bool(found.assignments) == bool(text)


def test_assignments_name_the_limit_of_their_class() -> None:
    found = condition(2, 3)
    assert set(found.assignments) == {(("WIDE", "y"), ("N", ">= 2")), (("WIDE", "n"), ("N", ">= 3"))}


def test_where_configurations_decide_the_number_nothing_is_said_of_it() -> None:
    assert condition(3, 4, " { WIDE: 4; otherwise: 2; }").text == "WIDE"
    assert condition(3, 2, " { WIDE: 4; otherwise: 2; }").text == ""


@pytest.mark.parametrize("least", [1, 2, 16])
def test_nothing_is_said_of_a_number_that_is_always_large_enough(least: int) -> None:
    assert condition(least, least, " { otherwise: 16; }").text == ""


OTHERS = """
litmus "the first table and the others";
abi tiny { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi tiny;
layout { struct page { unsigned long flags; unsigned long a; }; }
const N >= 1;
lifecycle one on page level pte {
    tables N; counter a;
    create { alloc_page; a = N; populate 1 -> first, rest -> others; }
    state first { go -> drop; }
    state others { take -> first; }
    path drop { if (dec_and_test(a)) free_page; }
    action look when count(others) > 0 { skip; }
}
"""


@pytest.mark.parametrize(("number", "never"), [(1, True), (2, False)])
def test_what_cannot_happen_with_chosen_values_is_no_fault_of_the_model(number: int, never: bool) -> None:
    (result,) = check(load_text(OTHERS), fixed={"N": number})
    assert result.verdict is Verdict.SAFE
    assert bool(result.unreached) == never
    assert ("cannot happen with these settings" in result.reason) == never


@pytest.mark.parametrize("fixed", [{}, {"N": 1}])
def test_what_can_never_happen_is_one_whatever_is_chosen(fixed: Mapping[str, int]) -> None:
    nothing = OTHERS.replace("const N >= 1;", "const N >= 1 { otherwise: 1; };")
    (result,) = check(load_text(nothing), fixed=fixed)
    assert result.verdict is Verdict.VACUOUS


MANY = OTHERS.replace("const N >= 1;", "config SMP; const N >= 1 { SMP: 2; otherwise: 1; };")


@pytest.mark.parametrize(("smp", "never"), [(True, False), (False, True)])
def test_nor_is_what_cannot_happen_in_chosen_configurations(smp: bool, never: bool) -> None:
    (result,) = check(load_text(MANY), fixed={"SMP": smp})
    assert result.verdict is Verdict.SAFE
    assert ("cannot happen with these settings" in result.reason) == never


def test_what_happens_nowhere_is_the_models_fault_in_chosen_configurations_too() -> None:
    nowhere = MANY.replace("count(others) > 0", "count(others) > 1")
    (result,) = check(load_text(nowhere), fixed={"SMP": False})
    assert result.verdict is Verdict.VACUOUS


FOUR = """
litmus "four classes";
abi lp64 {{ byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }}
use abi lp64;
config A, B;
const N >= 1;
layout {{ struct page {{ unsigned long flags; unsigned long refs; }}; }}
lifecycle fragment on page level pte {{
    tables N;
    counter refs;
    create {{ alloc_page; refs = TABLES; populate rest -> cached; }}
    state cached {{ readers walker; free -> first; drop -> second; }}
    path first {{ if (A) bug_on(refs == 0); {wait} goto out; }}
    path second {{ if (B) bug_on(refs == 0); grace_period; goto out; }}
    path out {{ if (dec_and_test(refs)) free_page; }}
    reader walker rcu {{ touch_table; }}
}}
"""


@pytest.mark.parametrize(
    ("wait", "verdict", "proofs"), [("grace_period;", Verdict.SAFE, [1, 2, 3]), ("", Verdict.UNSAFE, [2, 4, 4])]
)
def test_classes_that_are_too_many_together_are_answered_by_halves(
    wait: str, verdict: Verdict, proofs: list[int]
) -> None:
    unit = load_text(FOUR.format(wait=wait))
    # No other way to a proof gets far enough.
    poor = replace(Budget(), fallback_rlimit=1_000, depth=1)
    (whole,) = check(unit, budget=poor)
    size = whole.stats.abstract_states
    found = []
    for states in (size, size - 1, size // 2):
        (result,) = check(unit, budget=replace(poor, abstract_states=states))
        found.append(len(result.certificates))
        assert (result.verdict, result.paths, result.undecided) == (verdict, whole.paths, ())
        assert [(f.rule, f.path, f.condition) for f in result.findings] == [
            (f.rule, f.path, f.condition) for f in whole.findings
        ]
    # Where there are hazards, one more for the numbers of tables that are too small for some of them.
    assert found == proofs


@pytest.mark.parametrize("states", [1_000, 60, 20])
def test_ways_in_are_told_apart_by_halves_too(states: int) -> None:
    unit = load_text(FOUR.format(wait=""))
    (whole,) = check(unit)
    (result,) = check(unit, budget=replace(Budget(), ways_in_states=states))
    assert [path.verdict for path in whole.paths] == [Verdict.UNSAFE, Verdict.UNSAFE]
    assert (result.paths, result.findings, result.undecided) == (whole.paths, whole.findings, ())
