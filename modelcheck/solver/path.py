"""Solves one run as a formula: for which values of the parameters, and in which configurations, does it happen?

Along a run every count is a linear expression in the parameters and everything else is a constant, so what is left
are conditions on the parameters; together with the admitted configurations Z3 solves them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import z3

from modelcheck.semantics.system import Sort, StateVariable, System
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
    conjunction,
    holds_in,
    negate,
    positive,
    rewrite,
    substitute,
    value_in,
    zero,
)
from modelcheck.solver.encode import Encoder


@dataclass(frozen=True)
class SymbolicRun:
    """A run with one parameter left open: the state before every transition, and what has to hold for each to be taken.

    `states` has one more entry than `transitions`. `conditions[i]` is over the parameter; `initial` is the condition
    of the initial case, `ending` that of the hazard at the end, which is `ending_in_general` over the system's
    variables.
    """

    transitions: tuple[int, ...]
    states: tuple[Mapping[str, Linear], ...]
    initial: Formula
    conditions: tuple[Formula, ...]
    ending: Formula
    ending_in_general: Formula


def symbolic_run(
    system: System,
    guard: Formula,
    values: Mapping[str, Linear],
    transitions: Sequence[int],
    hazard: int,
    in_state: bool,
) -> SymbolicRun:
    """Run the transitions from an initial case (`guard`, `values`); the last one meets hazard number `hazard`.

    For a hazard of a state (`in_state`) all transitions are taken, and the state hazard holds after them.
    """
    taken = tuple(transitions if in_state else transitions[:-1])
    states = [dict(values)]
    conditions = []
    for t in taken:
        conditions.append(_evaluate(_taken(system, t), states[-1]))
        states.append(_next(system, t, states[-1]))
    if in_state:
        general = system.state_hazards[hazard].condition
    else:
        last = system.transitions[transitions[-1]]
        earlier = (negate(case.condition) for case in last.hazards[:hazard])
        general = conjunction(last.guard, *earlier, last.hazards[hazard].condition)
    return SymbolicRun(taken, tuple(states), guard, tuple(conditions), _evaluate(general, states[-1]), general)


def _taken(system: System, t: int) -> Formula:
    transition = system.transitions[t]
    return conjunction(transition.guard, *(negate(case.condition) for case in transition.hazards))


def _next(system: System, t: int, state: Mapping[str, Linear]) -> dict[str, Linear]:
    new = {name: value.substitute(state) for name, value in system.transitions[t].updates}
    return {**state, **new}


def _evaluate(formula: Formula, state: Mapping[str, Linear]) -> Formula:
    def atom(part: IsSet | IsValue | Positive | Zero) -> Formula:
        match part:
            case IsSet(name):
                return Truth(state[name].constant == 1)
            case IsValue(name, value):
                return Truth(state[name].constant == value)
            case Positive(expression):
                return positive(expression.substitute(state))
            case Zero(expression):
                return zero(expression.substitute(state))

    return rewrite(formula, atom)


@dataclass(frozen=True)
class PathAnswer:
    """For which values of the parameter a run happens: from `low`, to `high` (None: without end).

    `contiguous` is False if there are gaps in between. `repeated` is a part of the run, as positions from and to,
    that has to be repeated once more for each value above `low`.
    """

    low: int
    high: int | None
    contiguous: bool
    repeated: tuple[int, int] | None = None


def parameter_range(
    system: System, run: SymbolicRun, parameter: str, value: int, interval: tuple[int, int | None]
) -> PathAnswer:
    """For which values in `interval` does the run happen, as it is or with a part of it repeated? It does for
    `value`."""
    low, high = interval
    as_it_is = _range(conjunction(run.initial, *run.conditions, run.ending), parameter, low, high)
    if as_it_is.contiguous and as_it_is.high == high:
        return as_it_is
    sample = _OneMore(system, run, parameter, value) if high is None or high > value else None
    for begin, end in _repeatable(system, run):
        if sample is not None and not sample.happens(begin, end):
            continue
        if _holds_repeated(system, run, begin, end, parameter, value, high):
            return PathAnswer(value, high, True, (begin, end))
    return as_it_is


def guard_range(guard: Formula, parameter: str, interval: tuple[int, int | None]) -> PathAnswer:
    """For which values in `interval` does a condition on the parameter hold? It does for some."""
    return _range(guard, parameter, *interval)


def _range(formula: Formula, parameter: str, low: int, high: int | None) -> PathAnswer:
    """Where a formula over one parameter holds, between `low` and `high`; it does somewhere.

    Between two values at which an atom may change its truth nothing changes, so it is enough to look at those.
    """
    beyond = max(_turns(formula), default=low) + 2
    last = max(beyond, low) if high is None else high
    looked_at = sorted({low, last, *(n for turn in _turns(formula) for n in (turn, turn + 1) if low <= n <= last)})
    truths = [_true_at(formula, {parameter: n}) for n in looked_at]
    first = truths.index(True)
    final = len(truths) - 1 - truths[::-1].index(True)
    endless = high is None and final == len(truths) - 1
    return PathAnswer(looked_at[first], None if endless else _upto(looked_at, final), all(truths[first : final + 1]))


def _upto(looked_at: Sequence[int], final: int) -> int:
    """The last value that is like number `final` of those looked at."""
    return looked_at[final] if final + 1 == len(looked_at) else looked_at[final + 1] - 1


def _turns(formula: Formula) -> Iterator[int]:
    """Values of the only parameter next to which the truth of some atom may change: at `v`, or from `v` to `v + 1`."""
    match formula:
        case Positive(expression) | Zero(expression):
            for _, coefficient in expression.terms:
                turn = -expression.constant // coefficient
                yield from (turn - 1, turn, turn + 1)
        case Negation(operand):
            yield from _turns(operand)
        case And(operands) | Or(operands):
            for part in operands:
                yield from _turns(part)
        case _:
            pass


def _repeatable(system: System, run: SymbolicRun) -> Iterator[tuple[int, int]]:
    """Parts of the run in which all in all at most one actor moves, shorter ones first, as positions from and to."""
    labels = [system.transitions[t].label for t in run.transitions]
    for size in range(1, len(labels) + 1):
        for begin in range(len(labels) - size, -1, -1):
            moved: Counter[str] = Counter()
            for label in labels[begin : begin + size]:
                moved[label.source] -= 1
                moved[label.target] += 1
            if sum(amount != 0 for amount in moved.values()) <= 2:
                yield begin, begin + size


def _true_at(formula: Formula, values: Mapping[str, int]) -> bool:
    return substitute(formula, {name: Linear(value) for name, value in values.items()}) == Truth(True)


class _OneMore:
    """The run for one table more than it was found with, in numbers: most parts that might be repeated fail there,
    which is cheaper to see than to prove."""

    def __init__(self, system: System, run: SymbolicRun, parameter: str, value: int) -> None:
        given = {parameter: value + 1}
        self._system = system
        self._run = run
        self._states = [{name: value_in(v, given) for name, v in state.items()} for state in run.states]
        self._taken = {t: _taken(system, t) for t in run.transitions}
        failing = (i for i, condition in enumerate(run.conditions) if not holds_in(condition, given))
        self._possible = next(failing, len(run.conditions)) if holds_in(run.initial, given) else -1

    def happens(self, begin: int, end: int) -> bool:
        """Does it, with `transitions[begin:end]` run twice?"""
        if end > self._possible:
            return False
        transitions = self._run.transitions
        state = dict(self._states[end])
        for t in (*transitions[begin:end], *transitions[end:]):
            if not holds_in(self._taken[t], state):
                return False
            state.update([(name, value_in(v, state)) for name, v in self._system.transitions[t].updates])
        return holds_in(self._run.ending_in_general, state)


def _drift(system: System, run: SymbolicRun, begin: int, end: int) -> Mapping[str, int] | None:
    """How running this part once more changes every variable; None if that depends on the parameter or changes other
    than counts."""
    before = run.states[end]
    after: Mapping[str, Linear] = before
    for t in run.transitions[begin:end]:
        after = _next(system, t, after)
    drift = {}
    for variable in system.variables:
        if variable.name not in before:
            continue
        difference = after[variable.name] - before[variable.name]
        if difference.terms or (difference.constant and variable.sort in (Sort.BOOLEAN, Sort.ENUMERATION)):
            return None
        drift[variable.name] = difference.constant
    return drift if any(drift.values()) else None


_ROUND = "round"


def _holds_repeated(
    system: System, run: SymbolicRun, begin: int, end: int, parameter: str, value: int, high: int | None
) -> bool:
    """With `transitions[begin:end]` run once more for each table above `value`, does the run happen for every value
    above it?"""
    drift = _drift(system, run, begin, end)
    if drift is None:
        return False
    start = run.states[end]
    rounds = {_ROUND: Linear(0, ((_ROUND, 1),))}
    here: dict[str, Linear] = {n: v + rounds[_ROUND].scaled(drift.get(n, 0)) for n, v in start.items()}
    repeated = []
    for t in run.transitions[begin:end]:
        repeated.append(_evaluate(_taken(system, t), here))
        here = _next(system, t, here)
    extra = Linear(-value, ((parameter, 1),))
    state = {n: v + extra.scaled(drift.get(n, 0)) for n, v in start.items()}
    after = []
    for t in run.transitions[end:]:
        after.append(_evaluate(_taken(system, t), state))
        state = _next(system, t, state)
    once = conjunction(
        run.initial, *run.conditions[:end], *after, _evaluate(run.ending_in_general, state)
    )
    if not all(_true_at(once, {parameter: n}) for n in (value + 1, value + 2)):
        return False
    if not all(_true_at(part, {parameter: value + 2, _ROUND: i}) for i in (0, 1) for part in repeated):
        return False
    # One small question about two numbers, with no limit on the work: a context of its own would cost more than it.
    context = z3.main_ctx()
    encoder = Encoder(
        [StateVariable(parameter, Sort.PARAMETER, parameter), StateVariable(_ROUND, Sort.COUNT, _ROUND)], context
    )
    size, number = encoder.terms[parameter], encoder.terms[_ROUND]
    limits = [size >= value, *([size <= high] if high is not None else [])]
    solver = z3.Solver(ctx=context)
    # Said, because it would be the limit that anything else set last.
    solver.set("rlimit", 0)
    solver.add(*limits, number >= 0)
    within = number <= size - value - 1
    solver.add(
        z3.Or(z3.Not(encoder.formula(once)), z3.And(within, z3.Not(encoder.formula(conjunction(*repeated)))))
    )
    return bool(solver.check() == z3.unsat)
