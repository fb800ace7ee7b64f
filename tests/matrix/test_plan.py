"""What is checked, in which order, and how it is dealt out to shards."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from modelcheck.matrix.plan import share, tasks_of, version_key
from modelcheck.matrix.survey import LifecycleSubject, Shard, Subject, Task
from tests.matrix.models import surveyor

WORD = st.sampled_from(["a", "b", "c"])
TASKS = st.lists(st.builds(Task, WORD, WORD, WORD, WORD), unique=True)


@given(TASKS, st.integers(1, 9))
def test_shards_are_a_partition(tasks: list[Task], of: int) -> None:
    parts = [share(tasks, Shard(index, of)) for index in range(1, of + 1)]
    assert Counter(task for part in parts for task in part) == Counter(tasks)
    assert share(tasks, None) == tuple(tasks)
    lifecycles = [{(task.kernel, task.arch, task.lifecycle) for task in part} for part in parts]
    assert sum(map(len, lifecycles)) == len(set().union(*lifecycles))
    assert max(map(len, lifecycles)) - min(map(len, lifecycles)) <= 1


def test_versions_are_numbers() -> None:
    assert sorted(["7.2", "6.12", "6.2", "", "6.12-rc3"], key=version_key) == ["", "6.2", "6.12", "6.12-rc3", "7.2"]


def test_today_comes_first_then_the_proposals_that_change_something() -> None:
    plain = LifecycleSubject("plain", "", "pte", (), ())
    changed = LifecycleSubject("changed", "", "pte", ("b", "a"), ())
    new = Subject("x", "", "6.12", "x", "", (plain, changed))
    old = Subject("y", "", "6.2", "y", "", (plain,))
    assert tasks_of([new, old], ["a", "b", "c"]) == (
        Task("6.2", "y", "plain", ""),
        Task("6.12", "x", "plain", ""),
        Task("6.12", "x", "changed", ""),
        Task("6.12", "x", "changed", "a"),
        Task("6.12", "x", "changed", "b"),
    )


def test_the_order_of_the_command_line_does_not_matter() -> None:
    subjects = surveyor().blank.subjects
    assert tasks_of(subjects, ["queue_each"]) == tasks_of(reversed(subjects), ["queue_each"])
