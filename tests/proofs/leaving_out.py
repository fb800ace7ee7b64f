"""Takes statements out of a life cycle: what its proof does not need, all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from modelcheck.footing import Fact, Footing
from modelcheck.model.guards import NO_GUARD
from modelcheck.model.operations import AllocPage, CallRcu, Choose, FreePage, GracePeriod, Populate, QueueWork, Skip
from modelcheck.model.program import Lifecycle, Node, Path
from modelcheck.model.unit import Unit

# Without these a life cycle is no life cycle, or what follows runs in another context.
_STAY = AllocPage | Populate | CallRcu | FreePage | QueueWork


@dataclass(frozen=True)
class LeftOut:
    """The unit without what is not needed, and how many statements, guards and leavings that were."""

    unit: Unit
    statements: int


def leave_out(unit: Unit, lifecycle: Lifecycle, footing: Footing) -> LeftOut:
    """Leave out every statement of which the proof uses nothing, every guard and whatever the allocator need not
    leave."""
    used = {fact.place for fact in footing.used if fact.place}
    gone = {fact.place for fact in footing.unused if fact.place} - used
    change = _Change(gone, footing.unused)
    changed = replace(
        lifecycle,
        paths=tuple(change.path(each) for each in lifecycle.paths),
        creates=tuple(replace(each, path=change.path(each.path)) for each in lifecycle.creates),
        actions=tuple(
            replace(
                each,
                path=change.path(each.path),
                guard=change.guard(each.span.place, each.guard),  # type: ignore[arg-type]
            )
            for each in lifecycle.actions
        ),
        states=tuple(
            replace(
                each,
                transitions=tuple(
                    replace(t, guard=change.guard(t.span.place, t.guard))  # type: ignore[arg-type]
                    for t in each.transitions
                ),
            )
            for each in lifecycle.states
        ),
        allocator=replace(
            lifecycle.allocator, leaves=tuple(n for n in lifecycle.allocator.leaves if not change.unleft(n))
        ),
    )
    pool = tuple(changed if each is lifecycle else each for each in unit.lifecycles)
    proposed = tuple(changed if each is lifecycle else each for each in unit.proposed)
    return LeftOut(replace(unit, lifecycles=pool, proposed=proposed), change.made)


@dataclass
class _Change:
    gone: set[str]
    unused: Iterable[Fact]
    made: int = 0

    def path(self, path: Path) -> Path:
        return replace(path, nodes=tuple(self._node(node) for node in path.nodes))

    def _node(self, node: Node) -> Node:
        stays = isinstance(node.operation, _STAY) or (
            isinstance(node.operation, GracePeriod) and node.operation.deferred
        )
        if node.span.place not in self.gone or stays:
            return node
        self.made += 1
        return replace(node, operation=Skip() if len(node.targets) < 2 else Choose())

    def guard(self, place: str, guard: object) -> object:
        if not any(fact.kind == "guard" and fact.place == place for fact in self.unused):
            return guard
        self.made += 1
        return NO_GUARD

    def unleft(self, node: Node) -> bool:
        left = any(fact.kind == "left" and fact.place == node.span.place for fact in self.unused)
        self.made += left
        return left
