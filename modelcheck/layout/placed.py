"""A struct as a compiler lays it out: every field with its place, for one ABI and one configuration."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.model.declarations import FieldRef
from modelcheck.source import Span


@dataclass(frozen=True)
class PlacedField:
    """A field and its place, in bits from the start of the struct.

    `path` is dotted and leaves out anonymous members; members of struct-typed fields appear too, after the field that
    holds them (`lru`, `lru.next`, `lru.prev`). `type` is the C type as text; `type_key` names the type so that two
    fields have the same type exactly if their keys are equal (`struct list_head`, `unsigned long`, `atomic_t`).
    """

    path: str
    type: str
    type_key: str
    offset_bits: int
    size_bits: int
    bit_field: bool
    span: Span | None

    @property
    def offset(self) -> int:
        """Byte offset (of the byte that holds the first bit)."""
        return self.offset_bits // 8

    @property
    def size(self) -> int:
        """Size in bytes, rounded up."""
        return -(-self.size_bits // 8)

    def overlaps(self, other: PlacedField) -> bool:
        """Do the two share a bit? An empty field (size 0) shares none."""
        return (
            self.size_bits > 0
            and other.size_bits > 0
            and self.offset_bits < other.offset_bits + other.size_bits
            and other.offset_bits < self.offset_bits + self.size_bits
        )


@dataclass(frozen=True)
class StructLayout:
    """Size and alignment in bytes, and every field in declaration order."""

    name: str
    size: int
    align: int
    fields: tuple[PlacedField, ...]

    def field(self, path: str) -> PlacedField:
        """The field of that path; KeyError where this configuration has none."""
        for placed in self.fields:
            if placed.path == path:
                return placed
        raise KeyError(f"{self.name}.{path}")


@dataclass(frozen=True)
class PlacedRef:
    """A field of an overlaid struct with its place."""

    ref: FieldRef
    place: PlacedField
