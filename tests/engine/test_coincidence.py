"""Facts that never hold together: they do not, none can be left out, and one that could be chance is not preferred."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from modelcheck.engine.coincidence import WIDE, never_together

KNOWN = 12
facts = st.lists(st.integers(0, (1 << KNOWN) - 1), min_size=1, max_size=9)


def _meet(chosen: list[int]) -> int:
    return reduce(lambda one, other: one & other, chosen, (1 << KNOWN) - 1)


@given(facts)
def test_they_never_hold_together(given_facts: list[int]) -> None:
    found = never_together(given_facts, KNOWN)
    if found is None:
        assert _meet(given_facts)
        return
    assert len(set(found)) == len(found) <= WIDE
    assert _meet([given_facts[i] for i in found]) == 0
    for left_out in found:
        assert len(found) == 1 or _meet([given_facts[i] for i in found if i != left_out])


def test_a_fact_that_never_holds_comes_first() -> None:
    assert never_together([0b1111, 0b0011, 0b0000, 0b1100], 4) == (2,)


def test_absence_of_common_facts_says_more() -> None:
    """The first two hold in half of the states each, and never together; the third is rare anyway."""
    often, otherwise, rarely = (1 << 50) - 1, ((1 << 50) - 1) << 50, 1 << 99
    assert never_together([rarely, often, otherwise], 100) == (1, 2)


def test_nothing_known_excludes_everything() -> None:
    assert never_together([0, 0], 0) == (0,)
    assert never_together([], 3) is None
    assert never_together([], 0) is None
