"""The counter system and the interpreter agree, step by step: the same moves, states and hazards from every moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcheck.configurations.space import Case, Space
from modelcheck.configurations.split import split
from modelcheck.model.program import FreeTable, Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text, load_unit
from modelcheck.semantics.build import whole_system
from modelcheck.semantics.flow import live_nodes
from modelcheck.semantics.storage import Storage, storage_in
from tests.semantics.evaluation import creation_hazards, initial_states, states_broken, taken, well_typed
from tests.semantics.individuals import Counted, Moment, world_in
from tests.strategies.lifecycles import models

ARCHS = Path(__file__).parents[2] / "archs"
# Where the creator rests afterwards is not told apart from its never having been seen by anybody.
IGNORED = frozenset({"#creator done"})


def classes(unit: Unit, lifecycle: Lifecycle) -> Iterator[tuple[Case, Storage]]:
    """One configuration for each way in which the life cycle can lie over the bytes."""
    space = Space.of(unit)
    seen: set[Storage] = set()
    for setting, storage in split(space, lambda case: storage_in(lifecycle, case)):
        if storage.applies and storage not in seen:
            seen.add(storage)
            yield space.configuration(setting), storage


def side_by_side(
    unit: Unit, lifecycle: Lifecycle, case: Case, storage: Storage, constant: int, ways_in: bool
) -> Counted:
    constants = {c.name: max(c.minimum, constant) for c in unit.constants}
    system = whole_system(unit, lifecycle, storage, ways_in=ways_in)
    nodes = live_nodes(lifecycle, storage.holds)
    occupancy = any(isinstance(path.nodes[i].operation, FreeTable) for path, i in nodes)
    return Counted(world_in(lifecycle, case, constants), system, ways_in, occupancy)


def key(state: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, value) for name, value in state.items() if name not in IGNORED))


def check_creation(both: Counted) -> list[Moment]:
    moments, rules = both.created()
    parameters = {name: both.world.constants[name] for name in both.world.constants}
    starts = {key(state) for _, state in initial_states(both.system, parameters)}
    known = {v.name for v in both.system.variables} | parameters.keys()
    extra = {name: value for name, value in parameters.items() if name in known}
    assert {key({**extra, **both.values(moment)}) for moment in moments} == starts
    assert rules == {hazard.rule for hazard in creation_hazards(both.system, parameters)}
    return moments


def check_moment(both: Counted, moment: Moment) -> list[tuple[str, Moment]]:
    """Compare everything that can happen; returns the moves as the interpreter sees them."""
    here = both.values(moment)
    assert well_typed(both.system, here)
    moves = list(both.moves(moment))
    individual = {(move.kind, rule or key(both.values(after))) for move, rule, after in moves}
    individual |= {(kind, rule or key(here)) for kind, rule in both.uses_by_kin(moment)}
    counted = set()
    for transition in both.system.transitions:
        result = taken(transition, here)
        if result is not None:
            counted.add((transition.label.move.kind, result if isinstance(result, str) else key(result)))
    assert counted == individual, describe(here, individual, counted)
    assert both.leaks(moment) == ("OV108" in states_broken(both.system, here))
    return [(rule, after) for _, rule, after in moves]


def describe(here: dict[str, int], individual: set, counted: set) -> str:
    def show(result: object) -> str:
        kind, what = result
        if isinstance(what, str):
            return f"{kind}: {what}"
        return f"{kind}: " + ", ".join(f"{n}={v}" for n, v in what if here.get(n) != v)

    lines = ["in " + ", ".join(f"{n}={v}" for n, v in here.items() if v)]
    lines += sorted("only of individuals: " + show(r) for r in individual - counted)
    lines += sorted("only of counts: " + show(r) for r in counted - individual)
    return "\n".join(lines)


def walk(both: Counted, seed: int, length: int) -> int:
    """A random run, mostly around hazards; every moment of it is compared."""
    luck = random.Random(seed)
    moments = check_creation(both)
    if not moments:
        return 0
    moment = luck.choice(moments)
    for number in range(length):
        following = check_moment(both, moment)
        onward = [after for rule, after in following if not rule and after != moment]
        if not onward:
            return number
        moment = luck.choice(onward)
    return length


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(), st.integers(0, 10**6), st.integers(1, 3), st.booleans())
def test_random_models_step_by_step(text: str, seed: int, constant: int, ways_in: bool) -> None:
    unit = load_text(text)
    (lifecycle,) = unit.lifecycles
    for case, storage in classes(unit, lifecycle):
        walk(side_by_side(unit, lifecycle, case, storage, constant, ways_in), seed, 25)


POWERPC = load_unit(ARCHS / "7.2" / "powerpc.arch")


@pytest.mark.parametrize("lifecycle", POWERPC.lifecycles, ids=lambda lifecycle: lifecycle.name)
def test_powerpc_step_by_step(lifecycle: Lifecycle) -> None:
    steps = 0
    found = list(classes(POWERPC, lifecycle))
    for number, (case, storage) in enumerate(found[:3] + found[3::40]):
        both = side_by_side(POWERPC, lifecycle, case, storage, 1 + number % 3, bool(number % 2))
        steps += walk(both, number, 30)
    assert steps > 20
