"""Classes answered together: with the marks of one class, their system does what that class does, no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.configurations.space import Space, restrict
from modelcheck.engine.constants import constant_range
from modelcheck.engine.explicit import ExplicitSearch
from modelcheck.engine.grouping import classify
from modelcheck.engine.groups import Group, groups_of
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text, load_unit
from modelcheck.semantics.system import System
from tests.engine.answers import CASES, LITMUS, Subject, parameter_values
from tests.engine.protocols import models as protocols
from tests.engine.sampling import sample
from tests.strategies.lifecycles import models

POWERPC = Path(__file__).parents[2] / "archs" / "7.2" / "powerpc.arch"

Behaviour = tuple[frozenset[tuple[str, str]], frozenset[str]]


def _behaviour(
    system: System, parameters: Mapping[str, int], marks: Mapping[str, int], limit: int
) -> Behaviour | None:
    """Which hazards are met where, and which steps are taken, with these marks; None past the limit."""
    search = ExplicitSearch(system)
    places = [(search.index[name], value) for name, value in marks.items()]
    start = [s for s in search.initial_states(parameters) if all(s[i] == value for i, value in places)]
    seen, pending = set(start), list(start)
    hazards: set[tuple[str, str]] = set()
    taken: set[str] = set()
    while pending:
        following, hits = search.successors(pending.pop())
        for t, h, _ in hits:
            hazards.add(
                (system.state_hazards[h].rule, "leak")
                if t < 0
                else (system.transitions[t].hazards[h].rule, system.transitions[t].label.path)
            )
        for t, successor in following:
            taken.update(system.transitions[t].label.keys)
            if successor not in seen:
                seen.add(successor)
                pending.append(successor)
        if len(seen) > limit:
            return None
    return frozenset(hazards), frozenset(taken)


def _together(found: list[Behaviour | None]) -> Behaviour | None:
    """What any of them does; None if one is not known."""
    known = [behaviour for behaviour in found if behaviour is not None]
    if len(known) < len(found):
        return None
    return frozenset().union(*(h for h, _ in known)), frozenset().union(*(t for _, t in known))


def _check(group: Group, tables: int, limit: int) -> int:
    """Compare class by class; where no mark is left to tell classes apart, all of these at once."""
    alike: dict[tuple[tuple[str, int], ...], list[System]] = {}
    for here, marks in zip(group.classes, group.marks, strict=True):
        alike.setdefault(tuple(sorted(marks.items())), []).append(here.system)
    compared = 0
    for marks, systems in alike.items():
        for parameters in parameter_values(Subject(group.system, group.constants), tables):
            own = _together([_behaviour(system, parameters, {}, limit) for system in systems])
            family = _behaviour(group.system, parameters, dict(marks), limit * (1 + len(systems)))
            if own is not None and family is not None:
                assert family == own, f"{parameters} {marks}"
                compared += 1
    return compared


def _groups(unit: Unit, lifecycle: Lifecycle, fixed: Mapping[str, bool] | None = None) -> list[Group]:
    found = classify(unit, lifecycle, restrict(Space.of(unit), fixed or {}))
    return [g for g in groups_of(found.classes, constant_range(unit, {})) if len(g.classes) > 1]


def _families(name: str) -> list[Group]:
    unit = load_unit(LITMUS / f"{name}.litmus")
    return [g for lifecycle in (*unit.lifecycles, *unit.proposed) for g in _groups(unit, lifecycle)]


@pytest.mark.parametrize("name", [name for name in CASES if _families(name)])
def test_families_of_litmus_cases(name: str) -> None:
    assert sum(_check(group, 2, 5_000) for group in _families(name))


@sample(25)
@given(st.one_of(models(), protocols()))
def test_families_of_random_models(text: str) -> None:
    unit = load_text(text)
    for group in _groups(unit, unit.lifecycles[0]):
        _check(group, 2, 1_500)


@pytest.mark.parametrize("name", ["pmd_fragment", "kernel_pte_fragment", "pud_object"])
def test_families_of_powerpc(name: str) -> None:
    unit = load_unit(POWERPC)
    (lifecycle,) = (lc for lc in unit.lifecycles if lc.name == name)
    groups = _groups(unit, lifecycle, {"PPC_4K_PAGES": True, "PPC_BOOK3S_64": True})
    assert groups
    assert sum(_check(group, 2, 4_000) for group in groups)
