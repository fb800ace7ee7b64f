"""Lays fields over each other that a proof does not need apart: all at once, in every class of configurations."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import combinations

from modelcheck.configurations.space import Space
from modelcheck.engine.constants import constant_range, covered_values
from modelcheck.engine.grouping import LifecycleClass, classify
from modelcheck.engine.groups import Group
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.semantics.build import whole_system
from modelcheck.semantics.storage import Storage


def overlaid(unit: Unit, lifecycle: Lifecycle, apart: Collection[frozenset[str]]) -> Iterator[Group]:
    """Each class of a life cycle, with every two fields over each other that are not said to be `apart`."""
    for here in classify(unit, lifecycle, Space.of(unit)).classes:
        storage = _overlaid(here.parts[0].storage, apart)
        whole = whole_system(unit, lifecycle, storage, ways_in=False)
        parts = (replace(here.parts[0], storage=storage),)
        one = LifecycleClass(whole, parts)
        constants = covered_values(constant_range(unit, {}), here.values)
        yield Group((one,), one.system, constants, ({},))


def _overlaid(storage: Storage, apart: Collection[frozenset[str]]) -> Storage:
    placed = storage.placed
    kept = {frozenset(pair) for pair in (*placed.nested, *placed.overlapping)}
    more = [
        (one, other)
        for one, other in combinations(storage.slots, 2)
        if frozenset((one, other)) not in kept
        and frozenset((str(one), str(other))) not in apart
        # Parts of one field stay beside each other.
        and ("." not in one.path or one.path.rpartition(".")[0] != other.path.rpartition(".")[0])
    ]
    return replace(storage, placed=replace(placed, overlapping=tuple(sorted((*placed.overlapping, *more)))))
