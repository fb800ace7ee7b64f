"""Conservation laws: linear combinations of the counters that no step changes.

They are the null space of the transition matrix. A law such as `pt_frag_refcount = cached + installed + ...` is what
makes the proofs work for any number of tables: the dependent counter is written as a sum and disappears.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from modelcheck.semantics.system import Sort, System
from modelcheck.semantics.terms import Linear, var


@dataclass(frozen=True)
class ConservationLaw:
    """`dependent == expression` in every reachable state; `expression` does not mention any law's dependent."""

    dependent: str
    expression: Linear

    @property
    def difference(self) -> Linear:
        """The law as an expression that is always zero."""
        return var(self.dependent) - self.expression


_ONE = "1"


def conservation_laws(system: System) -> tuple[ConservationLaw, ...]:
    """Every linear invariant with integer coefficients whose dependent variable has coefficient one.

    Dependents are chosen so that fields and parameters are expressed by where the tables are. Laws whose reduced form
    has fractions are left out.
    """
    counts = [v.name for v in system.variables if v.sort is Sort.COUNT]
    parameters = [v.name for v in system.variables if v.sort is Sort.PARAMETER]
    order = _preference(counts, parameters)
    index = {name: i for i, name in enumerate([*order, _ONE])}
    rows = list(_constraints(system, index))
    basis = _null_space(rows, len(index))
    return tuple(_as_laws(basis, [*order, _ONE], set(counts) | set(parameters)))


def _preference(counts: Iterable[str], parameters: Iterable[str]) -> list[str]:
    """Dependents first: fields, then the rest, with parameters after fields and program points last."""
    counts = list(counts)
    fields = sorted(n for n in counts if not n.startswith("#"))
    points = sorted(n for n in counts if n.startswith("#"))
    return [*fields, *sorted(parameters), *points]


def _constraints(system: System, index: Mapping[str, int]) -> Iterable[dict[int, int]]:
    """Rows that a law's coefficients must be orthogonal to.

    For a step: `sum_v w_v * (new_v - v)` vanishes for every state, so its coefficient at each variable does. For an
    initial case: `sum_v w_v * value_v` vanishes for every value of the parameters.
    """
    seen: set[tuple[tuple[int, int], ...]] = set()
    for changes in _changes(system, index):
        by_monomial: dict[str, dict[int, int]] = {}
        for name, difference in changes:
            for monomial, coefficient in (*difference.terms, (_ONE, difference.constant)):
                if coefficient:
                    by_monomial.setdefault(monomial, {})[index[name]] = coefficient
        for row in by_monomial.values():
            key = tuple(sorted(row.items()))
            if key not in seen:
                seen.add(key)
                yield row


def _changes(system: System, index: Mapping[str, int]) -> Iterable[list[tuple[str, Linear]]]:
    for transition in system.transitions:
        yield [(name, value - var(name)) for name, value in transition.updates if name in index]
    for case in system.initial:
        parameters = [(v.name, var(v.name)) for v in system.variables if v.sort is Sort.PARAMETER]
        yield [
            *((name, value) for name, value in case.values if name in index),
            *parameters,
            (_ONE, Linear(1)),
        ]


def _null_space(rows: list[dict[int, int]], width: int) -> list[list[Fraction]]:
    """A basis of the vectors orthogonal to all rows."""
    pivots: dict[int, dict[int, Fraction]] = {}
    # Eliminate from the last column backwards: the free columns are then among the first, the preferred dependents.
    for row in rows:
        current = {i: Fraction(c) for i, c in row.items()}
        while current:
            lead = max(current)
            pivot = pivots.get(lead)
            if pivot is None:
                factor = current[lead]
                pivots[lead] = {i: c / factor for i, c in current.items()}
                break
            factor = current[lead]
            for i, c in pivot.items():
                value = current.get(i, Fraction(0)) - factor * c
                if value:
                    current[i] = value
                else:
                    current.pop(i, None)
    basis = []
    for free in (i for i in range(width) if i not in pivots):
        vector = [Fraction(0)] * width
        vector[free] = Fraction(1)
        for lead in sorted(pivots):
            if lead > free:
                vector[lead] = -sum((c * vector[i] for i, c in pivots[lead].items() if i != lead), Fraction(0))
        basis.append(vector)
    return basis


def _as_laws(basis: list[list[Fraction]], names: list[str], variables: set[str]) -> Iterable[ConservationLaw]:
    reduced = _reduce(basis)
    for lead, vector in reduced:
        if names[lead] not in variables:
            continue
        denominator = lcm(*(c.denominator for c in vector))
        if denominator != 1:
            continue
        expression = Linear()
        for i, coefficient in enumerate(vector):
            if i != lead and coefficient:
                amount = int(-coefficient)
                expression = expression + (amount if names[i] == _ONE else var(names[i]).scaled(amount))
        yield ConservationLaw(names[lead], expression)


def _reduce(basis: list[list[Fraction]]) -> list[tuple[int, list[Fraction]]]:
    """Reduced echelon form: each vector leads with a one in a column where every other has a zero."""
    remaining = [list(v) for v in basis]
    done: list[tuple[int, list[Fraction]]] = []
    width = len(basis[0]) if basis else 0
    for column in range(width):
        chosen = next((v for v in remaining if v[column]), None)
        if chosen is None:
            continue
        remaining.remove(chosen)
        factor = chosen[column]
        chosen = [c / factor for c in chosen]
        remaining = [_subtract(v, chosen, v[column]) for v in remaining]
        done = [(lead, _subtract(v, chosen, v[column])) for lead, v in done]
        done.append((column, chosen))
    return done


def _subtract(vector: list[Fraction], other: list[Fraction], factor: Fraction) -> list[Fraction]:
    return [a - factor * b for a, b in zip(vector, other, strict=True)] if factor else vector
