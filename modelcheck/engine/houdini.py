"""Houdini over small clauses of the model's own predicates, without ever writing all the candidates down.

A candidate is a clause (of literals such as: a count, or the count of a class of points, is 0, 1, at least 1, at
least 2; a flag; a value) that holds in every state known. At first these are states that were reached with few
tables. Only candidates that the proof asks for are looked at: the solver shows a state that is in the way, and a
candidate that excludes it joins the invariant. Where no candidate excludes it, every candidate has to live with it:
it becomes a known state, with what follows from it, and the clauses that it refutes go. What remains is inductive;
whether it is also safe is said with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from modelcheck.engine.certificate import Allowed, Invariant, allowed_where, invariant_facts, step_guard
from modelcheck.engine.codegen import concrete_test
from modelcheck.engine.coincidence import never_together
from modelcheck.engine.explicit import ExplicitSearch, State
from modelcheck.engine.laws import ConservationLaw
from modelcheck.engine.merging import coarsest_partition
from modelcheck.engine.reduced import Interval, parameter_intervals, small_parameters
from modelcheck.semantics.system import Sort, System
from modelcheck.semantics.terms import (
    Atom,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Positive,
    Zero,
    conjunction,
    disjunction,
    negate,
    positive,
    rewrite,
    total,
    var,
    variables_of,
    zero,
)
from modelcheck.semantics.unrolling import Danger, dangers
from modelcheck.solver.commands import GaveUpError
from modelcheck.solver.induction import Induction

_FOLLOWED = 100
"""How many states that follow from a state that cannot be excluded are made known with it."""


@dataclass(frozen=True)
class HoudiniAnswer:
    """An inductive invariant; `safe` if it also excludes every hazard that is not allowed for.

    `states` were known in the end, `questions` were put to the solver. `reason` says what is missing where it is not
    safe; `invariant` is None where the budget ended the search before anything was inductive.
    """

    invariant: Invariant | None
    safe: bool
    states: int
    questions: int
    reason: str


def houdini(
    system: System,
    laws: tuple[ConservationLaw, ...],
    parameters: Mapping[str, Interval],
    allowed: frozenset[Allowed],
    *,
    states: int,
    tables: int,
    questions: int,
    rlimit: int,
) -> HoudiniAnswer:
    """Look for clauses that are inductive together with the laws and exclude every hazard but the `allowed` ones.

    At most `states` states are reached for each of the `tables` smallest values of the parameters; at most `questions`
    are put to the solver, each within `rlimit`.
    """
    empty = Invariant(system, laws, (), parameter_intervals(system, parameters), allowed)
    search = _Houdini(empty, questions, rlimit)
    for values in small_parameters(empty.parameters, tables):
        if search.reach(values, states):
            return HoudiniAnswer(None, False, search.known, 0, "a hazard can be reached")
    try:
        return search.run()
    except GaveUpError as failure:
        return HoudiniAnswer(None, False, search.known, search.asked, f"Z3 gave up: {failure}")


@dataclass(frozen=True)
class _Clause:
    """The literals that must not all hold, by number, and the clause that says so."""

    literals: tuple[int, ...]
    formula: Formula


class _SpentError(Exception):
    """No more questions may be asked."""


class _Houdini:
    def __init__(self, empty: Invariant, questions: int, rlimit: int) -> None:
        self.empty = empty
        self.system = empty.system
        self.concrete = ExplicitSearch(self.system)
        self.guards = [step_guard(t) for t in self.system.transitions]
        self.literals = tuple(_literals(empty))
        tests = ",".join(f"1 if {concrete_test(literal, self.concrete.index)} else 0" for literal in self.literals)
        self.hazards = {
            (d.transition, d.hazard): eval(f"lambda s: {concrete_test(d.condition, self.concrete.index)}")
            for d in unallowed(empty)
        }
        self.evaluate: Callable[[State], tuple[int, ...]] = eval(f"lambda s: ({tests},)" if tests else "lambda s: ()")
        # For each literal the known states in which it holds, one bit a state.
        self.masks = [0] * len(self.literals)
        self.known = 0
        self._seen: set[State] = set()
        self.clauses: list[_Clause] = []
        self.left = questions
        self.limit = questions
        self.rlimit = rlimit
        self.given_up: set[int] = set()
        still = replace(self.system, transitions=())
        within = invariant_facts(replace(empty, laws=()))
        self.parameters = Induction(still, within, (), rlimit)
        self.beginnings = Induction(still, [*within, _initial(self.system)], (), rlimit)
        self._begin()

    @property
    def asked(self) -> int:
        return self.limit - self.left

    # ----------------------------------------------------------------------------------------- known states

    def reach(self, parameters: Mapping[str, int], limit: int) -> bool:
        """Make known what can be reached with these parameters, the nearest states first; is a hazard among it?"""
        return self._follow(self.concrete.initial_states(parameters), limit)

    def _follow(self, begin: Sequence[State], limit: int) -> bool:
        fresh = dict.fromkeys(state for state in begin if state not in self._seen)
        frontier = list(begin)
        hazardous = False
        while frontier and len(fresh) < limit:
            following = []
            for state in frontier:
                out, hits = self.concrete.successors(state)
                hazardous = hazardous or any(self._counts(t, h, state) for t, h, _ in hits)
                for _, successor in out:
                    if successor not in fresh and successor not in self._seen:
                        fresh[successor] = None
                        following.append(successor)
            frontier = following
        self._seen.update(fresh)
        self.known += len(fresh)
        columns = zip(*map(self.evaluate, fresh), strict=True)
        for number, column in enumerate(columns):
            self.masks[number] = self.masks[number] << len(fresh) | int("".join(map(str, column)), 2)
        return hazardous

    def _counts(self, t: int, h: int, state: State) -> bool:
        """Is this hazard to be excluded here?"""
        danger = self.hazards.get((t, h))
        return danger is not None and bool(danger(state))

    # -------------------------------------------------------------------------------------------- the search

    def run(self) -> HoudiniAnswer:
        try:
            if self._created_in_hazard():
                return self._answer(None, "a hazard can be reached")
            self._exclude_hazards()
            while not self._close():
                # What went may have been what kept a hazard out.
                self._exclude_hazards()
        except _SpentError:
            return self._answer(None, f"no inductive clauses within {self.limit} questions")
        clauses = tuple(clause.formula for clause in self.clauses)
        reason = "the small clauses that are inductive do not exclude every hazard" if self.given_up else ""
        return self._answer(replace(self.empty, clauses=clauses), reason)

    def _answer(self, invariant: Invariant | None, reason: str) -> HoudiniAnswer:
        return HoudiniAnswer(invariant, invariant is not None and not self.given_up, self.known, self.asked, reason)

    def _begin(self) -> None:
        """A solver that knows the clauses that are left."""
        self.induction = Induction(self.system, invariant_facts(self.empty), self.guards, self.rlimit)
        self.pending: list[list[int]] = [[] for _ in self.system.transitions]
        clauses, self.clauses = self.clauses, []
        for clause in clauses:
            self._assume(clause)

    def _assume(self, clause: _Clause) -> None:
        self.clauses.append(clause)
        number = self.induction.assume(clause.formula)
        touched = set(variables_of(clause.formula))
        for t, transition in enumerate(self.system.transitions):
            if any(name in touched for name, _ in transition.updates):
                self.pending[t].append(number)

    def _ask(self) -> None:
        if self.left <= 0:
            raise _SpentError
        self.left -= 1

    def _created_in_hazard(self) -> bool:
        for hazard in self.system.creation_hazards:
            happens = allowed_where(self.empty, hazard.rule, f"create {hazard.name}")
            self._ask()
            if self.parameters.find(conjunction(hazard.guard, negate(happens))) is not None:
                return True
        return False

    def _exclude_hazards(self) -> None:
        """Add clauses until every hazard is excluded or given up."""
        for number, danger in enumerate(unallowed(self.empty)):
            while number not in self.given_up:
                self._ask()
                state = self.induction.find(danger.condition)
                if state is None:
                    break
                if not self._exclude(self._tuple(state)):
                    self.given_up.add(number)

    def _exclude(self, state: State) -> bool:
        """Add a clause that holds in every known state and initially, and not in this one; False if there is none."""
        while (clause := self._clause_against(state)) is not None:
            self._ask()
            beginning = self.beginnings.find(negate(clause.formula))
            if beginning is None:
                self._assume(clause)
                return True
            self._follow([self._tuple(beginning)], _FOLLOWED)
        return False

    def _close(self) -> bool:
        """Add clauses until no step leaves the invariant; False if some had to go instead."""
        while any(self.pending):
            for t, pending in enumerate(self.pending):
                while pending:
                    self._ask()
                    state = self.induction.find_breaking(t, pending)
                    if state is None:
                        pending.clear()
                        continue
                    if not self._exclude(self._tuple(state)):
                        self._follow([self._tuple(state)], _FOLLOWED)
                        self.clauses = [c for c in self.clauses if not self._together(c.literals)]
                        self._begin()
                        return False
        return True

    def _tuple(self, state: Mapping[str, int]) -> State:
        return tuple(state[v.name] for v in self.system.variables)

    # --------------------------------------------------------------------------------------------- candidates

    def _together(self, literals: Sequence[int]) -> int:
        """The known states in which all these literals hold."""
        found = -1
        for literal in literals:
            found &= self.masks[literal]
        return found

    def _clause_against(self, state: State) -> _Clause | None:
        """A clause that holds in every known state and not in this one; None if there is none."""
        holding = [number for number, holds in enumerate(self.evaluate(state)) if holds]
        found = never_together([self.masks[number] for number in holding], self.known)
        if found is None:
            return None
        literals = tuple(holding[position] for position in found)
        return _Clause(literals, disjunction(*(negate(self.literals[number]) for number in literals)))


def _initial(system: System) -> Formula:
    """The initial states, for all values of the parameters."""
    kinds = {v.name: v.sort for v in system.variables if v.sort is not Sort.PARAMETER}

    def begins(name: str, value: Linear) -> Formula:
        if kinds[name] is Sort.BOOLEAN:
            return IsSet(name) if value.constant else negate(IsSet(name))
        return zero(var(name) - value)

    return disjunction(
        *(
            conjunction(case.guard, *(begins(name, value) for name, value in case.values if name in kinds))
            for case in system.initial
        )
    )


def unallowed(invariant: Invariant) -> tuple[Danger, ...]:
    """The hazards that the invariant has to exclude, but for those of creations."""
    return dangers(invariant.system, lambda rule, path: negate(allowed_where(invariant, rule, path)))


def _literals(invariant: Invariant) -> Iterator[Formula]:
    """The predicates, those that say most of a count first."""
    system = invariant.system
    members: dict[int, list[str]] = {}
    for point, number in coarsest_partition(system, invariant.laws).items():
        members.setdefault(number, []).append(point)
    counts = [total(points) for points in members.values() if len(points) > 1]
    counts += [var(v.name) for v in system.variables if v.sort is Sort.COUNT]
    counts += _sums_of(system)
    for count in dict.fromkeys(counts):
        yield from _of_count(count)
    for variable in system.variables:
        if variable.sort is Sort.BOOLEAN:
            yield IsSet(variable.name)
            yield negate(IsSet(variable.name))
        elif variable.sort is Sort.ENUMERATION:
            for value in range(len(variable.values)):
                yield IsValue(variable.name, value)
                yield negate(IsValue(variable.name, value))


def _sums_of(system: System) -> list[Linear]:
    """The sums that the model itself asks about, without their constants."""
    asked = [t.guard for t in system.transitions]
    asked += [h.condition for t in system.transitions for h in t.hazards]
    asked += [h.condition for h in system.state_hazards]
    found: dict[Linear, None] = {}

    def atom(part: Atom) -> Formula:
        match part:
            case Positive(expression) | Zero(expression):
                sign = -1 if all(c < 0 for _, c in expression.terms) else 1
                found[(expression - expression.constant).scaled(sign)] = None
        return part

    for formula in asked:
        rewrite(formula, atom)
    return list(found)


def _of_count(count: Linear) -> Iterator[Formula]:
    # "At most one" and "exactly one" are left out: of few tables they say much that is not so of many.
    yield positive(count)
    yield zero(count)
    yield positive(count - 1)
