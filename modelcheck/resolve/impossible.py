"""Leaves out of a life cycle what it took over with `like` and no admitted configuration has.

A template says what becomes of a table where there are huge pages, and on an architecture without them nothing of
that can happen, which is no fault of the architecture's file. What a life cycle says itself is never left out, so that
a step that cannot happen there is noticed (as VACUOUS).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeGuard

from modelcheck.configurations.space import Space
from modelcheck.model.conditions import TRUE, All, Any, Condition, Not
from modelcheck.model.guards import Guard, GuardAll, GuardAny, GuardNot, InConfiguration
from modelcheck.model.operations import Branch, Skip
from modelcheck.model.program import End, Lifecycle, Node, Path, Target, ToNode, ToPath, ToState
from modelcheck.model.unit import Unit
from modelcheck.model.variables import Counter, Value, Variable
from modelcheck.resolve.checks import states_of
from modelcheck.resolve.fields import FieldTable
from modelcheck.resolve.merge import ItemKey

_Admitted = Callable[[Condition], bool]


def without_impossible(unit: Unit, own: Mapping[str, frozenset[ItemKey]], table: FieldTable) -> Unit:
    """The unit without states, paths, branches and fields that were taken over and that no configuration has.

    `own` are the keys of what each life cycle says itself, by its name. A proposed life cycle of which nothing that the
    proposal replaces is left is left out as a whole.
    """
    space = Space.of(unit)
    if not space.allows(TRUE):
        return unit
    answers: dict[Condition, bool] = {}

    def admitted(condition: Condition) -> bool:
        if condition not in answers:
            answers[condition] = space.allows(condition)
        return answers[condition]

    def reduced(lifecycle: Lifecycle) -> Lifecycle:
        mine = own.get(lifecycle.name, frozenset())
        return _Reduction(lifecycle, mine, table, admitted).result() if _takes_over(lifecycle, mine) else lifecycle

    proposed = [(before, reduced(before)) for before in unit.proposed]
    return replace(
        unit,
        lifecycles=tuple(reduced(lifecycle) for lifecycle in unit.lifecycles),
        proposed=tuple(after for before, after in proposed if after.replaced or not before.replaced),
    )


def _takes_over(lifecycle: Lifecycle, own: frozenset[ItemKey]) -> bool:
    keys = [("state", s.name) for s in lifecycle.states] + [("path", p.name) for p in lifecycle.paths]
    return any(key not in own for key in keys)


class _Reduction:
    """What can be reached in one life cycle: forward from its creation, its actions, and all that is its own."""

    def __init__(self, lifecycle: Lifecycle, own: frozenset[ItemKey], table: FieldTable, admitted: _Admitted) -> None:
        self.lifecycle = lifecycle
        self.own = own
        self.table = table
        self.admitted = admitted
        self.states: set[str] = set()
        self.paths: set[str] = set()
        self.nodes: dict[str, set[int]] = {}
        self._walk()

    def result(self) -> Lifecycle:
        """The life cycle with what can be reached."""
        cycle = self.lifecycle
        kept = replace(
            cycle,
            states=tuple(
                replace(state, transitions=tuple(t for t in state.transitions if self._there(t.target)))
                for state in cycle.states
                if state.name in self.states
            ),
            paths=tuple(self._path(p, f"path {p.name}") for p in cycle.paths if p.name in self.paths),
            creates=tuple(replace(c, path=self._path(c.path, f"create {c.name}")) for c in cycle.creates),
            actions=tuple(replace(a, path=self._path(a.path, f"action {a.name}")) for a in cycle.actions),
            replaced=tuple(name for name in cycle.replaced if name in self.paths),
        )
        taken_over = [v for v in cycle.variables if self._is_taken_over(v)]
        named: set[str] = set()
        if taken_over:
            _collect_names(replace(kept, variables=()), named)
        left_out = [v for v in taken_over if v.name not in named and not self._has_its_field(v)]
        return replace(kept, variables=tuple(v for v in cycle.variables if v not in left_out))

    # ------------------------------------------------------------------------------------------------- walking

    def _walk(self) -> None:
        cycle = self.lifecycle
        states = {s.name: s for s in cycle.states}
        paths = {p.name: p for p in cycle.paths}
        waiting: list[Target] = [ToState(s.name) for s in cycle.states if ("state", s.name) in self.own]
        waiting += [ToPath(p.name) for p in cycle.paths if ("path", p.name) in self.own]
        for create in cycle.creates:
            waiting += self._through(create.path, f"create {create.name}", ("create", create.name) in self.own)
        for action in cycle.actions:
            kind = "environment" if action.environment else "action"
            waiting += self._through(action.path, f"action {action.name}", (kind, action.name) in self.own)
        while waiting:
            match waiting.pop():
                case ToState(name) if name in states and name not in self.states:
                    self.states.add(name)
                    all_of_it = ("state", name) in self.own
                    waiting += [t.target for t in states[name].transitions if all_of_it or self._may(t.guard, True)]
                case ToPath(name) if name in paths and name not in self.paths:
                    self.paths.add(name)
                    waiting += self._through(paths[name], f"path {name}", ("path", name) in self.own)
                case _:
                    pass

    def _through(self, path: Path, key: str, all_of_it: bool) -> Iterator[Target]:
        """The nodes of a path that some configuration has; yields where it leads."""
        seen = self.nodes.setdefault(key, set())
        inside: list[Target] = [path.entry]
        if all_of_it:
            inside += [ToNode(index) for index in range(len(path.nodes))]
        while inside:
            target = inside.pop()
            if not isinstance(target, ToNode):
                yield target
            elif target.index not in seen:
                seen.add(target.index)
                node = path.nodes[target.index]
                yield from (ToState(name) for name in states_of(node))
                inside += node.targets if all_of_it else self._ways(node)

    def _ways(self, node: Node) -> list[Target]:
        match node.operation:
            case Branch(guard):
                outcomes = zip(node.targets, (True, False), strict=True)
                return [target for target, outcome in outcomes if self._may(guard, outcome)]
            case _:
                return list(node.targets)

    def _may(self, guard: Guard, outcome: bool) -> bool:
        condition = _needed(guard, outcome)
        return condition == TRUE or self.admitted(All((self.lifecycle.condition, condition)))

    # ------------------------------------------------------------------------------------------------- cutting

    def _there(self, target: Target) -> bool:
        match target:
            case ToPath(name):
                return name in self.paths
            case ToState(name):
                return name in self.states or all(name != s.name for s in self.lifecycle.states)
            case _:
                return True

    def _path(self, path: Path, key: str) -> Path:
        seen = self.nodes[key]
        return replace(
            path,
            nodes=tuple(
                replace(
                    node,
                    operation=node.operation if index in seen else Skip(),
                    targets=tuple(t if self._there(t) else End() for t in node.targets)[: None if index in seen else 1],
                )
                for index, node in enumerate(path.nodes)
            ),
        )

    def _is_taken_over(self, variable: Variable) -> TypeGuard[Counter | Value]:
        return isinstance(variable, Counter | Value) and all(name != variable.name for _, name in self.own)

    def _has_its_field(self, variable: Counter | Value) -> bool:
        """Does some configuration have the field that the variable is?"""
        present = Any(tuple(f.condition for f in self.table.find(variable.field)))
        return present == Any(()) or self.admitted(All((self.lifecycle.condition, present)))


def _needed(guard: Guard, outcome: bool) -> Condition:
    """What the configuration must be like for the guard to have this outcome, whatever else it depends on."""
    match guard:
        case InConfiguration(condition):
            return condition if outcome else Not(condition)
        case GuardNot(operand):
            return _needed(operand, not outcome)
        case GuardAll(operands) | GuardAny(operands):
            parts = tuple(_needed(operand, outcome) for operand in operands)
            return All(parts) if isinstance(guard, GuardAll) == outcome else Any(parts)
        case _:
            return TRUE


def _collect_names(part: object, found: set[str]) -> None:
    """Add everything that a resolved program speaks of by a name."""
    if isinstance(part, str):
        found.add(part)
    elif isinstance(part, tuple | frozenset):
        for each in part:
            _collect_names(each, found)
    elif is_dataclass(part):
        for field in fields(part):
            if field.name not in ("span", "text", "citation"):
                _collect_names(getattr(part, field.name), found)
