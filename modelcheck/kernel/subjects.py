"""Which structs of a model are compared with a kernel."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.model.declarations import AggregateType, ArrayType, CType, Declarations, NamedType
from modelcheck.model.unit import Unit

_ALWAYS = ("page", "ptdesc")


def subjects(unit: Unit) -> tuple[str, ...]:
    """The structs a model is about: `page`, `ptdesc`, those its life cycles are on, and all that are part of no other.

    In the order of their declaration. Structs that are members of others (`list_head`, `lockdep_map`) are compared
    where they are used, since kernels leave them out or empty where they are not.
    """
    about = {*_ALWAYS, *(lifecycle.struct for lifecycle in (*unit.lifecycles, *unit.proposed))}
    parts = set(_parts(unit.declarations))
    names = (d.name for d in unit.declarations.types if d.tag and (d.name in about or (d.tag, d.name) not in parts))
    return tuple(dict.fromkeys(names))


def _parts(declarations: Declarations) -> Iterator[tuple[str, str]]:
    for definition in declarations.types:
        match definition.type:
            case AggregateType(members=members):
                for member in members:
                    yield from _held(member.type)
            case other:
                yield from _held(other)


def _held(declared: CType) -> Iterator[tuple[str, str]]:
    """The tagged types whose bytes are within a type."""
    match declared:
        case NamedType(name, tag) if tag:
            yield tag, name
        case ArrayType(element):
            yield from _held(element)
        case AggregateType(members=members):
            for member in members:
                yield from _held(member.type)
