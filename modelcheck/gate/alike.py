"""Whether two versions of a life cycle are the same question, so that they have the same answer."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

from modelcheck.configurations.space import Space
from modelcheck.diagnostics import InputError
from modelcheck.engine.fingerprint import Fingerprints
from modelcheck.engine.grouping import classify
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Expectation, Unit
from modelcheck.semantics.flow import constants_of
from modelcheck.source import Span

# What is only shown to people, or only finds things.
_WORDS = frozenset({"text", "citation", "title", "reason", "tags", "replaced", "level"})

Essence = tuple[object, ...]
"""A value without places and words; equal where nothing that decides differs."""


@dataclasses.dataclass(frozen=True)
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


def same_question(one: Subject, other: Subject) -> bool:
    """Must both have the same answer?

    Texts that differ may still describe the same life cycle, and where they do not, a difference may be of no
    consequence for it: then every configuration has the same counter system, and that is compared.
    """
    if _of_lifecycle(one.lifecycle) == _of_lifecycle(other.lifecycle) and _around(one.unit) == _around(other.unit):
        return True
    try:
        return _classes(one) == _classes(other)
    except InputError:
        return False


def same_statements(one: Subject, other: Subject) -> bool:
    """Do both models state the same of it?"""
    return {stated(each) for each in one.expectations} == {stated(each) for each in other.expectations}


def stated(expectation: Expectation) -> Essence:
    """What an expectation says, without its place and reason."""
    words = " ".join(expectation.condition.split())
    return expectation.lifecycle, expectation.proposal, expectation.verdict, expectation.rules, words


def essence(value: object) -> object:
    """A value of the resolved model without places and words."""
    if isinstance(value, tuple):
        return tuple(essence(each) for each in value)
    if isinstance(value, dict):
        return tuple((key, essence(each)) for key, each in sorted(value.items()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = (
            essence(getattr(value, each.name))
            for each in dataclasses.fields(value)
            if each.name not in _WORDS and not isinstance(getattr(value, each.name), Span)
        )
        return (type(value).__name__, *kept)
    return value


def _of_lifecycle(lifecycle: Lifecycle) -> object:
    return essence(lifecycle)


def _around(unit: Unit) -> Essence:
    return _Around.of(unit)


class _Around:
    """What all life cycles of a unit stand in. Units are looked up by identity: hashing one costs more than this."""

    @staticmethod
    def of(unit: Unit) -> Essence:
        return (
            essence(unit.abis),
            essence(unit.declarations),
            frozenset(essence(each.condition) for each in unit.requirements),
            frozenset(essence(each) for each in unit.constants),
        )


def _classes(subject: Subject) -> object:
    """What the life cycle is in every configuration."""
    unit, lifecycle = subject.unit, subject.lifecycle
    names = set(constants_of(lifecycle))
    prints = Fingerprints()
    return (
        frozenset(essence(each) for each in unit.constants if each.name in names),
        frozenset(
            (
                prints.of(each.system),
                prints.of(each.whole),
                frozenset((part.setting, part.constants) for part in each.parts),
            )
            for each in classify(unit, lifecycle, Space.of(unit)).classes
        ),
    )
