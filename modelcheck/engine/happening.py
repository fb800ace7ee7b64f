"""Which steps of a life cycle can happen at all: what never happens, a proof covers for nothing.

That a step can happen is shown by a walk to it that anybody can follow, with numbers of tables that some configuration
has. That it cannot is shown by reachability in which taking it would be a hazard. What neither shows is unclear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from modelcheck.engine.budget import Budget
from modelcheck.engine.explicit import ExplicitSearch, Walk
from modelcheck.engine.family import fixed_flags
from modelcheck.engine.following import steps_taken
from modelcheck.engine.grouping import Part
from modelcheck.engine.groups import Group
from modelcheck.engine.recall import Recall
from modelcheck.engine.reduced import parameter_intervals, small_parameters
from modelcheck.engine.refinement import look_ahead
from modelcheck.semantics.system import HazardCase, System, Transition
from modelcheck.semantics.terms import YES


@dataclass(frozen=True)
class Happenings:
    """Of the steps of a life cycle, by their keys: whether `some` can happen, which `never` do, and of which it is
    `unclear`.

    `elsewhere` are those of `never` that do happen in configurations, or with values of constants, that somebody ruled
    out.
    """

    some: bool
    never: tuple[str, ...]
    unclear: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def vacuous(self) -> bool:
        """Does what is said of this life cycle cover steps that are never put to the test, and none of that was
        chosen?"""
        return bool(self.never) and not (self.some and set(self.never) <= set(self.elsewhere))

    def but(self, everywhere: Happenings) -> Happenings:
        """This of what was chosen, where `everywhere` is that of all there is to choose from."""
        not_shown = {*everywhere.never, *everywhere.unclear}
        return replace(self, elsewhere=tuple(key for key in self.never if key not in not_shown))


def happenings(groups: Sequence[Group], budget: Budget, recall: Recall) -> Happenings:
    """What can happen in the life cycle that these groups are all classes of.

    Where something stays unclear, it is looked for once more without recalling anything.
    """
    before = recall.recalled
    found = _happenings(groups, budget, recall)
    if found.unclear and recall.recalled > before:
        found = _happenings(groups, budget, recall.blindly())
    return found


def _happenings(groups: Sequence[Group], budget: Budget, recall: Recall) -> Happenings:
    keys = frozenset(key for group in groups for key in group.system.keys)
    left = keys
    for group in groups:
        left -= _created(group)
        if wanted := left & set(group.system.keys):
            left -= _taken(group, recall.walks(group.system, wanted, group.constants, budget, partial(_few, group)))
    unclear: frozenset[str] = frozenset()
    for group in groups:
        if wanted := left & set(group.system.keys):
            happens, may = _not_excluded(group, wanted, budget)
            left -= happens
            unclear |= may
    unclear &= left
    return Happenings(left != keys, tuple(sorted(left - unclear)), tuple(sorted(unclear)))


# ---------------------------------------------------------------------------------------------------------- walks


def _few(group: Group, wanted: frozenset[str], budget: Budget) -> list[Walk]:
    """Walks that take as many of the wanted steps as can be found, none of them for nothing."""
    found = list(_walks(group, wanted, budget))
    kept: list[Walk] = []
    left = wanted
    # A long walk takes on its way what many short ones are for.
    for walk in sorted(found, key=lambda walk: -len(walk.transitions)):
        taken = _taken(group, [walk])
        if not left.isdisjoint(taken):
            kept.append(walk)
            left -= taken
    return kept


def _walks(group: Group, wanted: frozenset[str], budget: Budget) -> Iterator[Walk]:
    left = wanted
    search = ExplicitSearch(group.system)
    intervals = parameter_intervals(group.system, group.constants)
    for busy in (*range(1, budget.busy + 1), None):
        for values in small_parameters(intervals, budget.tables):
            if not left:
                return
            result = search.search(
                values, limit=budget.concrete_states, busy=busy, wanted=frozenset(), steps=left
            )
            yield from result.walks
            left -= _taken(group, result.walks)


def _created(group: Group) -> frozenset[str]:
    """The steps that some creation takes."""
    taken: frozenset[str] = frozenset()
    for values in small_parameters(parameter_intervals(group.system, group.constants), _MANY):
        for case in group.system.initial:
            if not taken.issuperset(case.keys):
                taken |= _taken(group, [Walk(tuple(sorted(values.items())), case, ())])
    return taken


_MANY = 64
"""Numbers of tables that a creation is tried with; where the model says which there are, all of these are, too."""


def _taken(group: Group, walks: Iterable[Walk]) -> frozenset[str]:
    """The steps that the walks take with numbers of tables that some configuration has."""
    taken: set[str] = set()
    for walk in walks:
        for admitted in _admitted(group, walk):
            if (keys := steps_taken(group.system, admitted)) is not None:
                taken |= keys
                break
    return frozenset(taken)


def _admitted(group: Group, walk: Walk) -> Iterator[Walk]:
    """The walk with every choice of parameters that some configuration has, its own first."""
    values = dict(walk.initial.values)
    flags = tuple(values[name].constant for name in fixed_flags(group.system))
    parts = [part for number in group.classes_at(flags) for part in group.classes[number].parts]
    given = dict(walk.parameters)
    if any(all(_has(part, name, value) for name, value in given.items()) for part in parts):
        yield walk
    others = {tuple(product(*(_choices(part, name, value) for name, value in given.items()))) for part in parts}
    for choice in sorted({choice for choices in others for choice in choices} - {tuple(given.values())}):
        yield replace(walk, parameters=tuple(zip(given, choice, strict=True)))


def _has(part: Part, name: str, value: int) -> bool:
    values = part.values(name)
    return values is None or value in values


def _choices(part: Part, name: str, value: int) -> tuple[int, ...]:
    """The values of a constant in one part of the space; the one at hand where the model does not say."""
    values = part.values(name)
    return (value,) if values is None else values


# ------------------------------------------------------------------------------------------------------ exclusion


def _not_excluded(group: Group, wanted: frozenset[str], budget: Budget) -> tuple[frozenset[str], frozenset[str]]:
    """Which of these steps can happen though no walk to them was found, and which of the others may."""
    system, keys_of = _watched(group.system, wanted)
    seen = look_ahead(system, group.constants, lambda spot: spot.site.rule not in keys_of, budget, None)
    happens, may = (
        frozenset(key for spot in spots for key in keys_of[spot.site.rule])
        for spots in (seen.outlook.real, seen.outlook.spurious)
    )
    if not seen.outlook.complete:
        may |= wanted & {key for t in group.system.transitions for key in t.label.keys}
    numbers = _numbers(group)
    if numbers is None:
        # Whether these creations come about was tried with few tables only.
        may |= wanted & {key for case in group.system.initial if case.guard != YES for key in case.keys}
    elif happens | may:
        happens, may = _tried(group, happens | may, numbers, budget)
    return happens, may - happens


def _numbers(group: Group) -> Sequence[Mapping[str, int]] | None:
    """All values that the parameters have in some configuration; None where the model does not say."""
    names = [name for name, _ in parameter_intervals(group.system, group.constants)]
    found: dict[tuple[int, ...], None] = {}
    for part in (part for here in group.classes for part in here.parts):
        known = [values for name in names if (values := part.values(name)) is not None]
        if len(known) < len(names):
            return None
        found.update(dict.fromkeys(product(*known)))
    return [dict(zip(names, choice, strict=True)) for choice in found]


def _tried(
    group: Group, wanted: frozenset[str], numbers: Iterable[Mapping[str, int]], budget: Budget
) -> tuple[frozenset[str], frozenset[str]]:
    """Which of these steps happen with these numbers of tables, and which of the others may, for all that was seen."""
    search = ExplicitSearch(group.system)
    left = wanted
    exhausted = True
    for values in numbers:
        result = search.search(values, limit=budget.concrete_states, wanted=frozenset(), steps=left)
        left -= _taken(group, result.walks)
        exhausted &= result.exhausted
    return wanted - left, frozenset() if exhausted else left


def _watched(system: System, wanted: frozenset[str]) -> tuple[System, Mapping[str, frozenset[str]]]:
    """A system in which it is a hazard to take one of these steps, and which steps the hazards stand for.

    Each has a twin that ends the run, so that what comes after it can still be seen.
    """
    keys_of: dict[str, frozenset[str]] = {}
    twins: list[Transition] = []
    for transition in system.transitions:
        if keys := wanted & set(transition.label.keys):
            rule = " ".join(sorted(keys))
            keys_of[rule] = keys
            hazards = (*transition.hazards, HazardCase(rule, YES, rule))
            twins.append(replace(transition, hazards=hazards, updates=()))
    return replace(system, transitions=(*system.transitions, *twins)), keys_of
