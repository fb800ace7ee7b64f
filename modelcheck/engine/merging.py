"""Merges program points that need not be told apart, so that the abstraction stays small.

Points start in classes of equal weight in every law and condition; a class is counted by one variable. The merged
system can do everything that the original can, and more. `refinement` splits classes where that matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from modelcheck.engine.laws import ConservationLaw
from modelcheck.semantics.system import HazardCase, InitialCase, Sort, StateVariable, System, Transition
from modelcheck.semantics.terms import (
    And,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Negation,
    Or,
    Positive,
    Zero,
    positive,
    rewrite,
    total,
    var,
    variables_of,
    zero,
)


@dataclass(frozen=True)
class MergedSystem:
    """A system over classes of points.

    `meaning` gives each variable in terms of the original's. `origins` lists, for each transition, those of the
    original that it stands for; `silent` are those of the original that change nothing here.
    """

    system: System
    meaning: Mapping[str, Linear]
    origins: tuple[frozenset[int], ...]
    silent: frozenset[int]


Partition = Mapping[str, int]
"""Class of every point."""


def coarsest_partition(system: System, laws: tuple[ConservationLaw, ...]) -> Partition:
    """Points of equal weight in every law and condition share a class."""
    points = [v.name for v in system.variables if v.sort is Sort.COUNT and v.name.startswith("#")]
    alone = _bulk_sources(system)
    weights = _weights(system, laws, points)
    return _number({p: (p if p in alone else "", weights[p]) for p in points})


def split(partition: Partition, members: frozenset[str]) -> Partition:
    """Put these points of one class into a class of their own."""
    return _number({point: (number, point in members) for point, number in partition.items()})


def refined_by(partition: Partition, other: Partition) -> Partition:
    """Points share a class only if they do in both; what the other does not know, it puts into one class."""
    return _number({point: (number, other.get(point, -1)) for point, number in partition.items()})


def merged_laws(laws: Iterable[ConservationLaw], partition: Partition) -> tuple[ConservationLaw, ...]:
    """The laws of a system as laws over classes of points of equal weight: those of the merged system."""
    put = _Putting(_class_of(_members(partition)))
    found = []
    for law in laws:
        dependent, _ = put.class_of.get(law.dependent, (law.dependent, 1))
        found.append(ConservationLaw(dependent, var(dependent) - put.linear(law.difference)))
    return tuple(found)


def _number(keys: Mapping[str, object]) -> Partition:
    numbers: dict[object, int] = {}
    return {point: numbers.setdefault(key, len(numbers)) for point, key in keys.items()}


def _bulk_sources(system: System) -> set[str]:
    """Points that are emptied into another in one step, or whose count is read on its own."""
    found: set[str] = set()
    for transition in system.transitions:
        for name, value in transition.updates:
            found.update(other for other, _ in value.terms if other != name)
            if name.startswith("#") and value.coefficient(name) != 1:
                found.add(name)
    return found


def _weights(
    system: System, laws: tuple[ConservationLaw, ...], points: list[str]
) -> Mapping[str, tuple[tuple[int, int], ...]]:
    expressions: dict[Linear, None] = {}
    for law in laws:
        expressions[law.difference] = None
    for transition in system.transitions:
        source = transition.label.source
        for expression in _expressions(transition.guard):
            if expression != var(source):
                expressions[expression] = None
        for hazard in transition.hazards:
            expressions.update(dict.fromkeys(_expressions(hazard.condition)))
    for state_hazard in system.state_hazards:
        expressions.update(dict.fromkeys(_expressions(state_hazard.condition)))
    weights: dict[str, list[tuple[int, int]]] = {p: [] for p in points}
    for number, expression in enumerate(expressions):
        for name, coefficient in expression.terms:
            if name in weights:
                weights[name].append((number, coefficient))
    return {p: tuple(w) for p, w in weights.items()}


def _expressions(formula: Formula) -> Iterator[Linear]:
    match formula:
        case Positive(expression) | Zero(expression):
            yield expression
        case Negation(operand):
            yield from _expressions(operand)
        case And(operands) | Or(operands):
            for part in operands:
                yield from _expressions(part)
        case _:
            pass


def merge(system: System, partition: Partition) -> MergedSystem:
    """Count classes instead of points. Classes of one point keep its name."""
    return Merger(system).merge(partition)


class Merger:
    """`merge` for one system and many partitions, each mostly like the one before: what stays is not done again."""

    def __init__(self, system: System) -> None:
        self._system = system
        points = {v.name for v in system.variables if v.name.startswith("#")}
        self._points = [tuple(sorted(points & _mentioned(t))) for t in system.transitions]
        # For each transition the classes of the points that it mentions, and what it was with them.
        self._known: list[tuple[tuple[tuple[str, int], ...], _Merged] | None] = [None] * len(system.transitions)

    def merge(self, partition: Partition) -> MergedSystem:
        """The system that counts these classes."""
        system = self._system
        members = _members(partition)
        class_of = _class_of(members)
        transitions: dict[object, Transition] = {}
        origins: dict[object, set[int]] = {}
        for number in range(len(system.transitions)):
            merged = self._merged(number, class_of)
            key = merged.key
            transitions.setdefault(key, merged.transition)
            origins.setdefault(key, set()).add(number)
        put = _Putting(class_of)
        variables: dict[str, StateVariable] = {}
        meaning: dict[str, Linear] = {}
        for variable in system.variables:
            name = class_of[variable.name][0] if variable.name in class_of else variable.name
            if name not in variables:
                variables[name] = replace(variable, name=name) if name != variable.name else variable
                meaning[name] = var(name)
        for points in members.values():
            meaning[_name(points)] = total(points)
        return MergedSystem(
            System(
                tuple(variables.values()),
                system.assumptions,
                tuple(_initial(case, members) for case in system.initial),
                system.creation_hazards,
                tuple(transitions.values()),
                tuple(replace(h, condition=put.formula(h.condition)) for h in system.state_hazards),
                system.keys,
            ),
            meaning,
            tuple(frozenset(origins[key]) for key in transitions),
            frozenset(
                n
                for key, merged in transitions.items()
                if not merged.updates and not merged.hazards
                for n in origins[key]
            ),
        )

    def _merged(self, number: int, class_of: Mapping[str, tuple[str, int]]) -> _Merged:
        here = tuple(class_of[point] for point in self._points[number] if point in class_of)
        known = self._known[number]
        if known is None or known[0] != here:
            known = self._known[number] = here, _Merged.of(self._system.transitions[number], _Putting(class_of))
        return known[1]


@dataclass(frozen=True)
class _Merged:
    """A transition over classes. Those with equal `key` do the same, and one stands for all of them."""

    transition: Transition
    key: object

    @classmethod
    def of(cls, transition: Transition, put: _Putting) -> _Merged:
        """The transition over the classes that `put` puts."""
        hazards = tuple(
            HazardCase(h.rule, put.formula(h.condition), h.message, h.field, h.clobbered_by)
            for h in transition.hazards
        )
        merged = Transition(transition.label, put.formula(transition.guard), hazards, put.updates(transition))
        told = tuple((h.rule, h.condition) for h in merged.hazards)
        key = _Key((merged.guard, told, merged.updates, merged.label.path if merged.hazards else ""))
        return cls(merged, key)


class _Key:
    """A value that is hashed once."""

    def __init__(self, value: object) -> None:
        self._value = value
        self._hash = hash(value)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._hash == other._hash and self._value == other._value


@dataclass(frozen=True)
class _Putting:
    """Puts classes, each with its number of points, for points."""

    class_of: Mapping[str, tuple[str, int]]

    def linear(self, expression: Linear) -> Linear:
        """The same sum over classes."""
        sums: dict[str, int] = {}
        for name, coefficient in expression.terms:
            sums[self.class_of[name][0] if name in self.class_of else name] = coefficient
        return Linear(expression.constant, tuple(sorted(sums.items())))

    def formula(self, formula: Formula) -> Formula:
        """The same formula over classes."""

        def atom(part: IsSet | IsValue | Positive | Zero) -> Formula:
            match part:
                case Positive(expression):
                    return positive(self.linear(expression))
                case Zero(expression):
                    return zero(self.linear(expression))
                case _:
                    return part

        return rewrite(formula, atom)

    def updates(self, transition: Transition) -> tuple[tuple[str, Linear], ...]:
        """What the transition does to classes."""
        differences: dict[str, Linear] = {}
        plain: list[tuple[str, Linear]] = []
        for name, value in transition.updates:
            target, size = self.class_of.get(name, (name, 1))
            if size > 1:
                differences[target] = differences.get(target, Linear()) + (value - var(name))
            else:
                plain.append((target, self.linear(value)))
        moved = [(name, var(name) + self.linear(difference)) for name, difference in differences.items()]
        return tuple(sorted((n, v) for n, v in (*plain, *moved) if v != var(n)))


def _mentioned(transition: Transition) -> set[str]:
    """Every variable that a transition reads or writes."""
    found = set(variables_of(transition.guard))
    for hazard in transition.hazards:
        found.update(variables_of(hazard.condition))
    for name, value in transition.updates:
        found.add(name)
        found.update(other for other, _ in value.terms)
    return found


def _members(partition: Partition) -> dict[int, list[str]]:
    """The points of every class, in order."""
    members: dict[int, list[str]] = {}
    for point in sorted(partition):
        members.setdefault(partition[point], []).append(point)
    return members


def _class_of(members: Mapping[int, list[str]]) -> dict[str, tuple[str, int]]:
    """For every point the name of its class, and how many points that has."""
    found = {}
    for points in members.values():
        name = _name(points), len(points)
        found.update(dict.fromkeys(points, name))
    return found


def _name(points: list[str]) -> str:
    return points[0] if len(points) == 1 else f"{points[0]} and {len(points) - 1} more"


def _initial(case: InitialCase, members: Mapping[int, list[str]]) -> InitialCase:
    values = dict(case.values)
    for points in members.values():
        whole = Linear()
        for point in points:
            whole = whole + values.pop(point)
        values[_name(points)] = whole
    return replace(case, values=tuple(sorted(values.items())))
