"""What one configuration decides about a life cycle: which conditions hold, which fields share bytes.

`storage_in` is the question that splits the space of configurations into classes: two configurations with equal
`Storage` give the same counter system.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Protocol

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.layout.placed import PlacedField
from modelcheck.model.conditions import Condition, Configuration, holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle, Path
from modelcheck.semantics import flow
from modelcheck.semantics.mentions import fields_of
from modelcheck.semantics.slots import NOTHING, Slots, seen, slots_of
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

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Conditions are left out: hashing them costs more than the few comparisons that it would save.
        return hash((self.applies, tuple(truth for _, truth in self.truths), self.placed))

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
        """Does the class have the field: some step here needs it, the allocator leaves it, or a lock guards it?"""
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
    return StorageQuestion(lifecycle).ask(configuration)


@dataclass
class _Stage:
    """Fields to look for, and a condition that decides what comes after them; None at the end.

    A field comes with the place in the model that needs it, None for one that need not be there.
    """

    fields: list[tuple[FieldRef, Span | None]]
    condition: Condition | None = None
    after: dict[bool, _Stage] = dataclass_field(default_factory=dict)


class StorageQuestion:
    """`storage_in` for one life cycle and many configurations: what does not depend on those is worked out once.

    What is asked next depends on the answers so far and on nothing else. So the questions are kept as a tree, and a
    configuration that answers as one before it did is not led through the life cycle again.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self._first = _Stage([], lifecycle.condition)
        self._fields: dict[tuple[str, int], tuple[FieldRef, ...]] = {}
        self._slots: dict[Hashable, Slots] = {}

    def ask(self, configuration: PlacingConfiguration) -> Storage:
        """What this configuration decides; raises as `storage_in`."""
        truths: list[tuple[Condition, bool]] = []
        places: dict[FieldRef, PlacedField] = {}
        stage = self._first
        while stage.condition is not None:
            truth = holds(stage.condition, configuration)
            truths.append((stage.condition, truth))
            if truth not in stage.after:
                self._explore(configuration)
            stage = stage.after[truth]
            for field, span in stage.fields:
                _look_for(field, span, configuration, places)
        _, applies = truths[0]
        if not applies:
            return Storage(applies=False)
        return Storage(True, tuple(truths), self._slots_of(places, configuration))

    def _explore(self, configuration: PlacingConfiguration) -> None:
        """Go through the life cycle, and add to the tree what this configuration is asked."""
        lifecycle = self._lifecycle
        truths: dict[Condition, bool] = {}
        asked: list[_Stage] = []
        # By identity first, which is what nearly always decides; equal conditions are still decided once.
        known: dict[int, bool] = {}

        def decide(condition: Condition) -> bool:
            truth = known.get(id(condition))
            if truth is None:
                if condition not in truths:
                    truths[condition] = holds(condition, configuration)
                    asked.append(_Stage([], condition))
                truth = known[id(condition)] = truths[condition]
            return truth

        places: dict[FieldRef, PlacedField] = {}
        nodes: list[tuple[Path, int]] = []

        def look_for(field: FieldRef, span: Span | None) -> None:
            if field not in places:
                _look_for(field, span, configuration, places)
                asked[-1].fields.append((field, span))

        if decide(lifecycle.condition):
            for path, index in flow.live_nodes(lifecycle, decide):
                nodes.append((path, index))
                for field in self._fields_of(path, index):
                    look_for(field, path.nodes[index].span)
            for field, span in flow.fields_beside_nodes(lifecycle, decide):
                look_for(field, span)
            for guard in flow.guards_of(lifecycle, nodes, decide):
                flow.decide(guard, decide)
            # What the allocator writes, and what a lock guards, need not be there.
            for field in (*flow.left_fields(lifecycle), *(guarded.field for guarded in lifecycle.guarded)):
                look_for(field, None)
        stage = self._first
        for here, (condition, truth) in zip(asked, truths.items(), strict=True):
            stage.condition = condition
            stage = stage.after.setdefault(truth, _Stage(here.fields))

    def _fields_of(self, path: Path, index: int) -> tuple[FieldRef, ...]:
        found = self._fields.get((path.name, index))
        if found is None:
            found = tuple(dict.fromkeys(fields_of(self._lifecycle, path.nodes[index].operation)))
            self._fields[path.name, index] = found
        return found

    def _slots_of(self, places: Mapping[FieldRef, PlacedField], configuration: PlacingConfiguration) -> Slots:
        # Targets have layouts of their own, and mostly the same fields at the same places in them.
        alike = seen(places, configuration.place)
        found = self._slots.get(alike)
        if found is None:
            found = self._slots[alike] = slots_of(places, self._lifecycle.same, configuration.place)
        return found


def _look_for(
    field: FieldRef, span: Span | None, configuration: PlacingConfiguration, places: dict[FieldRef, PlacedField]
) -> None:
    place = configuration.place(field)
    if place is not None:
        places[field] = place
    elif span is not None:
        raise InputError([_missing(field, span)])


def _missing(field: FieldRef, span: Span) -> Diagnostic:
    return Diagnostic(
        "CA324",
        f"`{field}` does not exist in every configuration in which this step does",
        span,
        "used here",
        help="guard the step with `if (CONDITION)`, with the condition of the field's `#if`",
    )
