"""The processes of the Promela model: tables, creation, actions, readers, the environment, a watch for leaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelcheck.model.conditions import holds
from modelcheck.model.operations import CallRcu, GracePeriod, Skip
from modelcheck.model.program import Action, End, Lifecycle, Node, Target, ToNode, ToPath, ToState, passed
from tests.benchmarks.promela.standing import BEGINNING, Spot, Standing
from tests.benchmarks.promela.state import ALLOCATED, GONE, HANDS, Setting, Vocabulary, must
from tests.benchmarks.promela.steps import StepText
from tests.oracle.configurations import Configured

Place = tuple[str, int, Standing]


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

    `readers` (1 to 8) is how many may be inside at the same time; `busy` how many tables may be in the hands of actors
    at the same time, 0: all of them. With a bound the model has fewer runs than the life cycle.
    """
    return _Model(Vocabulary(Setting(lifecycle, configuration, constants, tables, readers, busy))).text()


@dataclass(frozen=True)
class _Role:
    """Who runs the code, and the statements that say that it is on the way (`start`), and over (`over`)."""

    start: str
    over: str
    of_table: bool


@dataclass(frozen=True)
class _Jump:
    """From a place to where `target` says, with that standing; `holds`: an atomic block goes on."""

    place: Place
    standing: Standing
    target: Target
    holds: bool


