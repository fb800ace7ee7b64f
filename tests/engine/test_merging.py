"""The merged system can do whatever the original can: states, steps and hazards carry over."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.engine.explicit import ExplicitSearch
from modelcheck.engine.laws import conservation_laws
from modelcheck.engine.merging import MergedSystem, Partition, coarsest_partition, merge, refined_by, split
from modelcheck.resolve import load_text
from modelcheck.semantics.system import System
from tests.engine.answers import CASES, Subject, litmus, parameter_values, subjects
from tests.engine.protocols import models as protocols
from tests.engine.sampling import sample
from tests.semantics.evaluation import initial_states, taken, truth, value
from tests.strategies.lifecycles import models


def _image(merged: MergedSystem, state: dict[str, int]) -> dict[str, int]:
    return {v.name: value(merged.meaning[v.name], state) for v in merged.system.variables}


def _partitions(system: System, luck: random.Random) -> list[Partition]:
    """The coarsest one, and a finer one with some points of a class on their own."""
    coarsest = coarsest_partition(system, conservation_laws(system))
    points = sorted(coarsest)
    finer = split(coarsest, frozenset(luck.sample(points, len(points) // 3))) if points else coarsest
    return [coarsest, refined_by(coarsest, finer)]


def _walk(system: System, merged: MergedSystem, parameters: dict[str, int], luck: random.Random, length: int) -> None:
    stands_for: dict[int, set[int]] = {}
    for number, origins in enumerate(merged.origins):
        for origin in origins:
            stands_for.setdefault(origin, set()).add(number)
    names = [v.name for v in system.variables]
    search = ExplicitSearch(system)
    states = search.initial_states(parameters)
    images = [state for _, state in initial_states(merged.system, parameters)]
    assert all(_image(merged, dict(zip(names, s, strict=True))) in images for s in states)
    for _ in range(length):
        if not states:
            return
        state = luck.choice(sorted(states))
        image = _image(merged, dict(zip(names, state, strict=True)))
        following, hits = search.successors(state)
        for t, successor in following:
            after = _image(merged, dict(zip(names, successor, strict=True)))
            results = [taken(merged.system.transitions[m], image) for m in stands_for.get(t, ())]
            if t in merged.silent:
                assert after == image
            else:
                assert after in results, system.transitions[t].label
        for t, h, _ in hits:
            if t < 0:
                assert truth(merged.system.state_hazards[h].condition, image)
            else:
                hazard, path = system.transitions[t].hazards[h], system.transitions[t].label.path
                found = [merged.system.transitions[m] for m in stands_for[t]]
                assert (hazard.rule, path) in [(taken(m, image), m.label.path) for m in found]
        states = [s for _, s in following]


def _check(subject: Subject, seed: int) -> None:
    luck = random.Random(seed)
    for partition in _partitions(subject.system, luck):
        merged = merge(subject.system, partition)
        assert len(merged.system.variables) <= len(subject.system.variables)
        for parameters in parameter_values(subject, 3):
            _walk(subject.system, merged, parameters, luck, 25)


@pytest.mark.parametrize("name", CASES)
def test_litmus_cases(name: str) -> None:
    for subject in litmus(name)[0]:
        _check(subject, 1)


@sample(20)
@given(st.one_of(models(), protocols()))
def test_random_models(text: str) -> None:
    unit = load_text(text)
    for subject in subjects(unit, unit.lifecycles[0]):
        _check(subject, len(text))


def test_splitting_and_refining() -> None:
    whole = {"a": 0, "b": 0, "c": 0, "d": 1}
    parted = split(whole, frozenset({"b", "d"}))
    assert parted["a"] == parted["c"] != parted["b"]
    assert len(set(parted.values())) == 3
    assert refined_by(whole, parted) == parted
    assert refined_by(whole, {}) == whole
    assert len(set(refined_by(parted, {"a": 5, "c": 6}).values())) == 4


def test_every_point_alone_is_the_system_itself() -> None:
    system = litmus("count-dropped-and-tested-in-one-step")[0][0].system
    points = coarsest_partition(system, conservation_laws(system))
    merged = merge(system, {point: number for number, point in enumerate(sorted(points))})
    assert {v.name for v in merged.system.variables} == {v.name for v in system.variables}
    assert {(t.guard, t.updates) for t in merged.system.transitions} == {
        (t.guard, t.updates) for t in system.transitions
    }
    assert not merged.silent


def test_the_coarsest_partition_is_coarser() -> None:
    for name in ("flag-cleared-at-exit", "page-linked-once-for-all-its-tables"):
        system = litmus(name)[0][0].system
        partition = coarsest_partition(system, conservation_laws(system))
        assert len(set(partition.values())) < len(partition)
