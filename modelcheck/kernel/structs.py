"""Structs of a kernel: every member with its place, in the words a model uses for fields."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.diagnostics import InputError
from modelcheck.kernel.btf import Btf, Kind, TypeRecord
from modelcheck.kernel.faults import contradictory

# Far beyond what C code has; what exceeds it is a damaged file.
_LONGEST_CHAIN = 128
_MOST_MEMBERS = 1 << 16
_DEEPEST_NESTING = 32

_MODIFIERS = frozenset({Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG})
_SIZED = frozenset({Kind.INT, Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64, Kind.FLOAT, Kind.DATASEC})

# As compilers write integer types into debugging information, and as C code has them.
_INTEGERS = {
    "char signed": "signed char",
    "char unsigned": "unsigned char",
    "int short": "short",
    "int short unsigned": "unsigned short",
    "int unsigned": "unsigned int",
    "int long": "long",
    "int long unsigned": "unsigned long",
    "int long long": "long long",
    "int long long unsigned": "unsigned long long",
}


@dataclass(frozen=True)
class KernelField:
    """A member of a struct of the kernel and its place, in bits from the start of the struct.

    `path` is dotted and leaves out anonymous members. `type` is the C type as text; `type_key` the same without
    `const` and `volatile`. `size_bits` is None where the type could not be read (see `Btf.unread`).
    """

    path: str
    type: str
    type_key: str
    offset_bits: int
    size_bits: int | None
    bit_field: bool

    @property
    def offset(self) -> int:
        """Byte offset (of the byte that holds the first bit)."""
        return self.offset_bits // 8

    @property
    def size(self) -> int | None:
        """Size in bytes, rounded up; None where it is not known."""
        return None if self.size_bits is None else -(-self.size_bits // 8)


@dataclass(frozen=True)
class KernelStruct:
    """A struct (or union) of the kernel: its size in bytes, and its members in the order of their declaration.

    `others` counts further types of the same kind and name in this kernel; this one is the first.
    """

    name: str
    size: int
    fields: tuple[KernelField, ...]
    others: int = 0

    def field(self, path: str) -> KernelField:
        """The field of that path; KeyError if there is none."""
        for placed in self.fields:
            if placed.path == path:
                return placed
        raise KeyError(f"{self.name}.{path}")


def read_struct(btf: Btf, name: str, depth: int = 1) -> KernelStruct | None:
    """The struct or union of that tag; None if the kernel has none.

    Members of anonymous structs and unions count as its own. Those of named ones follow the member that holds them
    (`lru`, `lru.next`), down to `depth` levels. Raises InputError (CA404, CA406) where the types make no sense.
    """
    found = (*btf.find(Kind.STRUCT, name), *btf.find(Kind.UNION, name))
    record = btf.type(found[0]) if found else None
    if record is None:
        return None
    walk = _Walk(btf, name)
    walk.members(record, "", 0, depth, 0)
    return KernelStruct(name, record.size_or_type, tuple(walk.fields), len(found) - 1)


class _Walk:
    """Collects the fields of one struct. Counts the members it looks at, since a damaged file may have any number."""

    def __init__(self, btf: Btf, struct: str) -> None:
        self.fields: list[KernelField] = []
        self._btf = btf
        self._struct = struct
        self._seen = 0

    def members(self, aggregate: TypeRecord, prefix: str, base: int, depth: int, nesting: int) -> None:
        if nesting > _DEEPEST_NESTING:
            message = f"`{self._struct}` is nested more than {_DEEPEST_NESTING} deep, or contains itself"
            raise contradictory(self._btf.name, message)
        self._seen += aggregate.vlen
        if self._seen > _MOST_MEMBERS:
            raise contradictory(self._btf.name, f"`{self._struct}` has more than {_MOST_MEMBERS} members")
        for at in range(0, 3 * aggregate.vlen, 3):
            name_offset, type_id, place = aggregate.tail[at : at + 3]
            name = self._btf.string(name_offset)
            bits = place >> 24 if aggregate.kind_flag else 0
            offset = base + (place & 0xFFFFFF if aggregate.kind_flag else place)
            inner = resolve(self._btf, type_id)
            nested = inner if inner is not None and inner.kind in (Kind.STRUCT, Kind.UNION) else None
            if name:
                self.fields.append(_field(self._btf, prefix + name, type_id, inner, offset, bits))
            if nested is not None and not name:
                self.members(nested, prefix, offset, depth, nesting + 1)
            elif nested is not None and depth:
                self.members(nested, f"{prefix}{name}.", offset, depth - 1, nesting + 1)


def _field(btf: Btf, path: str, type_id: int, inner: TypeRecord | None, offset: int, bits: int) -> KernelField:
    size: int | None = bits
    if not bits:
        size = size_in_bits(btf, type_id)
        if inner is not None and inner.kind == Kind.INT and size is not None:
            # Before kind_flag existed, bit-fields had an integer type of their own, with a place inside it.
            encoding = inner.tail[0]
            bits = encoding & 0xFF if encoding & 0xFF != size or encoding >> 16 & 0xFF else 0
            if bits:
                size, offset = bits, offset + (encoding >> 16 & 0xFF)
    key = type_text(btf, type_id).removeprefix("const ").removeprefix("volatile ")
    return KernelField(path, type_text(btf, type_id), key, offset, size, bool(bits))


def resolve(btf: Btf, type_id: int) -> TypeRecord | None:
    """The type behind typedefs, `const`, `volatile` and type tags; None if it could not be read."""
    for _ in range(_LONGEST_CHAIN):
        record = btf.type(type_id)
        if record is None or (record.kind != Kind.TYPEDEF and record.kind not in _MODIFIERS):
            return record
        type_id = record.size_or_type
    raise _cyclic(btf)


def size_in_bits(btf: Btf, type_id: int) -> int | None:
    """The size of a type, in bits; None if it has none (`void`, a function) or could not be read.

    Raises InputError (CA404, CA406).
    """
    count = 1
    for _ in range(_LONGEST_CHAIN):
        record = resolve(btf, type_id)
        if record is None:
            return None
        if record.kind in _SIZED:
            return 8 * count * record.size_or_type
        if record.kind == Kind.PTR:
            return 8 * count * btf.word
        if record.kind != Kind.ARRAY:
            return None
        type_id, _, length = record.tail
        count *= length
    raise _cyclic(btf)


def type_text(btf: Btf, type_id: int) -> str:
    """A type as C text: `struct list_head *`, `unsigned long[4]`, `void (*)(...)`. Raises InputError (CA404)."""
    qualifiers = ""
    declarator = ""
    for _ in range(_LONGEST_CHAIN):
        record = btf.type(type_id)
        if record is None:
            return "(a type that was not read)" + declarator
        type_id = record.size_or_type
        match record.kind:
            case Kind.CONST | Kind.VOLATILE:
                qualifiers = f"{Kind(record.kind).name.lower()} {qualifiers}"
            case Kind.RESTRICT | Kind.TYPE_TAG:
                pass
            case Kind.PTR:
                declarator = f"*{qualifiers}{declarator}".rstrip()
                qualifiers = ""
            case Kind.ARRAY:
                declarator = f"{_grouped(declarator)}[{record.tail[2]}]"
                type_id = record.tail[0]
            case Kind.FUNC_PROTO:
                declarator = f"{_grouped(declarator)}(...)"
            case _:
                space = " " if declarator.startswith(("*", "(")) else ""
                return qualifiers + _base_text(record) + space + declarator
    raise _cyclic(btf)


def _grouped(declarator: str) -> str:
    return f"({declarator})" if declarator.startswith("*") else declarator


def _base_text(record: TypeRecord) -> str:
    match record.kind:
        case Kind.UNKN if record.id == 0:
            return "void"
        case Kind.INT:
            return _INTEGERS.get(" ".join(sorted(record.name.split())), record.name)
        case Kind.STRUCT:
            tag = "struct"
        case Kind.UNION:
            tag = "union"
        case Kind.FWD:
            tag = "union" if record.kind_flag else "struct"
        case Kind.ENUM | Kind.ENUM64:
            tag = "enum"
        case Kind.TYPEDEF | Kind.FLOAT:
            return record.name
        case _:
            return f"(kind {record.kind})"
    return f"{tag} {record.name or '{ ... }'}"


def _cyclic(btf: Btf) -> InputError:
    return contradictory(btf.name, "a type is made from itself")
