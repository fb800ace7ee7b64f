"""Shards put together are what one run gives, and nothing else is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.matrix.merging import merged
from modelcheck.matrix.survey import Shard, Survey, Undecided, task_of
from tests.matrix.models import survey


def parts(of: int) -> list[tuple[str, Survey]]:
    return [(f"{index}.json", survey(index, of)) for index in range(1, of + 1)]


@pytest.mark.parametrize("of", [1, 2, 3, 9])
def test_shards_give_the_whole(of: int) -> None:
    assert merged(parts(of)) == survey()
    assert merged(list(reversed(parts(of)))) == survey()


def test_a_whole_matrix_is_taken_as_it_is() -> None:
    assert merged([("all.json", survey())]) is survey()


Change = Callable[[list[tuple[str, Survey]]], list[tuple[str, Survey]]]


def second(change: Callable[[Survey], Survey]) -> Change:
    return lambda given: [given[0], (given[1][0], change(given[1][1])), *given[2:]]


def interrupted(part: Survey) -> Survey:
    left = Undecided(task_of(part.results[0]), "the run was interrupted", True, False)
    return replace(part, results=part.results[1:], undecided=(left,))


CASES: list[tuple[Change, str]] = [
    (lambda given: given[:1], "of 2 shards, shard 2 is missing"),
    (lambda given: [given[0], given[0]], "1.json is shard 1 of 2, and so is 1.json"),
    (lambda given: [given[0], ("copy.json", given[0][1])], "copy.json is shard 1 of 2, and so is 1.json"),
    (lambda given: [*given, ("all.json", survey())], "all.json is no shard"),
    (lambda given: [("a", survey()), ("b", survey())], "a is no shard"),
    (lambda given: [given[0], ("3.json", survey(2, 3))], "1.json is one of 2 shards, 3.json is one of 3"),
    (second(lambda part: replace(part, question=replace(part.question, budget=2))), "other options"),
    (second(lambda part: replace(part, proposals=part.proposals[:1])), "other proposals"),
    (second(lambda part: replace(part, subjects=(replace(part.subjects[0], digest="0"),))), "other models"),
    (second(lambda part: replace(part, tasks=part.tasks[:-1])), "other life cycles"),
    (second(lambda part: replace(part, results=part.results[:-1])), "does not hold the answers of its shard"),
    (second(lambda part: replace(part, results=survey(1, 2).results)), "does not hold the answers of its shard"),
    (second(lambda part: replace(part, shard=Shard(3, 2))), "2.json is shard 3 of 2: there is no such shard"),
    (second(interrupted), "2.json was interrupted: tiny 1.1 pte was not decided"),
]


@pytest.mark.parametrize(("change", "said"), CASES, ids=[said for _, said in CASES])
def test_what_does_not_belong_together_is_refused(change: Change, said: str) -> None:
    with pytest.raises(InputError) as caught:
        merged(change(parts(2)))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "CA609"
    assert said in diagnostic.message
