"""A system with its laws put in: dependent counters are gone, what is left of the laws are bounds.

Every reachable state of the system, seen through the remaining variables, is a reachable state of the reduced one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelcheck.engine.laws import ConservationLaw
from modelcheck.semantics.system import HazardCase, Sort, StateVariable, System, Transition
from modelcheck.semantics.terms import NO, Formula, Linear, substitute


@dataclass(frozen=True)
class Bound:
    """`minimum <= expression`, and `expression <= maximum` where that is not None."""

    expression: Linear
    minimum: int
    maximum: int | None


@dataclass(frozen=True)
class Interval:
    """Which values of a parameter are looked at: from `low` to `high`, which may be None for no end."""

    low: int
    high: int | None = None


@dataclass(frozen=True)
class ReducedSystem:
    """A system over the independent variables. `original` is what it was made from, with the laws as they are.

    Of the counts named in `coarse` only whether they are zero is looked at.
    """

    original: System
    laws: tuple[ConservationLaw, ...]
    variables: tuple[StateVariable, ...]
    transitions: tuple[Transition, ...]
    bounds: tuple[Bound, ...]
    parameters: tuple[tuple[str, Interval], ...]
    coarse: frozenset[str]

    def index(self) -> Mapping[str, int]:
        """Position of each variable in a state."""
        return {v.name: i for i, v in enumerate(self.variables)}


def reduce_system(
    system: System,
    laws: tuple[ConservationLaw, ...],
    parameters: Mapping[str, Interval],
    coarse: frozenset[str] = frozenset(),
) -> ReducedSystem:
    """Put the laws in. Parameters that no law determines stay as constants of unknown value in `variables`."""
    values = {law.dependent: law.expression for law in laws}

    def put(formula: Formula) -> Formula:
        return substitute(formula, values)

    transitions = []
    for transition in system.transitions:
        guard = put(transition.guard)
        if guard == NO:
            continue
        transitions.append(
            Transition(
                transition.label,
                guard,
                tuple(
                    HazardCase(h.rule, condition, h.message, h.field, h.clobbered_by)
                    for h in transition.hazards
                    if (condition := put(h.condition)) != NO
                ),
                tuple((n, v.substitute(values)) for n, v in transition.updates if n not in values),
            )
        )
    bounds = []
    for variable in system.variables:
        if variable.name not in values:
            continue
        expression = values[variable.name]
        if variable.sort is Sort.PARAMETER:
            interval = parameters.get(variable.name, Interval(variable.minimum))
            bounds.append(Bound(expression, interval.low, interval.high))
        elif any(c < 0 for _, c in expression.terms) or expression.constant < 0:
            bounds.append(Bound(expression, 0, None))
    kept = tuple(v for v in system.variables if v.name not in values)
    intervals = tuple(
        (v.name, parameters.get(v.name, Interval(v.minimum))) for v in system.variables if v.sort is Sort.PARAMETER
    )
    return ReducedSystem(system, laws, kept, tuple(transitions), tuple(bounds), intervals, coarse)
