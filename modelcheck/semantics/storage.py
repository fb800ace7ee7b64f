"""What one configuration decides about a life cycle: which conditions hold, which fields share bytes.

`storage_in` is the question that splits the space of configurations into classes: two configurations with equal
`Storage` give the same counter system.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.layout.decisions import Decisions
from modelcheck.layout.placed import PlacedField
from modelcheck.model.conditions import Condition, Configuration, holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import decide as decide_guard
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


@dataclass(frozen=True)
class _Needed:
    """Is the field there? `span` is the place in the model that needs it, None where it need not be there."""

    field: FieldRef
    span: Span | None


class StorageQuestion:
    """`storage_in` for one life cycle and many configurations: what does not depend on those is worked out once.

    A configuration that answers as one before it did is not led through the life cycle again.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self._applies: Decisions[None, Condition | _Needed, bool] = Decisions()
        self._fields: dict[tuple[str, int], tuple[FieldRef, ...]] = {}
        self._slots: dict[Hashable, Slots] = {}

    def ask(self, configuration: PlacingConfiguration) -> Storage:
        """What this configuration decides; raises as `storage_in`."""
        truths: list[tuple[Condition, bool]] = []
        places: dict[FieldRef, PlacedField] = {}

        def answer(question: Condition | _Needed) -> bool:
            if not isinstance(question, _Needed):
                truths.append((question, holds(question, configuration)))
                return truths[-1][1]
            place = configuration.place(question.field)
            if place is not None:
                places[question.field] = place
            elif question.span is not None:
                raise InputError([_missing(question.field, question.span)])
            return place is not None

        if not self._applies.get(None, answer, self._lead):
            return Storage(applies=False)
        return Storage(True, tuple(truths), self._slots_of(places, configuration))

    def _lead(self, ask: Callable[[Condition | _Needed], bool]) -> bool:
        """Ask a configuration all that the life cycle asks of it; does the life cycle exist there?"""
        lifecycle = self._lifecycle
        # By identity first, which is what nearly always decides; equal conditions are still decided once.
        known: dict[int, bool] = {}
        sought: set[FieldRef] = set()

        def decide(condition: Condition) -> bool:
            truth = known.get(id(condition))
            if truth is None:
                truth = known[id(condition)] = ask(condition)
            return truth

        def look_for(field: FieldRef, span: Span | None) -> None:
            if field not in sought:
                sought.add(field)
                ask(_Needed(field, span))

        if not decide(lifecycle.condition):
            return False
        nodes: list[tuple[Path, int]] = []
        for path, index in flow.live_nodes(lifecycle, decide):
            nodes.append((path, index))
            for field in self._fields_of(path, index):
                look_for(field, path.nodes[index].span)
        for field, span in flow.fields_beside_nodes(lifecycle, decide):
            look_for(field, span)
        for guard in flow.guards_of(lifecycle, nodes, decide):
            decide_guard(guard, decide)
        # What the allocator writes, and what a lock guards, need not be there.
        for field in (*flow.left_fields(lifecycle), *(guarded.field for guarded in lifecycle.guarded)):
            look_for(field, None)
        return True

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


def _missing(field: FieldRef, span: Span) -> Diagnostic:
    return Diagnostic(
        "CA324",
        f"`{field}` does not exist in every configuration in which this step does",
        span,
        "used here",
        help="guard the step with `if (CONDITION)`, with the condition of the field's `#if`",
    )
