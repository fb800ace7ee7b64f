"""Merges program points that need not be told apart, so that the abstraction stays small.

Points start in classes of equal weight in every law and condition; a class is counted by one variable. The merged
system can do everything that the original can, and more. `refinement` splits classes where that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    members: dict[int, list[str]] = {}
    for point in sorted(partition):
        members.setdefault(partition[point], []).append(point)
    class_of = {point: _name(members[number]) for point, number in partition.items()}
    sizes = {_name(points): len(points) for points in members.values()}

    def put(expression: Linear) -> Linear:
        sums: dict[str, int] = {}
        for name, coefficient in expression.terms:
            sums[class_of.get(name, name)] = coefficient
        return Linear(expression.constant, tuple(sorted(sums.items())))

    def atom(part: IsSet | IsValue | Positive | Zero) -> Formula:
        match part:
            case Positive(expression):
                return positive(put(expression))
            case Zero(expression):
                return zero(put(expression))
            case _:
                return part

    def formula(term: Formula) -> Formula:
        return rewrite(term, atom)

    def updates(transition: Transition) -> tuple[tuple[str, Linear], ...]:
        differences: dict[str, Linear] = {}
        plain: list[tuple[str, Linear]] = []
        for name, value in transition.updates:
            if name in class_of and sizes[class_of[name]] > 1:
                target = class_of[name]
                differences[target] = differences.get(target, Linear()) + (value - var(name))
            else:
                plain.append((class_of.get(name, name), put(value)))
        moved = [(name, var(name) + put(difference)) for name, difference in differences.items()]
        return tuple(sorted((n, v) for n, v in (*plain, *moved) if v != var(n)))

    transitions: dict[object, Transition] = {}
    origins: dict[object, set[int]] = {}
    for number, transition in enumerate(system.transitions):
        merged = Transition(
            transition.label,
            formula(transition.guard),
            tuple(
                HazardCase(h.rule, formula(h.condition), h.message, h.field, h.clobbered_by) for h in transition.hazards
            ),
            updates(transition),
        )
        key = (
            merged.guard,
            tuple((h.rule, h.condition) for h in merged.hazards),
            merged.updates,
            merged.label.path if merged.hazards else "",
        )
        if key in transitions:
            label = transitions[key].label
            merged = replace(transitions[key], label=replace(label, keys=(*label.keys, *transition.label.keys)))
        transitions[key] = merged
        origins.setdefault(key, set()).add(number)
    variables: dict[str, StateVariable] = {}
    meaning: dict[str, Linear] = {}
    for variable in system.variables:
        name = class_of.get(variable.name, variable.name)
        if name not in variables:
            variables[name] = replace(variable, name=name)
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
            tuple(replace(h, condition=formula(h.condition)) for h in system.state_hazards),
            system.keys,
        ),
        meaning,
        tuple(frozenset(origins[key]) for key in transitions),
        frozenset(
            n for key, merged in transitions.items() if not merged.updates and not merged.hazards for n in origins[key]
        ),
    )


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
