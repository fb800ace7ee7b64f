"""Sizes and places of fields for one ABI, each as a function of the configuration.

A symbol is only asked for where it matters: members behind the field in question are never looked at, and an optional
member of a union that is no larger than the others does not ask for its symbol.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.layout.check import endless_types
from modelcheck.layout.decisions import Ask, Decisions
from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.layout.records import Record, Shape
from modelcheck.layout.typenames import named_type, type_key, type_text
from modelcheck.model.conditions import TRUE, Condition, Configuration, holds
from modelcheck.model.declarations import (
    Abi,
    AggregateType,
    Alignment,
    ArrayType,
    CType,
    Declarations,
    FieldRef,
    Member,
    NamedType,
    NumberExpr,
    PointerType,
    TypeDefinition,
)
from modelcheck.model.scalars import BUILTIN_TYPES, arithmetic, number_text, scalar_key
from modelcheck.source import Span


def layout_of(declarations: Declarations, abi: Abi, configuration: Configuration, struct_name: str) -> StructLayout:
    """The struct (or union) of that tag, as laid out for this target and configuration.

    Raises `InputError` (CA201, CA206 to CA209) where the declarations have no meaning there.
    """
    return Layouts(declarations, abi).layout(struct_name, configuration.symbol)


def size_of(declarations: Declarations, abi: Abi, configuration: Configuration, type_name: str) -> int:
    """`sizeof(type_name)` in bytes, for example of `unsigned long`, `spinlock_t` or `struct page`. Raises as
    `layout_of`."""
    return Layouts(declarations, abi).size_of(type_name, configuration.symbol)


@dataclass(frozen=True)
class _Bound:
    """What no configuration exceeds, in bytes; `exact` if all configurations agree. None: not known."""

    size: int | None
    align: int | None
    exact: bool


class _NotExactError(Exception):
    """A symbol would have to be known."""


@dataclass(frozen=True)
class _Sizes:
    """A configuration for conditions that stand among declarations."""

    layouts: Layouts
    ask: Ask

    def symbol(self, name: str) -> bool:
        return self.ask(name)

    def size_of(self, type_name: str) -> int:
        return self.layouts.size_of(type_name, self.ask)


class Layouts:
    """All layouts of one set of declarations for one ABI. Remembers what it worked out.

    Raises `InputError` (CA203, CA204) for types that contain themselves or are too deep, which have no layout at all.
    """

    def __init__(self, declarations: Declarations, abi: Abi) -> None:
        if endless := endless_types(declarations):
            raise InputError(endless)
        self.abi = abi
        self._definitions: dict[tuple[str, str], list[TypeDefinition]] = {}
        for definition in declarations.types:
            self._definitions.setdefault((definition.tag, definition.name), []).append(definition)
        self._shapes: Decisions[tuple[str, str], str, Shape] = Decisions()
        self._layouts: Decisions[str, str, StructLayout] = Decisions()
        self._places: Decisions[FieldRef, str, PlacedField | None] = Decisions()
        self._bounds: dict[tuple[str, str], _Bound] = {}
        # By identity: the declarations live as long as their layouts, and comparing deep types costs more than
        # laying them out.
        self._own_bounds: dict[int, tuple[AggregateType, _Bound]] = {}
        self._names: dict[int, tuple[CType, str, str]] = {}

    # ------------------------------------------------------------------------------------------------- questions

    def layout(self, struct: str, ask: Ask) -> StructLayout:
        """The struct or union of that tag."""
        return self._layouts.get(struct, ask, partial(self._layout, struct))

    def place(self, ref: FieldRef, ask: Ask) -> PlacedField | None:
        """Where a field lies, or None where this configuration does not have it. Asks only for what its place
        depends on."""
        return self._places.get(ref, ask, partial(self._place, ref))

    def size_of(self, type_name: str, ask: Ask) -> int:
        """`sizeof` of a type name, in bytes."""
        return self.shape(named_type(type_name), ask).size

    def shape(self, declared: CType, ask: Ask, span: Span | None = None) -> Shape:
        """Size and alignment of a type inside a struct. `span` is what a diagnostic shows where the type has no
        place."""
        match declared:
            case PointerType():
                return self._scalar("pointer")
            case ArrayType(element, length):
                shape = self.shape(element, ask, span)
                return Shape(shape.size * self._count(length, ask, span), shape.align)
            case AggregateType():
                bound = self._bound(declared)
                if bound.exact and bound.size is not None and bound.align is not None:
                    return Shape(bound.size, bound.align)
                return self._aggregate(declared, ask)
            case NamedType(name, tag):
                bound = self._bound(declared)
                if bound.exact and bound.size is not None and bound.align is not None:
                    return Shape(bound.size, bound.align)
                return self._shapes.get((tag, name), ask, partial(self._named, declared))

    # ---------------------------------------------------------------------------------------------------- shapes

    def _scalar(self, key: str) -> Shape:
        scalar = self.abi.scalars[key]
        return Shape(scalar.size, scalar.align)

    def _named(self, named: NamedType, ask: Ask) -> Shape:
        key = _scalar_of(named)
        if key is not None and (named.tag, named.name) not in self._definitions:
            return self._scalar(key)
        definition = self._definition(named, ask)
        return self.shape(definition.type, ask, definition.span)

    def _definition(self, named: NamedType, ask: Ask) -> TypeDefinition:
        candidates = self._definitions.get((named.tag, named.name), [])
        for candidate in candidates:
            if self._holds(candidate.condition, ask):
                return candidate
        if candidates:
            raise _error("CA206", f"`{type_text(named)}` is not declared in this configuration", named.span)
        raise _error("CA201", f"`{type_text(named)}` is not declared", named.span)

    def _holds(self, condition: Condition, ask: Ask) -> bool:
        return condition == TRUE or holds(condition, _Sizes(self, ask))

    def _aggregate(self, aggregate: AggregateType, ask: Ask) -> Shape:
        record = Record(aggregate.kind == "union", aggregate.packed, self.abi.bit_fields)
        if not record.union:
            for member in aggregate.members:
                if self._holds(member.condition, ask):
                    self._add(record, member, ask)
            return record.finish(self._aligned(aggregate.aligned, ask, aggregate.span))
        # Members whose size is known come first: an optional one that is not larger need not be asked for.
        bounds = [self._member_bound(member, packed=aggregate.packed) for member in aggregate.members]
        order = sorted(
            range(len(bounds)), key=lambda i: not (bounds[i].exact and aggregate.members[i].condition == TRUE)
        )
        for index in order:
            member, bound = aggregate.members[index], bounds[index]
            fits = bound.size is not None and bound.size * 8 <= record.end
            if fits and bound.align is not None and bound.align <= record.align:
                continue
            if self._holds(member.condition, ask):
                self._add(record, member, ask)
        return record.finish(self._aligned(aggregate.aligned, ask, aggregate.span))

    def _add(self, record: Record, member: Member, ask: Ask) -> tuple[int, int]:
        """Add a member that exists; its place and size in bits."""
        aligned = self._aligned(member.aligned, ask, member.span)
        shape = self.shape(member.type, ask, member.span)
        if member.bits is None:
            return record.add(shape, aligned), shape.size * 8
        width = self._count(member.bits, ask, member.span)
        if width > shape.size * 8:
            message = f"a bit-field of {width} bits is wider than its type, which has {shape.size * 8}"
            raise _error("CA207", f"{message} on {self.abi.name}", member.span)
        if width == 0 and member.name:
            raise _error("CA207", f"bit-field `{member.name}` has no width", member.span)
        return record.add_bits(shape, width, named=bool(member.name), aligned=aligned), width

    def _aligned(self, alignments: tuple[Alignment, ...], ask: Ask, span: Span | None) -> int:
        largest = 0
        for alignment in alignments:
            if self._holds(alignment.condition, ask):
                value = self._number(alignment.value, ask, span)
                if value < 1 or value & (value - 1) or value > 1 << 28:
                    raise _error("CA208", f"an alignment of {value} is not a power of two", span)
                largest = max(largest, value)
        return largest

    def _count(self, number: NumberExpr, ask: Ask, span: Span | None) -> int:
        value = self._number(number, ask, span)
        if value < 0:
            raise _error("CA209", f"`{number_text(number)}` is negative on {self.abi.name}", span)
        return value

    def _number(self, number: NumberExpr, ask: Ask, span: Span | None) -> int:
        match number.operator:
            case "number":
                return number.value
            case "sizeof":
                return self.size_of(number.name, ask)
            case "offsetof":
                struct, _, path = number.name.partition(".")
                placed = self.place(FieldRef(struct, path), ask)
                if placed is None:
                    raise _error("CA209", f"`struct {struct}` has no `{path}` in this configuration", span)
                return placed.offset
        if len(number.operands) == 2:
            left, right = (self._number(o, ask, span) for o in number.operands)
            value = arithmetic(number.operator, left, right)
            if value is not None:
                return value
        raise _error("CA209", f"`{number_text(number)}` has no value on {self.abi.name}", span)

    # ---------------------------------------------------------------------------------------------------- bounds

    def _bound(self, declared: CType) -> _Bound:
        match declared:
            case PointerType():
                shape = self._scalar("pointer")
                return _Bound(shape.size, shape.align, True)
            case ArrayType(element, length):
                inner, count = self._bound(element), self._exact_number(length)
                size = inner.size * count if inner.size is not None and count is not None else None
                return _Bound(size, inner.align, inner.exact and count is not None)
            case AggregateType():
                kept = self._own_bounds.get(id(declared))
                if kept is None:
                    kept = self._own_bounds[id(declared)] = (declared, self._aggregate_bound(declared))
                return kept[1]
            case NamedType(name, tag):
                known = self._bounds.get((tag, name))
                if known is None:
                    known = self._bounds[tag, name] = self._named_bound(declared)
                return known

    def _named_bound(self, named: NamedType) -> _Bound:
        definitions = self._definitions.get((named.tag, named.name), [])
        if not definitions:
            key = _scalar_of(named)
            shape = self._scalar(key) if key is not None else None
            return _Bound(shape.size, shape.align, True) if shape is not None else _Bound(None, None, False)
        bounds = [self._bound(definition.type) for definition in definitions]
        exact = len(bounds) == 1 and bounds[0].exact and definitions[0].condition == TRUE
        return _Bound(_largest(b.size for b in bounds), _largest(b.align for b in bounds), exact)

    def _aggregate_bound(self, aggregate: AggregateType) -> _Bound:
        try:
            shape = self._aggregate_without_union_order(aggregate)
            return _Bound(shape.size, shape.align, True)
        except _NotExactError:
            pass
        except InputError:
            return _Bound(None, None, False)
        bounds = [self._member_bound(member, packed=aggregate.packed) for member in aggregate.members]
        own = [self._exact_number(a.value) for a in aggregate.aligned]
        align = _largest([*(b.align for b in bounds), *own, 1])
        if aggregate.kind == "union":
            size = _largest([*(b.size for b in bounds), 0])
        else:
            sizes = [b.size + b.align if b.size is not None and b.align is not None else None for b in bounds]
            size = None if None in sizes else sum(s for s in sizes if s is not None)
        padded = None if size is None or align is None else -(-size // align) * align
        return _Bound(padded, align, False)

    def _aggregate_without_union_order(self, aggregate: AggregateType) -> Shape:
        record = Record(aggregate.kind == "union", aggregate.packed, self.abi.bit_fields)
        for member in aggregate.members:
            if self._holds(member.condition, _refuse):
                self._add(record, member, _refuse)
        return record.finish(self._aligned(aggregate.aligned, _refuse, aggregate.span))

    def _member_bound(self, member: Member, *, packed: bool) -> _Bound:
        inner = self._bound(member.type)
        own = [self._exact_number(a.value) for a in member.aligned]
        if member.bits is not None and self.abi.bit_fields == "side_by_side":
            own.append(2)
        # An empty bit-field keeps its alignment in a packed struct.
        align = _largest([1 if packed and member.bits is None else inner.align, *own])
        return _Bound(inner.size, align, inner.exact and not member.aligned)

    def _exact_number(self, number: NumberExpr) -> int | None:
        try:
            return self._number(number, _refuse, None)
        except (_NotExactError, InputError):
            return None

    # ---------------------------------------------------------------------------------------------------- fields

    def _layout(self, struct: str, ask: Ask) -> StructLayout:
        aggregate = self._struct(struct, ask)
        shape = self.shape(NamedType(aggregate.tag or struct, aggregate.kind), ask)
        return StructLayout(struct, shape.size, shape.align, tuple(self._fields(aggregate, "", 0, ask)))

    def _struct(self, struct: str, ask: Ask) -> AggregateType:
        for tag in ("struct", "union", ""):
            if (tag, struct) in self._definitions:
                found = self._resolve(NamedType(struct, tag), ask)
                if found is not None:
                    return found
        raise _error("CA201", f"`struct {struct}` is not declared", None)

    def _resolve(self, declared: CType, ask: Ask) -> AggregateType | None:
        """The struct or union behind typedefs and tags, None for everything else."""
        while isinstance(declared, NamedType) and (declared.tag, declared.name) in self._definitions:
            declared = self._definition(declared, ask).type
        return declared if isinstance(declared, AggregateType) else None

    def _fields(self, aggregate: AggregateType, prefix: str, start: int, ask: Ask) -> Iterator[PlacedField]:
        record = Record(aggregate.kind == "union", aggregate.packed, self.abi.bit_fields)
        for member in aggregate.members:
            if not self._holds(member.condition, ask):
                continue
            offset, bits = self._add(record, member, ask)
            path = prefix + member.name
            if member.name:
                yield self._placed(path, member, start + offset, bits)
            if member.bits is None:
                inner = self._resolve(member.type, ask)
                if inner is not None:
                    yield from self._fields(inner, f"{path}." if member.name else prefix, start + offset, ask)

    def _place(self, ref: FieldRef, ask: Ask) -> PlacedField | None:
        found = self._find(self._struct(ref.struct, ask), ref.path.split("."), ask)
        if found is None:
            return None
        member, offset, bits = found
        return self._placed(ref.path, member, offset, bits)

    def _find(self, aggregate: AggregateType, path: list[str], ask: Ask) -> tuple[Member, int, int] | None:
        if not self._may_have(aggregate, path[0]):
            return None
        record = Record(aggregate.kind == "union", aggregate.packed, self.abi.bit_fields)
        for member in aggregate.members:
            wanted = self._may_be(member, path[0])
            if record.union and not wanted:
                continue  # all members of a union begin at its start
            if not self._holds(member.condition, ask):
                continue
            if wanted:
                found = self._found(record, member, path, ask)
                if found is not None:
                    return found
            if not record.union:
                self._add(record, member, ask)
        return None

    def _found(self, record: Record, member: Member, path: list[str], ask: Ask) -> tuple[Member, int, int] | None:
        rest = path[1:] if member.name else path
        if not rest:
            offset, bits = self._add(record, member, ask)
            return member, offset, bits
        inner = self._resolve(member.type, ask) if member.bits is None else None
        below = self._find(inner, rest, ask) if inner is not None else None
        if below is None:
            return None
        # A place that is aligned already for whatever the member may hold does not depend on what it holds.
        bound = self._member_bound(member, packed=record.packed).align
        if record.union:
            offset = 0
        elif bound is not None and record.end % (bound * 8) == 0:
            offset = record.end
        else:
            offset, _ = self._add(Record(False, record.packed, self.abi.bit_fields, record.end), member, ask)
        return below[0], offset + below[1], below[2]

    def _placed(self, path: str, member: Member, offset: int, bits: int) -> PlacedField:
        names = self._names.get(id(member.type))
        if names is None:
            names = self._names[id(member.type)] = (member.type, type_text(member.type), type_key(member.type))
        return PlacedField(path, names[1], names[2], offset, bits, member.bits is not None, member.span)

    def _may_be(self, member: Member, name: str) -> bool:
        if member.name or not isinstance(member.type, AggregateType):
            return member.name == name
        return self._may_have(member.type, name)

    def _may_have(self, aggregate: AggregateType, name: str) -> bool:
        return any(self._may_be(member, name) for member in aggregate.members)


def _refuse(symbol: str) -> bool:
    raise _NotExactError(symbol)


def _largest(values: Iterator[int | None] | list[int | None]) -> int | None:
    known = list(values)
    return None if None in known else max((v for v in known if v is not None), default=None)


def _scalar_of(named: NamedType) -> str | None:
    match named.tag:
        case "enum":
            return "int"
        case "":
            return BUILTIN_TYPES.get(named.name) or scalar_key(named.name.split())
    return None


def _error(code: str, message: str, span: Span | None) -> InputError:
    return InputError([Diagnostic(code, message, span)])
