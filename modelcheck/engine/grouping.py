"""Splits the space of configurations into classes that are one counter system each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from modelcheck.configurations.space import Case, Setting, Space
from modelcheck.configurations.split import split
from modelcheck.engine.constants import admitted_values
from modelcheck.model.conditions import describe
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.semantics.build import whole_system_in
from modelcheck.semantics.context import Contexts
from modelcheck.semantics.flow import constants_of
from modelcheck.semantics.prune import pruned
from modelcheck.semantics.storage import Storage, StorageQuestion
from modelcheck.semantics.system import System

Values = tuple[int, ...] | None
"""The values that a constant takes; None where the model does not say."""


@dataclass(frozen=True)
class Part:
    """One part of the space: what the life cycle is there, and the values of its constants."""

    setting: Setting
    storage: Storage
    constants: tuple[tuple[str, Values], ...]

    def values(self, constant: str) -> Values:
        """The values that a constant takes here."""
        return dict(self.constants).get(constant)


@dataclass(frozen=True)
class LifecycleClass:
    """Parts of the space in which a life cycle is the same counter system, which is the `whole` of it."""

    whole: System
    parts: tuple[Part, ...]

    @cached_property
    def system(self) -> System:
        """The system without what cannot matter."""
        return pruned(self.whole)

    def values(self, constant: str) -> Values:
        """The values that a constant takes in some part."""
        found: set[int] = set()
        for part in self.parts:
            values = part.values(constant)
            if values is None:
                return None
            found.update(values)
        return tuple(sorted(found))

    def takes_more_than(self, constant: str, value: int) -> bool:
        """Does a constant take a larger value in some part?"""
        admitted = self.values(constant)
        return admitted is None or max(admitted) > value

    def facts(self) -> Mapping[str, bool]:
        """What of all that the life cycle asks holds, or does not hold, in every part, in words."""
        found: dict[str, set[bool]] = {}
        for storage in dict.fromkeys(part.storage for part in self.parts):
            facts = {describe(condition): truth for condition, truth in storage.truths}
            facts.update(
                (f"{left} shares bytes with {right}", right in storage.overlaps(left))
                for left, right in combinations(storage.slots, 2)
            )
            for words, truth in facts.items():
                found.setdefault(words, set()).add(truth)
        return {words: truths.pop() for words, truths in found.items() if len(truths) == 1}


@dataclass(frozen=True)
class Classes:
    """All of the space, part by part, and the classes that the life cycle exists in."""

    parts: tuple[Part, ...]
    classes: tuple[LifecycleClass, ...]


def classify(unit: Unit, lifecycle: Lifecycle, space: Space) -> Classes:
    """Group the configurations by what the life cycle can tell of them."""
    names = constants_of(lifecycle)
    asked = StorageQuestion(lifecycle)
    # Answers go by numbers, which are compared at once.
    numbers: dict[tuple[Storage, tuple[tuple[str, Values], ...]], int] = {}

    def question(case: Case) -> int:
        storage = asked.ask(case)
        values = tuple((name, admitted_values(unit, name, case)) for name in names) if storage.applies else ()
        return numbers.setdefault((storage, values), len(numbers))

    settings = split(space, question)
    answers = list(numbers)
    parts = tuple(Part(setting, *answers[number]) for setting, number in settings)
    members: dict[Storage, list[int]] = {}
    for number, part in enumerate(parts):
        if part.storage.applies:
            members.setdefault(part.storage, []).append(number)
    # Looking a system up costs as much as it is large: it is done once for each storage, not for each part.
    found: dict[System, list[int]] = {}
    contexts = Contexts(unit, lifecycle, ways_in=False)
    for storage, alike in members.items():
        found.setdefault(whole_system_in(contexts.context(storage)), []).extend(alike)
    classes = (
        LifecycleClass(whole, tuple(parts[number] for number in sorted(here))) for whole, here in found.items()
    )
    return Classes(parts, tuple(classes))
