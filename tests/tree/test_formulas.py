"""Conditions stay what they are, however they are put together."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.model.conditions import FALSE, TRUE, All, Any, Condition, Not, SymbolSet, describe, holds
from modelcheck.tree.formulas import all_of, any_of, assuming, negated

NAMES = ("A", "B", "C", "D")
A, B, C, D = (SymbolSet(name) for name in NAMES)

plain: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from((A, B, C, D, TRUE, FALSE)),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=4).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=4).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=12,
)


class Chosen:
    def __init__(self, values: tuple[bool, ...]) -> None:
        self.values = dict(zip(NAMES, values, strict=True))

    def symbol(self, name: str) -> bool:
        return self.values[name]

    def size_of(self, type_name: str) -> int:
        raise AssertionError(type_name)


def rebuilt(condition: Condition) -> Condition:
    match condition:
        case Not(operand):
            return negated(rebuilt(operand))
        case All(operands):
            return all_of(*map(rebuilt, operands))
        case Any(operands):
            return any_of(*map(rebuilt, operands))
        case _:
            return condition


@settings(deadline=None, derandomize=True)
@given(condition=plain)
def test_the_meaning_is_kept(condition: Condition) -> None:
    made = rebuilt(condition)
    for values in product((False, True), repeat=len(NAMES)):
        assert holds(made, Chosen(values)) == holds(condition, Chosen(values)), describe(made)


@settings(deadline=None, derandomize=True)
@given(condition=plain, value=st.booleans())
def test_what_is_known_is_put_in(condition: Condition, value: bool) -> None:
    made = assuming(rebuilt(condition), {A: value})
    for values in product((value,), *([(False, True)] * 3)):
        assert holds(made, Chosen(values)) == holds(condition, Chosen(values)), describe(made)


def test_needless_parts_are_left_out() -> None:
    assert all_of(A, Not(A)) == FALSE
    assert any_of(A, Not(A)) == TRUE
    assert any_of(A, all_of(A, B)) == A
    assert all_of(A, any_of(A, B)) == A
    assert any_of(all_of(A, B), all_of(A, Not(B))) == A
    assert all_of(A, any_of(Not(A), B)) == All((A, B))
    assert negated(all_of(A, Not(B))) == Any((Not(A), B))
