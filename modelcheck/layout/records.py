"""Where a C compiler puts the members of one struct or union.

The rules are those of the System V ABIs as GCC has them (`gcc/stor-layout.cc`, `place_field` and
`update_alignment_for_field`).
In most of them the declared type of a bit-field matters (`PCC_BITFIELD_TYPE_MATTERS`, set in `gcc/config/elfos.h`);
Linux on m68k is the exception (`gcc/config/m68k/linux.h`): there bit-fields are laid side by side, and an empty one
ends at two bytes. On Arm an unnamed bit-field aligns the struct like a named one (`TARGET_ALIGN_ANON_BITFIELD`).

Bits are counted in the order in which they are allocated: from the least significant bit of a byte on little-endian
targets, from
the most significant one on big-endian targets. So positions follow the same rules on both.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.model.declarations import BitFields


@dataclass(frozen=True)
class Shape:
    """Size and alignment of a type inside a struct, in bytes."""

    size: int
    align: int


def round_up(value: int, multiple: int) -> int:
    """The smallest multiple of `multiple` that is not below `value`."""
    return -(-value // multiple) * multiple


@dataclass
class Record:
    """A struct or union under construction. `end` is in bits, `align` in bytes."""

    union: bool
    packed: bool
    bit_fields: BitFields = "by_type"
    end: int = 0
    align: int = 1

    def add(self, shape: Shape, aligned: int = 0) -> int:
        """Add a plain member and give its place in bits. `aligned` is what its attributes ask for in bytes, 0 for
        nothing."""
        wanted = max(1 if self.packed else shape.align, aligned)
        self.align = max(self.align, wanted)
        return self._take(0 if self.union else round_up(self.end, wanted * 8), shape.size * 8)

    def add_bits(self, shape: Shape, width: int, *, named: bool, aligned: int = 0) -> int:
        """Add a bit-field of a declared type and give its place in bits."""
        if self.bit_fields == "side_by_side":
            return self._add_untyped_bits(width, aligned)
        unit = shape.align * 8
        if named or self.bit_fields == "by_type_unnamed_too":
            # An empty one keeps its alignment in a packed struct.
            self.align = max(self.align, 1 if self.packed and width else shape.align)
        if width or self.bit_fields == "by_type_unnamed_too":
            self.align = max(self.align, aligned)
        if width == 0:
            # The next member begins at a new unit, also in a packed struct.
            return self.end if self.union else self._take(round_up(self.end, max(unit, aligned * 8)), 0)
        start = 0 if self.union else round_up(self.end, max(aligned * 8, 1))
        # A bit-field may not span more units of its type's alignment than its type itself.
        if not self.packed and -(-(start % unit + width) // unit) > shape.size * 8 // unit:
            start = round_up(start, unit)
        return self._take(start, width)

    def _add_untyped_bits(self, width: int, aligned: int) -> int:
        start = 0 if self.union else round_up(self.end, max(aligned * 8, 1))
        natural = 1
        if width == 0:
            natural = 2
            start = 0 if self.union else round_up(start, 16)
        elif width in (8, 16, 32, 64) and not self.packed:
            # GCC makes an ordinary member of a bit-field that happens to lie like one.
            like = min(width // 8, 2)
            natural = like if start % (like * 8) == 0 else 1
        self.align = max(self.align, aligned, natural)
        return self._take(start, width)

    def finish(self, aligned: int = 0) -> Shape:
        """The whole, padded to its alignment. `aligned` is what its own attributes ask for in bytes, 0 for nothing."""
        align = max(self.align, aligned)
        return Shape(round_up(-(-self.end // 8), align), align)

    def _take(self, start: int, bits: int) -> int:
        self.end = max(self.end, start + bits)
        return start
