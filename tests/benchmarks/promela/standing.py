"""In which context an actor runs and which locks it holds: known at every place of the code, and so part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from modelcheck.model.declarations import FieldRef
from modelcheck.model.operations import (
    Acquire,
    CallRcu,
    GracePeriod,
    ListAdd,
    ListDel,
    MightSleep,
    Operation,
    QueueWork,
    Release,
    UseLock,
)
from modelcheck.model.program import End, Node, Path, Target, ToNode, ToPath

Spot = tuple[str, int]
"""A step: its code and its number."""


@dataclass(frozen=True)
class Standing:
    """`locks` are those that the actor holds, `exposing` those that it took in process context with softirqs on; both
    by their slots."""

    softirq: bool = False
    locks: frozenset[int] = frozenset()
    exposing: frozenset[int] = frozenset()

    @property
    def label(self) -> str:
        """What it adds to the name of a place."""
        return "".join(
            (
                "_softirq" if self.softirq else "",
                *(f"_with{slot}" for slot in sorted(self.locks)),
                *(f"_exposing{slot}" for slot in sorted(self.exposing)),
            )
        )


BEGINNING = Standing()


class Standings:
    """Where the standing of an actor matters, in one life cycle; it is told apart there only."""

    def __init__(
        self,
        paths: Mapping[str, Path],
        slot_of: Callable[[FieldRef | str], int],
        guards_of: Callable[[FieldRef], frozenset[int]],
    ) -> None:
        self.paths, self.slot_of, self.guards_of = paths, slot_of, guards_of
        nodes = [node for path in paths.values() for node in path.nodes]
        # Locks that nobody can take in softirq are not followed.
        self.exposable = any(_into_softirq(node.operation) for node in nodes)
        self.heeding = self._before(_depends, lambda o: not (_into_softirq(o) or isinstance(o, QueueWork)))
        guards = {slot for node in nodes for slot in self._guards(node.operation)}
        self.relying = {slot: self._relying(slot) for slot in sorted(guards)}

    def after(self, standing: Standing, operation: Operation) -> Standing:
        """The standing behind a step."""
        match operation:
            case Acquire(lock, plain):
                slot = {self.slot_of(lock)}
                exposed = self.exposable and plain and not standing.softirq
                exposing = standing.exposing | slot if exposed else standing.exposing - slot
                return replace(standing, locks=standing.locks | slot, exposing=exposing)
            case Release(lock):
                slot = {self.slot_of(lock)}
                return replace(standing, locks=standing.locks - slot, exposing=standing.exposing - slot)
            case QueueWork():
                return replace(standing, softirq=False)
            case _:
                return replace(standing, softirq=standing.softirq or _into_softirq(operation))

    def at(self, spot: Spot, standing: Standing) -> Standing:
        """As much of it as matters there."""
        locks = frozenset(slot for slot in standing.locks if spot in self.relying.get(slot, ()))
        return replace(standing, softirq=standing.softirq and spot in self.heeding, locks=locks)

    def _guards(self, operation: Operation) -> frozenset[int]:
        return self.guards_of(operation.field) if isinstance(operation, ListAdd | ListDel) else frozenset()

    def _relying(self, slot: int) -> frozenset[Spot]:
        def keeps(operation: Operation) -> bool:
            return not (isinstance(operation, Acquire | Release) and self.slot_of(operation.lock) == slot)

        return self._before(lambda operation: slot in self._guards(operation), keeps)

    def _before(self, matters: Callable[[Operation], bool], keeps: Callable[[Operation], bool]) -> frozenset[Spot]:
        nodes = {(code, i): node for code, path in self.paths.items() for i, node in enumerate(path.nodes)}
        found = {spot for spot, node in nodes.items() if matters(node.operation)}
        while more := {
            spot
            for spot, node in nodes.items()
            if spot not in found and keeps(node.operation) and not found.isdisjoint(self._onward(spot[0], node))
        }:
            found |= more
        return frozenset(found)

    def _onward(self, code: str, node: Node) -> Iterator[Spot]:
        targets: tuple[Target, ...] = node.targets or (End(),)
        for target in (ToPath(node.operation.path),) if isinstance(node.operation, CallRcu) else targets:
            at, path = target, code
            while isinstance(at, ToPath):
                path = f"path:{at.path}"
                at = self.paths[path].entry
            if isinstance(at, ToNode):
                yield path, at.index


def _into_softirq(operation: Operation) -> bool:
    return isinstance(operation, CallRcu) or (isinstance(operation, GracePeriod) and operation.deferred)


def _depends(operation: Operation) -> bool:
    match operation:
        case MightSleep() | Acquire() | UseLock() | GracePeriod(_, False):
            return True
        case _:
            return False
