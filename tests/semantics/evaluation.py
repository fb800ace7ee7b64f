"""Counter systems on concrete states: a few lines that read `System` literally, to compare with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelcheck.semantics.system import CreationHazard, InitialCase, Sort, System, Transition
from modelcheck.semantics.terms import (
    And,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Negation,
    Or,
    Positive,
    Truth,
    Zero,
)

Values = Mapping[str, int]


def value(expression: Linear, state: Values) -> int:
    return expression.constant + sum(factor * state[name] for name, factor in expression.terms)


def truth(formula: Formula, state: Values) -> bool:
    match formula:
        case Truth(constant):
            return constant
        case IsSet(name):
            return state[name] == 1
        case IsValue(name, index):
            return state[name] == index
        case Positive(expression):
            return value(expression, state) >= 1
        case Zero(expression):
            return value(expression, state) == 0
        case Negation(operand):
            return not truth(operand, state)
        case And(operands):
            return all(truth(part, state) for part in operands)
        case Or(operands):
            return any(truth(part, state) for part in operands)


def taken(transition: Transition, state: Values) -> str | dict[str, int] | None:
    """The rule that is broken, or the state afterwards; None if the transition cannot be taken."""
    if not truth(transition.guard, state):
        return None
    for hazard in transition.hazards:
        if truth(hazard.condition, state):
            return hazard.rule
    return {**state, **{name: value(new, state) for name, new in transition.updates}}


def initial_states(system: System, parameters: Values) -> Iterator[tuple[InitialCase, dict[str, int]]]:
    for case in system.initial:
        if truth(case.guard, parameters):
            yield case, {**parameters, **{name: value(start, parameters) for name, start in case.values}}


def creation_hazards(system: System, parameters: Values) -> Iterator[CreationHazard]:
    return (hazard for hazard in system.creation_hazards if truth(hazard.guard, parameters))


def states_broken(system: System, state: Values) -> set[str]:
    return {hazard.rule for hazard in system.state_hazards if truth(hazard.condition, state)}


def well_typed(system: System, state: Values) -> bool:
    """Counts are natural numbers, Booleans 0 or 1, values in their domain."""
    for variable in system.variables:
        found = state[variable.name]
        most = {Sort.BOOLEAN: 1, Sort.ENUMERATION: len(variable.values) - 1}.get(variable.sort, found)
        if not 0 <= found <= most:
            return False
    return True
