"""Creation, run symbolically: nobody else knows the page before its tables exist, so nothing can come in between.

The state is a value for every variable, linear in the parameters; branches on parameters split cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelcheck.model.program import Choose, Create, GhostCounter, GhostFlag, Populate
from modelcheck.semantics import effects as fx
from modelcheck.semantics.effects import Context, effect_of
from modelcheck.semantics.flow import live_targets
from modelcheck.semantics.points import Point, after, node_of, started, waits
from modelcheck.semantics.system import CreationHazard, InitialCase
from modelcheck.semantics.terms import (
    NO,
    YES,
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


def run_creation(context: Context) -> Creation:
    """Run every `create` block up to the end of its `populate`, or to its end."""
    run = _Run(context)
    for create in context.lifecycle.creates:
        start = started(context.lifecycle, "creator", create.path.name, create.path.entry)
        run.go(create, start, {}, YES, (Move("start", "creator", create.name),), ())
    return Creation(tuple(run.cases), tuple(run.hazards))


class _Run:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.cases: list[CreationCase] = []
        self.hazards: list[CreationHazard] = []
        unborn = Point("table", "rest", "unborn").name
        self.before: dict[str, Linear] = {unborn: context.expression(context.lifecycle.tables)}
        for variable in context.lifecycle.variables:
            if isinstance(variable, GhostFlag | GhostCounter):
                self.before[variable.name] = number(int(variable.initial))

    def go(
        self,
        create: Create,
        point: Point,
        state: Mapping[str, Linear],
        guard: Formula,
        moves: tuple[Move, ...],
        keys: tuple[str, ...],
    ) -> None:
        """Run from `point`; `state` holds what differs from the state before."""
        if guard == NO:
            return
        if point.kind == "rest":
            self._finish(create, point, state, guard, moves, keys)
            return
        node = node_of(self.context.lifecycle, point)
        if waits(node):
            self._finish(create, point, state, guard, moves, keys)
            return
        effect = effect_of(self.context, node.operation, False, False)
        if isinstance(node.operation, Choose):
            effect.outcomes = [fx.Outcome(choice) for choice in range(len(node.targets))]
        key = f"{point.place}.{point.node}"
        for hazard in effect.hazards:
            hit = conjunction(guard, self._evaluate(hazard.condition, state))
            if hit != NO:
                self.hazards.append(
                    CreationHazard(
                        hazard.rule,
                        hit,
                        hazard.message,
                        hazard.field,
                        hazard.clobbered_by,
                        (*moves, Move("step", "creator")),
                        create.name,
                    )
                )
                guard = conjunction(guard, negate(self._evaluate(hazard.condition, state)))
        live = live_targets(node, self.context.storage.holds)
        for outcome in effect.outcomes:
            if outcome.choice < len(node.targets) and node.targets[outcome.choice] not in live:
                continue
            taken = conjunction(guard, self._evaluate(outcome.guard, state))
            following = dict(state)
            for name, value in outcome.updates.items():
                following[name] = self._value(value, state)
            target = after(self.context.lifecycle, point, node, outcome.choice)
            step = Move("step", "creator", choice=outcome.choice)
            arguments = (create, target, following, taken, (*moves, step), (*keys, key))
            if isinstance(node.operation, Populate) and not target.inner and taken != NO:
                self._finish(*arguments)
            else:
                self.go(*arguments)

    def _finish(
        self,
        create: Create,
        point: Point,
        state: Mapping[str, Linear],
        guard: Formula,
        moves: tuple[Move, ...],
        keys: tuple[str, ...],
    ) -> None:
        values = {**self.before, **state}
        placement = self._placement(create, values)
        if point.kind != "rest":
            values[point.name] = number(1)
        initial = InitialCase(guard, tuple(sorted(values.items())), moves, keys, create.name, placement)
        self.cases.append(CreationCase(initial, point))

    def _placement(self, create: Create, values: Mapping[str, Linear]) -> tuple[tuple[str, Linear], ...]:
        """The states that the block's `populate` fills, in its order, then those that are still unborn."""
        order = [
            state
            for node in create.path.nodes
            if isinstance(node.operation, Populate)
            for _, state in node.operation.parts
        ]
        points = [Point("table", "rest", state).name for state in dict.fromkeys([*order, "unborn"])]
        return tuple((p, values.get(p, number(0))) for p in points)

    def _lookup(self, name: str, state: Mapping[str, Linear]) -> Linear:
        if name in state:
            return state[name]
        if name in self.before:
            return self.before[name]
        return number(0)

    def _value(self, value: Linear, state: Mapping[str, Linear]) -> Linear:
        known = {n: self._lookup(n, state) for n, _ in value.terms if n not in self.context.parameters}
        return value.substitute(known)

    def _evaluate(self, formula: Formula, state: Mapping[str, Linear]) -> Formula:
        def atom(part: IsSet | IsValue | Positive | Zero) -> Formula:
            match part:
                case IsSet(name):
                    return Truth(self._lookup(name, state).constant == 1)
                case IsValue(name, value):
                    return Truth(self._lookup(name, state).constant == value)
                case Positive(expression):
                    return positive(self._value(expression, state))
                case Zero(expression):
                    return zero(self._value(expression, state))

        return rewrite(formula, atom)
