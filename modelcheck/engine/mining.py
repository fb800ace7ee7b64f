"""Mines an inductive invariant out of the abstract reachable set.

The set itself is inductive, but thousands of cubes long. Asked for what is still missing, the solver shows a state
that breaks the candidate in one step; that state lies outside the set, so some small clause holds everywhere in the
set and not there. Clauses are added until nothing is missing. Nothing here has to be right for a verdict to be right:
the certificate is checked afterwards on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from modelcheck.engine.abstraction import AbstractReach, abstract_value
from modelcheck.engine.certificate import (
    Allowed,
    Invariant,
    invariant_facts,
    step_guard,
    unsafe_conditions,
    unsafe_state,
)
from modelcheck.engine.codegen import MANY, SOME
from modelcheck.engine.laws import ConservationLaw
from modelcheck.engine.reduced import ReducedSystem
from modelcheck.semantics.system import Sort, StateVariable, System
from modelcheck.semantics.terms import (
    NO,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Truth,
    conjunction,
    disjunction,
    negate,
    positive,
    var,
    variables_of,
    zero,
)
from modelcheck.solver.induction import Induction


@dataclass(frozen=True)
class _Literal:
    """A fact about one variable, with the abstract states in which it holds as a bit set."""

    formula: Formula
    states: int


class MiningError(Exception):
    """The solver showed a state that the abstraction reaches: the set explains nothing there."""


def mine_invariant(
    system: System,
    meaning: Mapping[str, Linear],
    reduced: ReducedSystem,
    reach: AbstractReach,
    allowed: frozenset[Allowed],
    *,
    rlimit: int,
) -> Invariant:
    """Clauses that make laws and clauses inductive and safe but for what is `allowed`, over `system`'s own variables.

    `meaning` says what the variables of `reduced` stand for.

    Raises:
        MiningError: the abstraction is not precise enough.
        GaveUpError: the solver's budget ran out.
    """
    if not reach.states:
        # No creation comes to an end for these values of the parameters.
        return Invariant(system, (), (Truth(False),), reduced.parameters, allowed)
    return _Miner(system, meaning, reduced, reach, allowed, rlimit).mine()


class _Miner:
    def __init__(
        self,
        system: System,
        meaning: Mapping[str, Linear],
        reduced: ReducedSystem,
        reach: AbstractReach,
        allowed: frozenset[Allowed],
        rlimit: int,
    ) -> None:
        self.reduced = reduced
        self.system = system
        self.meaning = meaning
        self.everything = (1 << len(reach.states)) - 1
        self.literals = self._literals(reach)
        self.clauses: list[Formula] = []
        laws = tuple(_in_terms_of(law, meaning) for law in reduced.laws)
        self.invariant = Invariant(self.system, laws, (), reduced.parameters, allowed)
        guards = [step_guard(t) for t in self.system.transitions]
        self.induction = Induction(self.system, invariant_facts(self.invariant), guards, rlimit)
        # The numbers of the clauses that each transition still has to be asked about.
        self.pending: list[list[int]] = [[] for _ in self.system.transitions]

    def mine(self) -> Invariant:
        for formula in self._dangers():
            while (state := self.induction.find(formula)) is not None:
                self._add_clause_against(state)
        busy = True
        while busy:
            busy = False
            for t in range(len(self.pending)):
                while self.pending[t]:
                    busy = True
                    state = self.induction.find_breaking(t, self.pending[t])
                    if state is None:
                        self.pending[t] = []
                    else:
                        self._add_clause_against(state)
        return replace(self.invariant, clauses=tuple(self.clauses))

    def _dangers(self) -> Iterator[Formula]:
        for transition in self.system.transitions:
            dangers = unsafe_conditions(self.invariant, transition)
            if dangers:
                yield conjunction(transition.guard, disjunction(*dangers))
        for hazard in self.system.state_hazards:
            danger = unsafe_state(self.invariant, hazard)
            if danger != NO:
                yield danger

    def _add_clause_against(self, state: Mapping[str, int]) -> None:
        clause = self._clause_against(state)
        self.clauses.append(clause)
        number = self.induction.assume(clause)
        touched = set(variables_of(clause))
        for t, transition in enumerate(self.system.transitions):
            if any(name in touched for name, _ in transition.updates):
                self.pending[t].append(number)

    # ------------------------------------------------------------------------------------------------ clauses

    def _clause_against(self, state: Mapping[str, int]) -> Formula:
        """A small clause that holds in the whole set and not in `state`."""
        options = [
            [self.literals[v.name, kind] for kind in _kinds(v, self._abstract(v, state), v.name in self.reduced.coarse)]
            for v in self.reduced.variables
        ]
        left = self.everything
        chosen: list[list[_Literal]] = []
        while left:
            # Each variable's options go from strongest to weakest; the strongest decides how much it excludes.
            best = min(options, key=lambda o: (left & o[0].states).bit_count())
            remaining = left & best[0].states
            if remaining == left:
                raise MiningError("a state that breaks the candidate is reachable in the abstraction")
            chosen.append(best)
            left = remaining
        kept = self._minimised(chosen)
        return disjunction(*(negate(literal.formula) for literal in kept))

    def _abstract(self, variable: StateVariable, state: Mapping[str, int]) -> int:
        meaning = self.meaning[variable.name]
        value = meaning.constant + sum(coefficient * state[name] for name, coefficient in meaning.terms)
        return abstract_value(self.reduced, variable, value)

    def _minimised(self, chosen: list[list[_Literal]]) -> list[_Literal]:
        """Drop what is not needed, then weaken what can be weakened."""
        current = [options[0] for options in chosen]
        index = 0
        while index < len(current):
            rest = self.everything
            for i, literal in enumerate(current):
                if i != index:
                    rest &= literal.states
            if rest == 0:
                del current[index], chosen[index]
                continue
            for weaker in reversed(chosen[index]):
                if rest & weaker.states == 0:
                    current[index] = weaker
                    break
            index += 1
        return current

    def _literals(self, reach: AbstractReach) -> Mapping[tuple[str, str], _Literal]:
        found: dict[tuple[str, str], _Literal] = {}
        for variable, column in zip(self.reduced.variables, zip(*reach.states, strict=True), strict=True):
            masks = {value: int(bytes(49 if v == value else 48 for v in column), 2) for value in set(column)}
            name = variable.name
            count = self.meaning[name]
            if _counts(variable):
                none, one, many, some = (masks.get(v, 0) for v in (0, 1, MANY, SOME))
                found[name, "=0"] = _Literal(zero(count), none)
                if name in self.reduced.coarse:
                    found[name, ">0"] = _Literal(positive(count), some)
                    continue
                found[name, "=1"] = _Literal(zero(count - 1), one)
                found[name, ">1"] = _Literal(positive(count - 1), many)
                found[name, ">0"] = _Literal(positive(count), one | many)
                found[name, "<2"] = _Literal(negate(positive(count - 1)), none | one)
            elif variable.sort is Sort.BOOLEAN:
                found[name, "set"] = _Literal(IsSet(name), masks.get(1, 0))
                found[name, "clear"] = _Literal(negate(IsSet(name)), masks.get(0, 0))
            else:
                for value in range(len(variable.values)):
                    found[name, str(value)] = _Literal(IsValue(name, value), masks.get(value, 0))
        return found


def _in_terms_of(law: ConservationLaw, meaning: Mapping[str, Linear]) -> ConservationLaw:
    """The law over the variables that the law's variables stand for."""
    difference = law.difference.substitute(meaning)
    dependent = next(name for name, coefficient in meaning[law.dependent].terms if coefficient)
    return ConservationLaw(dependent, var(dependent) - difference)


def _kinds(variable: StateVariable, value: int, coarse: bool) -> tuple[str, ...]:
    """The literals that hold of an abstract value, strongest first."""
    if _counts(variable):
        if coarse:
            return (">0",) if value else ("=0",)
        return (("=0", "<2"), ("=1", "<2", ">0"), (">1", ">0"))[value]
    if variable.sort is Sort.BOOLEAN:
        return ("set",) if value else ("clear",)
    return (str(value),)


def _counts(variable: StateVariable) -> bool:
    return variable.sort in (Sort.COUNT, Sort.PARAMETER)
