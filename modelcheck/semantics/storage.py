"""What one configuration decides about a life cycle: which conditions hold, which fields share bytes.

`storage_in` is the question that splits the space of configurations into classes: two configurations with equal
`Storage` give the same counter system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.layout.placed import PlacedField
from modelcheck.model.conditions import Condition, Configuration, holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.semantics import flow
from modelcheck.source import Span

LINKAGE_TYPES = frozenset({"struct list_head", "struct callback_head", "struct rcu_head", "rcu_head", "list_head"})
"""Two fields of one of these types at the same place are one and the same."""


class PlacingConfiguration(Configuration, Protocol):
    """A configuration that also knows where fields are."""

    def place(self, field: FieldRef) -> PlacedField | None:
        """The field's place, or None where this configuration has no such field."""


@dataclass(frozen=True)
class Storage:
    """One class of configurations, as far as one life cycle can tell.

    `applies`: the life cycle exists. `slots` maps each field to the field that stands for its bytes (fields that are
    one and the same have one slot); `overlapping` holds unordered pairs of different slots, sorted. `truths` are the
    conditions that were decided.
    """

    applies: bool
    truths: tuple[tuple[Condition, bool], ...] = ()
    slots: tuple[tuple[FieldRef, FieldRef], ...] = ()
    overlapping: tuple[tuple[FieldRef, FieldRef], ...] = ()

    @cached_property
    def _truth(self) -> dict[Condition, bool]:
        return dict(self.truths)

    @cached_property
    def _slot(self) -> dict[FieldRef, FieldRef]:
        return dict(self.slots)

    @cached_property
    def _neighbours(self) -> dict[FieldRef, tuple[FieldRef, ...]]:
        found: dict[FieldRef, list[FieldRef]] = {}
        for left, right in self.overlapping:
            found.setdefault(left, []).append(right)
            found.setdefault(right, []).append(left)
        return {slot: tuple(sorted(others)) for slot, others in found.items()}

    @cached_property
    def _inner(self) -> dict[FieldRef, tuple[FieldRef, ...]]:
        slots = sorted(set(self._slot.values()))
        return {outer: tuple(inner for inner in slots if _inside(inner, outer)) for outer in slots}

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
        """The slots that lie inside this one by their path."""
        return self._inner[slot]


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
    slots = _slots(lifecycle, places)
    representatives = sorted(set(slots.values()))
    overlapping = tuple(
        (left, right)
        for i, left in enumerate(representatives)
        for right in representatives[i + 1 :]
        if places[left].overlaps(places[right]) and not _nested(left, right)
    )
    return Storage(True, tuple(truths.items()), tuple(sorted(slots.items())), overlapping)


def _missing(field: FieldRef, span: Span) -> Diagnostic:
    return Diagnostic(
        "CA301",
        f"`{field}` does not exist in every configuration in which this step does",
        span,
        "used here",
        help="guard the step with `if (CONDITION)`, with the condition of the field's `#if`",
    )


def _slots(lifecycle: Lifecycle, places: Mapping[FieldRef, PlacedField]) -> dict[FieldRef, FieldRef]:
    """Each field's slot: the first field, by name, that is one and the same with it."""
    slots: dict[FieldRef, FieldRef] = {}
    for field in sorted(places):
        slots[field] = next((f for f in slots.values() if _one_field(lifecycle, f, field, places)), field)
    return slots


def _one_field(lifecycle: Lifecycle, left: FieldRef, right: FieldRef, places: Mapping[FieldRef, PlacedField]) -> bool:
    if (left, right) in lifecycle.same or (right, left) in lifecycle.same:
        return True
    a, b = places[left], places[right]
    return (
        a.offset_bits == b.offset_bits
        and a.size_bits == b.size_bits
        and a.type_key == b.type_key
        and a.type_key in LINKAGE_TYPES
    )


def _inside(inner: FieldRef, outer: FieldRef) -> bool:
    return inner.struct == outer.struct and inner.path.startswith(outer.path + ".")


def _nested(left: FieldRef, right: FieldRef) -> bool:
    return _inside(left, right) or _inside(right, left)
