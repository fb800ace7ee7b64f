"""Every run of a life cycle there is, for one configuration, a number of tables, and up to two readers at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from modelcheck.layout.placed import StructLayout
from modelcheck.model.conditions import Configuration, holds
from modelcheck.model.operations import Branch, CallRcu, Choose
from modelcheck.model.program import End, Lifecycle, Target, ToNode, ToPath, ToState
from tests.oracle.places import Places
from tests.oracle.steps import BlockedError, HazardError, Steps
from tests.oracle.world import (
    ALLOCATED,
    GONE,
    READERS,
    RUNS,
    UNBORN,
    WAITS_FOR_CALLBACK,
    Actor,
    Shape,
    State,
    Table,
    World,
)

NEIGHBOUR, RCU, LEAK = "list neighbour", "RCU", "leak"
CREATOR, ACTION = 0, 1

NOBODY = Actor(-1, -1, -1)  # who reads is no actor

Found = tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """What the search saw.

    `hazards` are (rule, entry path): the path, action, create block or reader in whose course it happened, or
    `list neighbour`, `RCU`, `leak`. `runs` has one shortest run for each. `complete` is False if the limit of states
    was hit; then hazards may be missing.
    `executed` are the nodes that ran, as (path, index).
    """

    hazards: frozenset[Found]
    complete: bool
    executed: frozenset[tuple[str, int]]
    states: int
    runs: Mapping[Found, tuple[str, ...]]

    @property
    def safe(self) -> bool:
        return self.complete and not self.hazards

    @property
    def rules(self) -> frozenset[str]:
        return frozenset(rule for rule, _ in self.hazards)


def explore(
    lifecycle: Lifecycle,
    configuration: Configuration,
    layout: Callable[[str], StructLayout],
    tables: int,
    constants: Mapping[str, int] | None = None,
    *,
    readers: int = READERS,
    limit: int = 300_000,
) -> Outcome:
    """Search breadth first.

    `layout` gives the layout of a struct by its name, in this configuration; `constants` the value of every `const`
    that the life cycle uses. `readers` is how many may be inside at once (0 to 2).
    """
    return _Search(lifecycle, configuration, layout, tables, constants or {}, readers).all_runs(limit)


class _Search:
    def __init__(
        self,
        lifecycle: Lifecycle,
        configuration: Configuration,
        layout: Callable[[str], StructLayout],
        tables: int,
        constants: Mapping[str, int],
        readers: int,
    ) -> None:
        self.lifecycle, self.tables, self.readers = lifecycle, tables, readers
        self.shape = Shape(lifecycle, Places(lifecycle, layout))
        kinds = [r for r in lifecycle.readers if holds(r.condition, configuration)]
        self.kinds = kinds
        self.uses = [[u.operation for u in r.uses if holds(u.condition, configuration)] for r in kinds]
        irq_off = frozenset(i for i, r in enumerate(kinds) if r.mechanism == "irq_off")
        self.steps = Steps(self.shape, configuration, constants, lifecycle.allocator, tables, irq_off)
        self.paths = [*lifecycle.paths, *(c.path for c in lifecycle.creates), *(a.path for a in lifecycle.actions)]
        self.by_name = {p.name: i for i, p in enumerate(lifecycle.paths)}
        self.creates = range(len(lifecycle.paths), len(lifecycle.paths) + len(lifecycle.creates))
        self.entries = [
            *(p.name for p in lifecycle.paths),
            *(c.name for c in lifecycle.creates),
            *(a.name for a in lifecycle.actions),
        ]
        # Different actions may run at the same time, each action by one actor.
        self.slot_of = range(ACTION, ACTION + len(lifecycle.actions))
        self.slots = ACTION + len(lifecycle.actions)
        self.hazards: dict[Found, tuple[State, str]] = {}
        self.executed: set[tuple[str, int]] = set()

    # --------------------------------------------------------------------------------------------- the search

    def all_runs(self, limit: int) -> Outcome:
        first = World.first(self.shape, self.tables, self.slots).packed()
        came_from: dict[State, tuple[State, str] | None] = {first: None}
        queue = deque([first])
        complete = True
        while queue:
            state = queue.popleft()
            for what, after in self.moves(state):
                if after not in came_from:
                    if len(came_from) >= limit:
                        complete = False
                        queue.clear()
                        break
                    came_from[after] = (state, what)
                    queue.append(after)
        runs = {}
        for found, (state, what) in self.hazards.items():
            run = [what]
            step = came_from[state]
            while step is not None:
                run.append(step[1])
                step = came_from[step[0]]
            runs[found] = tuple(reversed(run))
        return Outcome(frozenset(self.hazards), complete, frozenset(self.executed), len(came_from), runs)

    def meet(self, state: State, rule: str, entry: str, what: str) -> None:
        self.hazards.setdefault((rule, entry), (state, f"{what}  => {rule}"))

    def moves(self, state: State) -> Iterator[tuple[str, State]]:
        """Whatever can happen next; hazards are noted on the way."""
        w = World.of(self.shape, state)
        for slot, actor in enumerate(w.actors):
            if actor and actor.holds:
                yield from self.actor_moves(state, slot, None, actor)
                return
        for i, table in enumerate(w.tables):
            if table.actor and table.actor.holds:
                yield from self.actor_moves(state, None, i, table.actor)
                return
        if not w.created:
            yield from self.creations(state)
        for slot, actor in enumerate(w.actors):
            if actor:
                yield from self.actor_moves(state, slot, None, actor)
        yield from self.beginnings(state, w)
        seen = set()
        for i, table in enumerate(w.tables):
            packed = table.packed()
            if packed in seen:
                continue
            seen.add(packed)
            if table.actor:
                yield from self.actor_moves(state, None, i, table.actor)
            else:
                yield from self.transitions(state, w, i, table)
            yield from self.readings(state, w, i, table)
        yield from self.environment(state, w)
        if self.leaks(w):
            self.meet(state, "OV108", LEAK, "nothing is left that could free the page")

    # ------------------------------------------------------------------------------------------------- actors

    def land(self, w: World, slot: int | None, index: int | None, actor: Actor, target: Target, holds: bool) -> State:
        """Put the actor where `target` says."""
        path, goal, holds = self.settle(*self.resolve(actor.path, target), holds)
        if isinstance(goal, ToNode):
            after: Actor | None = Actor(actor.entry, path, goal.index, RUNS, 0, holds, *actor[6:])
        else:
            after = None
        if slot is not None:
            w.actors[slot] = after
        elif index is not None:
            w.tables[index].actor = after
            if after is None:
                w.tables[index].state = self.shape.states.index(goal.state) if isinstance(goal, ToState) else GONE
            else:
                w.tables[index].state = GONE
        return w.packed()

    def settle(
        self, path: int, goal: ToNode | ToState | End, holds: bool
    ) -> tuple[int, ToNode | ToState | End, bool]:
        """Pass by every `if` that asks nothing of the page; around a circle of these, once."""
        visited = set()
        while isinstance(goal, ToNode) and (path, goal.index) not in visited:
            node = self.paths[path].nodes[goal.index]
            answer = self.steps.decided(node.operation.guard) if isinstance(node.operation, Branch) else None
            if answer is None:
                break
            visited.add((path, goal.index))
            self.executed.add((self.paths[path].name, goal.index))
            holds = holds and node.holds
            path, goal = self.resolve(path, node.targets[0 if answer else 1])
        return path, goal, holds

    def resolve(self, path: int, target: Target) -> tuple[int, ToNode | ToState | End]:
        """Follow `goto` to a node, a state or the end; paths without nodes are passed through."""
        visited = set()
        while isinstance(target, ToPath):
            if target.path in visited:
                return path, End()
            visited.add(target.path)
            path = self.by_name[target.path]
            target = self.paths[path].entry
        return path, target

    def actor_moves(
        self, state: State, slot: int | None, index: int | None, actor: Actor
    ) -> Iterator[tuple[str, State]]:
        path = self.paths[actor.path]
        node = path.nodes[actor.node]
        who = f"table {index}" if slot is None else f"actor {slot}"
        what = f"{who}: {node.text}"
        w = World.of(self.shape, state)
        mine = None if index is None else w.tables[index]
        if actor.phase != RUNS:
            if actor.waits_for:
                return
            target: Target = node.targets[0] if node.targets else End()
            if actor.phase == WAITS_FOR_CALLBACK and isinstance(node.operation, CallRcu):
                try:
                    self.steps.call_back(w, node.operation.head)
                except HazardError as met:
                    self.meet(state, met.rule, self.entries[actor.entry], f"{what} (callback)")
                    return
                target = ToPath(node.operation.path)
            behind = self.steps.standing(node.operation, actor)
            yield f"{what} (waited)", self.land(w, slot, index, behind, target, node.holds)
            return
        try:
            successor, phase, waits_for = self.steps.run(w, node.operation, mine, actor)
        except BlockedError:
            return
        except HazardError as met:
            self.executed.add((path.name, actor.node))
            self.meet(state, met.rule, self.entries[actor.entry], what)
            return
        self.executed.add((path.name, actor.node))
        if phase != RUNS:
            waiting = actor._replace(phase=phase, waits_for=waits_for, holds=False)
            if slot is not None:
                w.actors[slot] = waiting
            elif mine is not None:
                mine.actor = waiting
            yield what, w.packed()
            return
        if isinstance(node.operation, Choose):
            for choice, target in enumerate(node.targets):
                again = World.of(self.shape, state)
                yield f"{what} [{choice}]", self.land(again, slot, index, actor, target, node.holds)
            return
        target = node.targets[successor] if node.targets else End()
        behind = self.steps.standing(node.operation, actor)
        yield (
            (f"{what} [{successor}]" if len(node.targets) > 1 else what),
            self.land(w, slot, index, behind, target, node.holds),
        )

    def start(self, w: World, slot: int | None, index: int | None, path: int, entry: int) -> State:
        return self.land(w, slot, index, Actor(entry, path, 0), self.paths[path].entry, False)

    def creations(self, state: State) -> Iterator[tuple[str, State]]:
        for path in self.creates:
            w = World.of(self.shape, state)
            w.created = True
            yield f"create {self.entries[path]}", self.start(w, CREATOR, None, path, path)

    def beginnings(self, state: State, w: World) -> Iterator[tuple[str, State]]:
        for i, action in enumerate(self.lifecycle.actions):
            if self.may_begin(w, i):
                again = World.of(self.shape, state)
                again.spent |= (1 << i) if action.once else 0
                path = self.creates.stop + i
                yield f"action {action.name}", self.start(again, self.slot_of[i], None, path, path)

    def may_begin(self, w: World, i: int) -> bool:
        action = self.lifecycle.actions[i]
        if not w.created or w.actors[CREATOR] or w.spent >> i & 1 or w.actors[self.slot_of[i]]:
            return False
        return self.steps.true(w, action.guard)

    # ------------------------------------------------------------------------------------- tables and readers

    def transitions(self, state: State, w: World, i: int, table: Table) -> Iterator[tuple[str, State]]:
        if table.state <= GONE:
            return
        for transition in self.lifecycle.states[table.state - 2].transitions:
            if not self.steps.true(w, transition.guard):
                continue
            again = World.of(self.shape, state)
            what = f"table {i}: {transition.name}"
            match transition.target:
                case ToState(name):
                    again.tables[i].state = self.shape.states.index(name)
                    yield what, again.packed()
                case ToPath(name):
                    path = self.by_name[name]
                    yield what, self.start(again, None, i, path, path)

    def readings(self, state: State, w: World, i: int, table: Table) -> Iterator[tuple[str, State]]:
        busy = [kind >= 0 for kind in (max(t.readers[s] for t in w.tables) for s in range(READERS))]
        if table.actor is None and table.state > GONE and sum(busy) < self.readers:
            admitted = self.lifecycle.states[table.state - 2].readers
            for kind, reader in enumerate(self.kinds):
                if reader.name in admitted:
                    again = World.of(self.shape, state)
                    again.tables[i].readers[busy.index(False)] = kind
                    yield f"{reader.name} enters table {i}", again.packed()
        for slot, kind in enumerate(table.readers):
            if kind < 0:
                continue
            for operation in self.uses[kind]:
                try:
                    self.steps.run(w, operation, table, NOBODY)
                except HazardError as met:
                    self.meet(state, met.rule, self.kinds[kind].name, f"{self.kinds[kind].name} in table {i}")
            again = World.of(self.shape, state)
            again.tables[i].readers[slot] = -1
            again.actors = [_without(a, slot) for a in again.actors]
            for other in again.tables:
                other.actor = _without(other.actor, slot)
            yield f"{self.kinds[kind].name} leaves table {i}", again.packed()

    # ----------------------------------------------------------------------------------------- the environment

    def environment(self, state: State, w: World) -> Iterator[tuple[str, State]]:
        for who, links, in_use, act in (
            (NEIGHBOUR, self.shape.lists, w.linked, self.steps.neighbour),
            (RCU, self.shape.heads, w.queued, self.steps.write),
        ):
            for i, link in {i: link for link, i in links.items()}.items():
                if in_use[i]:
                    again = World.of(self.shape, state)
                    try:
                        act(again, link)
                    except HazardError as met:
                        self.meet(state, met.rule, who, f"{who} of {link}")
                    else:
                        yield f"{who} of {link}", again.packed()

    def leaks(self, w: World) -> bool:
        return (
            not self.lifecycle.keeps_page
            and w.page == ALLOCATED
            and all(t.actor is None and t.state in (GONE, UNBORN) for t in w.tables)
            and not any(w.actors)
            and not any(w.queued)
            and not any(self.may_begin(w, i) for i, a in enumerate(self.lifecycle.actions) if not a.environment)
        )


def _without(actor: Actor | None, slot: int) -> Actor | None:
    return actor._replace(waits_for=actor.waits_for & ~(1 << slot)) if actor else None
