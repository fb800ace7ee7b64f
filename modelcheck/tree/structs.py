"""The structs of a kernel tree, with every type whose size they depend on, as functions of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from modelcheck.layout.check import needed_types
from modelcheck.layout.exclusion import Exclusion
from modelcheck.layout.typenames import type_text
from modelcheck.model.conditions import FALSE, TRUE, Condition, Symbol, SymbolSet
from modelcheck.model.declarations import (
    AggregateType,
    ArrayType,
    CType,
    Declarations,
    Member,
    NamedType,
    TypeDefinition,
)
from modelcheck.model.scalars import BUILTIN_TYPES, scalar_key
from modelcheck.source import Span
from modelcheck.tree.closure import Closure
from modelcheck.tree.csyntax import definitions, new_parser, parse
from modelcheck.tree.expansion import expansions
from modelcheck.tree.expressions import unknown_text
from modelcheck.tree.faults import no_tree, not_understood
from modelcheck.tree.files import Files
from modelcheck.tree.formulas import all_of, any_of, atoms_in, negated, renamed
from modelcheck.tree.headers import Header
from modelcheck.tree.macros import Macros
from modelcheck.tree.search import declarations

HOME = "include/linux/mm_types.h"
# What every C file of a kernel includes first.
_FIRST = "include/linux/compiler_types.h"
# Where structs are that lie over struct page and are private to somebody.
_PRIVATE = {"slab": "mm/slab.h", "zpdesc": "mm/zpdesc.h", "ioptdesc": "drivers/iommu/iommu-pages.h"}
_MAX_TYPES = 2_000

_Key = tuple[str, str]


@dataclass(frozen=True)
class TreeStructs:
    """What a tree declares.

    `label` is the tree. `symbols` are those that its conditions name and the model does not know: they are free.
    `notes` say what was not read from the tree, and what of it is not known from the sources alone. `absent` are the
    structs that were wanted and that their header, which the tree has, does not declare.
    """

    label: str
    declarations: Declarations
    symbols: tuple[Symbol, ...]
    notes: tuple[str, ...]
    absent: tuple[str, ...] = ()


def read_structs(
    files: Files, folder: str, wanted: Iterable[str], known: frozenset[str], model: Declarations
) -> TreeStructs:
    """The wanted structs, as far as the tree has them, and everything they need.

    `folder` is the architecture's in `arch/`; `known` are the symbols of the model, `model` its declarations, which
    stand in for types that the tree's headers do not declare. Raises InputError (CA410 to CA413, CA415).
    """
    names = tuple(wanted)
    private = dict.fromkeys(_PRIVATE[name] for name in names if name in _PRIVATE)
    closure = Closure(files, folder, (_FIRST, HOME, *private))
    if HOME not in closure.headers:
        raise no_tree(files.label, HOME)
    try:
        return _Reader(closure, known, model).read(names, files.label)
    except RecursionError:
        place = closure.headers[HOME].span(0, 1)
        raise not_understood(place, "what is included here is nested too deeply") from None


class _Reader:
    def __init__(self, closure: Closure, known: frozenset[str], model: Declarations) -> None:
        self.macros = Macros(closure, known)
        self.known = known
        self.model = model
        self.parser = new_parser()
        self.exclusion = Exclusion()
        self.notes: list[str] = []

    def read(self, wanted: Sequence[str], label: str) -> TreeStructs:
        found: dict[_Key, tuple[TypeDefinition, ...]] = {}
        absent: list[str] = []
        for name in wanted:
            own = self.of_tree("struct", name)
            if own:
                found["struct", name] = own
            elif _PRIVATE.get(name, HOME) in self.macros.closure.headers:
                absent.append(name)
            else:
                self.note(f"`struct {name}` was found in no header of the tree")
        waiting = list(found)
        while waiting:
            for use, span in self.needs(found[waiting.pop()]):
                key = (use.tag, use.name)
                if key not in found and not _is_built_in(use):
                    found[key] = self.type(use, span)
                    waiting.append(key)
                    if len(found) > _MAX_TYPES:
                        raise not_understood(span, "this needs too many other types") if span else no_tree(label, HOME)
        types = _inlined(_used(found, [("struct", name) for name in wanted]))
        names = self.free_names(types)
        kept = Declarations(tuple(_with_names(each, names) for each in types))
        return TreeStructs(label, kept, self.symbols(kept), tuple(self.notes), tuple(absent))

    # ------------------------------------------------------------------------------------------------------ types

    def type(self, use: NamedType, span: Span | None) -> tuple[TypeDefinition, ...]:
        """A type that is needed: the tree's, or else the model's."""
        found = self.of_tree(use.tag, use.name)
        if found:
            return found
        model = self.model.of(use.name, use.tag)
        if not model:
            place = span if span is not None else self.macros.closure.headers[HOME].span(0, 1)
            raise not_understood(place, f"`{type_text(use)}` is declared by no header that is read, and is needed here")
        self.notes.append(f"`{type_text(use)}` was found in no header of the tree: it is as the model declares it")
        return model

    def of_tree(self, tag: str, name: str) -> tuple[TypeDefinition, ...]:
        found = _exclusive(self.declared(tag, name))
        if found or not tag:
            return found
        # `#define rcu_head callback_head`: the tag is a macro for another one.
        for _, macro in self.macros.alternatives(name, self.macros.closure.end):
            if macro is not None and len(macro.body) == 1 and macro.body[0].text != name:
                return tuple(_called(each, name) for each in self.of_tree(tag, macro.body[0].text))
        return ()

    def declared(self, tag: str, name: str) -> Iterator[TypeDefinition]:
        for header, start, end in declarations(self.macros, name, tag):
            around = self.macros.at(header, start)
            for definition in self.read_text(header, start, end, around, (tag, name)):
                if definition.condition != FALSE:
                    yield definition

    def read_text(self, header: Header, start: int, end: int, around: Condition, wanted: _Key) -> list[TypeDefinition]:
        for flat in (False, True):
            variants = expansions(self.macros, header, start, end, self.exclusion, flat=flat)
            parsed = [parse(self.parser, each) for each in variants]
            wrong = next((each for each in parsed if each.wrong is not None), None)
            if wrong is None:
                return [
                    definition
                    for each in parsed
                    for definition in definitions(
                        each, header, self.macros, all_of(around, each.expanded.condition), wanted
                    )
                ]
        assert wrong is not None and wrong.wrong is not None
        at = wrong.expanded.origin(wrong.wrong)
        line = header.source.line(header.source.position(at)[0]).strip()
        what = f"this declaration is not understood at `{line if len(line) <= 60 else line[:57] + '...'}`"
        raise not_understood(header.span(at, at + 1), what)

    def needs(self, found: Iterable[TypeDefinition]) -> Iterator[tuple[NamedType, Span | None]]:
        for definition in found:
            for use in needed_types(definition):
                yield use.type, use.span

    # ---------------------------------------------------------------------------------------------------- symbols

    def free_names(self, types: Iterable[TypeDefinition]) -> Mapping[str, Condition]:
        """Conditions that are no formulas become symbols, called like their text."""
        names: dict[str, Condition] = {}
        for definition in types:
            for condition in _conditions(definition):
                for atom in atoms_in(condition):
                    text = unknown_text(atom.name) if isinstance(atom, SymbolSet) else ""
                    if text and isinstance(atom, SymbolSet):
                        names.setdefault(atom.name, SymbolSet(text))
                        self.note(f"`{text}` depends on numbers that the sources do not give: it may hold or not")
                    elif isinstance(atom, SymbolSet) and atom.name in self.macros.taken:
                        place = self.macros.taken[atom.name]
                        self.note(
                            f"`{atom.name}` ({place}) depends on numbers that the sources do not give: "
                            "it may be defined or not"
                        )
        return names

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def symbols(self, kept: Declarations) -> tuple[Symbol, ...]:
        found: dict[str, Symbol] = {}
        for definition in kept.types:
            for condition in _conditions(definition):
                for atom in atoms_in(condition):
                    if isinstance(atom, SymbolSet) and atom.name not in self.known:
                        found.setdefault(atom.name, Symbol(atom.name, "config", definition.span))
        return tuple(found.values())


def _is_built_in(named: NamedType) -> bool:
    if named.tag == "enum":
        return True
    return not named.tag and (named.name in BUILTIN_TYPES or scalar_key(named.name.split()) is not None)


def _exclusive(found: Iterable[TypeDefinition]) -> tuple[TypeDefinition, ...]:
    """Of definitions that both hold, the first counts: they are told apart by what is not a symbol."""
    kept: list[TypeDefinition] = []
    for definition in found:
        condition = all_of(definition.condition, *(negated(each.condition) for each in kept))
        if condition != FALSE:
            kept.append(replace(definition, condition=condition))
    return tuple(kept)


def _used(found: Mapping[_Key, Sequence[TypeDefinition]], wanted: Sequence[_Key]) -> list[TypeDefinition]:
    """What the wanted types need, without definitions that hold nowhere where they are used."""
    when: dict[_Key, Condition] = dict.fromkeys(wanted, TRUE)
    waiting = [key for key in wanted if key in found]
    while waiting:
        for definition in found[waiting.pop()]:
            around = when[definition.tag, definition.name]
            for use in needed_types(definition):
                key = (use.type.tag, use.type.name)
                before = when.get(key, FALSE)
                after = any_of(before, all_of(around, use.condition))
                if key in found and after != before:
                    when[key] = after
                    waiting.append(key)
    return [
        definition
        for key, group in found.items()
        for definition in group
        if all_of(when.get(key, FALSE), definition.condition) != FALSE
    ]


def _called(definition: TypeDefinition, name: str) -> TypeDefinition:
    kind = definition.type
    renamed_type = replace(kind, tag=name) if isinstance(kind, AggregateType) else kind
    return replace(definition, name=name, type=renamed_type)


def _inlined(types: list[TypeDefinition]) -> list[TypeDefinition]:
    """Members without a name that are a tagged struct (`struct other;` inside of a struct) as what they hold."""
    by_key: dict[_Key, list[TypeDefinition]] = {}
    for definition in types:
        by_key.setdefault((definition.tag, definition.name), []).append(definition)

    def of_type(kind: CType, depth: int) -> CType:
        if isinstance(kind, ArrayType):
            return replace(kind, element=of_type(kind.element, depth))
        if not isinstance(kind, AggregateType) or depth > 20:
            return kind
        return replace(kind, members=tuple(m for member in kind.members for m in of_member(member, depth)))

    def of_member(member: Member, depth: int) -> Iterator[Member]:
        kind = member.type
        if member.name or member.bits is not None or not isinstance(kind, NamedType):
            yield replace(member, type=of_type(kind, depth))
            return
        for definition in by_key.get((kind.tag, kind.name), ()):
            condition = all_of(member.condition, definition.condition)
            yield replace(member, type=of_type(definition.type, depth + 1), condition=condition)

    return [replace(each, type=of_type(each.type, 0)) for each in types]


def _conditions(definition: TypeDefinition) -> Iterator[Condition]:
    yield definition.condition
    yield from _conditions_of(definition.type)


def _conditions_of(kind: CType) -> Iterator[Condition]:
    if isinstance(kind, ArrayType):
        yield from _conditions_of(kind.element)
    elif isinstance(kind, AggregateType):
        yield from (alignment.condition for alignment in kind.aligned)
        for member in kind.members:
            yield member.condition
            yield from (alignment.condition for alignment in member.aligned)
            yield from _conditions_of(member.type)


def _with_names(definition: TypeDefinition, names: Mapping[str, Condition]) -> TypeDefinition:
    if not names:
        return definition

    def of_type(kind: CType) -> CType:
        if isinstance(kind, ArrayType):
            return replace(kind, element=of_type(kind.element))
        if not isinstance(kind, AggregateType):
            return kind
        aligned = tuple(replace(a, condition=renamed(a.condition, names)) for a in kind.aligned)
        return replace(kind, members=tuple(of_member(member) for member in kind.members), aligned=aligned)

    def of_member(member: Member) -> Member:
        aligned = tuple(replace(a, condition=renamed(a.condition, names)) for a in member.aligned)
        return replace(member, type=of_type(member.type), condition=renamed(member.condition, names), aligned=aligned)

    return replace(definition, type=of_type(definition.type), condition=renamed(definition.condition, names))
