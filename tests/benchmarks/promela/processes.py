"""The processes of the Promela model: tables, the creation, actions, readers, the environment, and a watch for leaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelcheck.model.conditions import holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import (
    Action,
    Branch,
    CallRcu,
    End,
    GracePeriod,
    Lifecycle,
    Node,
    Path,
    Skip,
    Target,
    ToNode,
    ToPath,
    ToState,
)
from tests.benchmarks.promela.state import ALLOCATED, GONE, HANDS, Setting, Vocabulary, must
from tests.benchmarks.promela.steps import StepText
from tests.oracle.configurations import Configured

Place = tuple[str, int]


def promela(
    lifecycle: Lifecycle,
    configuration: Configured,
    constants: Mapping[str, int],
    tables: int,
    *,
    readers: int = 1,
    busy: int = 0,
) -> str:
    """The model.

    `readers` (1 to 8) is how many may be inside at the same time; `busy` how many tables may be in the hands of actors at the same
    time, 0: all of them. With a bound the model has fewer runs than the life cycle.
    """
    return _Model(Vocabulary(Setting(lifecycle, configuration, constants, tables, readers, busy))).text()


@dataclass(frozen=True)
class _Role:
    """Who runs the code: its process is over (`over`) or back at rest at the label `home`."""

    home: str
    over: str
    of_table: bool


class _Model:
    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.steps = StepText(words)
        self.paths = {f"path:{p.name}": p for p in words.lifecycle.paths}
        self.paths |= {f"create:{c.name}": c.path for c in words.lifecycle.creates}
        self.paths |= {f"action:{a.name}": a.path for a in words.lifecycle.actions}

    def text(self) -> str:
        # Actors come first, so that `_pid` is the number of an actor.
        parts = [
            *self.words.declarations(),
            *self.table(),
            *self.creation(),
            *(line for action in self.words.lifecycle.actions for line in self.action(action)),
            *self.readers(),
            *self.environment(),
            *self.leak(),
        ]
        return "\n".join(parts) + "\n"

    # ------------------------------------------------------------------------------------------------- actors

    def table(self) -> Iterator[str]:
        words, setting = self.words, self.words.setting
        role = _Role("rest", f"at[_pid] = {GONE}", True)
        entries: list[Place] = []
        options = []
        for state in words.lifecycle.states:
            for transition in state.transitions:
                when = f"at[_pid] == {words.where(state.name)} && {words.truth(transition.guard)}"
                if setting.busy:
                    when += f" && {words.count(HANDS)} < {setting.busy}"
                options.append(self.option(role, when, [], "", transition.target, False, entries))
        yield f"active [{setting.tables}] proctype Table()"
        yield from self.body(role, options, entries)

    def creation(self) -> Iterator[str]:
        role = _Role("rest", "creation = 2", False)
        entries: list[Place] = []
        options = [
            self.option(role, "creation == 0", [], f"create:{c.name}", c.path.entry, False, entries)
            for c in self.words.lifecycle.creates
        ]
        yield "active proctype Creation()"
        yield from self.body(role, options, entries)

    def action(self, action: Action) -> Iterator[str]:
        role = _Role("rest", f"a_{action.name} = {2 if action.once else 0}", False)
        entries: list[Place] = []
        option = self.option(role, self.may_begin(action), [], f"action:{action.name}", action.path.entry, False, entries)
        yield f"active proctype Action_{action.name}()"
        yield from self.body(role, [option], entries)

    def may_begin(self, action: Action) -> str:
        return f"creation == 2 && a_{action.name} == 0 && {self.words.truth(action.guard)}"

    def body(self, role: _Role, options: list[str], entries: list[Place]) -> Iterator[str]:
        """The block of a process: its rest, then every step that can be reached from there."""
        yield "{"
        yield from self.choice(f"{role.home}:", options)
        seen: set[Place] = set()
        while entries:
            place = entries.pop(0)
            if place not in seen:
                seen.add(place)
                yield from self.step(role, place, entries)
        yield "}"

    def choice(self, label: str, options: list[str]) -> Iterator[str]:
        yield f"{label} if"
        yield from (f"  :: {option}" for option in options or ["false"])
        yield "  fi;"

    def step(self, role: _Role, place: Place, entries: list[Place]) -> Iterator[str]:
        code, index = place
        node = self.paths[code].nodes[index]
        yield f"/* {code}: {node.text.replace('*/', '')} */"
        match node.operation:
            case CallRcu() | GracePeriod():
                free = "inside_atomic = 0" if self.words.has_atomic else ""
                queue = self.d_step(self.mine(), [*self.steps.queue(node), *([free] if free else [])])
                yield from self.choice(f"{_label(place)}:", [f"{queue} goto {_label(place, 'W')}"])
                after: list[str] = []
                target = node.targets[0] if node.targets else End()
                if isinstance(node.operation, CallRcu):
                    after, target = self.steps.call_back(node.operation.head), ToPath(node.operation.path)
                over = f"waits[_pid] == 0 && {self.mine()}"
                way = self.option(role, over, after, code, target, node.holds, entries)
                yield from self.choice(f"{_label(place, 'W')}:", [way])
            case _:
                yield from self.choice(
                    f"{_label(place)}:",
                    [
                        self.option(
                            role,
                            f"{self.mine()} && ({way.when})",
                            list(way.then),
                            code,
                            node.targets[way.target] if node.targets else End(),
                            node.holds,
                            entries,
                        )
                        for way in self.steps.ways(node, role.of_table)
                    ],
                )

    def mine(self) -> str:
        """Nobody else stands inside an atomic block."""
        return "(inside_atomic == 0 || inside_atomic == _pid + 1)" if self.words.has_atomic else "true"

    def option(
        self, role: _Role, when: str, then: list[str], code: str, target: Target, holds_on: bool, entries: list[Place]
    ) -> str:
        """One step with what follows: at which label the process is then."""
        begins = not then and not entries and False
        place, state, holds_on = self.follow(code, target, holds_on)
        landing: list[str] = []
        if place:
            entries.append(place)
            label = _label(place)
            landing += self.on_the_way(role, when)
        else:
            label = role.home
            landing.append(f"at[_pid] = {self.words.where(state)}" if state else role.over)
        if self.words.has_atomic:
            landing.append("inside_atomic = _pid + 1" if holds_on and place else "inside_atomic = 0")
        del begins
        return f"{self.d_step(when, [*then, *landing])} goto {label}"

    def on_the_way(self, role: _Role, when: str) -> list[str]:
        raise AssertionError
