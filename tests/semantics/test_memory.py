"""What is remembered of one class of configurations holds in those that answer the same, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.resolve import load_unit
from modelcheck.semantics.build import whole_system, whole_system_in
from modelcheck.semantics.context import Context, Contexts
from modelcheck.semantics.storage import storage_in
from tests.semantics.corners import READERS, model
from tests.semantics.models import case_of, page, unit_of
from tests.semantics.test_simulation import classes

ARCHS = Path(__file__).parents[2] / "archs" / "7.2"
UNIT, LIFECYCLE = unit_of(
    model("state a { go -> p; } path p { if (A) { write data; } list_add(lru); free_page; }" + READERS)
)
CONTEXTS = Contexts(UNIT, LIFECYCLE, ways_in=False)


def context(*symbols: str) -> Context:
    return CONTEXTS.context(storage_in(LIFECYCLE, case_of(UNIT, symbols)))


@pytest.mark.parametrize(
    ("work", "shared"),
    [
        (lambda context: context.storage.slot(page("lru")), True),
        (lambda context: len(context.lists), True),
        (lambda context: context.resting_in("a"), True),
        (lambda context: context.storage.has(page("data")), False),
        (lambda context: len(context.storage.slots), False),
        (lambda context: context.softirq.steps, False),
        (lambda context: context.live.targets(context.lifecycle.path("p").nodes[0]), False),
    ],
)
def test_a_result_is_recalled_where_all_answers_are_the_same(work, shared):
    done = []

    def counted(context):
        done.append(None)
        return work(context)

    one, other = context(), context("A")
    assert one.points is other.points
    for each in (one, other, one, other):
        assert one.points.memory.recall(work, counted, each) == work(each)
    assert len(done) == (1 if shared else 2)


@pytest.mark.parametrize("arch", ["powerpc", "s390"])
def test_systems_of_classes_are_the_same_with_a_common_memory(arch):
    unit = load_unit(ARCHS / f"{arch}.arch")
    several = 0
    for lifecycle in unit.lifecycles:
        contexts = Contexts(unit, lifecycle, ways_in=False)
        storages = [storage for _, storage in classes(unit, lifecycle)]
        several += len(storages) > 1
        for storage in storages:
            assert whole_system_in(contexts.context(storage)) == whole_system(unit, lifecycle, storage, ways_in=False)
    assert several
