"""Which fields the declared structs have, whatever the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelcheck.model.conditions import FALSE, TRUE, All, Condition
from modelcheck.model.declarations import (
    AggregateType,
    ArrayType,
    CType,
    Declarations,
    FieldRef,
    NamedType,
    PointerType,
)

_INTEGERS = frozenset({"char", "short", "int", "long", "long long", "_Bool", "bool"})
# A declaration cannot hold itself, but a typedef may be written so that it seems to.
_MAX_DEPTH = 32


@dataclass(frozen=True)
class FoundField:
    """A field as one of the declarations of its struct has it, present where `condition` holds."""

    type: CType
    condition: Condition


class FieldTable:
    """Answers which fields there are; reads the declarations once per question asked."""

    def __init__(self, declarations: Declarations) -> None:
        self._definitions: dict[tuple[str, str], list[tuple[CType, Condition]]] = {}
        for definition in declarations.types:
            key = (definition.tag, definition.name)
            self._definitions.setdefault(key, []).append((definition.type, definition.condition))
        self._found: dict[FieldRef, tuple[FoundField, ...]] = {}

    def structs(self) -> tuple[str, ...]:
        """The names of all structs and unions."""
        return tuple(name for tag, name in self._definitions if tag in ("struct", "union"))

    def has_struct(self, name: str) -> bool:
        """Is there a struct or union of this name?"""
        return ("struct", name) in self._definitions or ("union", name) in self._definitions

    def find(self, field: FieldRef) -> tuple[FoundField, ...]:
        """Every declaration of the field; empty if there is none."""
        if field not in self._found:
            parts = tuple(field.path.split("."))
            roots = [
                *self._aggregates(NamedType(field.struct, "struct")),
                *self._aggregates(NamedType(field.struct, "union")),
            ]
            found = (f for a, condition in roots for f in self._lookup(a, parts, condition, 0))
            self._found[field] = tuple(f for f in found if f.condition != FALSE)
        return self._found[field]

    def paths(self, struct: str) -> tuple[str, ...]:
        """The names of the struct's direct fields, for suggestions."""
        roots = [*self._aggregates(NamedType(struct, "struct")), *self._aggregates(NamedType(struct, "union"))]
        return tuple(dict.fromkeys(name for aggregate, _ in roots for name in self._names(aggregate, 0)))

    def is_struct(self, kind: CType, names: tuple[str, ...]) -> bool:
        """Is this (behind typedefs) a struct with one of these tags, or a typedef of one of these names?"""
        if isinstance(kind, AggregateType):
            return kind.tag in names
        if not isinstance(kind, NamedType):
            return False
        if kind.name in names:
            return True
        return kind.tag == "" and any(self.is_struct(t, names) for t, _ in self._behind(kind))

    def is_integer(self, kind: CType, depth: int = 0) -> bool:
        """Is this an integer, an enum, or a struct that wraps one integer such as `atomic_t`?"""
        if depth > _MAX_DEPTH or isinstance(kind, PointerType | ArrayType):
            return False
        if isinstance(kind, AggregateType):
            named = [m for m in kind.members if m.name]
            return len(named) == 1 and self.is_integer(named[0].type, depth + 1)
        if kind.tag == "enum" or (kind.tag == "" and kind.name in _INTEGERS):
            return True
        return any(self.is_integer(t, depth + 1) for t, _ in self._behind(kind))

    def _behind(self, kind: NamedType) -> list[tuple[CType, Condition]]:
        return self._definitions.get((kind.tag, kind.name), [])

    def _aggregates(self, kind: CType, depth: int = 0) -> Iterator[tuple[AggregateType, Condition]]:
        if isinstance(kind, AggregateType):
            yield kind, TRUE
        elif isinstance(kind, NamedType) and depth < _MAX_DEPTH:
            for behind, condition in self._behind(kind):
                for aggregate, inner in self._aggregates(behind, depth + 1):
                    yield aggregate, _both(condition, inner)

    def _lookup(
        self, aggregate: AggregateType, parts: tuple[str, ...], condition: Condition, depth: int
    ) -> Iterator[FoundField]:
        if depth > _MAX_DEPTH:
            return
        for member in aggregate.members:
            here = _both(condition, member.condition)
            if member.name == parts[0] and len(parts) == 1:
                yield FoundField(member.type, here)
            elif member.name == parts[0] or (not member.name and member.bits is None):
                rest = parts[1:] if member.name else parts
                for inner, inside in self._aggregates(member.type):
                    yield from self._lookup(inner, rest, _both(here, inside), depth + 1)

    def _names(self, aggregate: AggregateType, depth: int) -> Iterator[str]:
        for member in aggregate.members:
            if member.name:
                yield member.name
            elif depth < _MAX_DEPTH:
                for inner, _ in self._aggregates(member.type):
                    yield from self._names(inner, depth + 1)


def _both(left: Condition, right: Condition) -> Condition:
    if FALSE in (left, right):
        return FALSE
    parts = tuple(c for c in (left, right) if c != TRUE)
    return All(parts) if len(parts) > 1 else parts[0] if parts else TRUE
