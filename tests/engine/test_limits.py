"""Conditions of hazards that need so many tables, and not as many in every class of configurations."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from modelcheck.engine import check
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
