"""A system with its laws put in: dependent counters are gone, what is left of the laws are bounds.

Every reachable state of the system, seen through the remaining variables, is a reachable state of the reduced one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from modelcheck.engine.family import fixed_flags
from modelcheck.engine.laws import ConservationLaw
from modelcheck.semantics.system import HazardCase, Sort, StateVariable, System, Transition
from modelcheck.semantics.terms import NO, Formula, Linear, substitute, variables_of


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

    Of the counts named in `coarse` only whether they are zero is looked at. `fixed` are the flags that no step changes.
    """

    original: System
    laws: tuple[ConservationLaw, ...]
    variables: tuple[StateVariable, ...]
    transitions: tuple[Transition, ...]
    bounds: tuple[Bound, ...]
    parameters: tuple[tuple[str, Interval], ...]
    coarse: frozenset[str]
    fixed: tuple[str, ...]

    def eliminated(self) -> Mapping[str, Linear]:
        """The dependent variables that are gone, and what they were."""
        return {law.dependent: law.expression for law in self.laws if not law.dependent.startswith("#")}

    def index(self) -> Mapping[str, int]:
        """Position of each variable in a state."""
        return {v.name: i for i, v in enumerate(self.variables)}


def parameter_intervals(system: System, given: Mapping[str, Interval]) -> tuple[tuple[str, Interval], ...]:
    """Every parameter of the system with the values that are looked at."""
    return tuple((v.name, given.get(v.name, Interval(v.minimum))) for v in system.variables if v.sort is Sort.PARAMETER)


def small_parameters(intervals: Sequence[tuple[str, Interval]], sizes: int) -> Iterator[Mapping[str, int]]:
    """The least values of all parameters, then one more for each, and so on, as far as the intervals go."""
    for extra in range(sizes if intervals else 1):
        values = {name: interval.low + extra for name, interval in intervals}
        if any(i.high is not None and values[n] > i.high for n, i in intervals):
            return
        yield values


def reduce_system(
    system: System,
    laws: tuple[ConservationLaw, ...],
    parameters: Mapping[str, Interval],
    coarse: frozenset[str] = frozenset(),
) -> ReducedSystem:
    """Put the laws in. Parameters that no law determines stay as constants of unknown value in `variables`."""
    values = {law.dependent: law.expression for law in laws if not law.dependent.startswith("#")}

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
    # Where everybody is stays in the state; what a law says of that alone is a bound.
    bounds = [Bound(law.difference, 0, 0) for law in laws if law.dependent.startswith("#")]
    for variable in system.variables:
        if variable.name not in values:
            continue
        expression = values[variable.name]
        if variable.sort is Sort.PARAMETER:
            interval = parameters.get(variable.name, Interval(variable.minimum))
            # "At least so many" says next to nothing of a count; left out, points that only it mentions can go too.
            if interval.high is not None:
                bounds.append(Bound(expression, interval.low, interval.high))
        elif any(c < 0 for _, c in expression.terms) or expression.constant < 0:
            bounds.append(Bound(expression, 0, None))
    kept = _read(tuple(v for v in system.variables if v.name not in values), transitions, bounds, system, values)
    names = {v.name for v in kept}
    fixed = tuple(name for name in fixed_flags(system) if name in names)
    transitions = [replace(t, updates=tuple((n, v) for n, v in t.updates if n in names)) for t in transitions]
    intervals = parameter_intervals(system, parameters)
    return ReducedSystem(system, laws, kept, tuple(transitions), tuple(bounds), intervals, coarse, fixed)


def _read(
    variables: tuple[StateVariable, ...],
    transitions: list[Transition],
    bounds: list[Bound],
    system: System,
    eliminated: Mapping[str, Linear],
) -> tuple[StateVariable, ...]:
    """The variables that some guard, hazard or bound depends on."""
    # Hazards are told apart by the flags that never change, also where nothing reads those any more.
    matters = set(fixed_flags(system))
    for transition in transitions:
        matters.update(variables_of(transition.guard))
        for hazard in transition.hazards:
            matters.update(variables_of(hazard.condition))
    for state_hazard in system.state_hazards:
        matters.update(variables_of(substitute(state_hazard.condition, eliminated)))
    for bound in bounds:
        matters.update(name for name, _ in bound.expression.terms)
    grew = True
    while grew:
        more = {
            n for t in transitions for name, value in t.updates if name in matters for n, _ in value.terms
        } - matters
        matters |= more
        grew = bool(more)
    return tuple(v for v in variables if v.name in matters)
