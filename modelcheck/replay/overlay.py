"""Fields over the bytes of one page, in one configuration: which share bytes, and which are one and the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from modelcheck.layout.placed import PlacedField
from modelcheck.model.declarations import FieldRef

PlaceOf = Callable[[FieldRef], PlacedField | None]

# `struct rcu_head` is a macro for `struct callback_head` in the kernel (include/linux/types.h).
_LINKAGE_TYPES = {"struct list_head": "list", "struct rcu_head": "rcu", "struct callback_head": "rcu"}


@dataclass(frozen=True, eq=False)
class Overlay:
    """The fields that a life cycle mentions, with their bytes.

    `bytes_of` maps a field that this configuration has to the bytes it covers; `size` is one more than the last byte
    that any of them covers. `unit` is 8, bits in a byte; only where a life cycle mentions bit-fields, which share bytes
    without touching each other, everything is counted in bits instead, and `unit` is 1.
    """

    fields: tuple[FieldRef, ...]
    bytes_of: dict[FieldRef, range]
    size: int
    unit: int
    _names: dict[FieldRef, frozenset[FieldRef]] = field(repr=False)
    _representatives: dict[FieldRef, FieldRef] = field(repr=False)

    def representative(self, ref: FieldRef) -> FieldRef:
        """One name for all fields that are the same as `ref`."""
        return self._representatives[ref]

    def same(self, left: FieldRef, right: FieldRef) -> bool:
        """Are these two names of one field?"""
        return self._representatives[left] == self._representatives[right]

    def related(self, left: FieldRef, right: FieldRef) -> bool:
        """Are these the same field, or does one lie inside the other by its path?"""
        return any(
            _inside(a, b) or _inside(b, a)
            for a in self._names[left]
            for b in self._names[right]
            if a.struct == b.struct
        )

    def overlap(self, left: FieldRef, right: FieldRef) -> bool:
        """Do these share a byte without being one field or one inside the other?"""
        return bool(self.shared(left, right)) and not self.related(left, right)

    def shared(self, left: FieldRef, right: FieldRef) -> range:
        """The bytes that lie in both."""
        a, b = self.bytes_of.get(left, range(0)), self.bytes_of.get(right, range(0))
        return range(max(a.start, b.start), min(a.stop, b.stop))

    def text(self, numbers: Sequence[int]) -> str:
        """Bytes for people: `byte 4`, `bytes 8-15`, `bytes 0-3, 8-11`."""
        runs: list[list[int]] = []
        for number in numbers:
            if runs and number == runs[-1][1] + 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        text = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
        return ("byte" if self.unit == 8 else "bit") + ("s " if len(numbers) > 1 else " ") + text


def overlay_of(
    fields: Iterable[FieldRef], same: Iterable[tuple[FieldRef, FieldRef]], preferred: str, place: PlaceOf
) -> Overlay:
    """Compute the overlay.

    `same` are the pairs declared to be one field. `preferred` is the struct whose names stand for a field that has
    several.
    """
    mentioned = tuple(dict.fromkeys(fields))
    universe = dict.fromkeys(ancestor for ref in mentioned for ancestor in _ancestors(ref))
    placed = {ref: place(ref) for ref in universe}
    places = {ref: where for ref in mentioned if (where := placed[ref]) is not None}
    unit = 1 if any((where.offset_bits | where.size_bits) % 8 for where in places.values()) else 8
    bytes_of = {ref: _units(where, unit) for ref, where in places.items()}

    classes = {ref: frozenset({ref}) for ref in universe}
    for left, right in [*same, *_linkage_pairs(placed)]:
        merged = classes[left] | classes[right]
        for member in merged:
            classes[member] = merged

    names = {ref: frozenset(_other_names(ref, classes)) for ref in mentioned}
    ranked = sorted(mentioned, key=lambda ref: (ref not in bytes_of, ref.struct != preferred))
    representatives = {ref: next(r for r in ranked if names[r] & names[ref]) for ref in mentioned}
    size = max((covered.stop for covered in bytes_of.values()), default=0)
    return Overlay(mentioned, bytes_of, size, unit, names, representatives)


def _units(placed: PlacedField, unit: int) -> range:
    return range(placed.offset_bits // unit, (placed.offset_bits + placed.size_bits) // unit)


def _ancestors(ref: FieldRef) -> Iterator[FieldRef]:
    """The field itself, then the fields it lies in, from the inside out."""
    path = ref.path
    while path:
        yield FieldRef(ref.struct, path)
        path = path.rpartition(".")[0]


def _inside(inner: FieldRef, outer: FieldRef) -> bool:
    return inner.path == outer.path or inner.path.startswith(outer.path + ".")


def _linkage_pairs(placed: dict[FieldRef, PlacedField | None]) -> Iterator[tuple[FieldRef, FieldRef]]:
    first: dict[tuple[str, int], FieldRef] = {}
    for ref, place in placed.items():
        kind = _LINKAGE_TYPES.get(place.type_key) if place else None
        if place and kind:
            yield first.setdefault((kind, place.offset_bits), ref), ref


def _other_names(ref: FieldRef, classes: dict[FieldRef, frozenset[FieldRef]]) -> Iterator[FieldRef]:
    for ancestor in _ancestors(ref):
        suffix = ref.path[len(ancestor.path) :]
        for name in classes[ancestor]:
            yield FieldRef(name.struct, name.path + suffix)
