"""Bounded search in Z3: all runs of so many steps at once, for all values of the parameters at once.

The explicit search is faster where few tables are enough; here their number is a variable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelcheck.semantics import smtlib
from modelcheck.semantics.system import Sort, System
from modelcheck.semantics.terms import Formula, holds_in, value_in
from modelcheck.semantics.unrolling import Danger, Unrolling
from modelcheck.solver.commands import GaveUpError
from modelcheck.solver.session import Session


@dataclass(frozen=True)
class BoundedRun:
    """A run that the solver found: `danger` is met after (for a hazard of a state) or in the step after `transitions`.

    `initial` is the number of the initial case, or, where `in_creation`, that of the creation hazard it meets.
    """

    parameters: tuple[tuple[str, int], ...]
    initial: int
    transitions: tuple[int, ...]
    danger: Danger | None
    in_creation: bool = False


@dataclass(frozen=True)
class BoundedAnswer:
    """A run, or none: then no danger is met within `depth` steps (-1: not even that is known).

    `spent` is in Z3's units of work; `reason` says why the search ended before the depth that was asked for, if it did.
    """

    run: BoundedRun | None
    depth: int
    spent: int
    reason: str


def bounded_search(
    system: System,
    lemmas: Sequence[Formula],
    looked_for: Sequence[Danger],
    creation: Sequence[int],
    *,
    depth: int,
    rlimit: int,
) -> BoundedAnswer:
    """The shortest run to one of the dangers or creation hazards (by number), with the least parameters that it has.

    `lemmas` are over the system's variables and hold in every reachable state (parameters' bounds among them).
    """
    search = _Search(system, lemmas, looked_for, rlimit)
    try:
        run = search.creation(creation) or search.run(depth)
    except GaveUpError as failure:
        return BoundedAnswer(None, search.depth, search.spent, f"Z3 gave up at depth {search.depth + 1}: {failure}")
    return BoundedAnswer(run, search.depth, search.spent, "")


class _Search:
    def __init__(self, system: System, lemmas: Sequence[Formula], looked_for: Sequence[Danger], rlimit: int) -> None:
        self.system = system
        self.dangers = tuple(looked_for)
        self.unrolling = Unrolling(system, looked_for)
        self.parameters = [v for v in system.variables if v.sort is Sort.PARAMETER]
        self.depth = -1
        self._rlimit = rlimit
        self._session = Session(rlimit)
        facts = [*smtlib.typing(system.variables), *(smtlib.formula(lemma) for lemma in lemmas)]
        over = " ".join(smtlib.parameter(v) for v in system.variables)
        self._session.tell([f"(define-fun known ({over}) Bool {smtlib.conjunction(facts)})", *self.unrolling.functions])

    @property
    def spent(self) -> int:
        return self._session.spent

    # -------------------------------------------------------------------------------------------- creation

    def creation(self, wanted: Sequence[int]) -> BoundedRun | None:
        """A hazard that the creation itself meets."""
        for number in wanted:
            session = Session(self._rlimit)
            session.tell(smtlib.declare(v) for v in self.parameters)
            session.tell(f"(assert {fact})" for fact in smtlib.typing(self.parameters))
            found = self._least(session, smtlib.formula(self.system.creation_hazards[number].guard))
            if found is not None:
                return BoundedRun(found, number, (), None, True)
        return None

    # ------------------------------------------------------------------------------------------------- runs

    def run(self, depth: int) -> BoundedRun | None:
        unrolling = self.unrolling
        session = self._session
        if not self.dangers:
            self.depth = depth
            return None
        session.tell(unrolling.parameters())
        for state in range(depth + 1):
            session.tell(unrolling.declarations(state))
            leads = unrolling.step_to(state) if state else unrolling.applied("initial", 0)
            session.tell([f"(assert {unrolling.applied('known', state)})", f"(assert {leads})"])
            parameters = self._least(session, unrolling.applied("hazard", state))
            if parameters is not None:
                return self._read(state, parameters)
            self.depth = state
        return None

    def _least(self, session: Session, goal: str) -> tuple[tuple[str, int], ...] | None:
        """The least values of the parameters for which the goal can hold; the session then has a model for them."""
        if not session.satisfiable(goal):
            session.forget()
            return None
        limits: list[str] = []
        found: list[tuple[str, int]] = []
        for variable in self.parameters:
            symbol = smtlib.symbol(variable.name)
            best = session.values([symbol])[variable.name]
            low = variable.minimum
            while low < best:
                middle = (low + best) // 2
                session.forget()
                if session.satisfiable(goal, *limits, f"(<= {symbol} {smtlib.numeral(middle)})"):
                    best = session.values([symbol])[variable.name]
                else:
                    low = middle + 1
            limits.append(f"(= {symbol} {smtlib.numeral(best)})")
            found.append((variable.name, best))
            session.forget()
            session.satisfiable(goal, *limits)
        return tuple(sorted(found))

    def _read(self, last: int, parameters: tuple[tuple[str, int], ...]) -> BoundedRun:
        unrolling = self.unrolling
        symbols = [unrolling.choice(t, state) for state in range(1, last + 1) for t in unrolling.moving]
        model = self._session.values(symbols)
        transitions = tuple(
            t for state in range(1, last + 1) for t in unrolling.moving if model[unrolling.choice(t, state).strip("|")]
        )
        at_end = self._state(last)
        danger = next(d for d in self.dangers if holds_in(d.condition, at_end))
        return BoundedRun(parameters, self._initial(self._state(0)), transitions, danger)

    def _state(self, state: int) -> Mapping[str, int]:
        names = {v.name: self.unrolling.name(v, state) for v in self.system.variables}
        model = self._session.values(names.values())
        return {name: model[symbol.strip("|")] for name, symbol in names.items()}

    def _initial(self, state: Mapping[str, int]) -> int:
        for number, case in enumerate(self.system.initial):
            values = ((value, state[name]) for name, value in case.values if name in state)
            if holds_in(case.guard, state) and all(value_in(value, state) == is_ for value, is_ in values):
                return number
        raise GaveUpError("the model begins in no initial case")
