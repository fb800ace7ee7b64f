"""One section of an ELF file, of either class and byte order.

The format is the one of the System V ABI (`elf(5)`); only what leads from the file header to a section is read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from modelcheck.kernel.faults import damaged

MAGIC = b"\x7fELF"
_COMPRESSED = 0x800


@dataclass(frozen=True)
class Section:
    """Where a section's bytes are in the file, and the size of a pointer (4 or 8) by the file's class."""

    start: int
    end: int
    word: int


def find_section(data: memoryview, wanted: bytes, name: str) -> Section | None:
    """The first section called `wanted`; None if there is none. `name` is the file, for messages.

    Raises InputError (CA403) where the headers point outside the file.
    """
    try:
        return _find(data, wanted, name)
    except (struct.error, OverflowError):
        raise damaged(name, "the ELF headers point outside the file") from None


def _find(data: memoryview, wanted: bytes, name: str) -> Section | None:
    if len(data) < 6 or data[4] not in (1, 2) or data[5] not in (1, 2):
        raise damaged(name, "the ELF class or byte order is unknown")
    wide = data[4] == 2
    order = "<" if data[5] == 1 else ">"
    # From e_shoff: 4 bytes of flags, then six half words, of which the last three describe the section headers.
    header, start = ("Q10xHHH", 40) if wide else ("I10xHHH", 32)
    table, entry, count, names = struct.unpack_from(order + header, data, start)
    section = struct.Struct(order + ("IIQQQQIIQQ" if wide else "10I"))
    if table == 0 or entry < section.size:
        return None
    # Files with very many sections keep these two numbers in section 0.
    first = section.unpack_from(data, table)
    count = count or first[5]
    names = first[6] if names == 0xFFFF else names
    if table + count * entry > len(data) or names >= count:
        raise damaged(name, "the ELF section headers point outside the file")
    strings = section.unpack_from(data, table + names * entry)[4]
    for index in range(count):
        title, _, flags, _, start, size, *_ = section.unpack_from(data, table + index * entry)
        if bytes(data[strings + title : strings + title + len(wanted) + 1]) != wanted + b"\0":
            continue
        if flags & _COMPRESSED:
            raise damaged(name, f"its section {wanted.decode()} is compressed, which kernels never do")
        if start + size > len(data):
            raise damaged(name, f"its section {wanted.decode()} points outside the file")
        return Section(start, start + size, 8 if wide else 4)
    return None
