"""What one configuration decides about a life cycle: which conditions hold, which fields share bytes.

`storage_in` is the question that splits the space of configurations into classes: two configurations with equal
`Storage` give the same counter system.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.layout.placed import PlacedField
from modelcheck.model.conditions import Condition, Configuration, holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.semantics import flow
from modelcheck.semantics.slots import NOTHING, Slots, slots_of
from modelcheck.source import Span


class PlacingConfiguration(Configuration, Protocol):
    """A configuration that also knows where fields are."""

    def place(self, field: FieldRef) -> PlacedField | None:
        """The field's place, or None where this configuration has no such field."""


@dataclass(frozen=True)
class Storage:
    """One class of configurations, as far as one life cycle can tell.

    `applies`: the life cycle exists. `placed` says which fields are one and the same and which share bytes. `truths`
    are the conditions that were decided.
    """

    applies: bool
    truths: tuple[tuple[Condition, bool], ...] = ()
    placed: Slots = NOTHING

    @cached_property
    def _truth(self) -> dict[Condition, bool]:
        return dict(self.truths)

    @cached_property
    def _slot(self) -> dict[FieldRef, FieldRef]:
        return dict(self.placed.of)

    @cached_property
    def slots(self) -> tuple[FieldRef, ...]:
        """All slots, sorted."""
        return tuple(sorted(set(self._slot.values())))

    @cached_property
    def _neighbours(self) -> dict[FieldRef, tuple[FieldRef, ...]]:
        found: dict[FieldRef, list[FieldRef]] = {}
        for left, right in self.placed.overlapping:
            found.setdefault(left, []).append(right)
            found.setdefault(right, []).append(left)
        return {slot: tuple(sorted(others)) for slot, others in found.items()}

    @cached_property
    def _inner(self) -> dict[FieldRef, tuple[FieldRef, ...]]:
        found: dict[FieldRef, list[FieldRef]] = {}
        for outer, inner in self.placed.nested:
            found.setdefault(outer, []).append(inner)
        return {outer: tuple(sorted(inner)) for outer, inner in found.items()}

    def has(self, field: FieldRef) -> bool:
        """Does some step that exists here need this field, or does the allocator leave it?"""
        return field in self._slot

    def holds(self, condition: Condition) -> bool:
        """Is the condition true in this class?"""
        return self._truth[condition]

    def slot(self, field: FieldRef) -> FieldRef:
        """The field that stands for this field's bytes."""
        return self._slot[field]

    def overlaps(self, slot: FieldRef) -> tuple[FieldRef, ...]:
        """The other slots that share a byte with this one."""
        return self._neighbours.get(slot, ())

    def inside(self, slot: FieldRef) -> tuple[FieldRef, ...]:
        """The slots that lie inside this one."""
        return self._inner.get(slot, ())

    def pieces(self, slot: FieldRef) -> tuple[FieldRef, ...]:
        """The slots whose own bytes together are the bytes of this one: itself, if it has any, and those inside."""
        return tuple(each for each in (slot, *self.inside(slot)) if each not in self.placed.hollow)

    def takes_from(self, slot: FieldRef) -> tuple[FieldRef, ...]:
        """The slots that lose some of their own bytes when this one is written."""
        unhurt = {other for writer, other in self.placed.spared if writer == slot}.union(self.placed.hollow)
        return tuple(other for other in self.overlaps(slot) if other not in unhurt)


def storage_in(lifecycle: Lifecycle, configuration: PlacingConfiguration) -> Storage:
    """Ask a configuration everything that matters for the life cycle, and no more.

    Raises:
        InputError: a step that exists in this configuration touches a field that does not.
    """
    truths: dict[Condition, bool] = {}

    def decide(condition: Condition) -> bool:
        if condition not in truths:
            truths[condition] = holds(condition, configuration)
        return truths[condition]

    if not decide(lifecycle.condition):
        return Storage(applies=False)
    places: dict[FieldRef, PlacedField] = {}
    for field, span in flow.live_fields(lifecycle, decide):
        if field not in places:
            place = configuration.place(field)
            if place is None:
                raise InputError([_missing(field, span)])
            places[field] = place
    for guard in flow.live_guards(lifecycle, decide):
        flow.decide(guard, decide)
    for field in flow.left_fields(lifecycle):
        if field not in places and (where := configuration.place(field)) is not None:
            places[field] = where
    return Storage(True, tuple(truths.items()), slots_of(places, lifecycle.same, configuration.place))


def _missing(field: FieldRef, span: Span) -> Diagnostic:
    return Diagnostic(
        "CA324",
        f"`{field}` does not exist in every configuration in which this step does",
        span,
        "used here",
        help="guard the step with `if (CONDITION)`, with the condition of the field's `#if`",
    )
