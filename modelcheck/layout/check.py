"""What can be wrong with declarations as a whole: types that are missing, doubled, circular or too large, members
that are doubled.

After these checks every layout question has an answer in every configuration, but for numbers (a bit-field that is
too wide
for its type on one target), which are reported when they are met.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from modelcheck.diagnostics import Diagnostic, Note, did_you_mean
from modelcheck.layout.exclusion import Exclusion
from modelcheck.layout.typenames import named_type, type_text
from modelcheck.model.conditions import TRUE, All, Any, Condition, Not, SizeCompare, SizeOf, describe
from modelcheck.model.declarations import (
    AggregateType,
    ArrayType,
    CType,
    Declarations,
    Member,
    NamedType,
    NumberExpr,
    PointerType,
    TypeDefinition,
)
from modelcheck.model.scalars import BUILTIN_TYPES, scalar_key
from modelcheck.source import Span

# Far beyond the kernel's own; layouts are worked out recursively, and every field is listed.
MAX_DEPTH = 60
MAX_FIELDS = 20_000

_Key = tuple[str, str]


def check_declarations(declarations: Declarations, requirements: Sequence[Condition] = ()) -> tuple[Diagnostic, ...]:
    """What is wrong with the declarations (CA201 to CA206), in the order of the text; () if nothing is.

    `requirements` tell which conditions exclude each other.
    """
    return tuple(_Checker(declarations, Exclusion(requirements)).run())


def endless_types(declarations: Declarations) -> tuple[Diagnostic, ...]:
    """Only what would make a layout endless, or too deep to work out (CA203, CA204)."""
    checker = _Checker(declarations, Exclusion())
    checker.group()
    return tuple(checker.circular_or_large())


def needed_types(definition: TypeDefinition) -> Iterator[Use]:
    """The named types whose size a definition depends on, scalars among them."""
    yield from _uses_in_condition(definition.condition, TRUE, definition.span)
    yield from _uses(definition.type, definition.condition, definition.span)


@dataclass(frozen=True)
class Use:
    """A place that needs a complete type, and when."""

    type: NamedType
    condition: Condition
    span: Span | None


@dataclass
class _Checker:
    declarations: Declarations
    exclusion: Exclusion
    definitions: dict[_Key, list[TypeDefinition]] = field(default_factory=dict)

    def group(self) -> None:
        for definition in self.declarations.types:
            self.definitions.setdefault((definition.tag, definition.name), []).append(definition)

    def run(self) -> Iterator[Diagnostic]:
        self.group()
        yield from self.doubled_types()
        for definition in self.declarations.types:
            yield from self.missing_types(definition)
            if isinstance(definition.type, AggregateType):
                yield from self.doubled_members(definition.type, definition.condition, {})
        yield from self.circular_or_large()

    def doubled_types(self) -> Iterator[Diagnostic]:
        for same in self.definitions.values():
            for index, later in enumerate(same):
                for earlier in same[:index]:
                    both = All((earlier.condition, later.condition))
                    if self.exclusion.possible(both):
                        name = type_text(NamedType(later.name, later.tag))
                        yield Diagnostic(
                            "CA202",
                            f"`{name}` is declared twice",
                            later.span,
                            "again here",
                            (Note("first here", earlier.span),),
                            ""
                            if earlier.condition == later.condition == TRUE
                            else "the conditions do not exclude each other",
                        )
                        break

    # ------------------------------------------------------------------------------------------------ missing types

    def missing_types(self, definition: TypeDefinition) -> Iterator[Diagnostic]:
        for use in _uses(definition.type, definition.condition, definition.span):
            named = use.type
            found = self.definitions.get((named.tag, named.name), [])
            if found:
                without = All((use.condition, *(Not(d.condition) for d in found)))
                if all(d.condition != TRUE for d in found) and self.exclusion.possible(without):
                    when = " or ".join(describe(d.condition) for d in found)
                    yield Diagnostic(
                        "CA206",
                        f"`{type_text(named)}` is used here in configurations in which it is not declared",
                        use.span,
                        f"declared only where {when}",
                    )
            elif not _is_known(named):
                yield Diagnostic(
                    "CA201",
                    f"`{type_text(named)}` is not declared",
                    use.span,
                    "its size is needed here",
                    help=self.suggestion(named),
                )

    def suggestion(self, named: NamedType) -> str:
        tags = [tag for tag, name in self.definitions if name == named.name and tag != named.tag]
        if tags:
            return f"did you mean `{type_text(NamedType(named.name, tags[0]))}`?"  # type: ignore[arg-type]
        candidates = [name for tag, name in self.definitions if tag == named.tag]
        return did_you_mean(named.name, candidates + ([*BUILTIN_TYPES] if not named.tag else []))

    # ---------------------------------------------------------------------------------------------- doubled members

    def doubled_members(
        self, aggregate: AggregateType, condition: Condition, seen: dict[str, list[tuple[Member, Condition]]]
    ) -> Iterator[Diagnostic]:
        for member in aggregate.members:
            here = All((condition, member.condition))
            if not member.name:
                if isinstance(member.type, AggregateType):
                    yield from self.doubled_members(member.type, here, seen)
                continue
            for earlier, when in seen.get(member.name, []):
                if self.exclusion.possible(All((here, when))):
                    notes = (Note("first here", earlier.span),) if earlier.span is not None else ()
                    yield Diagnostic(
                        "CA205", f"member `{member.name}` is declared twice", member.span, "again here", notes
                    )
                    break
            seen.setdefault(member.name, []).append((member, here))
            inner = member.type
            while isinstance(inner, ArrayType):
                inner = inner.element
            if isinstance(inner, AggregateType):
                yield from self.doubled_members(inner, here, {})

    # -------------------------------------------------------------------------------------- circular, deep or large

    def circular_or_large(self) -> Iterator[Diagnostic]:
        """Depth-first over the types that need each other; without recursion, because chains may be long."""
        depth: dict[_Key, int] = {}
        fields: dict[_Key, int] = {}
        on_the_way: dict[_Key, None] = {}
        for root in self.definitions:
            stack = [(root, iter(self.needs(root)))]
            if root in depth:
                continue
            on_the_way[root] = None
            while stack:
                key, needed = stack[-1]
                below = next((n for n in needed if n in self.definitions and n not in depth), None)
                if below is not None:
                    if below in on_the_way:
                        yield self.refuse("CA203", below, "contains itself", "a pointer to it may be meant")
                        return
                    on_the_way[below] = None
                    stack.append((below, iter(self.needs(below))))
                    continue
                stack.pop()
                del on_the_way[key]
                inner = [n for n in self.needs(key) if n in self.definitions]
                depth[key] = self.own_depth(key) + max((depth[n] for n in inner), default=0)
                fields[key] = self.own_fields(key) + sum(fields[n] for n in inner)
                if depth[key] > MAX_DEPTH or fields[key] > MAX_FIELDS:
                    yield self.refuse("CA204", key, "is nested too deeply or has too many fields", "")
                    return

    def refuse(self, code: str, key: _Key, what: str, help_text: str) -> Diagnostic:
        definition = self.definitions[key][0]
        name = type_text(NamedType(definition.name, definition.tag))
        return Diagnostic(code, f"`{name}` {what}", definition.span, help=help_text)

    def needs(self, key: _Key) -> list[_Key]:
        """Once for each member that needs it."""
        return [
            (use.type.tag, use.type.name)
            for definition in self.definitions[key]
            for use in _uses(definition.type, definition.condition, definition.span)
        ]

    def own_depth(self, key: _Key) -> int:
        return max(1 + _nesting(definition.type) for definition in self.definitions[key])

    def own_fields(self, key: _Key) -> int:
        return sum(1 + _members_in(definition.type) for definition in self.definitions[key])


def _members_in(declared: CType) -> int:
    match declared:
        case AggregateType():
            return sum(1 + _members_in(member.type) for member in declared.members)
        case ArrayType(element):
            return _members_in(element)
        case _:
            return 0


def _nesting(declared: CType) -> int:
    match declared:
        case AggregateType():
            return 1 + max((_nesting(member.type) for member in declared.members), default=0)
        case ArrayType(element):
            return 1 + _nesting(element)
        case _:
            return 0


def _is_known(named: NamedType) -> bool:
    if named.tag:
        return named.tag == "enum"
    return named.name in BUILTIN_TYPES or scalar_key(named.name.split()) is not None


def _uses(declared: CType, condition: Condition, span: Span | None) -> Iterator[Use]:
    """The types whose size a type needs, with the condition under which it does."""
    match declared:
        case NamedType():
            yield Use(declared, condition, declared.span or span)
        case ArrayType(element, length):
            yield from _uses(element, condition, span)
            yield from _uses_in_number(length, condition, span)
        case AggregateType():
            for alignment in declared.aligned:
                yield from _uses_in_number(alignment.value, All((condition, alignment.condition)), declared.span)
                yield from _uses_in_condition(alignment.condition, condition, declared.span)
            for member in declared.members:
                here = All((condition, member.condition))
                yield from _uses_in_condition(member.condition, condition, member.span)
                yield from _uses(member.type, here, member.span)
                for number in (
                    *(a.value for a in member.aligned),
                    *((member.bits,) if member.bits is not None else ()),
                ):
                    yield from _uses_in_number(number, here, member.span)
        case PointerType():
            return


def _uses_in_number(number: NumberExpr, condition: Condition, span: Span | None) -> Iterator[Use]:
    if number.operator == "sizeof":
        yield from _uses(named_type(number.name), condition, span)
    elif number.operator == "offsetof":
        yield Use(NamedType(number.name.partition(".")[0], "struct"), condition, span)
    for operand in number.operands:
        yield from _uses_in_number(operand, condition, span)


def _uses_in_condition(condition: Condition, outer: Condition, span: Span | None) -> Iterator[Use]:
    match condition:
        case Not(operand):
            yield from _uses_in_condition(operand, outer, span)
        case All(operands) | Any(operands):
            for operand in operands:
                yield from _uses_in_condition(operand, outer, span)
        case SizeCompare(_, left, right):
            for side in (left, right):
                if isinstance(side, SizeOf):
                    yield from _uses(named_type(side.type_name), outer, span)
        case _:
            return
