"""Program points: where a table, the creator or an action can be, and how they are connected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from modelcheck.model.declarations import FieldRef
from modelcheck.model.operations import Acquire, CallRcu, GracePeriod, Operation, QueueWork, Release
from modelcheck.model.program import (
    Action,
    Create,
    End,
    Lifecycle,
    Node,
    Path,
    Target,
    ToNode,
    ToPath,
    ToState,
    Transition,
)
from modelcheck.semantics.memory import Memory

NodeKey = tuple[str, int]
"""A node: its path and its number."""


@dataclass(frozen=True)
class Detail:
    """How much points tell apart.

    `ways_in`: by which path an actor came, so that a hazard can be laid at its door. `occupancy`: in which table the
    reader is; without it only whether it is inside some table of the page. `softirq`: the nodes before which it
    matters whether the actor runs in softirq. `locks`: the nodes before which it matters whether it holds a lock, with
    the lock. `contested`: the locks, as steps name them, of which it matters who holds them with softirqs on, with what
    they are called in `Point.exposing`.
    """

    ways_in: bool
    occupancy: bool
    softirq: frozenset[NodeKey] = frozenset()
    locks: frozenset[tuple[NodeKey, str]] = frozenset()
    contested: frozenset[tuple[FieldRef | str, str]] = frozenset()


@dataclass(frozen=True)
class Point:
    """Where an actor is.

    `actor` is `table`, `creator` or `action:NAME`. `kind` is `rest` (a table's state; for the others `idle` or `done`,
    in `place`), `at` (about to run node `node` of path `place`) or `wait` (that node's grace period is going on).
    `entry` is the path by which the actor came. `inner`: inside an atomic block. `blocked`: the reader was inside when
    the waiting began. `occupied`: the reader is inside this table. `softirq`: the actor runs in softirq, `holding`
    are the locks outside the page that it holds, `exposing` the locks that it took in process context and left softirqs
    on; all only where `Detail` says that it matters.
    """

    actor: str
    kind: Literal["rest", "at", "wait"]
    place: str
    entry: str = ""
    node: int = -1
    inner: bool = False
    blocked: bool = False
    occupied: bool = False
    softirq: bool = False
    holding: tuple[str, ...] = ()
    exposing: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        """The name of the counter that says how many actors are here."""
        return "#" + self._describe("@")

    @cached_property
    def words(self) -> str:
        """The point for people, without the reader."""
        return replace(self, occupied=False, blocked=False)._describe(" of ")

    def _describe(self, separator: str) -> str:
        who = "" if self.actor == "table" else f"{self.actor} "
        if self.kind == "rest":
            where = self.place
        else:
            where = f"{self.place}.{self.node}"
            if self.entry not in ("", self.place):
                where += f"{separator}{self.entry}"
            if self.kind == "wait":
                where += " waiting"
        suffix = (
            ("!" if self.inner else "") + (" blocked" if self.blocked else "") + (" +reader" if self.occupied else "")
        )
        where += " in softirq" if self.softirq else ""
        where += f" with {'+'.join(self.holding)}" if self.holding else ""
        where += f" exposing {'+'.join(self.exposing)}" if self.exposing else ""
        return who + where + suffix


def is_table_point(name: str) -> bool:
    """Does this name of a point (`Point.name`) count tables, and not the creator or an action?"""
    return not name.startswith(("#creator ", "#action:"))


def resting(state: str, occupied: bool = False) -> Point:
    """A table in a state."""
    return Point("table", "rest", state, occupied=occupied)


def idle(action: str) -> Point:
    """An action that may begin."""
    return Point(f"action:{action}", "rest", "idle")


def waits(node: Node) -> bool:
    """Does this node make its actor wait for a grace period?"""
    return isinstance(node.operation, CallRcu | GracePeriod)


def changes_context(operation: Operation) -> bool | None:
    """Does what follows the operation run in softirq? None: in the context in which the operation ran."""
    match operation:
        case CallRcu() | GracePeriod(_, True):
            return True
        case QueueWork():
            return False
        case _:
            return None


def waiting(point: Point, blocked: bool) -> Point:
    """The point at which the actor waits for this node's grace period."""
    return replace(point, kind="wait", inner=False, blocked=blocked)


@dataclass(frozen=True)
class Live:
    """Where a class of configurations lets actors go: the successors of a node that it leaves possible, where an `if`
    leads that it decides (None for other nodes), the transitions out of each state, and the states that readers come
    into."""

    targets: Callable[[Node], tuple[Target, ...]]
    passed: Callable[[Node], Target | None]
    transitions: Mapping[str, tuple[Transition, ...]]
    entered: frozenset[str]


class Points:
    """The points of a life cycle, and how they are connected, for all classes of configurations.

    What was asked once is kept, so that those classes share it; `memory` is for what depends on more.
    """

    def __init__(self, lifecycle: Lifecycle, detail: Detail) -> None:
        self.lifecycle = lifecycle
        self.detail = detail
        self._nodes: dict[tuple[str, str, int], Node] = {}
        self._after: dict[tuple[Point, int], Point] = {}
        self._began: dict[tuple[Point, ToPath | ToState], Point] = {}
        self._known: dict[Point, Point] = {}
        self.memory = Memory()

    def node(self, point: Point) -> Node:
        """The node that an actor at an `at` or `wait` point runs."""
        key = point.actor, point.place, point.node
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = self._path(point).nodes[point.node]
        return found

    def _path(self, point: Point) -> Path:
        own: Iterable[Create | Action] = ()
        if point.actor == "creator":
            own = self.lifecycle.creates
        elif point.actor != "table":
            own = self.lifecycle.actions
        own_paths = (each.path for each in own if each.path.name == point.place)
        return next(own_paths, None) or self.lifecycle.path(point.place)

    def after(self, point: Point, choice: int, live: Live) -> Point:
        """Where an actor is after running the node that it is at (after its grace period, for one that waits)."""
        found = self._after.get((point, choice))
        if found is None:
            found = self._after[point, choice] = self._ran(point, self.node(point), choice)
        return self._settled(found, live)

    def _ran(self, point: Point, node: Node, choice: int) -> Point:
        softirq = changes_context(node.operation)
        point = replace(
            point,
            softirq=point.softirq if softirq is None else softirq,
            holding=_held_after(node.operation, point.holding),
            exposing=_exposed_after(self.detail, node.operation, point),
        )
        if isinstance(node.operation, CallRcu):
            return self._follow(point, ToPath(node.operation.path), False)
        return self._follow(point, node.targets[choice], node.holds)

    def began(self, point: Point, target: ToPath | ToState, live: Live) -> Point:
        """Where a table is that is taken out of a state."""
        found = self._began.get((point, target))
        if found is None:
            entry = target.path if isinstance(target, ToPath) and self.detail.ways_in else ""
            found = self._began[point, target] = self._follow(replace(point, entry=entry), target, False)
        return self._settled(found, live)

    def started(self, actor: str, path: Path, live: Live) -> Point:
        """Where the creator or an action is when it begins."""
        begun = Point(actor, "rest", path.name, entry=path.name)
        return self._settled(self._follow(begun, path.entry, False), live)

    def _settled(self, point: Point, live: Live) -> Point:
        """Behind every `if` that the configuration decides; where these lead around in a circle, at the first that is
        come to again."""
        seen: set[NodeKey] = set()
        while point.kind == "at" and (point.place, point.node) not in seen:
            node = self.node(point)
            target = live.passed(node)
            if target is None:
                break
            seen.add((point.place, point.node))
            point = self._follow(point, target, point.inner and node.holds)
        return point

    def _follow(self, point: Point, target: Target, inner: bool) -> Point:
        """Where an actor that leaves `point` for `target` comes to, through empty paths.

        `point` gives actor, entry, whether the reader is inside, and what the actor runs in and holds; `inner` whether
        an atomic block goes on.
        """
        return self._same(self._landing(point, target, inner))

    def _same(self, point: Point) -> Point:
        """One object for each point, so that it is named once."""
        return self._known.setdefault(point, point)

    def _landing(self, point: Point, target: Target, inner: bool) -> Point:
        place = point.place
        for _ in range(len(self.lifecycle.paths) + 2):
            match target:
                case ToNode(index):
                    key = (place, index)
                    return replace(
                        point,
                        kind="at",
                        place=place,
                        node=index,
                        inner=inner,
                        blocked=False,
                        softirq=point.softirq and key in self.detail.softirq,
                        holding=tuple(lock for lock in point.holding if (key, lock) in self.detail.locks),
                    )
                case ToPath(name):
                    place = name
                    target = self.lifecycle.path(name).entry
                case ToState(state):
                    return Point(point.actor, "rest", state, occupied=point.occupied)
                case End():
                    break
        return Point(point.actor, "rest", self._ending(point.actor), occupied=point.occupied)

    def _ending(self, actor: str) -> str:
        """Where an actor rests when its path is over."""
        if actor == "table":
            return "gone"
        if actor == "creator":
            return "done"
        name = actor.partition(":")[2]
        return "done" if next(a for a in self.lifecycle.actions if a.name == name).once else "idle"

    def successors(self, point: Point, live: Live) -> Iterator[Point]:
        """Where the actor can come to next by its own steps or its reader's (drains and moves are not its own)."""
        if point.occupied:
            yield replace(point, occupied=False)
        match point.kind:
            case "rest":
                if point.actor == "table":
                    yield from self._out_of_state(point, live)
            case "wait" if point.blocked:
                yield replace(point, blocked=False)
            case "wait":
                yield self.after(point, 0, live)
            case "at":
                node = self.node(point)
                if waits(node):
                    yield waiting(point, True)
                    yield waiting(point, False)
                    return
                targets = live.targets(node)
                yield from (self.after(point, i, live) for i, target in enumerate(node.targets) if target in targets)

    def _out_of_state(self, point: Point, live: Live) -> Iterator[Point]:
        for transition in live.transitions.get(point.place, ()):
            yield self.began(point, transition.target, live)
        if self.detail.occupancy and not point.occupied and point.place in live.entered:
            yield replace(point, occupied=True)

    def reach(self, seeds: Iterable[Point], live: Live) -> tuple[Point, ...]:
        """Every point that can be come to from the seeds, these included, by name."""
        found = dict.fromkeys(map(self._same, seeds))
        pending = list(found)
        while pending:
            for following in self.successors(pending.pop(), live):
                if following not in found:
                    point = self._same(following)
                    found[point] = None
                    pending.append(point)
        return tuple(sorted(found, key=lambda point: point.name))


def _held_after(operation: Operation, holding: tuple[str, ...]) -> tuple[str, ...]:
    match operation:
        case Acquire(str() as lock):
            return tuple(sorted({*holding, lock}))
        case Release(str() as lock):
            return tuple(other for other in holding if other != lock)
        case _:
            return holding


def _exposed_after(detail: Detail, operation: Operation, point: Point) -> tuple[str, ...]:
    if not isinstance(operation, Acquire | Release):
        return point.exposing
    names = {name for lock, name in detail.contested if lock == operation.lock}
    if isinstance(operation, Acquire) and operation.plain and not point.softirq:
        return tuple(sorted({*point.exposing, *names}))
    return tuple(name for name in point.exposing if name not in names)
