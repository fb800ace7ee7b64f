"""The BPF Type Format: the types of a kernel, as its build describes them.

The format is the kernel's own (`include/uapi/linux/btf.h`, `Documentation/bpf/btf.rst`; version 1, up to Linux 7.2).
A file holds a header, the types one after the other, and a string table; newer files also say how large types of each
kind are. Types are indexed once and decoded where asked, since a kernel has some 100,000 of them and a question is
about a few.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from modelcheck.kernel.faults import MODULE_HELP, contradictory, damaged, wordless

ByteOrder = Literal["little", "big"]
MAGICS: dict[bytes, ByteOrder] = {b"\x9f\xeb": "little", b"\xeb\x9f": "big"}


class Kind(IntEnum):
    """What a type is (`BTF_KIND_*`)."""

    UNKN = 0
    INT = 1
    PTR = 2
    ARRAY = 3
    STRUCT = 4
    UNION = 5
    ENUM = 6
    FWD = 7
    TYPEDEF = 8
    VOLATILE = 9
    CONST = 10
    RESTRICT = 11
    FUNC = 12
    FUNC_PROTO = 13
    VAR = 14
    DATASEC = 15
    FLOAT = 16
    DECL_TAG = 17
    TYPE_TAG = 18
    ENUM64 = 19


# What follows `struct btf_type`, in 32-bit words: once, and for each of the `vlen` elements.
_TAIL: dict[Kind, tuple[int, int]] = {
    Kind.INT: (1, 0),
    Kind.ARRAY: (3, 0),
    Kind.STRUCT: (0, 3),
    Kind.UNION: (0, 3),
    Kind.ENUM: (0, 2),
    Kind.FUNC_PROTO: (0, 2),
    Kind.VAR: (1, 0),
    Kind.DATASEC: (0, 3),
    Kind.DECL_TAG: (1, 0),
    Kind.ENUM64: (0, 3),
}
_HEAD = 3
_KINDS = 128  # the kind has 7 bits


@dataclass(frozen=True)
class TypeRecord:
    """One type as the file has it.

    `kind` is a number from 0 to 127 (those that `Kind` names, or newer). `size_or_type` is a size in bytes or the id of
    another type, as the kind says. `tail` are the 32-bit words behind it: members, parameters, array bounds.
    """

    id: int
    kind: int
    name: str
    kind_flag: bool
    vlen: int
    size_or_type: int
    tail: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Btf:
    """The types of one kernel. Ids count from 1; 0 is `void`.

    `unread` says in a sentence what of the file this reader could not read; empty if it read everything.
    """

    name: str
    byte_order: ByteOrder
    unread: str
    _words: array[int] = field(repr=False)
    _starts: array[int] = field(repr=False)
    _kinds: bytes = field(repr=False)
    _strings: bytes = field(repr=False)
    _word: int | None

    def __len__(self) -> int:
        """How many types were read."""
        return len(self._starts)

    @property
    def word(self) -> int:
        """Bytes in a pointer: 4 or 8. By the ELF file, or by the size of `long`, which is the same in every kernel.

        Raises InputError (CA406) if there is no such type.
        """
        word = self._word or self._size_of_long()
        if word is None:
            raise wordless(self.name)
        return word

    def _size_of_long(self) -> int | None:
        for name in ("long unsigned int", "long int", "unsigned long", "long"):
            for found in self.find(Kind.INT, name):
                size = self._words[self._starts[found - 1] + 2]
                if size in (4, 8):
                    return size
        return None

    def find(self, kind: Kind, name: str) -> Iterator[int]:
        """The ids of all types of that kind and name, in the order of the file."""
        # Names may share a tail with others, so they are compared by content and not by their place.
        wanted = name.encode() + b"\0"
        one = bytes([kind])
        at = self._kinds.find(one)
        while at >= 0:
            if self._strings.startswith(wanted, self._words[self._starts[at]]):
                yield at + 1
            at = self._kinds.find(one, at + 1)

    def type(self, type_id: int) -> TypeRecord | None:
        """The type of that id; None if it is one that could not be read (see `unread`). 0 is a record of kind UNKN.

        Raises InputError (CA404) if the file has no such type.
        """
        if type_id == 0:
            return TypeRecord(0, Kind.UNKN, "", False, 0, 0, ())
        if type_id > len(self):
            if self.unread:
                return None
            message = f"type {type_id} is used, but there are only {len(self)}"
            raise contradictory(self.name, message, MODULE_HELP)
        start = self._starts[type_id - 1]
        end = self._starts[type_id] if type_id < len(self) else len(self._words)
        name, info, size_or_type = self._words[start : start + _HEAD]
        tail = tuple(self._words[start + _HEAD : end])
        kind, vlen = info >> 24 & 0x7F, info & 0xFFFFFF
        return TypeRecord(type_id, kind, self.string(name), bool(info >> 31), vlen, size_or_type, tail)

    def string(self, offset: int) -> str:
        """The name at an offset of the string table. Raises InputError (CA404) if there is none."""
        if offset >= len(self._strings):
            message = f"a name is at byte {offset} of {len(self._strings)} bytes of names"
            raise contradictory(self.name, message, MODULE_HELP)
        return self._strings[offset : self._strings.index(b"\0", offset)].decode(errors="replace")


def parse_btf(data: bytes, name: str, word: int | None = None) -> Btf:
    """Index raw BTF. `name` is the file, for messages; `word` the size of a pointer, where the container says it.

    Types of an unknown kind are passed over if the file says how large they are; if not, what comes before the first
    of them is kept and `Btf.unread` says so. Raises InputError (CA403) for damaged files.
    """
    order = MAGICS.get(data[:2])
    if order is None:
        raise damaged(name, "it does not begin with the magic number of BTF")
    sections = _sections(data, name, order)
    strings = sections.strings
    if not strings or strings[0] or strings[-1]:
        raise damaged(name, "the table of names does not begin and end with a zero byte")
    words = array("I", sections.types)
    if order != sys.byteorder:
        words.byteswap()
    starts, kinds, end, unread = _index(words, _kind_sizes(sections.layout, order), name)
    return Btf(name, order, unread, words[:end], starts, bytes(kinds), strings, word)


@dataclass(frozen=True)
class _Sections:
    types: bytes
    strings: bytes
    layout: bytes


def _sections(data: bytes, name: str, order: ByteOrder) -> _Sections:
    mark = "<" if order == "little" else ">"
    if len(data) < 24:
        raise damaged(name, "the header is cut off")
    _, version, _, length, *places = struct.unpack_from(mark + "HBBI4I", data)
    if version != 1:
        raise damaged(name, f"it has version {version} of BTF; only version 1 is known")
    if length < 24 or length > len(data):
        raise damaged(name, f"the header says that it is {length} bytes long")
    # Linux 7.x made the header longer by the place of the sizes of kinds.
    layout_start, layout_size = struct.unpack_from(mark + "2I", data, 24) if length >= 32 else (0, 0)

    def section(start: int, size: int, what: str) -> bytes:
        end = length + start + size
        if end > len(data):
            raise damaged(name, f"the {what} would end at byte {end}, but there are {len(data)} bytes")
        return data[length + start : end]

    types = section(places[0], places[1], "types")
    if len(types) % 4:
        raise damaged(name, "the length of the types is not a multiple of 4")
    layout = section(layout_start, layout_size, "sizes of kinds")
    return _Sections(types, section(places[2], places[3], "names"), layout)


def _kind_sizes(layout: bytes, order: ByteOrder) -> list[tuple[int, int] | None]:
    """Words in a type of each kind, without and per element; None for kinds of which nothing is known."""
    sizes: list[tuple[int, int] | None] = [None] * _KINDS
    # struct btf_layout: info_sz and elem_sz in bytes, and flags. Linux 7.x writes one for each kind it knows.
    mark = "<" if order == "little" else ">"
    read = min(len(layout) // 4, _KINDS) * 4
    for kind, (info, element, _) in enumerate(struct.iter_unpack(mark + "BBH", layout[:read])):
        if info % 4 == 0 and element % 4 == 0:
            sizes[kind] = (_HEAD + info // 4, element // 4)
    for known in Kind:
        once, each = _TAIL.get(known, (0, 0))
        sizes[known] = (_HEAD + once, each)
    return sizes


def _index(words: array[int], sizes: list[tuple[int, int] | None], name: str) -> tuple[array[int], bytearray, int, str]:
    """Where each type starts, its kind, where the types that could be read end, and what could not be read."""
    starts: array[int] = array("I")
    kinds = bytearray()
    at, end = 0, len(words)
    while at < end:
        if at + _HEAD > end:
            raise damaged(name, f"type {len(starts) + 1} is cut off")
        info = words[at + 1]
        kind = info >> 24 & 0x7F
        size = sizes[kind]
        if size is None:
            first = len(starts) + 1
            unread = (
                f"type {first} is of kind {kind}, which is newer than this reader, and the file does not say how large "
                f"it is: the types from {first} on were not read"
            )
            return starts, kinds, at, unread
        starts.append(at)
        kinds.append(kind)
        at += size[0] + size[1] * (info & 0xFFFFFF)
    if at > end:
        raise damaged(name, f"type {len(starts)} is cut off")
    return starts, kinds, end, ""
