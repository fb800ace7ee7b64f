"""Whether two versions of a life cycle are the same question, so that they have the same answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modelcheck.configurations.decide import decide
from modelcheck.configurations.space import Case, Space
from modelcheck.diagnostics import InputError
from modelcheck.engine.constants import admitted_values
from modelcheck.engine.fingerprint import Fingerprints
from modelcheck.engine.grouping import Values
from modelcheck.layout.decisions import Ask
from modelcheck.layout.layouts import Layouts
from modelcheck.model.essence import Essence, essence
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Expectation, Unit
from modelcheck.semantics.build import whole_system
from modelcheck.semantics.flow import constants_of
from modelcheck.semantics.prune import pruned
from modelcheck.semantics.storage import Storage, StorageQuestion


@dataclass(frozen=True)
class Subject:
    """One life cycle as it is, or as a proposal changes it, in its unit."""

    unit: Unit
    lifecycle: Lifecycle

    @property
    def key(self) -> tuple[str, str]:
        """Its name, and that of the proposal."""
        return self.lifecycle.name, self.lifecycle.proposal

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """What its model states of it."""
        return tuple(each for each in self.unit.expectations if (each.lifecycle, each.proposal) == self.key)


def subjects_of(unit: Unit) -> dict[tuple[str, str], Subject]:
    """Every life cycle of a unit, as it is and as each proposal changes it."""
    found = (Subject(unit, lifecycle) for lifecycle in (*unit.lifecycles, *unit.proposed))
    return {subject.key: subject for subject in found}


class Questions:
    """Compares subjects. What all life cycles of a unit stand in is worked out once for each unit."""

    def __init__(self) -> None:
        # By identity, and units are kept so that their identities stay theirs: hashing one costs more than all this.
        self._around: dict[int, tuple[Unit, _Around]] = {}

    def same(self, one: Subject, other: Subject) -> bool:
        """Must both have the same answer?

        Texts that differ may still describe the same life cycle, and where they do not, a difference may be of no
        consequence for it: then every configuration has the same counter system, and that is compared.
        """
        alike = essence(replace(one.lifecycle, name="")) == essence(replace(other.lifecycle, name=""))
        here, there = self._of(one.unit), self._of(other.unit)
        if alike and here == there:
            return True
        if here.targets != there.targets or _constants(one) != _constants(other):
            return False
        spaces = Space.of(one.unit), Space.of(other.unit)
        try:
            pairs = _cases(one, other, spaces[1], spaces[0])
            if here.requirements != there.requirements and pairs is not None:
                # Other configurations are admitted: also those that only the first admits have to be looked at.
                pairs = None if _cases(one, other, spaces[0], spaces[1]) is None else pairs
            return pairs is not None and all(_same_systems(one, other, *pair, alike=alike) for pair in pairs)
        except InputError:
            return False

    def _of(self, unit: Unit) -> _Around:
        found = self._around.get(id(unit))
        if found is None:
            around = _Around(
                targets=essence(unit.abis),
                declarations=essence(unit.declarations),
                requirements=frozenset(essence(each.condition) for each in unit.requirements),
                constants=frozenset(essence(each) for each in unit.constants),
            )
            found = self._around[id(unit)] = unit, around
        return found[1]


@dataclass(frozen=True)
class _Around:
    targets: object
    declarations: object
    requirements: object
    constants: object


def same_statements(one: Subject, other: Subject) -> bool:
    """Do both models state the same of it?"""
    return {stated(each) for each in one.expectations} == {stated(each) for each in other.expectations}


def stated(expectation: Expectation) -> Essence:
    """What an expectation says of its life cycle, without place and reason."""
    return expectation.verdict, expectation.rules, " ".join(expectation.condition.split())


@dataclass(frozen=True)
class _Decided:
    """All that a configuration decides for a life cycle: overlaps of its fields, conditions, values of constants."""

    storage: Storage
    values: tuple[Values, ...]

    @classmethod
    def of(cls, subject: Subject, asked: StorageQuestion, case: Case) -> _Decided:
        storage = asked.ask(case)
        names = constants_of(subject.lifecycle) if storage.applies else ()
        return cls(storage, tuple(admitted_values(subject.unit, name, case) for name in names))


def _cases(
    one: Subject, other: Subject, space: Space, also: Space
) -> tuple[tuple[_Decided, _Decided], ...] | None:
    """What both are, side by side, in every configuration of a space; each pair once.

    None where one of these cases is not admitted in the space `also`. A symbol that a case leaves open does not matter
    for it, so that it does not matter either which of its values each space admits.
    """
    asked = StorageQuestion(one.lifecycle), StorageQuestion(other.lifecycle)
    pairs: dict[tuple[_Decided, _Decided], int] = {}
    for target in space.targets:
        abi = target.layouts.abi
        layouts = Layouts(one.unit.declarations, abi), Layouts(other.unit.declarations, abi)

        def question(ask: Ask, layouts: tuple[Layouts, Layouts] = layouts) -> int:
            sides = zip((one, other), asked, layouts, strict=True)
            here, there = (_Decided.of(subject, asking, Case(lay, ask)) for subject, asking, lay in sides)
            return pairs.setdefault((here, there), len(pairs))

        elsewhere = also.target(abi.name)
        if any(elsewhere.complete(dict(path)) is None for path, _ in decide(question, target.complete)):
            return None
    return tuple(pairs)


def _same_systems(one: Subject, other: Subject, here: _Decided, there: _Decided, *, alike: bool) -> bool:
    if here == there and (alike or not here.storage.applies):
        return True
    if here.storage.applies != there.storage.applies or here.values != there.values:
        return False
    prints = Fingerprints()
    sides = ((one, here), (other, there))
    wholes = [whole_system(each.unit, each.lifecycle, found.storage, ways_in=False) for each, found in sides]
    return prints.of(wholes[0]) == prints.of(wholes[1]) or prints.of(pruned(wholes[0])) == prints.of(pruned(wholes[1]))


def _constants(subject: Subject) -> object:
    names = set(constants_of(subject.lifecycle))
    return frozenset(essence(each) for each in subject.unit.constants if each.name in names)
