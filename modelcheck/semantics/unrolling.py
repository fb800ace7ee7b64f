"""Several steps of a system in a row as SMT-LIB 2 text: one copy of the variables for every state on the way.

`functions` defines what is said of one state (`initial`, `hazard`) and of two that follow each other (`step`), each
over all variables; the methods apply them to the copies. Which transition was taken from a state to the next is a
Boolean for each, so that a model tells the run. Steps that change nothing are left out: no shortest way to anywhere
takes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from modelcheck.semantics import smtlib
from modelcheck.semantics.system import Sort, StateVariable, System, Transition
from modelcheck.semantics.terms import NO, Formula, conjunction, disjunction, negate

LEAK = "leak"
"""The path at whose door a hazard of a state is laid."""


@dataclass(frozen=True)
class Danger:
    """In states where `condition` holds, transition number `transition` meets its hazard number `hazard`.

    A `transition` of -1 stands for the state itself: `hazard` is then an index into the system's state hazards.
    """

    transition: int
    hazard: int
    condition: Formula


def dangers(system: System, counts: Callable[[str, str], Formula]) -> tuple[Danger, ...]:
    """Every hazard, with the states in which it is the first that its transition meets.

    `counts(rule, path)` says in which states a hazard is looked for; those that never are, are left out.
    """
    found: list[Danger] = []
    for t, transition in enumerate(system.transitions):
        earlier: list[Formula] = []
        for h, hazard in enumerate(transition.hazards):
            where = counts(hazard.rule, transition.label.path)
            found.append(Danger(t, h, conjunction(transition.guard, where, *earlier, hazard.condition)))
            earlier.append(negate(hazard.condition))
    for h, state_hazard in enumerate(system.state_hazards):
        found.append(Danger(-1, h, conjunction(counts(state_hazard.rule, LEAK), state_hazard.condition)))
    return tuple(danger for danger in found if danger.condition != NO)


def taken(transition: Transition) -> Formula:
    """Where the transition happens and meets no hazard."""
    return conjunction(transition.guard, *(negate(hazard.condition) for hazard in transition.hazards))


class Unrolling:
    """The text for one system and the dangers that are looked for. States are numbered from 0."""

    def __init__(self, system: System, looked_for: Iterable[Danger]) -> None:
        self.system = system
        self.moving = tuple(t for t, transition in enumerate(system.transitions) if transition.updates)
        self._changing = tuple(v for v in system.variables if v.sort is not Sort.PARAMETER)
        self.functions = (self._initial(), self._step(), self._hazard(looked_for))

    # ------------------------------------------------------------------------------------------- the copies

    def parameters(self) -> Iterator[str]:
        """The variables that all states have in common."""
        yield from (smtlib.declare(v) for v in self.system.variables if v.sort is Sort.PARAMETER)

    def declarations(self, state: int) -> Iterator[str]:
        """The variables of a state but for parameters, and, but for state 0, which step led there."""
        for variable in self._changing:
            yield f"(declare-const {self.name(variable, state)} {smtlib.sort_name(variable)})"
        if state:
            yield from (f"(declare-const {self.choice(t, state)} Bool)" for t in self.moving)

    def name(self, variable: StateVariable, state: int) -> str:
        """The symbol of a variable in a state."""
        return smtlib.symbol(variable.name if variable.sort is Sort.PARAMETER else f"{variable.name} at {state}")

    def choice(self, t: int, state: int) -> str:
        """The symbol that says that transition `t` led to a state."""
        return smtlib.symbol(f"step {t} to {state}")

    def applied(self, function: str, state: int) -> str:
        """A function of one state (`initial`, `hazard`, or one that takes all variables in order)."""
        return _apply(function, [self.name(v, state) for v in self.system.variables])

    def step_to(self, state: int) -> str:
        """A step leads from the state before to this one."""
        before = [self.name(v, state - 1) for v in self.system.variables]
        after = [self.name(v, state) for v in self._changing]
        return _apply("step", [*(self.choice(t, state) for t in self.moving), *before, *after])

    def differ(self, one: int, other: int) -> str:
        """Two states are not the same."""
        pairs = ((self.name(v, one), self.name(v, other)) for v in self._changing)
        return smtlib.disjunction(f"(not (= {a} {b}))" for a, b in pairs)

    # ---------------------------------------------------------------------------------------- the functions

    def _over_variables(self, name: str, body: str) -> str:
        parameters = " ".join(smtlib.parameter(v) for v in self.system.variables)
        return f"(define-fun {name} ({parameters}) Bool\n  {body})"

    def _initial(self) -> str:
        kinds = {v.name: v.sort for v in self.system.variables}
        cases = []
        for case in self.system.initial:
            values = [
                f"(= {smtlib.symbol(name)} {smtlib.new_value(self.system, name, value)})"
                for name, value in case.values
                if kinds.get(name) not in (None, Sort.PARAMETER)
            ]
            cases.append(smtlib.conjunction([smtlib.formula(case.guard), *values]))
        return self._over_variables("initial", smtlib.disjunction(cases))

    def _hazard(self, looked_for: Iterable[Danger]) -> str:
        return self._over_variables("hazard", smtlib.formula(disjunction(*(d.condition for d in looked_for))))

    def _step(self) -> str:
        chosen = {t: smtlib.symbol(f"step {t}") for t in self.moving}
        after = {v.name: smtlib.symbol(f"{v.name}'") for v in self._changing}
        parameters = " ".join(
            [
                *(f"({choice} Bool)" for choice in chosen.values()),
                *(smtlib.parameter(v) for v in self.system.variables),
                *(f"({after[v.name]} {smtlib.sort_name(v)})" for v in self._changing),
            ]
        )
        parts = [smtlib.disjunction(chosen.values())]
        parts.extend(f"(not (and {a} {b}))" for a, b in combinations(chosen.values(), 2))
        changing: dict[str, list[str]] = {v.name: [] for v in self._changing}
        for t, choice in chosen.items():
            transition = self.system.transitions[t]
            new = [smtlib.formula(taken(transition))]
            for name, value in transition.updates:
                new.append(f"(= {after[name]} {smtlib.new_value(self.system, name, value)})")
                changing[name].append(choice)
            parts.append(f"(=> {choice} {smtlib.conjunction(new)})")
        for name, choices in changing.items():
            parts.append(smtlib.disjunction([*choices, f"(= {after[name]} {smtlib.symbol(name)})"]))
        return f"(define-fun step ({parameters}) Bool\n  {smtlib.conjunction(parts)})"


def _apply(function: str, arguments: list[str]) -> str:
    return f"({function} {' '.join(arguments)})" if arguments else function
