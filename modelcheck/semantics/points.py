"""Program points: where a table, the creator or an action can be, and how they are connected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from modelcheck.model.declarations import FieldRef
from modelcheck.model.operations import Acquire, CallRcu, GracePeriod, Operation, QueueWork, Release
from modelcheck.model.program import End, Lifecycle, Node, Target, ToNode, ToPath, ToState
from modelcheck.semantics.flow import Holds, live_readers, live_targets, live_transitions

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

    @property
    def name(self) -> str:
        """The name of the counter that says how many actors are here."""
        return "#" + self._describe("@")

    @property
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


def follow(lifecycle: Lifecycle, detail: Detail, point: Point, target: Target, inner: bool) -> Point:
    """Where an actor that leaves `point` for `target` comes to, through empty paths.

    `point` gives actor, entry, whether the reader is inside, and what the actor runs in and holds; `inner` whether an
    atomic block goes on.
    """
    place = point.place
    for _ in range(len(lifecycle.paths) + 2):
        match target:
            case ToNode(index):
                key = (place, index)
                softirq = point.softirq and key in detail.softirq
                holding = tuple(lock for lock in point.holding if (key, lock) in detail.locks)
                return replace(
                    point,
                    kind="at",
                    place=place,
                    node=index,
                    inner=inner,
                    blocked=False,
                    softirq=softirq,
                    holding=holding,
                )
            case ToPath(name):
                place = name
                target = lifecycle.path(name).entry
            case ToState(state):
                return Point(point.actor, "rest", state, occupied=point.occupied)
            case End():
                break
    return Point(point.actor, "rest", ending(lifecycle, point.actor), occupied=point.occupied)


def ending(lifecycle: Lifecycle, actor: str) -> str:
    """Where an actor rests when its path is over."""
    if actor == "table":
        return "gone"
    if actor == "creator":
        return "done"
    name = actor.partition(":")[2]
    return "done" if next(a for a in lifecycle.actions if a.name == name).once else "idle"


def node_of(lifecycle: Lifecycle, point: Point) -> Node:
    """The node that an actor at an `at` or `wait` point runs."""
    if point.actor == "creator":
        for create in lifecycle.creates:
            if create.path.name == point.place:
                return create.path.nodes[point.node]
    elif point.actor != "table":
        for action in lifecycle.actions:
            if action.path.name == point.place:
                return action.path.nodes[point.node]
    return lifecycle.path(point.place).nodes[point.node]


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


def after(lifecycle: Lifecycle, detail: Detail, point: Point, node: Node, choice: int) -> Point:
    """Where the actor is after running the node (after its grace period, for one that waits)."""
    softirq = changes_context(node.operation)
    point = replace(
        point,
        softirq=point.softirq if softirq is None else softirq,
        holding=_held_after(node.operation, point.holding),
        exposing=_exposed_after(detail, node.operation, point),
    )
    if isinstance(node.operation, CallRcu):
        return follow(lifecycle, detail, point, ToPath(node.operation.path), False)
    return follow(lifecycle, detail, point, node.targets[choice], node.holds)


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


def waiting(point: Point, blocked: bool) -> Point:
    """The point at which the actor waits for this node's grace period."""
    return replace(point, kind="wait", inner=False, blocked=blocked)


def began(lifecycle: Lifecycle, point: Point, target: ToPath | ToState, detail: Detail) -> Point:
    """Where a table is that is taken out of a state."""
    entry = target.path if isinstance(target, ToPath) and detail.ways_in else ""
    return follow(lifecycle, detail, replace(point, entry=entry), target, False)


def started(lifecycle: Lifecycle, detail: Detail, actor: str, path_name: str, entry: Target) -> Point:
    """Where the creator or an action is when it begins."""
    point = Point(actor, "rest", path_name, entry=path_name)
    return follow(lifecycle, detail, point, entry, False)


def successors(lifecycle: Lifecycle, point: Point, holds: Holds, detail: Detail) -> Iterator[Point]:
    """Every point the actor can come to next by its own steps or its reader's (drains and moves are not its own)."""
    if point.occupied:
        yield replace(point, occupied=False)
    match point.kind:
        case "rest":
            if point.actor == "table":
                yield from _out_of_state(lifecycle, point, holds, detail)
        case "wait" if point.blocked:
            yield replace(point, blocked=False)
        case "wait":
            yield after(lifecycle, detail, point, node_of(lifecycle, point), 0)
        case "at":
            node = node_of(lifecycle, point)
            if waits(node):
                yield waiting(point, True)
                yield waiting(point, False)
                return
            live = live_targets(node, holds)
            yield from (
                after(lifecycle, detail, point, node, i) for i, target in enumerate(node.targets) if target in live
            )


def _out_of_state(lifecycle: Lifecycle, point: Point, holds: Holds, detail: Detail) -> Iterator[Point]:
    for state, transition in live_transitions(lifecycle, holds):
        if state.name == point.place:
            yield began(lifecycle, point, transition.target, detail)
    if detail.occupancy and not point.occupied:
        kinds = {reader.name for reader in live_readers(lifecycle, holds)}
        if any(state.name == point.place and kinds & state.readers for state in lifecycle.states):
            yield replace(point, occupied=True)


def reach(lifecycle: Lifecycle, seeds: Iterable[Point], holds: Holds, detail: Detail) -> tuple[Point, ...]:
    """Every point that can be come to from the seeds, these included, by name."""
    found = dict.fromkeys(seeds)
    pending = list(found)
    while pending:
        for following in successors(lifecycle, pending.pop(), holds, detail):
            if following not in found:
                found[following] = None
                pending.append(following)
    return tuple(sorted(found, key=lambda point: point.name))
