"""Breadth-first search over concrete counts: the shortest run to each hazard, for given values of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modelcheck.engine.codegen import changed, concrete, concrete_test
from modelcheck.semantics.system import CreationHazard, InitialCase, Sort, System
from modelcheck.semantics.terms import Linear, Truth, substitute, total

State = tuple[int, ...]
Successors = tuple[list[tuple[int, State]], list[tuple[int, int, State]]]
"""Transitions and the states after them; and the hazards met: transition, hazard, state."""
_Step = Callable[[State, list[tuple[int, State]], list[tuple[int, int, State]], dict[int, State]], None]
"""Takes every step from a state; says last of each transition in which state it was taken first."""


@dataclass(frozen=True)
class Run:
    """A run to a hazard: how the page was created, the transitions taken, and which hazard the last of them meets.

    `hazard` is an index into the last transition's hazards, or into the system's state hazards where `in_state`; for
    a hazard of the creation itself `creation` is set and the rest is empty.
    """

    parameters: tuple[tuple[str, int], ...]
    initial: InitialCase | None
    transitions: tuple[int, ...]
    hazard: int
    in_state: bool
    creation: CreationHazard | None = None


@dataclass(frozen=True)
class Site:
    """What runs are collected for: a rule and the way in by which it is broken."""

    rule: str
    path: str


@dataclass(frozen=True)
class Walk:
    """Steps that can be taken one after the other, from a page that was created so, without meeting a hazard."""

    parameters: tuple[tuple[str, int], ...]
    initial: InitialCase
    transitions: tuple[int, ...]


@dataclass(frozen=True)
class SearchResult:
    """The shortest run to every site within the bounds. `exhausted`: all states within the bounds were seen.

    `walks` are the shortest ones to the steps that were asked for; each takes its step last.
    """

    runs: tuple[tuple[Site, Run], ...]
    states: int
    depth: int
    exhausted: bool
    walks: tuple[Walk, ...]


class ExplicitSearch:
    """The concrete transition relation of one system, compiled."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.index = {v.name: i for i, v in enumerate(system.variables)}
        self._step = self._compile()
        self._busy = self._compile_busy()

    def search(
        self,
        parameters: Mapping[str, int],
        *,
        limit: int,
        busy: int | None = None,
        wanted: frozenset[Site] | None = None,
        steps: frozenset[str] = frozenset(),
    ) -> SearchResult:
        """Search until every wanted site (None: any number of sites) has a run, or `limit` states were seen.

        `busy` bounds how many actors and readers are on a CPU at a time. `steps` of the model, by their keys, are
        looked for as well.
        """
        parents: dict[State, tuple[State | None, int]] = {}
        origin: dict[State, InitialCase] = {}
        frontier: list[State] = []
        for case, state in self._initial(parameters):
            if state not in parents:
                parents[state] = (None, -1)
                origin[state] = case
                frontier.append(state)
        found: dict[Site, Run] = {}
        fired: dict[int, State] = {}
        walks: list[Walk] = []
        left = set(steps)
        depth = known = 0
        given = tuple(sorted(parameters.items()))
        busy_of = self._busy
        exhausted = True
        while frontier:
            hits: list[tuple[int, int, State]] = []
            following: list[State] = []
            out: list[tuple[int, State]] = []
            for state in frontier:
                out.clear()
                self._step(state, out, hits, fired)
                for t, successor in out:
                    if successor not in parents and (busy is None or busy_of(successor) <= busy):
                        parents[successor] = (state, t)
                        following.append(successor)
            for t, h, state in hits:
                site = self._site(t, h)
                if site not in found:
                    path = self._path(parents, state)
                    last = () if t < 0 else (t,)
                    found[site] = Run(given, origin[path[0]], (*path[1], *last), h, t < 0)
            for t, state in [*fired.items()][known:] if left else ():
                if not left.isdisjoint(keys := self.system.transitions[t].label.keys):
                    left.difference_update(keys)
                    path = self._path(parents, state)
                    walks.append(Walk(given, origin[path[0]], (*path[1], t)))
            known = len(fired)
            depth += 1
            frontier = following
            if wanted is not None and wanted <= found.keys() and not left:
                exhausted = not frontier
                break
            if len(parents) > limit:
                exhausted = False
                break
        return SearchResult(tuple(found.items()), len(parents), depth, exhausted, tuple(walks))

    def initial_states(self, parameters: Mapping[str, int]) -> list[State]:
        """Every initial state for these values of the parameters."""
        return [state for _, state in self._initial(parameters)]

    def initial_state(self, run: Run) -> State | None:
        """The state in which a run begins; None for a run that ends in the creation."""
        for case, state in self._initial(dict(run.parameters)):
            if case == run.initial:
                return state
        return None

    def successors(self, state: State) -> Successors:
        """What can happen in a state."""
        out: list[tuple[int, State]] = []
        hits: list[tuple[int, int, State]] = []
        self._step(state, out, hits, {})
        return out, hits

    def _site(self, t: int, h: int) -> Site:
        if t < 0:
            return Site(self.system.state_hazards[h].rule, "leak")
        transition = self.system.transitions[t]
        return Site(transition.hazards[h].rule, transition.label.path)

    @staticmethod
    def _path(parents: Mapping[State, tuple[State | None, int]], state: State) -> tuple[State, tuple[int, ...]]:
        taken: list[int] = []
        while True:
            before, t = parents[state]
            if before is None:
                return state, tuple(reversed(taken))
            taken.append(t)
            state = before

    def _initial(self, parameters: Mapping[str, int]) -> list[tuple[InitialCase, State]]:
        given = {n: Linear(v) for n, v in parameters.items()}
        states = []
        for case in self.system.initial:
            if substitute(case.guard, given) != Truth(True):
                continue
            values = dict(case.values)
            state = []
            for variable in self.system.variables:
                value = given.get(variable.name)
                state.append((value or values[variable.name].substitute(given)).constant)
            states.append((case, tuple(state)))
        return states

    # ---------------------------------------------------------------------------------------- code generation

    def _compile(self) -> _Step:
        lines = ["def step(s, out, hits, fired):"]
        for t, transition in enumerate(self.system.transitions):
            lines.append(f" if {concrete_test(transition.guard, self.index)}:")
            word = "if"
            for h, hazard in enumerate(transition.hazards):
                lines.append(f"  {word} {concrete_test(hazard.condition, self.index)}: hits.append(({t},{h},s))")
                word = "elif"
            indent = "  "
            if transition.hazards:
                lines.append("  else:")
                indent = "   "
            lines.append(f"{indent}fired.setdefault({t},s)")
            if transition.updates:
                new = {self.index[name]: concrete(value, self.index) for name, value in transition.updates}
                lines.append(f"{indent}{changed(new)};out.append(({t},n))")
        for h, hazard_state in enumerate(self.system.state_hazards):
            lines.append(f" if {concrete_test(hazard_state.condition, self.index)}: hits.append((-1,{h},s))")
        lines.append(" return")
        namespace: dict[str, object] = {}
        exec("\n".join(lines), namespace)
        return namespace["step"]  # type: ignore[return-value]

    def _compile_busy(self) -> Callable[[State], int]:
        at = [
            v.name
            for v in self.system.variables
            if v.sort is Sort.COUNT and (v.name.startswith("inside ") or (v.name.startswith("#") and _on_cpu(v.name)))
        ]
        return eval("lambda s: " + concrete(total(at), self.index))  # type: ignore[no-any-return]


def _on_cpu(point: str) -> bool:
    """A point inside a path, not waiting (see `semantics.points.Point.name`)."""
    return "." in point and " waiting" not in point
