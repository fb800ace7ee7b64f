"""Groups of classes that are answered together: those with one family of systems and one range of constants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from modelcheck.engine.constants import covered_values
from modelcheck.engine.explicit import Site
from modelcheck.engine.family import Marks, Member, family_of, fixed_flags
from modelcheck.engine.grouping import LifecycleClass
from modelcheck.engine.reduced import Interval
from modelcheck.engine.refinement import Spot
from modelcheck.semantics.system import System


@dataclass(frozen=True)
class Group:
    """Classes and the system of all of them; `constants` are the values that they are checked for.

    `marks` has, for each class, the system's marks and what they are in this class; no two classes have the same.
    """

    classes: tuple[LifecycleClass, ...]
    system: System
    constants: Mapping[str, Interval]
    marks: tuple[Mapping[str, int], ...]

    def alone(self) -> Iterator[Group]:
        """Every class as a group of its own."""
        return (Group((here,), here.system, self.constants, ({},)) for here in self.classes)

    def halves(self) -> Iterator[Group]:
        """The first and the second half of the classes, each as one group if possible, in their order; a class that is
        alone stays so."""
        middle = (len(self.classes) + 1) // 2
        for classes in (self.classes[:middle], self.classes[middle:]):
            yield from together(classes, self.constants)

    def classes_at(self, flags: Marks) -> tuple[int, ...]:
        """The numbers of the classes in which the system's fixed flags can be so (all, for no flags)."""
        found = self._classes_at.get(flags)
        if found is None:
            values = dict(zip(fixed_flags(self.system), flags, strict=True)) if flags else {}
            found = self._classes_at[flags] = tuple(
                number
                for number, marks in enumerate(self.marks)
                if all(values.get(name, value) == value for name, value in marks.items())
            )
        return found

    @cached_property
    def _classes_at(self) -> dict[Marks, tuple[int, ...]]:
        return {}

    def spots(self, sites: Sequence[Collection[Site]]) -> frozenset[Spot]:
        """The spots at these sites, given for each class, where all classes that a spot is in have the site."""
        names = fixed_flags(self.system)
        flags = {tuple(dict(case.values)[name].constant for name in names) for case in self.system.initial}
        return frozenset(
            Spot(site, here)
            for site in set().union(*sites)
            for here in {*flags, ()}
            if all(site in sites[number] for number in self.classes_at(here))
        )


def groups_of(classes: Iterable[LifecycleClass], constants: Mapping[str, Interval]) -> Iterator[Group]:
    """Put classes together that are checked for the same values of the constants."""
    alike: dict[tuple[tuple[str, Interval], ...], list[LifecycleClass]] = {}
    for here in classes:
        covered = covered_values(constants, here.values)
        alike.setdefault(tuple(sorted(covered.items(), key=lambda entry: entry[0])), []).append(here)
    for covered_by_all, members in alike.items():
        yield from together(tuple(members), dict(covered_by_all))


def together(classes: tuple[LifecycleClass, ...], constants: Mapping[str, Interval]) -> Iterator[Group]:
    """One group of them all, or each as a group of its own where they are no family; in their order."""
    family = family_of([Member(here.whole, here.facts()) for here in classes]) if len(classes) > 1 else None
    if family is None:
        yield from (Group((here,), here.system, constants, ({},)) for here in classes)
        return
    yield Group(classes, family.pruned(), constants, family.marks)
