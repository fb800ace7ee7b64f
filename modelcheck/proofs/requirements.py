"""Which requirements of the configuration a proof needs: without them there would be configurations it does not cover.

That is about what was proved, not about what could be: what such a configuration would do is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from modelcheck.configurations.space import Case, Space
from modelcheck.configurations.split import split
from modelcheck.diagnostics import InputError
from modelcheck.engine.constants import admitted_values
from modelcheck.model.conditions import Requirement
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.semantics.flow import constants_of
from modelcheck.semantics.storage import Storage, StorageQuestion

_Kind = tuple[Storage, tuple[tuple[int, ...] | None, ...]]


def needed_requirements(unit: Unit, lifecycle: Lifecycle, space: Space) -> tuple[Requirement, ...]:
    """Requirements without which the life cycle would be another one somewhere; all others may go at once."""
    asked = _Question(unit, lifecycle)
    covered = asked.kinds(space, space.requirements)
    kept = list(space.requirements)
    needed = []
    for requirement in space.requirements:
        fewer = [other for other in kept if other is not requirement]
        found = asked.kinds(space, fewer)
        if found is not None and covered is not None and found <= covered:
            kept = fewer
        else:
            needed.append(requirement)
    return tuple(needed)


class _Question:
    def __init__(self, unit: Unit, lifecycle: Lifecycle) -> None:
        self._unit = unit
        self._constants = constants_of(lifecycle)
        self._storage = StorageQuestion(lifecycle)

    def kinds(self, space: Space, requirements: Iterable[Requirement]) -> frozenset[_Kind] | None:
        """What the life cycle is in all configurations that satisfy these requirements.

        None where one of them has not all the fields that its steps need.
        """
        try:
            answers = split(replace(space, requirements=tuple(requirements)), self._ask)
        except InputError:
            return None
        return frozenset(answer for _, answer in answers)

    def _ask(self, case: Case) -> _Kind:
        storage = self._storage.ask(case)
        names = self._constants if storage.applies else ()
        return storage, tuple(admitted_values(self._unit, name, case) for name in names)
