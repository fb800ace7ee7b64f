"""ABIs, and C declarations as they stand before a configuration is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from modelcheck.model.conditions import TRUE, Condition
from modelcheck.source import Span


@dataclass(frozen=True)
class Scalar:
    """Size and alignment inside a struct of one scalar type, in bytes."""

    size: int
    align: int


BitFields = Literal["by_type", "by_type_unnamed_too", "side_by_side"]
"""How bit-fields lie: by their declared type, which aligns the struct if the bit-field has a name, or in any case; or
next to each other, whatever their type."""


@dataclass(frozen=True)
class Abi:
    """What a compiler for this target does with scalar types and bit-fields.

    `scalars` has the keys `char`, `short`, `int`, `long`, `long long`, `pointer`; signedness does not matter, an
    enum is an `int`, `_Bool` is a `char`.
    """

    name: str
    byte_order: Literal["little", "big"]
    scalars: Mapping[str, Scalar]
    span: Span
    bit_fields: BitFields = "by_type"

    @property
    def word(self) -> int:
        """Bytes in a pointer."""
        return self.scalars["pointer"].size


@dataclass(frozen=True)
class NumberExpr:
    """An array length, bit width or alignment: a number, a constant's name, `sizeof`, or arithmetic on them.

    `operator` is `number`, `name`, `sizeof`, `offsetof` (`name` is `struct.path`), or one of `+ - * / %`, `<<`, `>>`.
    """

    operator: str
    value: int = 0
    name: str = ""
    operands: tuple[NumberExpr, ...] = ()


@dataclass(frozen=True)
class NamedType:
    """A scalar (`unsigned long`, normalised to a key of `Abi.scalars`), a typedef, or `struct X` / `union X` by tag.

    `tag` is `""` for scalars and typedefs, `struct`, `union` or `enum` otherwise.
    """

    name: str
    tag: Literal["", "struct", "union", "enum"] = ""
    span: Span | None = None


@dataclass(frozen=True)
class PointerType:
    """Any pointer, also to functions; all have the same size. `target` is for display only."""

    target: str


@dataclass(frozen=True)
class ArrayType:
    """An array; of arrays, for more dimensions."""

    element: CType
    length: NumberExpr


@dataclass(frozen=True)
class AggregateType:
    """A struct or union given by its members, tagged or anonymous."""

    kind: Literal["struct", "union"]
    tag: str
    members: tuple[Member, ...]
    aligned: tuple[Alignment, ...] = ()
    packed: bool = False
    span: Span | None = None


@dataclass(frozen=True)
class Alignment:
    """`__aligned(value)` where `condition` holds."""

    value: NumberExpr
    condition: Condition = TRUE


CType = NamedType | PointerType | ArrayType | AggregateType


@dataclass(frozen=True)
class Member:
    """One member declaration; present where `condition` (from the `#if`s around it) holds.

    `name` is empty for an anonymous struct or union and for an unnamed bit-field. `bits` is the width of a bit-field.
    """

    name: str
    type: CType
    condition: Condition
    bits: NumberExpr | None = None
    aligned: tuple[Alignment, ...] = ()
    span: Span | None = None


@dataclass(frozen=True)
class TypeDefinition:
    """A named type: `typedef ... name;` (tag empty), or `struct name { ... };`.

    Several definitions of one name are allowed where their conditions exclude each other.
    """

    name: str
    tag: Literal["", "struct", "union"]
    type: CType
    condition: Condition
    span: Span


@dataclass(frozen=True)
class Declarations:
    """All type definitions of a model, in the order they were read."""

    types: tuple[TypeDefinition, ...] = ()

    def of(self, name: str, tag: str = "") -> tuple[TypeDefinition, ...]:
        """Every definition of a typedef (`tag=""`) or of a struct or union tag."""
        return tuple(d for d in self.types if d.name == name and d.tag == tag)


@dataclass(frozen=True, order=True)
class FieldRef:
    """A field of an overlaid struct: `ptdesc.pt_rcu_head` is `FieldRef("ptdesc", "pt_rcu_head")`.

    `path` may be dotted (`pt_rcu_head.next`); anonymous members are not named in it.
    """

    struct: str
    path: str

    def __str__(self) -> str:
        return f"{self.struct}.{self.path}"
