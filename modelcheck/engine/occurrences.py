"""Where a hazard happens: a condition over symbols, and a limit on the parameter if it matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelcheck.configurations.joining import joined
from modelcheck.configurations.minimal import minimal_condition
from modelcheck.configurations.space import Setting, Space
from modelcheck.engine.grouping import LifecycleClass, Part
from modelcheck.engine.refute import Refutation
from modelcheck.model.unit import Unit
from modelcheck.semantics.storage import Storage
from modelcheck.semantics.system import System
from modelcheck.verdict import Condition


@dataclass(frozen=True)
class Occurrence:
    """A hazard found in one class."""

    where: LifecycleClass
    system: System
    refutation: Refutation


class Conditions:
    """The conditions of the hazards of one life cycle; `parts` are all of the space."""

    def __init__(self, unit: Unit, space: Space, parts: tuple[Part, ...]) -> None:
        self._unit = unit
        self._space = space
        self._parts = parts
        self._minima: dict[str, int] = {}
        self._known: dict[tuple[frozenset[Setting], frozenset[Setting]], Condition] = {}

    def of(self, occurrences: Iterable[Occurrence]) -> Condition:
        """Where the occurrences are: a condition over symbols, and the range of the parameter if it matters."""
        bad: dict[Storage, list[Refutation]] = {}
        for occurrence in occurrences:
            for part in occurrence.where.parts:
                refutations = bad.setdefault(part.storage, [])
                if occurrence.refutation not in refutations:
                    refutations.append(occurrence.refutation)
        limits = {storage: self._limit(refutations) for storage, refutations in bad.items()}
        # Where the classes have different limits, but configurations decide on which side of theirs they are, nothing
        # has to be said of the constant.
        if len(set(limits.values())) > 1 and all(_decides(part, bad.get(part.storage, [])) for part in self._parts):
            limits = dict.fromkeys(limits, "")
        # Where it happens for every value comes first; where it is known to happen the other conditions may hold, too.
        return _any_of([self._within(limit, bad, limits) for limit in sorted(dict.fromkeys(limits.values()), key=bool)])

    def _within(
        self, limit: str, bad: Mapping[Storage, list[Refutation]], limits: Mapping[Storage, str]
    ) -> Condition:
        """Where the occurrences that have this limit on the parameter are."""
        where: list[Setting] = []
        elsewhere: list[Setting] = []
        barred: list[Setting] = []
        for part in self._parts:
            if not part.storage.applies:
                continue
            here = limits.get(part.storage)
            happens = here is not None and any(value_for(r, part) is not None for r in bad[part.storage])
            if here == limit:
                (where if happens else barred).append(part.setting)
            elif here != "" or not happens:
                elsewhere.append(part.setting)
        if not limit:
            return self._minimal(where, [*elsewhere, *barred])
        # Where only the constant's value stands in the way, the limit on the constant says so.
        condition = self._minimal(where, elsewhere)
        text = f"{limit} && {_bracketed(condition.text)}" if condition.text else limit
        name, _, value = limit.removeprefix("(").partition(" ")
        assignments = condition.assignments or ((),)
        return Condition(text, tuple((*assignment, (name, value.removesuffix(")"))) for assignment in assignments))

    def _minimal(self, where: list[Setting], elsewhere: list[Setting]) -> Condition:
        """The shortest condition; several hazards often ask for the same."""
        key = frozenset(where), frozenset(elsewhere)
        if key not in self._known:
            self._known[key] = minimal_condition(self._space, joined(where), joined(elsewhere))
        return self._known[key]

    def _limit(self, refutations: list[Refutation]) -> str:
        """`PTE_FRAG_NR >= 2`, or nothing where every value that the constant has in some configuration does."""
        if any(r.values is None for r in refutations):
            return ""
        name = refutations[0].run.parameters[0][0]
        endless = [r.values.low for r in refutations if r.values and r.values.contiguous and r.values.high is None]
        start = min(endless, default=None)
        single = {r.run.parameters[0][1] for r in refutations}
        if start is not None and start <= self._least(name):
            return ""
        while start is not None and start - 1 in single:
            start -= 1
        if start is not None and start <= self._least(name):
            return ""
        alone = sorted(v for v in single if start is None or v < start)
        if start is None and len(alone) > 1 and alone == list(range(alone[0], alone[-1] + 1)):
            return f"{name} >= {alone[0]} && {name} <= {alone[-1]}"
        parts = [f"{name} == {value}" for value in alone] + ([f"{name} >= {start}"] if start is not None else [])
        return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"

    def _least(self, constant: str) -> int:
        """The least value that a constant has in some configuration; of others nothing is asked and nothing is said."""
        if constant not in self._minima:
            self._minima[constant] = self._minimum(constant)
        return self._minima[constant]

    def _minimum(self, constant: str) -> int:
        found = [part.values(constant) for part in self._parts if part.storage.applies]
        admitted = [value for values in found if values is not None for value in values]
        return min(admitted) if admitted and None not in found else self._unit.constant(constant).minimum


def value_for(refutation: Refutation, part: Part) -> int | None:
    """The smallest value of the parameter that this part admits and the run works for (0 for a system without one)."""
    if not refutation.run.parameters:
        return 0
    name, value = refutation.run.parameters[0]
    values = part.values(name)
    if values is None:
        return value
    return min((v for v in values if _works(refutation, v)), default=None)


def _works(refutation: Refutation, value: int) -> bool:
    values = refutation.values
    if values is None:
        return True
    return (
        values.low <= value
        and (values.high is None or value <= values.high)
        and (values.contiguous or value == refutation.run.parameters[0][1])
    )


def _decides(part: Part, refutations: list[Refutation]) -> bool:
    """Does it happen for all values that this part gives the parameter, or for none?"""
    if not refutations or any(r.values is None for r in refutations):
        return True
    values = part.values(refutations[0].run.parameters[0][0])
    return values is not None and len({any(_works(r, value) for r in refutations) for value in values}) == 1


def _any_of(conditions: list[Condition]) -> Condition:
    """A condition that holds where one of these does; each says of other configurations than the others."""
    found = [condition for condition in conditions if condition.text != "0"]
    if len(found) < 2:
        return found[0] if found else conditions[0]
    return Condition(" || ".join(c.text for c in found), tuple(a for c in found for a in c.assignments))


def _bracketed(text: str) -> str:
    return f"({text})" if " || " in text else text
