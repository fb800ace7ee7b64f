"""Jobs are given out each once, and those about one life cycle to one process as long as that keeps all busy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.cli.waiting import Subject, Waiting


def about(name: str) -> Subject:
    return "7.2", "powerpc", name


SUBJECTS = st.lists(st.sampled_from("abcd").map(about), max_size=12)


@given(SUBJECTS, st.lists(st.sampled_from("abcde").map(about)), st.sampled_from("abcde").map(about))
def test_every_job_is_given_out_once(subjects: list[Subject], others: list[Subject], own: Subject) -> None:
    waiting = Waiting(subjects)
    assert sorted(waiting.take(own, others) for _ in subjects) == list(range(len(subjects)))
    assert not waiting
    with pytest.raises(IndexError):
        waiting.take(own, others)


def test_a_process_goes_on_with_its_life_cycle() -> None:
    waiting = Waiting(map(about, "aabbacc"))
    assert waiting.take(None, []) == 0
    assert waiting.take(None, [about("a")]) == 2
    assert waiting.take(about("a"), [about("b")]) == 1
    assert waiting.take(about("b"), [about("a")]) == 3
    assert waiting.take(about("a"), [about("b")]) == 4
    assert waiting.take(about("b"), [about("a")]) == 5


def test_nobody_waits_for_another() -> None:
    waiting = Waiting(map(about, "aaa"))
    assert waiting.take(None, [about("a")]) == 0
    assert waiting.take(about("b"), [about("a")]) == 1


def test_jobs_come_in_their_order() -> None:
    waiting = Waiting(map(about, "abc"))
    assert [waiting.take(None, []) for _ in range(3)] == [0, 1, 2]
