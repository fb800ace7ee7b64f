"""What Z3 answers, and why it failed, in words for people."""

from __future__ import annotations

import pytest
import z3

from modelcheck.solver.commands import GaveUpError, reason_of, run


def test_answers_come_without_blanks() -> None:
    assert run(z3.Context(), "(declare-const a Bool)(assert a)(check-sat)") == "sat"
    assert run(z3.Context(), "(declare-const a Bool)") == ""


def test_what_is_not_taken_is_told_without_a_place() -> None:
    with pytest.raises(GaveUpError, match=r"^unknown constant b$"):
        run(z3.Context(), "(declare-const a Bool)\n(assert b)")


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
