"""Every point at which anybody can be, and atomic blocks, which keep everybody else where they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from modelcheck.semantics.context import Context
from modelcheck.semantics.creation import Creation
from modelcheck.semantics.effect import Updates
from modelcheck.semantics.names import ATOMIC
from modelcheck.semantics.points import Point, idle
from modelcheck.semantics.terms import YES, Formula, var, zero

_UNDISTURBED = zero(var(ATOMIC))


@dataclass(frozen=True)
class Whereabouts:
    """The points of tables, of the creator after its `populate`, and of actions."""

    tables: tuple[Point, ...]
    creator: tuple[Point, ...]
    actions: tuple[Point, ...]

    @cached_property
    def all(self) -> tuple[Point, ...]:
        """Tables first, then the creator, then actions."""
        return (*self.tables, *self.creator, *self.actions)

    @cached_property
    def atomic(self) -> bool:
        """Is there an atomic block of more than one step?"""
        return any(point.inner for point in self.all)

    def undisturbed(self, point: Point | None = None) -> Formula:
        """Nobody is inside an atomic block, other than an actor at `point`."""
        if not self.atomic or (point is not None and point.inner):
            return YES
        return _UNDISTURBED

    def pass_atomic(self, source: Point, target: Point, updates: Updates) -> None:
        """Note that an actor comes into an atomic block, or out of one."""
        if source.inner != target.inner:
            updates.add(ATOMIC, 1 if target.inner else -1)


def whereabouts_of(context: Context, creation: Creation) -> Whereabouts:
    """Where anybody can be once the creation is as far as `creation` says."""
    resting = (case.rest for case in creation.cases if case.rest.kind != "rest")
    actions = []
    for action in context.actions:
        actions += [idle(action.name), context.points.started(f"action:{action.name}", action.path, context.live)]
    return Whereabouts(context.tables, context.reach(*resting), context.reach(*actions))
