"""Linear expressions and formulas mean what they are evaluated to, whatever is done to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.model.conditions import RELATIONS
from modelcheck.semantics.terms import (
    NO,
    YES,
    And,
    IsSet,
    IsValue,
    Linear,
    Negation,
    Or,
    Positive,
    Truth,
    Zero,
    compare,
    conjunction,
    disjunction,
    negate,
    number,
    positive,
    rewrite,
    substitute,
    total,
    var,
    variables_of,
    zero,
)
from tests.semantics.evaluation import truth, value

NAMES = ("a", "b", "c")
small = st.integers(-3, 3)


@st.composite
def linears(draw):
    built = number(draw(small))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
        built += var(name).scaled(draw(small))
    return built


states = st.fixed_dictionaries({**{name: st.integers(0, 3) for name in NAMES}, "flag": st.integers(0, 1)})
atoms = st.one_of(
    st.builds(Truth, st.booleans()),
    st.just(IsSet("flag")),
    st.builds(IsValue, st.just("a"), st.integers(0, 2)),
    st.builds(Positive, linears()),
    st.builds(Zero, linears()),
)
formulas = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(Negation, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def is_normal(expression: Linear) -> bool:
    names = [name for name, _ in expression.terms]
    return names == sorted(set(names)) and all(factor for _, factor in expression.terms)


@given(linears(), linears(), small, states)
def test_arithmetic(left, right, factor, state):
    for combined, expected in (
        (left + right, value(left, state) + value(right, state)),
        (left - right, value(left, state) - value(right, state)),
        (left + factor, value(left, state) + factor),
        (left - factor, value(left, state) - factor),
        (left.scaled(factor), value(left, state) * factor),
    ):
        assert value(combined, state) == expected
        assert is_normal(combined)
    assert left - left == number(0)


@given(linears())
def test_coefficients_rebuild_the_expression(expression):
    rebuilt = number(expression.constant)
    for name in NAMES:
        rebuilt += var(name).scaled(expression.coefficient(name))
    assert rebuilt == expression


@given(linears(), st.dictionaries(st.sampled_from(NAMES), linears()), states)
def test_substituting_is_evaluating_elsewhere(expression, values, state):
    there = {**state, **{name: value(new, state) for name, new in values.items()}}
    assert value(expression.substitute(values), state) == value(expression, there)
    assert is_normal(expression.substitute(values))


@given(formulas, st.dictionaries(st.sampled_from(["b", "c"]), linears()), states)
def test_substituting_in_formulas(formula, values, state):
    there = {**state, **{name: value(new, state) for name, new in values.items()}}
    assert truth(substitute(formula, values), state) == truth(formula, there)


@given(formulas, states)
def test_negation(formula, state):
    assert truth(negate(formula), state) is not truth(formula, state)
    assert truth(negate(negate(formula)), state) is truth(formula, state)


@given(st.lists(formulas, max_size=4), states)
def test_joining(parts, state):
    assert truth(conjunction(*parts), state) == all(truth(part, state) for part in parts)
    assert truth(disjunction(*parts), state) == any(truth(part, state) for part in parts)


def test_joining_simplifies():
    flag = IsSet("flag")
    assert conjunction() == YES and disjunction() == NO
    assert conjunction(flag, YES, flag) == flag and disjunction(flag, NO) == flag
    assert conjunction(flag, NO) == NO and disjunction(flag, YES) == YES
    assert conjunction(flag, And((Zero(var("a")), flag))) == And((flag, Zero(var("a"))))


@pytest.mark.parametrize("relation", RELATIONS)
@given(left=linears(), right=linears(), state=states)
def test_comparisons(relation, left, right, state):
    assert truth(compare(relation, left, right), state) == RELATIONS[relation](value(left, state), value(right, state))


@given(linears(), states)
def test_what_is_constant_is_decided(expression, state):
    for formula in (positive(expression), zero(expression)):
        assert isinstance(formula, Truth) == (not expression.terms)
        plain = Positive(expression) if formula == positive(expression) else Zero(expression)
        assert truth(formula, state) == truth(plain, state)


@given(formulas, states, st.sampled_from([*NAMES, "flag"]))
def test_only_variables_that_are_named_matter(formula, state, name):
    if name not in set(variables_of(formula)):
        assert truth(formula, {**state, name: 1 - min(state[name], 1)}) == truth(formula, state)


@given(formulas, states)
def test_rewriting_nothing_keeps_the_meaning(formula, state):
    assert truth(rewrite(formula, lambda atom: atom), state) == truth(formula, state)


def test_total_counts_repetitions():
    assert total(["a", "b", "a"]) == var("a").scaled(2) + var("b")
    assert total([]) == number(0)
