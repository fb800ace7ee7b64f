"""A system with every count replaced by two Booleans, "at least one" and "at least two", as Horn clauses.

This allows for more than the system does, and has finitely many states. An invariant of it is one of the system, over
`count >= 1` and `count >= 2`. Conservation laws are put in first: a dependent count is a sum, and is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelcheck.semantics import smtlib
from modelcheck.semantics.horn import Argument, Horn, Rule
from modelcheck.semantics.system import InitialCase, Sort, System, Transition
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
    positive,
    substitute,
    var,
    variables_of,
)
from modelcheck.semantics.unrolling import Danger, taken

TOP = 2
"""Counts are told apart up to this number."""


def over_booleans(
    system: System, eliminated: Mapping[str, Linear], lemmas: Sequence[Formula], hazards: Iterable[Danger]
) -> Horn:
    """The Boolean reading. `eliminated`: dependent counts by the others; `lemmas` hold in every reachable state."""
    return _Reading(system, eliminated, lemmas).horn(hazards)


@dataclass(frozen=True)
class _Both:
    """A formula over the Booleans that holds wherever the original must hold, and one wherever it may."""

    must: str
    may: str

    def negated(self) -> _Both:
        return _Both(_not(self.may), _not(self.must))


def _not(text: str) -> str:
    return {"true": "false", "false": "true"}.get(text) or f"(not {text})"


def _and(parts: Iterable[str]) -> str:
    kept = [part for part in dict.fromkeys(parts) if part != "true"]
    return "false" if "false" in kept else smtlib.conjunction(kept)


def _or(parts: Iterable[str]) -> str:
    kept = [part for part in dict.fromkeys(parts) if part != "false"]
    return "true" if "true" in kept else smtlib.disjunction(kept)


class _Reading:
    def __init__(self, system: System, eliminated: Mapping[str, Linear], lemmas: Sequence[Formula]) -> None:
        self.system = system
        self.eliminated = eliminated
        self.lemmas = tuple(lemmas)
        self.counts = [
            v.name for v in system.variables if v.sort in (Sort.COUNT, Sort.PARAMETER) and v.name not in eliminated
        ]
        self.values = {v.name: len(v.values) for v in system.variables if v.sort is Sort.ENUMERATION}
        self.flags = [v.name for v in system.variables if v.sort is Sort.BOOLEAN]
        self.known = _and([*self._domains(), *(self._read(lemma).may for lemma in lemmas)])

    def horn(self, hazards: Iterable[Danger]) -> Horn:
        rules = [self._initial(case) for case in self.system.initial]
        rules.extend(self._rule(number, t) for number, t in enumerate(self.system.transitions) if t.updates)
        bodies = tuple(_and([self.known, self._read(danger.condition).may]) for danger in hazards)
        return Horn(tuple(self._arguments()), tuple(rules), tuple(body for body in bodies if body != "false"))

    # ------------------------------------------------------------------------------------------- the Booleans

    def _arguments(self) -> Iterator[Argument]:
        for name in self.counts:
            yield from (Argument(_least(name, n), positive(var(name) - (n - 1))) for n in range(1, TOP + 1))
        for name, size in self.values.items():
            yield from (Argument(_value(name, n), IsValue(name, n)) for n in range(size))
        for name in self.flags:
            yield Argument(name, IsSet(name))

    def _domains(self) -> Iterator[str]:
        for name in self.counts:
            yield from self._ordered(name)
        for name, size in self.values.items():
            symbols = [smtlib.symbol(_value(name, n)) for n in range(size)]
            yield _or(symbols)
            yield from (f"(not (and {a} {b}))" for i, a in enumerate(symbols) for b in symbols[i + 1 :])

    def _ordered(self, name: str) -> Iterator[str]:
        yield from (f"(=> {self._at_least(name, n + 1)} {self._at_least(name, n)})" for n in range(1, TOP))

    def _at_least(self, name: str, n: int) -> str:
        return "true" if n <= 0 else smtlib.symbol(_least(name, n))

    # --------------------------------------------------------------------------------------------- formulas

    def _read(self, formula: Formula) -> _Both:
        return self._plain(substitute(formula, self.eliminated))

    def _plain(self, formula: Formula) -> _Both:
        match formula:
            case Truth(value):
                text = "true" if value else "false"
                return _Both(text, text)
            case IsSet(name):
                return _Both(smtlib.symbol(name), smtlib.symbol(name))
            case IsValue(name, value):
                symbol = smtlib.symbol(_value(name, value))
                return _Both(symbol, symbol)
            case Positive(expression):
                return self._positive(expression)
            case Zero(expression):
                above, below = self._positive(expression), self._positive(expression.scaled(-1))
                return _Both(_and([_not(above.may), _not(below.may)]), _and([_not(above.must), _not(below.must)]))
            case Negation(operand):
                return self._plain(operand).negated()
            case And(operands):
                parts = [self._plain(part) for part in operands]
                return _Both(_and(p.must for p in parts), _and(p.may for p in parts))
            case Or(operands):
                parts = [self._plain(part) for part in operands]
                return _Both(_or(p.must for p in parts), _or(p.may for p in parts))

    def _positive(self, expression: Linear) -> _Both:
        """`expression >= 1`; nothing is known of it where counts of both signs occur."""
        if all(c > 0 for _, c in expression.terms):
            return self._sum_at_least(expression, 1 - expression.constant)
        if all(c < 0 for _, c in expression.terms):
            return self._sum_at_least(expression.scaled(-1), expression.constant).negated()
        return _Both("false", "true")

    def _sum_at_least(self, expression: Linear, least: int) -> _Both:
        """The terms of the expression, without its constant, add up to `least`."""
        if least <= 0:
            return _Both("true", "true")
        ways = ["true", *["false"] * TOP]
        for name, coefficient in expression.terms:
            # From the largest total down, so that each term is added once.
            for reached in range(TOP, 0, -1):
                before = [ways[reached]]
                for n in range(1, TOP + 1):
                    before.append(_and([ways[max(0, reached - n * coefficient)], self._at_least(name, n)]))
                ways[reached] = _or(before)
        if least <= TOP:
            return _Both(ways[least], ways[least])
        # A count of "at least two" may be as large as it likes.
        most = TOP - 1
        limit = sum(coefficient * most for _, coefficient in expression.terms)
        many = _or(self._at_least(name, TOP) for name, _ in expression.terms)
        return _Both("false", ways[TOP] if limit >= least else many)

    # ------------------------------------------------------------------------------------------------ rules

    def _rule(self, number: int, transition: Transition) -> Rule:
        head: dict[str, str] = {}
        fresh: list[str] = []
        conditions = [self.known, self._read(taken(transition)).may]
        for name, value in transition.updates:
            if name in self.eliminated:
                continue
            if name in self.values:
                new = {_value(name, n): str(n == value.constant).lower() for n in range(self.values[name])}
                head.update(new)
            elif name in self.flags:
                head[name] = "true" if value.constant else "false"
            else:
                self._count(name, value.substitute(self.eliminated), f"{number} {name}", head, fresh, conditions)
        return Rule(_and(conditions), tuple(head.items()), fresh=tuple(fresh))

    def _count(
        self, name: str, value: Linear, key: str, head: dict[str, str], fresh: list[str], conditions: list[str]
    ) -> None:
        """The new Booleans of a count: where the old ones do not say, anything between must and may."""
        following = "true"
        for n in range(TOP, 0, -1):
            answer = self._positive(value - (n - 1))
            if answer.must == answer.may:
                text = answer.must
            else:
                guess = f"any {n} {key}"
                fresh.append(guess)
                text = smtlib.symbol(guess)
                conditions.append(_or([_not(answer.must), text]))
                conditions.append(_or([answer.may, _not(text)]))
            head[_least(name, n)] = text
            if n < TOP and (text.startswith("|any") or following.startswith("|any")):
                conditions.append(_or([_not(following), text]))
            following = text

    def _initial(self, case: InitialCase) -> Rule:
        """Values follow from the parameters, which here have Booleans of their own even where laws eliminate them."""
        values = dict(case.values)
        parameters = [v.name for v in self.system.variables if v.sort is Sort.PARAMETER]
        gone = [name for name in parameters if name in self.eliminated]
        parts = [self._plain(case.guard).may]
        parts.extend(self._plain(fact).may for fact in self.lemmas if set(variables_of(fact)) <= set(parameters))
        parts.extend(part for name in gone for part in self._ordered(name))
        for name in self.counts:
            for n in range(1, TOP + 1) if name in values else ():
                answer = self._positive(values[name] - (n - 1))
                parts.append(_or([_not(answer.must), self._at_least(name, n)]))
                parts.append(_or([answer.may, _not(self._at_least(name, n))]))
        for name, size in self.values.items():
            symbols = [smtlib.symbol(_value(name, n)) for n in range(size)]
            parts.extend(s if n == values[name].constant else _not(s) for n, s in enumerate(symbols))
        for name in self.flags:
            symbol = smtlib.symbol(name)
            parts.append(symbol if values[name].constant else _not(symbol))
        fresh = tuple(_least(name, n) for name in gone for n in range(1, TOP + 1))
        return Rule(_and([self.known, *parts]), (), True, fresh)


def _least(name: str, n: int) -> str:
    return f"{name} >= {n}"


def _value(name: str, n: int) -> str:
    return f"{name} = {n}"
