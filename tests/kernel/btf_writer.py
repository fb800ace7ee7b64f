"""Writes BTF and ELF files, byte by byte as the formats say, without anything of the reader under test."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT = range(1, 12)
FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(12, 20)

# info_sz and elem_sz of every kind, in bytes, as Linux 7.2 writes them.
KNOWN_LAYOUT = ((0, 0), (4, 0), (0, 0), (12, 0), (0, 12), (0, 12), (0, 8), *((0, 0),) * 6, (0, 8), (4, 0), (0, 12),
                (0, 0), (4, 0), (0, 0), (0, 12))  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A type as it was asked for."""

    kind: int
    name: str
    kind_flag: bool
    vlen: int
    size_or_type: int
    tail: tuple[int, ...]


@dataclass
class BtfWriter:
    """Collects types; ids count from 1. `layout` is the table of sizes of kinds, or None for a file without one."""

    order: str = "little"
    layout: Sequence[tuple[int, int]] | None = None
    types: list[Written] = field(default_factory=list)

    def add(
        self,
        kind: int,
        name: str = "",
        size_or_type: int = 0,
        *,
        vlen: int = 0,
        kind_flag: bool = False,
        tail: Sequence[int | str] = (),
    ) -> int:
        """Add a type; strings among the words of the tail are names."""
        words = tuple(self._name(word) if isinstance(word, str) else word for word in tail)
        self.types.append(Written(kind, name, kind_flag, vlen, size_or_type, words))
        return len(self.types)

    def integer(self, name: str, size: int, bits: int | None = None, offset: int = 0) -> int:
        return self.add(INT, name, size, tail=[offset << 16 | (8 * size if bits is None else bits)])

    def array(self, element: int, length: int) -> int:
        return self.add(ARRAY, tail=[element, 0, length])

    def aggregate(
        self, kind: int, name: str, size: int, members: Sequence[tuple[str, int, int]], bits: bool = False
    ) -> int:
        """A struct or union; members are (name, type, offset word)."""
        tail = [word for member in members for word in member]
        return self.add(kind, name, size, vlen=len(members), kind_flag=bits, tail=tail)

    def data(self) -> bytes:
        mark = "<" if self.order == "little" else ">"
        types = b""
        for written in self.types:
            info = written.kind_flag << 31 | written.kind << 24 | written.vlen
            head = (self._name(written.name), info, written.size_or_type)
            types += struct.pack(f"{mark}{3 + len(written.tail)}I", *head, *written.tail)
        layout = b"".join(struct.pack(mark + "BBH", *sizes, 0) for sizes in self.layout or ())
        strings = self._strings
        if self.layout is None:
            header = struct.pack(mark + "HBBI4I", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings))
        else:
            places = (0, len(types), len(types) + len(layout), len(strings), len(types), len(layout))
            header = struct.pack(mark + "HBBI6I", 0xEB9F, 1, 0, 32, *places)
        return header + types + layout + strings

    def __post_init__(self) -> None:
        self._strings = b"\0"
        self._offsets = {"": 0}

    def _name(self, text: str) -> int:
        if text not in self._offsets:
            self._offsets[text] = len(self._strings)
            self._strings += text.encode() + b"\0"
        return self._offsets[text]


def elf_file(section: bytes, *, order: str = "little", wide: bool = True, name: str = ".BTF", flags: int = 0) -> bytes:
    """An ELF file with a null section, a section of that name, and the names of sections."""
    mark = "<" if order == "little" else ">"
    names = b"\0" + name.encode() + b"\0.shstrtab\0"
    head = 64 if wide else 52
    entry = "IIQQQQIIQQ" if wide else "10I"
    table = head + len(section) + len(names)
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "little" else 2, 1]) + bytes(9)
    word = "Q" if wide else "I"
    rest = struct.pack(
        f"{mark}HHI{word}{word}{word}IHHHHHH",
        2, 62, 1, 0, 0, table, 0, head, 0, 0, struct.calcsize(mark + entry), 3, 2,
    )  # fmt: skip
    rows = (
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, 1, flags, 0, head, len(section), 0, 0, 4, 0),
        (len(name) + 2, 3, 0, 0, head + len(section), len(names), 0, 0, 1, 0),
    )
    return ident + rest + section + names + b"".join(struct.pack(mark + entry, *row) for row in rows)
