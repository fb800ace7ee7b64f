"""What Z3 answers, and why it failed, in words for people."""

from __future__ import annotations

import pytest
import z3

from modelcheck.solver.commands import GaveUpError, reason_of, run, values


def test_answers_come_without_blanks() -> None:
    assert run(z3.Context(), "(declare-const a Bool)(assert a)(check-sat)") == "sat"
    assert run(z3.Context(), "(declare-const a Bool)") == ""


def test_what_is_not_taken_is_told_without_a_place() -> None:
    with pytest.raises(GaveUpError, match=r"^unknown constant b$"):
        run(z3.Context(), "(declare-const a Bool)\n(assert b)")


def test_values_go_by_the_names_without_quotes() -> None:
    context = z3.Context()
    declared = "(declare-const page Int)(declare-const |#a b| Int)(declare-const |x y| Bool)(declare-const z Bool)"
    run(context, declared + "(assert (and (= page 2) (= |#a b| (- 3)) |x y| (not z)))(check-sat)")
    assert values(context, ["|page|", "|#a b|", "|x y|", "|z|"]) == {"page": 2, "#a b": -3, "x y": 1, "z": 0}
    assert values(context, []) == {}


def test_without_a_model_there_are_no_values() -> None:
    context = z3.Context()
    run(context, "(declare-const a Bool)(assert a)(assert (not a))(check-sat)")
    with pytest.raises(GaveUpError, match="model is not available"):
        values(context, ["|a|"])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b'(error "line 746 column 7: push canceled")\n', "the budget is spent"),
        (b'(error "line 1 column 2: one")\n(error "line 3 column 4: two")\n', "one; two"),
        (b"max. resource limit exceeded", "max. resource limit exceeded"),
        ("canceled", "the budget is spent"),
        (b"\xff", "\ufffd"),
    ],
)
def test_reasons_are_words(value: bytes | str, said: str) -> None:
    assert reason_of(z3.Z3Exception(value)) == said
