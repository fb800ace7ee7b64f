"""What pruning leaves out does not matter: the same hazards are reached, by the same steps."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from modelcheck.resolve import load_text
from modelcheck.semantics.build import whole_system
from modelcheck.semantics.prune import pruned
from modelcheck.semantics.system import Sort, System
from modelcheck.semantics.terms import variables_of
from tests.semantics.corners import CORNERS
from tests.semantics.evaluation import initial_states, states_broken, taken
from tests.semantics.test_simulation import classes
from tests.strategies.lifecycles import models


def reachable(system: System, parameters: dict[str, int], limit: int) -> tuple[set[str], set[str]] | None:
    """The hazards that can be reached, with the path, and the steps that can happen; None beyond `limit` states."""
    names = [variable.name for variable in system.variables]
    pending = [tuple(state[n] for n in names) for _, state in initial_states(system, parameters)]
    seen = set(pending)
    hazards: set[str] = set()
    keys: set[str] = set()
    while pending:
        state = dict(zip(names, pending.pop(), strict=True))
        hazards |= states_broken(system, state)
        for transition in system.transitions:
            match taken(transition, state):
                case None:
                    pass
                case str(rule):
                    hazards.add(f"{rule} in {transition.label.path}")
                case dict(after):
                    keys.update(transition.label.keys)
                    following = tuple(after[n] for n in names)
                    if following not in seen:
                        seen.add(following)
                        pending.append(following)
        if len(seen) > limit:
            return None
    return hazards, keys


def check_pruning(text: str, constant: int, limit: int) -> None:
    unit = load_text(text)
    (lifecycle,) = unit.lifecycles
    for _, storage in classes(unit, lifecycle):
        whole = whole_system(unit, lifecycle, storage, ways_in=False)
        kept = pruned(whole)
        assert len(kept.variables) <= len(whole.variables) and len(kept.transitions) <= len(whole.transitions)
        parameters = {v.name: max(v.minimum, constant) for v in whole.variables if v.sort is Sort.PARAMETER}
        before, after = reachable(whole, parameters, limit), reachable(kept, parameters, limit)
        if before is not None:
            assert before == after


@pytest.mark.parametrize("name", CORNERS)
def test_corners_reach_the_same(name: str) -> None:
    check_pruning(CORNERS[name], 2, 4000)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_random_models_reach_the_same(text: str) -> None:
    check_pruning(text, 2, 600)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_nothing_is_read_that_is_not_there(text: str) -> None:
    unit = load_text(text)
    (lifecycle,) = unit.lifecycles
    for _, storage in classes(unit, lifecycle):
        kept = pruned(whole_system(unit, lifecycle, storage, ways_in=False))
        known = {variable.name for variable in kept.variables}
        for transition in kept.transitions:
            read = set(variables_of(transition.guard))
            read |= {name for hazard in transition.hazards for name in variables_of(hazard.condition)}
            read |= {name for _, value in transition.updates for name, _ in value.terms}
            assert read | {name for name, _ in transition.updates} <= known
        assert all({name for name, _ in case.values} <= known for case in kept.initial)
