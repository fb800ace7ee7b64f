"""Jobs are given out each once, and those about one life cycle, or model, to one process as long as that keeps all
busy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.cli.waiting import Subject, Waiting


def about(name: str) -> Subject:
    """`x1` is life cycle 1 of model x."""
    return "7.2", name[0], name[1:]


NAMES = st.sampled_from(["x1", "x2", "y1", "y2"]).map(about)


@given(st.lists(NAMES, max_size=12), st.lists(NAMES | st.none()), NAMES | st.none())
def test_every_job_is_given_out_once(subjects: list[Subject], others: list[Subject | None], own: Subject) -> None:
    waiting = Waiting(subjects)
    assert sorted(waiting.take(own, others) for _ in subjects) == list(range(len(subjects)))
    assert not waiting
    with pytest.raises(IndexError):
        waiting.take(own, others)


@pytest.mark.parametrize(
    ("left", "own", "others", "number"),
    [
        (["x1", "x2", "y1"], None, [], 0),
        (["x1", "x2", "y1"], "x2", ["x1"], 1),
        (["y1", "x1", "x2"], "x3", ["y2"], 1),
        (["x1", "x2", "y1"], None, ["x1"], 2),
        (["x1", "x2", "y1"], "z1", ["x1", "y2"], 1),
        (["x1", "x1"], "z1", ["x1", "y2"], 0),
    ],
    ids=[
        "the first",
        "its own life cycle",
        "its own model",
        "a model of nobody's",
        "a life cycle of nobody's",
        "nobody waits for another",
    ],
)
def test_what_is_taken(left: list[str], own: str | None, others: list[str], number: int) -> None:
    assert Waiting(map(about, left)).take(own and about(own), [about(other) for other in others]) == number
