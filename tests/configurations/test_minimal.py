from __future__ import annotations

import pytest
from hypothesis import given, settings

from modelcheck.configurations.minimal import minimal_condition
from modelcheck.configurations.space import Space
from modelcheck.configurations.split import split
from modelcheck.model.conditions import Condition, holds
from modelcheck.verdict import Condition as Found
from tests.configurations.units import Whole, conditions, every_configuration, requirement, space, spaces


def found(of: Space, text: str) -> Found:
    condition = requirement(text).condition
    cases = split(of, lambda case: holds(condition, case))
    return minimal_condition(of, [s for s, yes in cases if yes], [s for s, yes in cases if not yes])


@pytest.mark.parametrize(
    ("requirements", "text", "minimal"),
    [
        ([], "A", "A"),
        ([], "1", ""),
        ([], "0", "0"),
        ([], "!A || A && B", "!A || B"),
        (["A -> B"], "A && B", "A"),
        (["A -> B"], "A || B", "B"),
        (["A <-> B"], "A", "A"),
        ([], "sizeof(long) == 8", "abi ppc64le"),
        ([], "sizeof(long) == 8 && A", "abi ppc64le && A"),
        (["A <-> sizeof(long) == 8"], "A", "A"),
        ([], "A && B || !A && C || B && C", "A && B || !A && C"),
        (["A || B", "!(A && B)"], "A && C", "A && C"),
        (["A"], "A && B", "B"),
    ],
)
def test_texts(requirements: list[str], text: str, minimal: str) -> None:
    assert found(space("A B C", requirements), text).text == minimal


def test_targets_with_the_same_symbols_are_written_together() -> None:
    of = space("A B", abis=("ppc64le", "ppc64", "ppc32"))
    answer = found(of, "sizeof(long) == 8 && A")
    assert answer.text == "(abi ppc64le || abi ppc64) && A"
    assert answer.assignments == ((("abi", "ppc64le"), ("A", "y")), (("abi", "ppc64"), ("A", "y")))
    assert found(of, "sizeof(long) == 8").text == "abi ppc64le || abi ppc64"


def covers(answer: Found, whole: Whole) -> bool:
    if answer.text == "":
        return True
    return any(
        all(whole.abi.name == value if name == "abi" else whole.values[name] == (value == "y") for name, value in cube)
        for cube in answer.assignments
    )


@settings(deadline=None, max_examples=60)
@given(spaces(), conditions("A B C D E"))
def test_holds_exactly_where_it_should_and_nothing_can_be_left_out(of: Space, condition: Condition) -> None:
    cases = split(of, lambda case: holds(condition, case))
    answer = minimal_condition(of, [s for s, yes in cases if yes], [s for s, yes in cases if not yes])
    wholes = list(every_configuration(of))
    for whole in wholes:
        assert covers(answer, whole) == holds(condition, whole)
    for index, cube in enumerate(answer.assignments):
        fewer = answer.assignments[:index] + answer.assignments[index + 1 :]
        assert not all(covers(Found("x", fewer), w) == holds(condition, w) for w in wholes)
        for literal in cube:
            shorter = tuple(part for part in cube if part != literal)
            looser = Found("x", (*fewer, shorter))
            assert not all(covers(looser, w) == holds(condition, w) for w in wholes)
