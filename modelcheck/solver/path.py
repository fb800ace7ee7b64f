"""Solves one run as a formula: for which values of the parameters, and in which configurations, does it happen?

Along a run every count is a linear expression in the parameters and everything else is a constant, so what is left are conditions on
the parameters; together with the admitted configurations Z3 solves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import z3

from modelcheck.semantics.system import Sort, StateVariable, System
from modelcheck.semantics.terms import (
    Formula,
    IsSet,
    IsValue,
    Linear,
    Positive,
    Truth,
    Zero,
    conjunction,
    negate,
    positive,
    rewrite,
    variables_of,
    zero,
)
from modelcheck.solver.encode import Encoder


@dataclass(frozen=True)
class PathFormula:
    """What must hold of the parameters for a run to happen and end in its hazard."""

    parameters: tuple[str, ...]
    formula: Formula


def path_formula(
    system: System,
    guard: Formula,
    values: Mapping[str, Linear],
    transitions: Iterable[int],
    hazard: int,
    in_state: bool,
) -> PathFormula:
    """Run the transitions symbolically from an initial case (`guard`, `values`); the last one meets hazard number `hazard`.

    For a hazard of a state (`in_state`) all transitions are taken, and the state hazard holds after them.
    """
    state = dict(values)
    conditions = [guard]
    taken = list(transitions)
    for position, t in enumerate(taken):
        transition = system.transitions[t]
        conditions.append(_evaluate(transition.guard, state))
        last = position == len(taken) - 1 and not in_state
        for number, case in enumerate(transition.hazards):
            met = _evaluate(case.condition, state)
            if last and number == hazard:
                conditions.append(met)
                break
            conditions.append(negate(met))
        if last:
            break
        new = {name: value.substitute(state) for name, value in transition.updates}
        state.update(new)
    if in_state:
        conditions.append(_evaluate(system.state_hazards[hazard].condition, state))
    names = sorted({n for c in conditions for n in variables_of(c)})
    return PathFormula(tuple(names), conjunction(*conditions))


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
    """For which values of the one parameter that matters the run happens: from `low`, to `high` (None: without end).

    Both None for a run that no value admits. `contiguous` is False if Z3 found gaps in between.
    """

    low: int | None
    high: int | None
    contiguous: bool


def parameter_range(path: PathFormula, parameter: str, minimum: int) -> PathAnswer:
    """Least and greatest value of `parameter` for which the run happens, and whether every value in between does."""
    context = z3.Context()
    solver = z3.Optimize(ctx=context)
    names = set(path.parameters) | {parameter}
    terms = {n: z3.Int(n, context) for n in names}
    constraint = _encode(path.formula, terms, context)
    value = terms[parameter]
    solver.add(constraint, value >= minimum)
    solver.push()
    handle = solver.minimize(value)
    if solver.check() != z3.sat:
        return PathAnswer(None, None, True)
    low = solver.lower(handle).as_long()
    solver.pop()
    greatest = solver.maximize(value)
    solver.check()
    bound = solver.upper(greatest)
    high = bound.as_long() if z3.is_int_value(bound) else None
    checker = z3.Solver(ctx=context)
    checker.add(value >= low, z3.Not(constraint))
    if high is not None:
        checker.add(value <= high)
    return PathAnswer(low, high, checker.check() == z3.unsat)


def _encode(formula: Formula, terms: Mapping[str, z3.ArithRef], context: z3.Context) -> z3.BoolRef:
    encoder = Encoder([StateVariable(n, Sort.PARAMETER, n) for n in sorted(terms)], context)
    return encoder.formula(formula)
