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
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text, load_unit
from modelcheck.semantics.build import whole_system
from modelcheck.semantics.context import Context
from modelcheck.semantics.storage import Storage, storage_in
from tests.semantics.corners import CORNERS
from tests.semantics.evaluation import creation_hazards, initial_states, states_broken, taken, well_typed
from tests.semantics.individuals import Counted, Moment, world_in
from tests.strategies.lifecycles import models

ARCHS = Path(__file__).parents[2] / "archs"
POWERPC = load_unit(ARCHS / "7.2" / "powerpc.arch")
Key = tuple[tuple[str, int], ...]
Result = tuple[str, str | Key]

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
    """The interpreter and the counter system in one configuration; every constant has the value, or its least one."""
    constants = {c.name: max(c.minimum, constant) for c in unit.constants}
    system = whole_system(unit, lifecycle, storage, ways_in=ways_in)
    detail = Context.of(unit, lifecycle, storage, ways_in).detail
    return Counted(world_in(lifecycle, case, constants), system, detail)


def key(state: dict[str, int]) -> Key:
    return tuple(sorted((name, value) for name, value in state.items() if name not in IGNORED))


def check_creation(both: Counted) -> list[Moment]:
    """Compare what creation leaves; returns the moments in which it lets others in."""
    moments, rules = both.created()
    constants = both.world.constants
    known = {v.name for v in both.system.variables}
    starts = {
        key({name: value for name, value in state.items() if name in known})
        for _, state in initial_states(both.system, constants)
    }
    assert {key(both.values(moment)) for moment in moments} == starts
    assert rules == {hazard.rule for hazard in creation_hazards(both.system, constants)}
    return moments


def check_moment(both: Counted, moment: Moment) -> list[tuple[str, Moment]]:
    """Compare everything that can happen; returns the moves as the interpreter sees them."""
    here = both.values(moment)
    assert well_typed(both.system, here)
    moves = list(both.moves(moment))
    individual: set[Result] = {(move.kind, rule or key(both.values(after))) for move, rule, after in moves}
    individual |= {(kind, rule or key(here)) for kind, rule in both.uses_by_kin(moment)}
    counted: set[Result] = set()
    for transition in both.system.transitions:
        result = taken(transition, here)
        if result is not None:
            counted.add((transition.label.move.kind, result if isinstance(result, str) else key(result)))
    assert counted == individual, describe(here, individual, counted)
    assert both.leaks(moment) == ("OV108" in states_broken(both.system, here))
    return [(rule, after) for _, rule, after in moves]


def describe(here: dict[str, int], individual: set[Result], counted: set[Result]) -> str:
    """Where the two differ, with what changes."""

    def show(result: Result) -> str:
        kind, what = result
        if isinstance(what, str):
            return f"{kind}: {what}"
        return f"{kind}: " + ", ".join(f"{n}={v}" for n, v in what if here[n] != v)

    lines = ["in " + ", ".join(f"{n}={v}" for n, v in here.items() if v)]
    lines += sorted("only of individuals: " + show(r) for r in individual - counted)
    lines += sorted("only of counts: " + show(r) for r in counted - individual)
    return "\n".join(lines)


def walk(both: Counted, seed: int, length: int) -> int:
    """A random run around hazards; every moment of it is compared. Returns how many there were."""
    luck = random.Random(seed)
    moments = check_creation(both)
    if not moments:
        return 0
    moment = luck.choice(moments)
    for number in range(length):
        following = check_moment(both, moment)
        onward = [after for rule, after in following if not rule and after != moment]
        if not onward:
            return number + 1
        moment = luck.choice(onward)
    return length


def go_everywhere(both: Counted) -> int:
    """Every moment there is, for models so small that this ends soon."""
    pending = check_creation(both)
    seen = set(pending)
    for moment in pending:
        for rule, after in check_moment(both, moment):
            if not rule and after not in seen:
                seen.add(after)
                pending.append(after)
    return len(seen)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(), st.integers(0, 10**6), st.integers(1, 3), st.booleans())
def test_random_models_step_by_step(text: str, seed: int, constant: int, ways_in: bool) -> None:
    unit = load_text(text)
    (lifecycle,) = unit.lifecycles
    for case, storage in classes(unit, lifecycle):
        walk(side_by_side(unit, lifecycle, case, storage, constant, ways_in), seed, 25)


@pytest.mark.parametrize("name", CORNERS)
def test_corners_moment_by_moment(name: str) -> None:
    unit = load_text(CORNERS[name])
    (lifecycle,) = unit.lifecycles
    moments = 0
    for case, storage in classes(unit, lifecycle):
        for constant in (1, 2, 3) if "tables N;" in CORNERS[name] else (1,):
            for ways_in in (False, True):
                moments += go_everywhere(side_by_side(unit, lifecycle, case, storage, constant, ways_in))
    assert moments > 5


@pytest.mark.parametrize("lifecycle", POWERPC.lifecycles, ids=lambda lifecycle: lifecycle.name)
def test_powerpc_step_by_step(lifecycle: Lifecycle) -> None:
    found = list(classes(POWERPC, lifecycle))
    moments = 0
    for number, (case, storage) in enumerate(found[:3] + found[3::40]):
        both = side_by_side(POWERPC, lifecycle, case, storage, 1 + number % 3, bool(number % 2))
        moments += sum(walk(both, seed, 30) for seed in range(3))
    assert moments >= 3
