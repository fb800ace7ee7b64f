"""Which fields are one and the same in one configuration, which lie inside which, and which share bytes.

A *slot* stands for all fields that are one and the same: declared so, or links of one kind at one place. What lies
inside one of them lies inside all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from modelcheck.layout.placed import PlacedField
from modelcheck.model.declarations import FieldRef

# `struct rcu_head` is a macro for `struct callback_head` in the kernel (include/linux/types.h).
_LINKAGE_TYPES = {
    "struct list_head": "list",
    "list_head": "list",
    "struct rcu_head": "rcu",
    "rcu_head": "rcu",
    "struct callback_head": "rcu",
}


@dataclass(frozen=True)
class Slots:
    """The slots of some fields, and how they lie.

    `of` maps each field to its slot, sorted. `overlapping` holds unordered pairs of slots that share a bit and of which
    neither lies inside the other, sorted. `nested` are pairs (outer, inner). The bits of a slot that are no inner
    slot's are its *own*: `hollow` slots have none, and `spared` are pairs (writer, slot) that overlap, but not in
    those.
    """

    of: tuple[tuple[FieldRef, FieldRef], ...]
    overlapping: tuple[tuple[FieldRef, FieldRef], ...]
    nested: tuple[tuple[FieldRef, FieldRef], ...]
    hollow: tuple[FieldRef, ...]
    spared: tuple[tuple[FieldRef, FieldRef], ...]


NOTHING = Slots((), (), (), (), ())


def slots_of(
    places: Mapping[FieldRef, PlacedField],
    same: Iterable[tuple[FieldRef, FieldRef]],
    place: Callable[[FieldRef], PlacedField | None],
) -> Slots:
    """The slots of the fields in `places`; `same` are the pairs declared to be one, `place` asks for other fields."""
    names = _names(places, same, place)
    of = _representatives(names)
    slots = sorted(set(of.values()))
    aliases = {slot: frozenset[FieldRef]().union(*(names[f] for f in names if of[f] == slot)) for slot in slots}
    dotted = any("." in name.path for found in aliases.values() for name in found)
    nested = tuple((o, i) for o in slots for i in slots if dotted and o != i and _lies_inside(aliases[i], aliases[o]))
    overlapping = tuple(
        (left, right)
        for n, left in enumerate(slots)
        for right in slots[n + 1 :]
        if places[left].overlaps(places[right]) and not {(left, right), (right, left)} & set(nested)
    )
    own = {slot: _bits(places[slot]) for slot in slots}
    for outer, inner in nested:
        own[outer] &= ~_bits(places[inner])
    outermost = dict.fromkeys(outer for outer, _ in nested)
    return Slots(
        tuple(sorted(of.items())),
        overlapping,
        nested,
        tuple(outer for outer in outermost if not own[outer]),
        tuple(
            (writer, outer)
            for outer in outermost
            for pair in overlapping
            if outer in pair and not own[outer] & _bits(places[writer := pair[pair[0] == outer]])
        ),
    )


def seen(places: Mapping[FieldRef, PlacedField], place: Callable[[FieldRef], PlacedField | None]) -> Hashable:
    """All that `slots_of` makes of where fields lie, for one `same`: equal values have equal slots."""
    around = {outer for field in places for outer in _ancestors(field) if outer not in places}
    return (
        tuple((field, where.offset_bits, where.size_bits, where.type_key) for field, where in places.items()),
        tuple(
            (outer, where and (where.offset_bits, where.type_key))
            for outer, where in sorted(((outer, place(outer)) for outer in around), key=itemgetter(0))
        ),
    )


def _names(
    places: Mapping[FieldRef, PlacedField],
    same: Iterable[tuple[FieldRef, FieldRef]],
    place: Callable[[FieldRef], PlacedField | None],
) -> dict[FieldRef, frozenset[FieldRef]]:
    """All names of each field, those that it has by way of what it lies in included."""
    universe = dict.fromkeys(ancestor for field in places for ancestor in _ancestors(field))
    placed = {field: places[field] if field in places else place(field) for field in universe}
    classes: dict[FieldRef, frozenset[FieldRef]] = {field: frozenset({field}) for field in universe}
    for left, right in (*same, *_links(placed)):
        merged = classes.get(left, frozenset({left})) | classes.get(right, frozenset({right}))
        classes.update(dict.fromkeys(merged, merged))
    return {
        field: frozenset(
            FieldRef(name.struct, name.path + field.path[len(ancestor.path) :])
            for ancestor in _ancestors(field)
            for name in classes[ancestor]
        )
        for field in places
    }


def _representatives(names: Mapping[FieldRef, frozenset[FieldRef]]) -> dict[FieldRef, FieldRef]:
    """For each field the first one, by name, that is one and the same with it."""
    first: dict[FieldRef, FieldRef] = {}
    of: dict[FieldRef, FieldRef] = {}
    for field in sorted(names):
        met = {first[name] for name in names[field] if name in first}
        slot = min({of[other] for other in met}, default=field)
        for other in met:
            of.update({each: slot for each, its in of.items() if its == of[other]})
        of[field] = slot
        for name in names[field]:
            first.setdefault(name, field)
    return of


def _ancestors(field: FieldRef) -> Iterator[FieldRef]:
    """The field itself, then the fields it lies in, from the inside out."""
    path = field.path
    while path:
        yield FieldRef(field.struct, path)
        path = path.rpartition(".")[0]


def _links(placed: Mapping[FieldRef, PlacedField | None]) -> Iterator[tuple[FieldRef, FieldRef]]:
    first: dict[tuple[str, int], FieldRef] = {}
    for field, where in placed.items():
        kind = _LINKAGE_TYPES.get(where.type_key) if where else None
        if where and kind:
            yield first.setdefault((kind, where.offset_bits), field), field


def _lies_inside(inner: Iterable[FieldRef], outer: Iterable[FieldRef]) -> bool:
    return any(i.struct == o.struct and i.path.startswith(o.path + ".") for i in inner for o in outer)


def _bits(place: PlacedField) -> int:
    return ((1 << place.size_bits) - 1) << place.offset_bits
