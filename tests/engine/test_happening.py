"""What can happen is shown by steps that somebody really takes, and what cannot is found out."""

from __future__ import annotations

import pytest

from modelcheck.engine import check
from modelcheck.engine.budget import Budget
from modelcheck.resolve import load_text
from modelcheck.verdict import Result, Verdict
from tests.engine.test_recall import Kept

MODEL = """
litmus "what can happen";
abi tiny {{ byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }}
use abi tiny;
config WIDE;
layout {{ struct page {{ unsigned long flags; unsigned long a; }}; }}
const N >= 1{values};
lifecycle one on page level pte {{
    tables N; counter a;
    create {{ alloc_page; a = N;{more} populate 1 -> first, rest -> others; }}
    {states}
    path drop {{ if (dec_and_test(a)) free_page; }}
}}
"""
CHAIN = "state first { go -> drop; } state others { take -> first; }"


def result(states: str, values: str = "", more: str = "", **options: object) -> Result:
    text = MODEL.format(states=states, values=values, more=more)
    (found,) = check(load_text(text), **options)  # type: ignore[arg-type]
    return found


def test_a_step_whose_point_is_counted_with_others_is_still_missed() -> None:
    # With one table nobody is ever in `others`, which the abstraction counts together with `first`.
    found = result(CHAIN, " { otherwise: 1; }")
    assert (found.verdict, found.unreached) == (Verdict.VACUOUS, ("others: take",))
    assert "can never happen: others: take" in found.reason


@pytest.mark.parametrize("values", ["", " { otherwise: 2; }", " { WIDE: 1; otherwise: 16; }"])
def test_it_is_not_where_some_configuration_has_more_tables(values: str) -> None:
    found = result(CHAIN, values)
    assert (found.verdict, found.unreached) == (Verdict.SAFE, ())


@pytest.mark.parametrize(("least", "verdict"), [(16, Verdict.SAFE), (17, Verdict.VACUOUS)])
def test_a_number_of_tables_that_no_configuration_has_shows_nothing(least: int, verdict: Verdict) -> None:
    states = f"{CHAIN} action look when count(others) >= {least - 1} && a > 0 {{ skip; }}"
    assert result(states, " { WIDE: 1; otherwise: 16; }").verdict is verdict


def test_what_comes_after_a_step_that_never_happens_does_not_either() -> None:
    states = """
    state first { go -> drop; } state others { take -> third; }
    state third { on -> fourth; } state fourth { out -> drop; }
    """
    found = result(states, " { otherwise: 1; }")
    assert found.unreached == ("fourth: out", "others: take", "third: on")


def test_a_creation_that_no_number_of_tables_admits_never_happens() -> None:
    more = " if (N > 40) skip;"
    found = result(CHAIN, " { WIDE: 2; otherwise: 40; }", more)
    assert found.verdict is Verdict.VACUOUS
    assert all("`skip` in create (" in text for text in found.unreached), found.unreached
    for values in ("", " { WIDE: 2; otherwise: 41; }"):
        assert result(CHAIN, values, more).verdict is Verdict.SAFE


def test_a_creation_that_takes_more_tables_than_are_tried_is_in_doubt() -> None:
    found = result(CHAIN, "", " if (N > 1000) skip;")
    assert found.verdict is Verdict.UNKNOWN
    assert [each.why for each in found.undecided] == ["can `skip` in create (<text>:10:47) happen at all?"]
    assert "not known whether these steps can happen at all: `skip` in create" in found.reason


def test_what_the_search_does_not_come_to_is_followed_from_the_abstraction() -> None:
    found = result(CHAIN, budget=Budget(concrete_states=1))
    assert (found.verdict, found.unreached) == (Verdict.SAFE, ())


def test_what_nobody_can_say_is_said() -> None:
    states = f"{CHAIN} action look when count(others) >= 20 {{ skip; }}"
    found = result(states, budget=Budget(concrete_states=50))
    assert found.verdict is Verdict.UNKNOWN, found.reason
    assert all("happen at all" in each.why for each in found.undecided)
    assert found.certificates


def test_walks_that_are_recalled_are_walked_again() -> None:
    store = Kept({})
    first = result(CHAIN, store=store)
    assert any("walks" in entry for entry in store.entries.values())

    def lying(entry: dict[str, object]) -> object:
        return {"walks": []} if "walks" in entry else entry

    vacuous = result(CHAIN, " { otherwise: 1; }", store=Kept({}))
    assert result(CHAIN, store=Kept(store.entries, lying)) == first

    # Walks of a system in which the step can be taken say nothing of one in which it cannot.
    other = Kept({})
    result(CHAIN, " { otherwise: 1; }", store=other)
    stolen = next(entry for entry in store.entries.values() if "walks" in entry)
    forged = {key: stolen if "walks" in entry else entry for key, entry in other.entries.items()}
    assert result(CHAIN, " { otherwise: 1; }", store=Kept(forged)) == vacuous
