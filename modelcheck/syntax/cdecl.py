"""C declarations of a layout: from text to `modelcheck.model.declarations`.

What is read is exactly what decides where a field lies. Anything that would and is not understood is an error; what
only
informs checkers (`__rcu`, `const`) is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, cast

from lark import Token, Tree

from modelcheck.diagnostics import Diagnostic, Diagnostics, InputError
from modelcheck.model.conditions import TRUE, Condition
from modelcheck.model.declarations import (
    AggregateType,
    Alignment,
    ArrayType,
    CType,
    Declarations,
    Member,
    NamedType,
    NumberExpr,
    PointerType,
    TypeDefinition,
)
from modelcheck.model.scalars import number_text, scalar_key, spelled_scalar
from modelcheck.source import SourceText
from modelcheck.syntax.conditions import NameUse, expand
from modelcheck.syntax.cparts import Attributes, Node, Parts
from modelcheck.syntax.ctokens import items
from modelcheck.syntax.preprocessor import conjunction

MAX_DIMENSIONS = 16


@dataclass(frozen=True)
class ReadDeclarations:
    """The types a layout declares, the places where it names symbols and types in conditions, and what is wrong
    with it."""

    types: tuple[TypeDefinition, ...]
    names: tuple[NameUse, ...]
    diagnostics: tuple[Diagnostic, ...]


# Most architectures have their structs from the same files.
@lru_cache(maxsize=64)
def parse_declarations(source: SourceText, start: int, end: int) -> ReadDeclarations:
    """Read the C declarations in `source.text[start:end]`, the body of a `layout`. All spans are places of the
    whole file.

    Symbols in conditions and type names are not resolved here: see `modelcheck.layout.declared`. Never raises: at
    most 20
    diagnostics (CA150 to CA168) say what is wrong, and what is right is returned beside them.
    """
    found = Diagnostics()
    reader = _Reader(source, start, found)
    conditionals = reader.level()
    try:
        for item in items(source, start, end, found):
            if isinstance(item.tree, Token):
                conditionals.directive(item.tree)
            else:
                reader.declaration(item.tree, conditionals.condition)
        conditionals.close()
    except InputError:
        pass  # more faults than are worth showing; `found` has them
    return ReadDeclarations(tuple(reader.types), tuple(reader.names), tuple(found.found))


@dataclass(frozen=True)
class _Function:
    """What a function returns or takes does not matter; only a pointer to it can be a member."""


class _Reader(Parts):
    """Reads declarations one by one; `types` are those that were declared."""

    def __init__(self, source: SourceText, offset: int, found: Diagnostics) -> None:
        super().__init__(source, offset, found)
        self.types: list[TypeDefinition] = []

    # ---------------------------------------------------------------------------------------------- declarations

    def declaration(self, tree: Tree[Token], condition: Condition) -> None:
        """One `typedef ...;` or `struct X { ... };` at file level."""
        base, attributes = self.specifiers(tree, condition)
        declarators = [c for c in tree.children if isinstance(c, Tree) and c.data == "declarators"]
        if not declarators:
            if isinstance(base, NamedType) and base.tag == "":
                self.fault("CA159", "this declares nothing", tree)
            return
        self.refuse(
            attributes, "an attribute of a typedef is not understood", "put it behind the `}` of the struct", tree
        )
        for declared in declarators[0].children:
            assert isinstance(declared, Tree)
            own = self.trailing(cast("Tree[Token]", declared.children[-1]), Attributes())
            self.refuse(
                own, "an attribute of a typedef is not understood", "put it behind the `}` of the struct", declared
            )
            name, declared_type = self.declarator(cast("Tree[Token]", declared.children[0]), base)
            # No member can have a function's type, and all pointers to it are alike.
            kept = PointerType("function") if isinstance(declared_type, _Function) else declared_type
            if name is not None:
                self.types.append(TypeDefinition(str(name), "", kept, condition, self.span(name)))

    def specifiers(self, tree: Tree[Token], condition: Condition) -> tuple[CType, Attributes]:
        """The type in front of the declarators, and the attributes that go to each of them."""
        attributes = Attributes()
        scalars: list[Token] = []
        base: CType | None = None
        for child in tree.children:
            if isinstance(child, Token):
                if child.type == "SCALAR":
                    scalars.append(child)
                continue
            match child.data:
                case "aligned" | "packed" | "gnu_attributes" | "annotation":
                    self.attribute(child, attributes, TRUE)
                case "type_name":
                    token = cast("Token", child.children[0])
                    base = NamedType(str(token), "", self.span(token))
                case "tagged":
                    tag, name = cast("Token", child.children[0]), cast("Token", child.children[-1])
                    base = NamedType(str(name), cast("Literal['struct', 'union', 'enum']", str(tag)), self.span(child))
                case "aggregate":
                    base = self.aggregate(child, condition)
                case "enumeration":
                    base = self.enumeration(child)
        if scalars:
            base = self.scalar(scalars)
        assert base is not None  # the grammar has no declaration without a type
        return base, attributes

    def scalar(self, words: list[Token]) -> NamedType:
        span = self.span(words[0]).to(self.span(words[-1]))
        texts = [str(word) for word in words]
        if texts == ["void"]:
            return NamedType("void", "", span)
        key = scalar_key(texts)
        if key is None:
            self.fault("CA160", f"`{' '.join(texts)}` is not a type of kernel structs", span)
        return NamedType(key or "int", "", span)

    def aggregate(self, tree: Tree[Token], condition: Condition) -> CType:
        kind, *rest = tree.children
        tag = next((c for c in rest if isinstance(c, Token) and c.type == "NAME"), None)
        attributes = Attributes()
        for child in rest:
            if isinstance(child, Tree) and child.data not in ("body", "trailing"):
                self.attribute(child, attributes, TRUE)
        body = next(c for c in rest if isinstance(c, Tree) and c.data == "body")
        members = tuple(self.members(body, condition))
        self.trailing(cast("Tree[Token]", rest[-1]), attributes)
        start = self.span(cast("Token", kind))
        aggregate = AggregateType(
            cast("Literal['struct', 'union']", str(kind)),
            str(tag) if tag is not None else "",
            members,
            tuple(attributes.aligned),
            attributes.packed is not None,
            start if tag is None else start.to(self.span(tag)),
        )
        if tag is None:
            return aggregate
        span = self.span(tag)
        self.types.append(TypeDefinition(str(tag), aggregate.kind, aggregate, condition, span))
        return NamedType(str(tag), aggregate.kind, start.to(span))

    def enumeration(self, tree: Tree[Token]) -> NamedType:
        tag = next((c for c in tree.children if isinstance(c, Token) and c.type == "NAME"), None)
        listed = next(c for c in tree.children if isinstance(c, Tree) and c.data == "enumerators")
        level = self.level()
        value: int | None = 0
        for child in listed.children:
            if isinstance(child, Token) or child.data == "directive":
                level.directive(cast("Token", child.children[0] if isinstance(child, Tree) else child))
                value = None  # what follows depends on the configuration
                continue
            name = cast("Token", child.children[0])
            given = child.children[1] if len(child.children) > 1 else None
            if isinstance(given, Tree):
                number = self.number(given)
                value = number.value if number.operator == "number" else None
            self.enumerators[str(name)] = value
            value = None if value is None else value + 1
        level.close()
        attributes = self.trailing(cast("Tree[Token]", tree.children[-1]), Attributes())
        self.refuse(attributes, "an attribute of an enum is not understood", "", tree)
        return NamedType(
            str(tag) if tag else "int", "enum" if tag else "", self.span(tag or cast("Token", tree.children[0]))
        )

    # --------------------------------------------------------------------------------------------------- members

    def members(self, body: Tree[Token], condition: Condition) -> Iterable[Member]:
        level = self.level()
        for child in body.children:
            assert isinstance(child, Tree)
            if child.data == "directive":
                level.directive(cast("Token", child.children[0]))
            else:
                yield from self.member(child, level.condition, conjunction(condition, level.condition))
        level.close()

    def member(self, tree: Tree[Token], condition: Condition, outer: Condition) -> Iterable[Member]:
        base, attributes = self.specifiers(tree, outer)
        self.refuse(
            replace(attributes, aligned=[]), "`__packed` on a member is not understood", "put it on the struct", tree
        )
        declared = next((c for c in tree.children if isinstance(c, Tree) and c.data == "member_declarators"), None)
        if declared is None:
            if isinstance(base, AggregateType):
                yield Member("", base, condition, None, tuple(attributes.aligned), base.span)
            else:
                self.fault(
                    "CA159", "this declares no member", tree, "only a struct or union without a tag may have no name"
                )
            return
        for declarator in declared.children:
            assert isinstance(declarator, Tree)
            yield from self.member_declarator(declarator, base, attributes, condition)

    def member_declarator(
        self, tree: Tree[Token], base: CType, attributes: Attributes, condition: Condition
    ) -> Iterable[Member]:
        own = self.trailing(cast("Tree[Token]", tree.children[-1]), Attributes(list(attributes.aligned)))
        self.refuse(replace(own, aligned=[]), "`__packed` on a member is not understood", "put it on the struct", tree)
        name: Token | None = None
        declared: CType | _Function = base
        bits: NumberExpr | None = None
        for child in tree.children[:-1]:
            assert isinstance(child, Tree)
            if child.data == "declarator":
                name, declared = self.declarator(child, base)
            else:
                bits = self.number(cast("Tree[Token]", child.children[0]))
        place = name if name is not None else tree
        if isinstance(declared, _Function):
            self.fault("CA161", "a member cannot be a function", place, "for a pointer to one write `(*name)(...)`")
        elif declared == base and isinstance(base, NamedType) and base.name == "void" and not base.tag:
            self.fault("CA161", "a member cannot be `void`", place)
        elif bits is not None and not isinstance(declared, NamedType):
            self.fault("CA161", "a bit-field must have an integer type", place)
        else:
            yield Member(
                str(name) if name is not None else "", declared, condition, bits, tuple(own.aligned), self.span(place)
            )

    def declarator(self, tree: Tree[Token], base: CType | _Function) -> tuple[Token | None, CType | _Function]:
        """The name and the type of a declarator, read from the outside in as C has it."""
        node: Node = tree
        declared = base
        dimensions = 0
        while isinstance(node, Tree):
            inner = node.children[-1]
            match node.data:
                case "declarator":
                    for _ in node.children[:-1]:
                        declared = PointerType(_spelled(declared))
                case "array":
                    inner = node.children[0]
                    dimensions += 1
                    length = node.children[1] if len(node.children) > 1 else None
                    number = self.number(length) if isinstance(length, Tree) else NumberExpr("number", 0)
                    if isinstance(declared, _Function) or dimensions > MAX_DIMENSIONS:
                        self.fault("CA161", "no such array is possible", node)
                    else:
                        declared = ArrayType(declared, number)
                case "function":
                    inner = node.children[0]
                    declared = _Function()
            node = inner
        return node, declared


def expand_declarations(types: Iterable[TypeDefinition], defines: Mapping[str, Condition]) -> Declarations:
    """The types with every abbreviation (`define`) in their conditions replaced by what it stands for."""

    def of_type(declared: CType) -> CType:
        match declared:
            case ArrayType(element, length):
                return ArrayType(of_type(element), length)
            case AggregateType():
                members = tuple(of_member(member) for member in declared.members)
                return replace(declared, members=members, aligned=of_alignments(declared.aligned))
            case NamedType() | PointerType():
                return declared

    def of_member(member: Member) -> Member:
        condition = expand(member.condition, defines)
        return replace(member, type=of_type(member.type), condition=condition, aligned=of_alignments(member.aligned))

    def of_alignments(aligned: tuple[Alignment, ...]) -> tuple[Alignment, ...]:
        return tuple(Alignment(a.value, expand(a.condition, defines)) for a in aligned)

    return Declarations(tuple(replace(d, type=of_type(d.type), condition=expand(d.condition, defines)) for d in types))


def _spelled(declared: CType | _Function) -> str:
    match declared:
        case NamedType(name, tag, span):
            if tag or span is None:
                return f"{tag} {name}".strip()
            return spelled_scalar(span) if name != "void" and span.source.text[span.start : span.end] != name else name
        case PointerType(target):
            return f"{target}*" if target.endswith("*") else f"{target} *"
        case ArrayType(element, length):
            return f"{_spelled(element)} [{number_text(length)}]"
        case AggregateType(kind, tag):
            return f"{kind} {tag}" if tag else f"{kind} {{ ... }}"
        case _Function():
            return "function"
