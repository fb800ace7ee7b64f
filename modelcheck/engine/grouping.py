"""Splits the space of configurations into classes that are one counter system each."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.configurations.space import Case, Setting, Space
from modelcheck.configurations.split import split
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.semantics.build import build_system
from modelcheck.semantics.storage import Storage, storage_in
from modelcheck.semantics.system import System


@dataclass(frozen=True)
class LifecycleClass:
    """Configurations in which a life cycle is the same counter system, each with what it was made from."""

    system: System
    members: tuple[tuple[Storage, tuple[Setting, ...]], ...]

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All of them."""
        return tuple(setting for _, settings in self.members for setting in settings)


def classify(unit: Unit, lifecycle: Lifecycle, space: Space) -> tuple[LifecycleClass, ...]:
    """Group the configurations by what the life cycle can tell of them; those without it are left out."""

    def question(case: Case) -> Storage:
        return storage_in(lifecycle, case)

    settings: dict[Storage, list[Setting]] = {}
    for setting, storage in split(space, question):
        settings.setdefault(storage, []).append(setting)
    members: dict[System, list[tuple[Storage, tuple[Setting, ...]]]] = {}
    for storage, found in settings.items():
        if storage.applies:
            system = build_system(unit, lifecycle, storage, ways_in=False)
            members.setdefault(system, []).append((storage, tuple(found)))
    return tuple(LifecycleClass(system, tuple(found)) for system, found in members.items())
