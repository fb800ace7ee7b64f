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
        self._one = _closed(self._directly_one(lifecycle, layout))
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
        return min(other for other in self.names if other in self._one[ref])

    def one_link(self, a: FieldRef, b: FieldRef) -> bool:
        """Are the two one field by two names?"""
        return b in self._one[a]

    def _are_alike(self, a: FieldRef, b: FieldRef) -> bool:
        """One field, or one of them inside a field that the other one is a name of."""
        return any(_within(x, y) or _within(y, x) for x in self._one[a] for y in self._one[b])

    def _directly_one(
        self, lifecycle: Lifecycle, layout: Callable[[str], StructLayout]
    ) -> dict[FieldRef, set[FieldRef]]:
        """For every field, and all that it lies in: what is declared to be the same, or is a link of its kind there."""
        everywhere = {outer for pair in lifecycle.same for ref in pair for outer in _outward(ref)}
        everywhere |= {outer for ref in self.names for outer in _outward(ref)}
        links: dict[tuple[bool, int], set[FieldRef]] = {}
        for ref in everywhere:
            try:
                place = layout(ref.struct).field(ref.path)
            except KeyError:
                continue
            if place.type_key in LINK_TYPES:
                links.setdefault(("list" in place.type_key, place.offset_bits), set()).add(ref)
        one = {ref: {ref} for ref in everywhere}
        for group in [*map(set, lifecycle.same), *links.values()]:
            for ref in group:
                one[ref] |= group
        # A part of one is the same part of the other.
        for ref in everywhere:
            for outer in _outward(ref):
                rest = ref.path[len(outer.path) :]
                one[ref] |= {FieldRef(other.struct, other.path + rest) for other in one[outer]}
        return one


def _closed(one: dict[FieldRef, set[FieldRef]]) -> dict[FieldRef, set[FieldRef]]:
    changed = True
    while changed:
        changed = False
        for ref in list(one):
            more = set().union(*(one.get(other, {other}) for other in one[ref])) | one[ref]
            for other in more:
                if not more <= one.setdefault(other, {other}):
                    one[other] |= more
                    changed = True
    return one


def _outward(ref: FieldRef) -> Iterator[FieldRef]:
    parts = ref.path.split(".")
    for count in range(len(parts), 0, -1):
        yield FieldRef(ref.struct, ".".join(parts[:count]))


def _within(a: FieldRef, b: FieldRef) -> bool:
    return a.struct == b.struct and f"{a.path}.".startswith(f"{b.path}.")
