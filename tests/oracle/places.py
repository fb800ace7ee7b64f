"""Which fields share bytes in one configuration, and which names mean one and the same field."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle

# Both spellings of the kernel's queue link; two links of one kind at one place are one field.
LINK_TYPES = frozenset({"struct list_head", "struct rcu_head", "struct callback_head", "list_head", "rcu_head"})


class MissingFieldError(Exception):
    """A step that happens in this configuration names a field that this configuration does not have."""


def fields_in(value: object) -> Iterator[FieldRef]:
    """Every field that a piece of the model names, in the order of its text."""
    if isinstance(value, FieldRef):
        yield value
    elif isinstance(value, tuple | frozenset):
        for item in value:
            yield from fields_in(item)
    elif dataclasses.is_dataclass(value):
        for member in dataclasses.fields(value):
            if member.name != "span":
                yield from fields_in(getattr(value, member.name))


class Places:
    """The fields that a life cycle names, cut into segments that no field's edge divides."""

    def __init__(self, lifecycle: Lifecycle, layout: Callable[[str], StructLayout]) -> None:
        self.same = frozenset(frozenset(pair) for pair in lifecycle.same)
        self.placed: dict[FieldRef, PlacedField] = {}
        for ref in sorted(set(fields_in(lifecycle))):
            try:
                self.placed[ref] = layout(ref.struct).field(ref.path)
            except KeyError:
                continue
        self.names = tuple(self.placed)
        edges = {p.offset_bits for p in self.placed.values()}
        edges |= {p.offset_bits + p.size_bits for p in self.placed.values()}
        starts = sorted(edges)[:-1]
        self.width = len(starts)
        self._segments = {
            ref: tuple(i for i, s in enumerate(starts) if p.offset_bits <= s < p.offset_bits + p.size_bits)
            for ref, p in self.placed.items()
        }
        self._alike = {(a, b): self._are_alike(a, b) for a in self.names for b in self.names}

    def segments(self, ref: FieldRef) -> tuple[int, ...]:
        """The segments of a field; MissingFieldError where this configuration does not have it."""
        if ref not in self._segments:
            raise MissingFieldError(str(ref))
        return self._segments[ref]

    def alike(self, a: FieldRef, b: FieldRef) -> bool:
        """Are the two one and the same, so that neither takes bytes away from the other?"""
        return self._alike[a, b]

    def clash(self, a: FieldRef, b: FieldRef) -> bool:
        """Do the two overlap?"""
        return not self.alike(a, b) and not set(self.segments(a)).isdisjoint(self.segments(b))

    def twin(self, ref: FieldRef) -> FieldRef:
        """The first name of a link that goes by several names (`page.lru`, `ptdesc.pt_list`)."""
        self.segments(ref)
        return min(other for other in self.names if other == ref or self._one_link(ref, other))

    def _are_alike(self, a: FieldRef, b: FieldRef) -> bool:
        if a.struct == b.struct and (f"{a.path}.".startswith(f"{b.path}.") or f"{b.path}.".startswith(f"{a.path}.")):
            return True
        return self._one_link(a, b)

    def _one_link(self, a: FieldRef, b: FieldRef) -> bool:
        if frozenset((a, b)) in self.same:
            return True
        p, q = self.placed[a], self.placed[b]
        return p.type_key == q.type_key and p.type_key in LINK_TYPES and p.offset_bits == q.offset_bits
