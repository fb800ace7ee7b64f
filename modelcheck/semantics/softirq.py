"""In which context the steps of a life cycle run, which locks their actors hold, and where that matters (rule OV110).

Points tell it apart only there: a life cycle in which nothing depends on it has the same counter system as without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from modelcheck.model.declarations import FieldRef
from modelcheck.model.operations import (
    Acquire,
    CallRcu,
    GracePeriod,
    ListAdd,
    ListDel,
    MightSleep,
    Operation,
    Release,
    UseLock,
)
from modelcheck.model.program import Lifecycle, Node, Path, Target, ToNode, ToPath
from modelcheck.semantics.flow import entries, live_targets
from modelcheck.semantics.points import NodeKey, changes_context
from modelcheck.semantics.storage import Storage

LockKey = FieldRef | str
"""A lock: the slot of one in the page, or the name of one outside it."""


def lock_key(storage: Storage, lock: FieldRef | str) -> LockKey:
    """What a lock is known by, whatever its field is called."""
    return storage.slot(lock) if isinstance(lock, FieldRef) else lock


def locks_guarding(lifecycle: Lifecycle, storage: Storage, field: FieldRef) -> tuple[str, ...]:
    """The locks that whoever links or unlinks through a field has to hold."""
    slot = storage.slot(field)
    return tuple(sorted({g.lock for g in lifecycle.guarded if storage.has(g.field) and storage.slot(g.field) == slot}))


@dataclass(frozen=True)
class Softirq:
    """The steps of one life cycle in one class of configurations.

    `steps` are those that some actor could come to, as a path and a number.
    """

    lifecycle: Lifecycle
    storage: Storage
    steps: tuple[tuple[Path, int], ...]

    @cached_property
    def nodes(self) -> Mapping[NodeKey, Node]:
        """The nodes that some actor could come to."""
        return {(path.name, index): path.nodes[index] for path, index in self.steps}

    @cached_property
    def following(self) -> Mapping[NodeKey, tuple[NodeKey, ...]]:
        """The nodes behind each."""
        return {(path.name, i): self._landings(path, self._onward(path.nodes[i])) for path, i in self.steps}

    def _onward(self, node: Node) -> tuple[Target, ...]:
        if isinstance(node.operation, CallRcu):
            return (ToPath(node.operation.path),)
        return live_targets(node, self.storage.holds)

    def _landings(self, path: Path, targets: Iterable[Target]) -> tuple[NodeKey, ...]:
        return tuple(key for target in targets if (key := _landing(self.lifecycle, path, target)) is not None)

    @cached_property
    def reached(self) -> frozenset[tuple[NodeKey, bool]]:
        """The nodes, with whether they are come to in softirq; one may be come to in both contexts."""
        starts = entries(self.lifecycle, self.storage.holds)
        found = {(key, False) for path, target in starts for key in self._landings(path, [target])}
        pending = list(found)
        while pending:
            key, softirq = pending.pop()
            changed = changes_context(self.nodes[key].operation)
            for other in self.following[key]:
                then = (other, softirq if changed is None else changed)
                if then not in found:
                    found.add(then)
                    pending.append(then)
        return frozenset(found)

    @cached_property
    def contested(self) -> frozenset[LockKey]:
        """The locks that are taken in softirq, and in process context without softirqs being off."""
        if not any(isinstance(node.operation, UseLock | Acquire) for node in self.nodes.values()):
            return frozenset()
        taken: dict[bool, set[LockKey]] = {True: set(), False: set()}
        for key, softirq in self.reached:
            match self.nodes[key].operation:
                case UseLock(lock) if softirq:
                    taken[True].add(lock_key(self.storage, lock))
                case Acquire(lock, plain) if softirq or plain:
                    taken[softirq].add(lock_key(self.storage, lock))
        return frozenset(taken[True] & taken[False])

    @cached_property
    def contested_names(self) -> frozenset[tuple[FieldRef | str, str]]:
        """The contested locks as steps name them, each with the one name for it."""
        taken = (node.operation.lock for node in self.nodes.values() if isinstance(node.operation, Acquire | Release))
        return frozenset((lock, str(key)) for lock in taken if (key := lock_key(self.storage, lock)) in self.contested)

    @cached_property
    def heeded(self) -> frozenset[NodeKey]:
        """The nodes before which it matters whether the actor runs in softirq."""
        return self._before(
            lambda key: self._depends(self.nodes[key].operation) and (key, True) in self.reached,
            lambda operation: changes_context(operation) is None,
        )

    def _depends(self, operation: Operation) -> bool:
        match operation:
            case MightSleep() | GracePeriod(_, False):
                return True
            case Acquire(lock) | UseLock(lock):
                return lock_key(self.storage, lock) in self.contested
            case _:
                return False

    @cached_property
    def holding(self) -> frozenset[tuple[NodeKey, str]]:
        """The nodes before which it matters whether the actor holds a lock, with the lock."""
        locks = {guarded.lock for guarded in self.lifecycle.guarded}
        return frozenset((key, lock) for lock in locks for key in self._before_use(lock))

    def _before_use(self, lock: str) -> frozenset[NodeKey]:
        def relies(key: NodeKey) -> bool:
            match self.nodes[key].operation:
                case ListAdd(field) | ListDel(field):
                    return lock in locks_guarding(self.lifecycle, self.storage, field)
                case _:
                    return False

        def keeps(operation: Operation) -> bool:
            return not (isinstance(operation, Acquire | Release) and operation.lock == lock)

        return self._before(relies, keeps)

    def _before(self, matters: Callable[[NodeKey], bool], keeps: Callable[[Operation], bool]) -> frozenset[NodeKey]:
        """The nodes for which something matters, and those before them from which it is kept."""
        found = {key for key in self.nodes if matters(key)}
        grew = bool(found)
        while grew:
            more = {
                key
                for key, others in self.following.items()
                if key not in found and keeps(self.nodes[key].operation) and not found.isdisjoint(others)
            }
            found |= more
            grew = bool(more)
        return frozenset(found)


def _landing(lifecycle: Lifecycle, path: Path, target: Target) -> NodeKey | None:
    """The node that a jump leads to, through empty paths; None for a state or the end."""
    for _ in range(len(lifecycle.paths) + 2):
        match target:
            case ToNode(index):
                return path.name, index
            case ToPath(name):
                path = lifecycle.path(name)
                target = path.entry
            case _:
                return None
    return None