class _Model:
    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.steps = StepText(words)
        self.paths = words.paths

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
        role = _Role(f"at[_pid] = {HANDS}", f"at[_pid] = {GONE}", True)
        bound = f"{words.count(HANDS)} < {setting.busy}" if setting.busy else "true"
        ways = [
            (
                _both(f"at[_pid] == {words.where(state.name)}", words.truth(transition.guard), bound),
                "",
                transition.target,
            )
            for state in words.lifecycle.states
            for transition in state.transitions
        ]
        yield f"active [{setting.tables}] proctype Table()"
        yield from self.process(role, ways)

    def creation(self) -> Iterator[str]:
        role = _Role("creation = 1", "creation = 2", False)
        yield "active proctype Creation()"
        yield from self.process(
            role, [("creation == 0", f"create:{c.name}", c.path.entry) for c in self.words.lifecycle.creates]
        )

    def action(self, action: Action) -> Iterator[str]:
        role = _Role(f"a_{action.name} = 1", f"a_{action.name} = {2 if action.once else 0}", False)
        yield f"active proctype Action_{action.name}()"
        yield from self.process(role, [(self.may_begin(action), f"action:{action.name}", action.path.entry)])

    def may_begin(self, action: Action) -> str:
        return _both("creation == 2", f"a_{action.name} == 0", self.words.truth(action.guard))

    def process(self, role: _Role, begins: Sequence[tuple[str, str, Target]]) -> Iterator[str]:
        """The body: at rest it may begin something (when, which code, where); then every step that can be reached."""
        nobody = self.words.nobody_atomic()
        entries: list[Place] = []
        options = [
            self.option(
                role, _both(nobody, when), [role.start], _Jump((code, 0, BEGINNING), BEGINNING, target, False), entries
            )
            for when, code, target in begins
        ]
        yield "{"
        yield from _choice("rest", options)
        seen: set[Place] = set()
        while entries:
            place = entries.pop(0)
            if place not in seen:
                seen.add(place)
                yield from self.step(role, place, entries)
        yield "}"

    def step(self, role: _Role, place: Place, entries: list[Place]) -> Iterator[str]:
        code, index, standing = place
        node = self.paths[code].nodes[index]
        behind = self.words.standings.after(standing, node.operation)
        may = self.may_step()
        if isinstance(node.operation, CallRcu | GracePeriod):
            leave = ["inside_atomic = 0"] if self.words.has_atomic else []
            queue = _d_step(may, [*self.steps.queue(node, standing), *leave])
            yield from _choice(_label(place), [f"{queue} goto {_label(place, 'W')}"])
            after: list[str] = []
            target = node.targets[0] if node.targets else End()
            if isinstance(node.operation, CallRcu):
                after, target = self.steps.call_back(node.operation.head), ToPath(node.operation.path)
            when = _both("waits[_pid] == 0", may)
            jump = _Jump(place, behind, target, node.holds)
            yield from _choice(_label(place, "W"), [self.option(role, when, after, jump, entries)])
            return
        options = []
        for way in self.steps.ways(node, role.of_table, standing):
            target = node.targets[way.target] if node.targets else End()
            when = _both(may, way.when)
            jump = _Jump(place, behind, target, node.holds)
            options.append(self.option(role, when, list(way.then), jump, entries))
        yield from _choice(_label(place), options)

    def may_step(self) -> str:
        """Nobody else stands inside an atomic block."""
        return "(inside_atomic == 0 || inside_atomic == _pid + 1)" if self.words.has_atomic else "true"

    def option(self, role: _Role, when: str, then: list[str], jump: _Jump, entries: list[Place]) -> str:
        """One step, and at which label the process is then; a place that is reached is added to `entries`."""
        goal, holds_on = self.follow(jump.place[0], jump.target, jump.holds)
        landing = list(then)
        exposing: frozenset[int] = frozenset()
        if isinstance(goal, tuple):
            reached = (*goal, self.words.standings.at(goal, jump.standing))
            exposing = jump.standing.exposing
            entries.append(reached)
            label = _label(reached)
        else:
            label = "rest"
        before = jump.place[2].exposing
        landing += [f"exposed_{slot}++" for slot in sorted(exposing - before)]
        landing += [f"exposed_{slot}--" for slot in sorted(before - exposing)]
        if not isinstance(goal, tuple):
            landing.append(f"at[_pid] = {self.words.where(goal.state)}" if isinstance(goal, ToState) else role.over)
        if self.words.has_atomic:
            landing.append("inside_atomic = _pid + 1" if holds_on and isinstance(goal, tuple) else "inside_atomic = 0")
        return f"{_d_step(when, landing)} goto {label}"

    def follow(self, code: str, target: Target, holds_on: bool) -> tuple[Spot | ToState | End, bool]:
        """Where a jump leads. Steps without any effect are passed through: what cannot be observed needs no state."""
        while True:
            match target:
                case ToPath(name):
                    code = f"path:{name}"
                    target = self.paths[code].entry
                case ToNode(index):
                    node = self.paths[code].nodes[index]
                    through = self.without_effect(node)
                    if through is None:
                        return (code, index), holds_on
                    target, holds_on = through, node.holds
                case _:
                    return target, holds_on

    def without_effect(self, node: Node) -> Target | None:
        """The only successor of a step that does nothing and reads nothing; None for all others."""
        match node.operation:
            case Skip():
                return node.targets[0] if node.targets else End()
            case _:
                return passed(node, self.words.holds)

    # ------------------------------------------------------------------------- readers, the environment, leaks

    def readers(self) -> Iterator[str]:
        words = self.words
        if not words.kinds:
            return
        count = words.setting.readers
        me = f"_pid - {words.actors}"
        yield f"active [{count}] proctype Reader()"
        yield "{"
        yield from _choice("outside", [option for i in range(len(words.kinds)) for option in self.enter(i, me)])
        for i, reader in enumerate(words.kinds):
            leave = [f"kind[{me}] = 0"]
            if words.has_free_table:
                leave.append(f"reads[{me}] = 0")
            if words.has_waiting:
                # The bit of this reader in every mask.
                bit = f"(1 << ({me}))"
                leave += [f"waits[{a}] = waits[{a}] & (255 - {bit})" for a in range(words.actors)]
            options = [f"{_d_step(words.nobody_atomic(), leave)} goto outside"]
            for use in reader.uses:
                if holds(use.condition, words.setting.configuration):
                    checks = self.steps.plain(use.operation, False)
                    options.append(f"{_d_step(words.nobody_atomic(), checks)} goto inside_{i}")
            yield from _choice(f"inside_{i}", options)
        yield "}"

    def enter(self, i: int, me: str) -> Iterator[str]:
        """How a reader of a kind comes in. Which table it is in is kept only where it matters."""
        words = self.words
        admitting = [words.where(s.name) for s in words.lifecycle.states if words.kinds[i].name in s.readers]
        tables = range(words.setting.tables)
        rests = {t: " || ".join(f"at[{t}] == {state}" for state in admitting) for t in tables}
        if not admitting:
            return
        inside = f"kind[{me}] = {i + 1}"
        if not words.has_free_table:
            when = _both(words.nobody_atomic(), f"({' || '.join(rests.values())})")
            yield f"{_d_step(when, [inside])} goto inside_{i}"
            return
        for t in tables:
            when = _both(words.nobody_atomic(), f"({rests[t]})")
            yield f"{_d_step(when, [inside, f'reads[{me}] = {t + 1}'])} goto inside_{i}"

    def environment(self) -> Iterator[str]:
        """Neighbours on lists, and RCU where it queues the next callback behind a queued head."""
        words = self.words
        options = []
        for link in {i: ref for ref, i in words.shape.lists.items()}.values():
            when = _both(words.nobody_atomic(), f"linked_{words.shape.lists[link]}")
            options.append(_d_step(when, [*words.use(link), *words.write(link)]))
        for head in {i: ref for ref, i in words.shape.heads.items()}.values():
            when = _both(words.nobody_atomic(), f"queued_{words.shape.heads[head]}")
            options.append(_d_step(when, words.write(head)))
        if options:
            yield "active proctype Environment()"
            yield "{"
            yield from _choice("rest", [f"{option} goto rest" for option in options])
            yield "}"

    def leak(self) -> Iterator[str]:
        words, lifecycle = self.words, self.words.lifecycle
        if lifecycle.keeps_page:
            return
        stuck = [f"phase == {ALLOCATED}", f"{words.count(GONE)} == {words.setting.tables}", "creation == 2"]
        stuck += [f"a_{action.name} != 1" for action in lifecycle.actions]
        stuck += [f"!queued_{slot}" for slot in sorted(set(words.shape.heads.values()))]
        stuck += [f"!({self.may_begin(action)})" for action in lifecycle.actions if not action.environment]
        yield "active proctype Leak()"
        yield "{"
        yield f"  {_d_step(_both(*stuck), [must('OV108', 'false')])}"
        yield "}"


def _choice(label: str, options: list[str]) -> Iterator[str]:
    yield f"{label}: if"
    yield from (f"  :: {option}" for option in options or ["false"])
    yield "  fi;"


def _both(*conditions: str) -> str:
    """All the conditions, each of which is an operand of `&&` as it stands."""
    return " && ".join(condition for condition in conditions if condition != "true") or "true"


def _d_step(when: str, then: list[str]) -> str:
    """One indivisible step. Repeated checks with nothing in between are said once."""
    lines = [line for i, line in enumerate(then) if not (line.startswith("assert") and line in then[:i])]
    return f"d_step {{ ({when}) -> {'; '.join(lines) or 'skip'} }};"


def _label(place: Place, kind: str = "P") -> str:
    code, index, standing = place
    return f"{kind}_{code.replace(':', '_')}_{index}{standing.label}"
