"""Creation, run symbolically: nobody else knows the page before its tables exist, so nothing can come in between.

The state is a value for every variable, linear in the parameters; branches on parameters split cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from modelcheck.model.operations import GracePeriod, Populate
from modelcheck.model.program import Create, Node
from modelcheck.model.variables import GhostCounter, GhostFlag
from modelcheck.semantics.context import Context
from modelcheck.semantics.effect import Outcome
from modelcheck.semantics.effects import effect_of_node
from modelcheck.semantics.expressions import expression
from modelcheck.semantics.locks import expose
from modelcheck.semantics.names import ATOMIC
from modelcheck.semantics.points import Point, resting, waits
from modelcheck.semantics.system import CreationHazard, HazardCase, InitialCase
from modelcheck.semantics.terms import (
    NO,
    YES,
    Atom,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Positive,
    Truth,
    Zero,
    conjunction,
    negate,
    number,
    positive,
    rewrite,
    zero,
)
from modelcheck.trace import Move

_STEP = Move("step", "creator")
_RESUME = Move("resume", "creator")


@dataclass(frozen=True)
class CreationCase:
    """One way the creation can go: the state it leaves, and where the creator still is (`rest` if it is done)."""

    initial: InitialCase
    rest: Point


@dataclass(frozen=True)
class Creation:
    """Every way the creation can go."""

    cases: tuple[CreationCase, ...]
    hazards: tuple[CreationHazard, ...]


@dataclass(frozen=True)
class _Case:
    """A way that is not at its end: where the creator is, what was assigned, and under which condition it goes so."""

    create: Create
    point: Point
    state: Mapping[str, Linear]
    guard: Formula
    moves: tuple[Move, ...]
    keys: tuple[str, ...] = ()
    populated: bool = False


def run_creation(context: Context) -> Creation:
    """Run every `create` block up to the end of its `populate`, or to its end, or to a `call_rcu` before."""
    run = _Run(context, _before(context))
    for create in context.lifecycle.creates:
        start = context.points.started("creator", create.path, context.live)
        run.go(_Case(create, start, {}, YES, (Move("start", "creator", create.name),)))
    return Creation(tuple(run.cases), tuple(run.hazards))


def _before(context: Context) -> dict[str, Linear]:
    """What is not zero before the creation."""
    values = {resting("unborn").name: expression(context, context.lifecycle.tables)}
    for variable in context.lifecycle.variables:
        if isinstance(variable, GhostFlag | GhostCounter):
            values[variable.name] = number(int(variable.initial))
    return values


@dataclass
class _Run:
    context: Context
    before: Mapping[str, Linear]
    cases: list[CreationCase] = field(default_factory=list)
    hazards: list[CreationHazard] = field(default_factory=list)

    def go(self, case: _Case) -> None:
        """Run on to every end."""
        if case.guard == NO:
            return
        if case.point.kind == "rest" or (case.populated and not case.point.inner):
            self._finish(case)
            return
        node = self.context.points.node(case.point)
        if isinstance(node.operation, GracePeriod):
            # Nobody can be inside a page that nobody knows: the grace period is over at once.
            for hazard in effect_of_node(self.context, node, case.point).hazards:
                case = self._past(case, hazard)
            self.go(self._after(case, node, Outcome(0), (_STEP, _RESUME)))
            return
        if waits(node):
            self._finish(case)
            return
        effect = effect_of_node(self.context, node, case.point)
        for hazard in effect.hazards:
            case = self._past(case, hazard)
        for outcome in effect.outcomes:
            self.go(self._after(case, node, outcome))

    def _past(self, case: _Case, hazard: HazardCase) -> _Case:
        """Note where the hazard is met; the case in which it is not."""
        condition = self._evaluate(hazard.condition, case.state)
        hit = conjunction(case.guard, condition)
        if hit == NO:
            return case
        moves = (*case.moves, _STEP)
        self.hazards.append(
            CreationHazard(hazard.rule, hit, hazard.message, hazard.field, hazard.clobbered_by, moves, case.create.name)
        )
        return replace(case, guard=conjunction(case.guard, negate(condition)))

    def _after(self, case: _Case, node: Node, outcome: Outcome, moves: tuple[Move, ...] = ()) -> _Case:
        key = f"{case.point.place}.{case.point.node}"
        point = self.context.points.after(case.point, outcome.choice, self.context.live)
        updates = outcome.updates.copy()
        expose(case.point, point, updates)
        assigned = {name: self._value(value, case.state) for name, value in updates.items()}
        return _Case(
            case.create,
            point,
            {**case.state, **assigned},
            conjunction(case.guard, self._evaluate(outcome.guard, case.state)),
            (*case.moves, *(moves or (Move("step", "creator", choice=outcome.choice),))),
            (*case.keys, key, *((f"{key}.resume",) if moves else ())),
            case.populated or isinstance(node.operation, Populate),
        )

    def _finish(self, case: _Case) -> None:
        values = {**self.before, **case.state}
        placement = _placement(case.create, values)
        if case.point.kind != "rest":
            values[case.point.name] = number(1)
        if case.point.inner:
            values[ATOMIC] = number(1)
        initial = InitialCase(
            case.guard, tuple(sorted(values.items())), case.moves, case.keys, case.create.name, placement
        )
        self.cases.append(CreationCase(initial, case.point))

    def _known(self, name: str, state: Mapping[str, Linear]) -> Linear:
        return state.get(name) or self.before.get(name) or number(0)

    def _value(self, value: Linear, state: Mapping[str, Linear]) -> Linear:
        parameters = self.context.parameters
        return value.substitute({n: self._known(n, state) for n, _ in value.terms if n not in parameters})

    def _positive(self, expression: Linear) -> Formula:
        """`expression >= 1`, decided where the least values of the constants decide it."""
        factors = [factor for _, factor in expression.terms]
        nearest = expression.constant + sum(factor * self.context.minima[name] for name, factor in expression.terms)
        if nearest >= 1 and all(factor > 0 for factor in factors):
            return YES
        if nearest < 1 and all(factor < 0 for factor in factors):
            return NO
        return positive(expression)

    def _evaluate(self, formula: Formula, state: Mapping[str, Linear]) -> Formula:
        def atom(part: Atom) -> Formula:
            match part:
                case IsSet(name):
                    return Truth(self._known(name, state).constant == 1)
                case IsValue(name, value):
                    return Truth(self._known(name, state).constant == value)
                case Positive(expression):
                    return self._positive(self._value(expression, state))
                case Zero(expression):
                    return zero(self._value(expression, state))

        return rewrite(formula, atom)


def _placement(create: Create, values: Mapping[str, Linear]) -> tuple[tuple[str, Linear], ...]:
    """The states that the block's `populate` fills, in its order, then those that are still unborn."""
    populates = (node.operation for node in create.path.nodes if isinstance(node.operation, Populate))
    filled = [state for populate in populates for _, state in populate.parts]
    points = [resting(state).name for state in dict.fromkeys([*filled, "unborn"])]
    return tuple((point, values.get(point, number(0))) for point in points)
