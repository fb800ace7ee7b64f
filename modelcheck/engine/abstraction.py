"""Reachability where every count is 0, 1 or many: an over-approximation for any number of tables.

What it cannot reach, no number of tables reaches. What it reaches may be an artefact; then a concrete run decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from modelcheck.engine.codegen import (
    GREATEST,
    LEAST,
    MANY,
    SOME,
    Bounds,
    SharedBounds,
    changed,
    is_exact,
    possible,
    tuple_at,
)
from modelcheck.engine.reduced import ReducedSystem
from modelcheck.semantics.system import Sort, StateVariable
from modelcheck.semantics.terms import YES, And, Formula, Linear, Zero, substitute, var

AbstractState = tuple[int, ...]
Trace = tuple[int, ...]
"""Transitions in the order in which they are taken."""
_HELD = re.compile(r"\bs\[([0-9]+)\]")
_Met = tuple[int, int, tuple[int, ...]]
_Parents = dict[AbstractState, tuple[AbstractState, int] | None]
Step = Callable[[AbstractState, dict[_Met, AbstractState], _Parents, list[AbstractState]], None]
"""Takes every step from a state: says which hazards may be met, and adds the states that are new to the parents and to
the list."""


@dataclass(frozen=True, order=True)
class HazardSite:
    """A hazard at a place: the rule, the way in, and which hazard of which transition (index -1: a state hazard).

    `flags` are the values of the system's `fixed` flags where it is met: in a family, which configurations these are.
    """

    rule: str
    path: str
    transition: int
    hazard: int
    flags: tuple[int, ...] = ()


@dataclass(frozen=True)
class AbstractReach:
    """Every abstract state, and which hazards may happen.

    `complete` is False if the limit was hit, or if `offending`, a hazard that was not allowed for, ended the search;
    `trace` leads to it.
    """

    states: tuple[AbstractState, ...]
    hazards: tuple[HazardSite, ...]
    complete: bool
    offending: HazardSite | None = None
    trace: tuple[int, ...] = ()


class Abstraction:
    """The abstract transition relation of one reduced system, compiled."""

    def __init__(self, system: ReducedSystem) -> None:
        self.system = system
        self.index = system.index()
        self._flags = tuple_at(self.index[name] for name in system.fixed)
        self._bounds = SharedBounds(self.index)
        self._equal: dict[Linear, tuple[Linear, ...]] = {}
        self._admitted = self._compile_bounds()
        self._step = self._compile()

    def initial_states(self) -> list[AbstractState]:
        """The abstract states of every initial case and every value of the parameters."""
        found: dict[AbstractState, None] = {}
        intervals = dict(self.system.parameters)
        names = sorted(intervals)
        # Beyond a few, the value of a parameter no longer shows in {0, 1, many}.
        spans = []
        for name in names:
            low, high = intervals[name].low, intervals[name].high
            top = low + 6 if high is None else min(high, low + 6)
            spans.append(range(low, top + 1))
        choices = [dict(zip(names, choice, strict=True)) for choice in product(*spans)]
        for case in self.system.original.initial:
            values = dict(case.values)
            begins = [
                (variable, values.get(variable.name) or var(variable.name)) for variable in self.system.variables
            ]
            plain = [abstract_value(self.system, variable, value.constant) for variable, value in begins]
            open_ = [(i, variable, value) for i, (variable, value) in enumerate(begins) if value.terms]
            for choice in choices:
                if case.guard != YES:
                    parameters = {n: Linear(v) for n, v in choice.items()}
                    if substitute(case.guard, parameters) != YES:
                        continue
                state = list(plain)
                for i, variable, value in open_:
                    number = value.constant + sum(factor * choice[name] for name, factor in value.terms)
                    state[i] = abstract_value(self.system, variable, number)
                found[tuple(state)] = None
        return list(found)

    def reach(self, limit: int, allowed: Callable[[HazardSite, Trace], bool] = lambda *_: True) -> AbstractReach:
        """Breadth-first from the initial states; stops at `limit` states, or at a hazard that is not `allowed`.

        `allowed` is asked once for every hazard, and is shown the transitions that lead to it.
        """
        frontier = [s for s in self.initial_states() if self._admitted(s)]
        parents: _Parents = dict.fromkeys(frontier)
        hazards: dict[_Met, AbstractState] = {}
        known = 0
        step = self._step
        sites: list[HazardSite] = []
        while frontier and len(parents) <= limit:
            following: list[AbstractState] = []
            for state in frontier:
                step(state, hazards, parents, following)
                if len(hazards) > known:
                    for (t, h, flags), where in list(hazards.items())[known:]:
                        sites.append(self._site(t, h, flags))
                        trace = (*_trace(parents, where), *((t,) if t >= 0 else ()))
                        if not allowed(sites[-1], trace):
                            return AbstractReach(tuple(parents), tuple(sites), False, sites[-1], trace)
                    known = len(hazards)
            frontier = following
        return AbstractReach(tuple(parents), tuple(sites), not frontier)

    def _site(self, t: int, h: int, flags: tuple[int, ...]) -> HazardSite:
        if t < 0:
            return HazardSite(self.system.original.state_hazards[h].rule, "leak", t, h, flags)
        transition = self.system.transitions[t]
        return HazardSite(transition.hazards[h].rule, transition.label.path, t, h, flags)

    # ---------------------------------------------------------------------------------------- code generation

    def _compile(self) -> Step:
        lines = [f" flags = {self._flags}", " add = following.append"]
        for t, transition in enumerate(self.system.transitions):
            if not transition.hazards and not transition.updates:
                continue
            body = []
            indent = ""
            for h, hazard in enumerate(transition.hazards):
                met = f"hazards.setdefault(({t},{h},flags),s)"
                body.append(f"{indent}if {self._possible(hazard.condition)}: {met}")
                exact = is_exact(hazard.condition)
                body.append(indent + ("else:" if exact else f"if {self._possible(hazard.condition, wanted=False)}:"))
                indent += " "
            body.extend(
                indent + line for line in self._successors(t, transition.updates, self._exact(transition.guard))
            )
            lines.append(f" if {self._possible(transition.guard)}:")
            lines.extend("  " + line for line in body)
        values = self.system.eliminated()
        for h, hazard_state in enumerate(self.system.original.state_hazards):
            condition = substitute(hazard_state.condition, values)
            lines.append(f" if {self._possible(condition)}: hazards.setdefault((-1,{h},flags),s)")
        namespace: dict[str, object] = {
            "L": LEAST,
            "H": GREATEST,
            "values": _values,
            "coarse": _coarse_values,
            "admitted": self._admitted,
        }
        head = [*self._bounds.functions, "def step(s, hazards, parents, following):", f" {self._bounds.reset}"]
        # What a state holds is read so often that it is better unpacked first.
        if self.system.variables:
            head.append(f" {','.join(f's{i}' for i in range(len(self.system.variables)))}, = s")
        exec("\n".join([*head, _HELD.sub(r"s\1", "\n".join(lines))]), namespace)
        return namespace["step"]  # type: ignore[return-value]

    def _possible(self, formula: Formula, wanted: bool = True) -> str:
        return possible(formula, self._bounds, wanted, self._equals)

    def _equals(self, expression: Linear) -> tuple[Linear, ...]:
        """What laws over points alone make of a sum: "those who still hold it" is "all but those who do not"."""
        found = self._equal.get(expression)
        if found is None:
            found = self._equal[expression] = tuple(self._by_laws(expression))
        return found

    def _by_laws(self, expression: Linear) -> Iterator[Linear]:
        names = {name for name, _ in expression.terms}
        for bound in self.system.bounds:
            if bound.minimum == bound.maximum and len(names) > 1:
                known = bound.expression - bound.minimum
                shared = {expression.coefficient(n) * c for n, c in known.terms if n in names}
                if len(shared) == 1:
                    factor = next(iter(shared))
                    yield expression - known.scaled(factor)

    def _exact(self, guard: Formula) -> dict[str, str]:
        """Counts that a guard `sum == constant` pins to their lower bounds, where the bounds already add up to it."""
        pinned: dict[str, str] = {}
        for part in guard.operands if isinstance(guard, And) else (guard,):
            if isinstance(part, Zero) and part.expression.terms and all(c > 0 for _, c in part.expression.terms):
                test = f"{self._bounds.lower(part.expression)}==0"
                pinned.update((name, test) for name, _ in part.expression.terms)
        return pinned

    def _successors(self, t: int, updates: tuple[tuple[str, Linear], ...], exact: dict[str, str]) -> list[str]:
        if not updates:
            return ["pass"]
        new: dict[int, str] = {}
        loops: list[str] = []
        for name, value in updates:
            i = self.index[name]
            if not value.terms:
                new[i] = str(abstract_value(self.system, self.system.variables[i], value.constant))
            elif value == var(name) + 1:
                new[i] = str(SOME) if name in self.system.coarse else f"(1,2,2)[s[{i}]]"
            elif value == var(name) - 1:
                new[i] = f"v{i}"
                loops.append(f"for v{i} in {self._one_less(name, exact)}:")
            else:
                new[i] = f"v{i}"
                table = "coarse" if name in self.system.coarse else "values"
                loops.append(f"for v{i} in {table}({self._bounds.lower(value)},{self._bounds.upper(value)}):")
        lines = []
        indent = ""
        for loop in loops:
            lines.append(indent + loop)
            indent += " "
        lines.append(indent + changed(new))
        lines.append(f"{indent}if n not in parents and admitted(n): parents[n] = (s,{t}); add(n)")
        return lines

    def _one_less(self, name: str, exact: dict[str, str]) -> str:
        i = self.index[name]
        if name in self.system.coarse:
            table, least = f"((),(),(),(0,{SOME}))[s[{i}]]", "(0,)"
        else:
            table, least = f"((),(0,),(1,2))[s[{i}]]", f"(s[{i}]-1,)"
        return f"({least} if s[{i}] and {exact[name]} else {table})" if name in exact else table

    def _compile_bounds(self) -> Callable[[AbstractState], bool]:
        tests = []
        bounds = Bounds(self.index)
        for bound in self.system.bounds:
            tests.append(f"{bounds.upper(bound.expression)}>={bound.minimum}")
            if bound.maximum is not None:
                tests.append(f"{bounds.lower(bound.expression)}<={bound.maximum}")
        source = "lambda s: " + (" and ".join(tests) or "True")
        return eval(source, {"L": LEAST, "H": GREATEST})  # type: ignore[no-any-return]


def _trace(parents: _Parents, state: AbstractState) -> tuple[int, ...]:
    taken = []
    while (before := parents[state]) is not None:
        state, t = before
        taken.append(t)
    return tuple(reversed(taken))


def _values(low: int, high: int) -> Iterable[int]:
    """The abstract counts that a concrete count between `low` and `high` may have."""
    return tuple(v for v in (0, 1) if low <= v <= high) + ((MANY,) if high >= MANY else ())


def _coarse_values(low: int, high: int) -> Iterable[int]:
    return ((0,) if low <= 0 <= high else ()) + ((SOME,) if high >= 1 else ())


def abstract_value(system: ReducedSystem, variable: StateVariable, value: int) -> int:
    """What a concrete value is in the abstraction."""
    if variable.sort not in (Sort.COUNT, Sort.PARAMETER):
        return value
    if variable.name in system.coarse:
        return SOME if value else 0
    return min(value, MANY)
