"""Compiled tests and updates mean what the formulas say, in concrete states and in abstract ones."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.engine.codegen import (
    GREATEST,
    LEAST,
    MANY,
    SOME,
    Bounds,
    SharedBounds,
    changed,
    concrete,
    concrete_test,
    possible,
)
from modelcheck.semantics.terms import (
    Formula,
    IsSet,
    IsValue,
    Linear,
    Positive,
    Truth,
    Zero,
    conjunction,
    disjunction,
    negate,
)
from tests.semantics.evaluation import truth, value

COUNTS, FLAG, PHASE = ("x", "y", "z"), "flag", "phase"
NAMES = (*COUNTS, FLAG, PHASE)
INDEX = {name: i for i, name in enumerate(NAMES)}
BOUNDS = Bounds(INDEX)
MEMBERS = {0: (0,), 1: (1,), MANY: (2, 3, 7), SOME: (1, 2, 3, 7)}

linears = st.builds(
    lambda constant, factors: Linear(constant, tuple((n, f) for n, f in zip(COUNTS, factors, strict=True) if f)),
    st.integers(-3, 3),
    st.tuples(*[st.sampled_from([0, 0, 1, 1, -1, 2, -2])] * 3),
)
atoms = st.one_of(
    st.builds(Truth, st.booleans()),
    st.just(IsSet(FLAG)),
    st.builds(IsValue, st.just(PHASE), st.integers(0, 2)),
    st.builds(Positive, linears),
    st.builds(Zero, linears),
    st.sampled_from([make(Linear(0, ((n, 1),))) for n in COUNTS for make in (Positive, Zero)]),
)


def _join(parts: list[Formula], which: bool) -> Formula:
    return (conjunction if which else disjunction)(*parts)


formulas = st.recursive(
    atoms,
    lambda inner: st.builds(negate, inner) | st.builds(_join, st.lists(inner, min_size=1, max_size=3), st.booleans()),
    max_leaves=6,
)
states = st.tuples(*[st.integers(0, 8)] * 3, st.integers(0, 1), st.integers(0, 2))
abstract_states = st.tuples(*[st.sampled_from(sorted(MEMBERS))] * 3, st.integers(0, 1), st.integers(0, 2))


def named(state: tuple[int, ...]) -> dict[str, int]:
    return dict(zip(NAMES, state, strict=True))


def members(state: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Some of the concrete states that an abstract one stands for."""
    return list(product(*(MEMBERS[v] for v in state[:3]), *((v,) for v in state[3:])))


def run(source: str, state: tuple[int, ...]) -> object:
    return eval(source, {"L": LEAST, "H": GREATEST}, {"s": state})


@given(linears, states)
def test_the_value_of_an_expression(expression: Linear, state: tuple[int, ...]) -> None:
    assert run(concrete(expression, INDEX), state) == value(expression, named(state))


@settings(max_examples=300)
@given(formulas, states)
def test_the_truth_of_a_formula(formula: Formula, state: tuple[int, ...]) -> None:
    assert bool(run(concrete_test(formula, INDEX), state)) == truth(formula, named(state))


@given(linears, abstract_states)
def test_bounds_enclose_every_member(expression: Linear, state: tuple[int, ...]) -> None:
    low, high = run(BOUNDS.lower(expression), state), run(BOUNDS.upper(expression), state)
    assert all(low <= value(expression, named(member)) <= high for member in members(state))


@settings(max_examples=300)
@given(formulas, abstract_states)
def test_what_some_member_does_is_possible(formula: Formula, state: tuple[int, ...]) -> None:
    seen = {truth(formula, named(member)) for member in members(state)}
    for wanted in seen:
        assert run(possible(formula, BOUNDS, wanted), state)


@settings(max_examples=200)
@given(formulas, st.tuples(*[st.integers(0, 1)] * 4, st.integers(0, 2)))
def test_where_every_count_is_exact_only_what_is_so_is_possible(formula: Formula, state: tuple[int, ...]) -> None:
    held = truth(formula, named(state))
    assert bool(run(possible(formula, BOUNDS, True), state)) == held
    assert bool(run(possible(formula, BOUNDS, False), state)) != held


@given(linears, linears, abstract_states)
def test_equal_expressions_only_narrow(expression: Linear, other: Linear, state: tuple[int, ...]) -> None:
    """With "x is always `other`" given, what is possible in members that keep to it stays possible."""
    for make in (Positive, Zero):
        formula = make(expression)
        kept = [m for m in members(state) if value(expression, named(m)) == value(other, named(m))]
        for wanted in {truth(formula, named(m)) for m in kept}:
            assert run(possible(formula, BOUNDS, wanted, lambda _: (other,)), state)


@given(states, st.dictionaries(st.integers(0, 4), st.integers(0, 9)))
def test_a_tuple_with_some_places_replaced(state: tuple[int, ...], new: dict[int, int]) -> None:
    names: dict[str, object] = {"s": state}
    exec(changed({i: str(v) for i, v in new.items()}), names)
    assert names["n"] == tuple(new.get(i, v) for i, v in enumerate(state))


@settings(deadline=None)
@given(st.lists(formulas, min_size=1, max_size=4), st.lists(abstract_states, min_size=1, max_size=3))
def test_sums_that_are_shared_are_those_of_the_state(
    several: list[Formula], abstract: list[tuple[int, ...]]
) -> None:
    shared = SharedBounds(INDEX)
    tests = [possible(formula, shared, wanted) for formula in several for wanted in (True, False)] * 2
    source = "\n".join([*shared.functions, "def f(s):", f" {shared.reset}", f" return [{', '.join(tests)}]"])
    space: dict[str, Any] = {"L": LEAST, "H": GREATEST}
    exec(source, space)
    for state in abstract:
        alone = [run(possible(formula, BOUNDS, wanted), state) for formula in several for wanted in (True, False)] * 2
        assert list(map(bool, space["f"](state))) == list(map(bool, alone))
