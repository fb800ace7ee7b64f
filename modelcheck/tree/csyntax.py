"""C declarations as tree-sitter reads them, turned into `modelcheck.model.declarations`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from modelcheck.layout.typenames import type_text
from modelcheck.model.conditions import FALSE, TRUE, Condition
from modelcheck.model.declarations import (
    AggregateType,
    Alignment,
    ArrayType,
    CType,
    Member,
    NamedType,
    NumberExpr,
    PointerType,
    TypeDefinition,
)
from modelcheck.model.scalars import scalar_key
from modelcheck.source import Span
from modelcheck.tree.ctokens import Token, arguments, closing, tokens
from modelcheck.tree.expansion import UNNAMED, Expanded
from modelcheck.tree.expressions import Expression, Text
from modelcheck.tree.faults import no_parser, not_understood
from modelcheck.tree.formulas import all_of, negated
from modelcheck.tree.headers import Header
from modelcheck.tree.macros import Macros

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_AGGREGATES = ("struct_specifier", "union_specifier")
_MAX_DEPTH = 40


def new_parser() -> Parser:
    """A parser of C. Raises InputError (CA413) where tree-sitter is not installed."""
    try:
        import tree_sitter_c
        from tree_sitter import Language, Parser
    except ImportError:
        raise no_parser() from None
    return Parser(Language(tree_sitter_c.language()))


@dataclass(frozen=True)
class Syntax:
    """What a parser made of one variant of a declaration. `wrong` is the first place that is no C, None if all is."""

    expanded: Expanded
    root: Node = field(repr=False)
    wrong: int | None


def parse(parser: Parser, expanded: Expanded) -> Syntax:
    """Parse one variant."""
    root = parser.parse(expanded.text.encode("ascii", "replace")).root_node
    return Syntax(expanded, root, _first_error(root))


def _first_error(root: Node) -> int | None:
    """Where the parser stumbled. What `offsetof` is about is a type, which it does not expect there."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            return node.start_byte
        if node.has_error and not (node.type == "call_expression" and _text(node).startswith(_OFFSETOF)):
            waiting += reversed(node.children)
    return None


_OFFSETOF = ("offsetof", "__builtin_offsetof")


def definitions(
    syntax: Syntax, header: Header, macros: Macros, condition: Condition, wanted: tuple[str, str]
) -> tuple[TypeDefinition, ...]:
    """What a variant declares of the wanted tag and name (an empty tag: a typedef), where `condition` holds.

    Raises InputError (CA415) for what is not understood.
    """
    return tuple(_Reader(syntax.expanded, header, macros, condition).definitions(syntax.root, *wanted))


@dataclass
class _Attributes:
    aligned: list[Alignment] = field(default_factory=list)
    packed: bool = False


_Alternative = tuple[Condition, CType]


class _Reader:
    def __init__(self, expanded: Expanded, header: Header, macros: Macros, condition: Condition) -> None:
        self.expanded = expanded
        self.header = header
        self.macros = macros
        self.condition = condition

    # --------------------------------------------------------------------------------------------------- places

    def span(self, node: Node) -> Span:
        start = self.expanded.origin(node.start_byte)
        last = self.expanded.origin(max(node.start_byte, node.end_byte - 1))
        words = _text(node).split()
        end = last + (len(words[-1]) if words else 1)
        return self.header.span(start, end if start < end else start + 1)

    def refuse(self, node: Node, what: str, help_text: str = "") -> Exception:
        return not_understood(self.span(node), what, help_text)

    # ---------------------------------------------------------------------------------------------- declarations

    def definitions(self, root: Node, tag: str, name: str) -> Iterator[TypeDefinition]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if not tag and node.type == "type_definition":
                yield from self.typedef(node, name)
            elif tag and node.type == f"{tag}_specifier" and _is_body_of(node, name):
                found = self.aggregate(node, 0)
                yield TypeDefinition(name, cast("Literal['struct']", tag), found, self.condition, self.span(node))
            else:
                waiting += reversed(node.named_children)

    def typedef(self, node: Node, name: str) -> Iterator[TypeDefinition]:
        kind = node.child_by_field_name("type")
        declarators = [d for d in node.children_by_field_name("declarator") if name in _text(d).split()]
        mine = [d for d in declarators if _innermost(d) == name]
        if kind is None or not mine:
            return
        base = self.type(kind, 0)
        attributes = _Attributes()
        for child in node.children:
            if child.type == "attribute_specifier":
                self.attribute(child, attributes)
        for _, place, alternatives in self.declared(mine[0], base, TRUE):
            for condition, declared in alternatives:
                if attributes.aligned or attributes.packed:
                    # A typedef may be aligned less than its type, too.
                    inside = (Member("value", declared, TRUE, None, (), place),)
                    declared = AggregateType("struct", "", inside, tuple(attributes.aligned), True, place)
                yield TypeDefinition(name, "", declared, all_of(self.condition, condition), place)

    def type(self, node: Node, depth: int) -> CType:
        if depth > _MAX_DEPTH:
            raise self.refuse(node, "this is nested too deeply")
        text = _text(node)
        match node.type:
            case "primitive_type" | "sized_type_specifier" | "type_identifier":
                words = text.split()
                if "__int128" in words:
                    return _INT128
                key = scalar_key(words)
                return NamedType(key or " ".join(words), "", self.span(node))
            case "struct_specifier" | "union_specifier":
                return self.aggregate(node, depth)
            case "enum_specifier":
                if any(child.type == "attribute_specifier" for child in node.children):
                    raise self.refuse(node, "an enum with an attribute is not understood")
                name = node.child_by_field_name("name")
                tag: Literal["", "enum"] = "" if name is None else "enum"
                return NamedType("int" if name is None else _text(name), tag, self.span(node))
        raise self.refuse(node, f"the type `{' '.join(text.split())}` is not understood")

    def aggregate(self, node: Node, depth: int) -> CType:
        kind = cast("Literal['struct', 'union']", node.type.removesuffix("_specifier"))
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        tag = "" if name is None else _text(name)
        span = self.span(node.children[0] if name is None else name)
        if body is None:
            return NamedType(tag, kind, span)
        attributes = _Attributes()
        for child in node.children:
            if child.type == "attribute_specifier":
                self.attribute(child, attributes)
        members = tuple(self.members(body.children, TRUE, depth + 1))
        return AggregateType(kind, tag, members, tuple(attributes.aligned), attributes.packed, span)

    # --------------------------------------------------------------------------------------------------- members

    def members(self, nodes: Sequence[Node], condition: Condition, depth: int) -> Iterator[Member]:
        for node in nodes:
            match node.type:
                case "field_declaration":
                    yield from self.member(node, condition, depth)
                case "preproc_if":
                    yield from self.branches(node, condition, (), depth)
                case "{" | "}" | ";" | "comment":
                    pass
                case _:
                    raise self.refuse(node, f"`{_short(node)}` is not understood in a struct")

    def branches(self, node: Node, outer: Condition, earlier: tuple[Condition, ...], depth: int) -> Iterator[Member]:
        test = node.child_by_field_name("condition")
        own = self.macros.test(self.expanded.tests[int(_text(test))]) if test is not None else TRUE
        alternative = node.child_by_field_name("alternative")
        here = all_of(outer, *(negated(each) for each in earlier), own)
        body = [child for child in node.children if child.is_named and child not in (test, alternative)]
        if here != FALSE:
            yield from self.members(body, here, depth)
        if alternative is not None:
            yield from self.branches(alternative, outer, (*earlier, own), depth)

    def member(self, node: Node, condition: Condition, depth: int) -> Iterator[Member]:
        kind = node.child_by_field_name("type")
        if kind is None:
            raise self.refuse(node, f"`{_short(node)}` is not understood in a struct")
        base = self.type(kind, depth)
        common = _Attributes()
        parts: list[tuple[Node | None, Node | None, _Attributes]] = []
        for index, child in enumerate(node.children):
            named = node.field_name_for_child(index)
            if named == "declarator":
                parts.append((child, None, _Attributes(list(common.aligned))))
            elif child.type == "bitfield_clause":
                if parts and parts[-1][1] is None:
                    parts[-1] = (parts[-1][0], child, parts[-1][2])
                else:
                    parts.append((None, child, _Attributes(list(common.aligned))))
            elif child.type == "attribute_specifier":
                self.attribute(child, parts[-1][2] if parts else common)
        if common.packed or any(attributes.packed for _, _, attributes in parts):
            raise self.refuse(node, "`packed` on a member is not understood")
        if not parts:
            yield Member("", base, condition, None, tuple(common.aligned), self.span(kind))
        for declarator, bits, attributes in parts:
            yield from self.declarator(node, declarator, bits, attributes, base, condition)

    def declarator(
        self,
        node: Node,
        declarator: Node | None,
        bits: Node | None,
        attributes: _Attributes,
        base: CType,
        condition: Condition,
    ) -> Iterator[Member]:
        widths: list[tuple[Condition, NumberExpr | None]] = [(TRUE, None)]
        if bits is not None:
            widths = [(c, n) for c, n in self.numbers(bits.named_children[0])]
        declared = [("", self.span(node), [(TRUE, base)])] if declarator is None else None
        for name, place, alternatives in declared or self.declared(cast("Node", declarator), base, TRUE):
            for inner, kind in alternatives:
                for with_width, width in widths:
                    here = all_of(condition, inner, with_width)
                    if here != FALSE:
                        yield Member(name, kind, here, width, tuple(attributes.aligned), place)

    def declared(self, node: Node, base: CType, condition: Condition) -> Iterator[tuple[str, Span, list[_Alternative]]]:
        """The name and the type of a declarator, from the outside in; array lengths may depend on conditions."""
        found: list[tuple[Condition, CType | None]] = [(condition, base)]
        depth = 0
        while True:
            depth += 1
            if depth > _MAX_DEPTH:
                raise self.refuse(node, "this is nested too deeply")
            inner = node.child_by_field_name("declarator")
            match node.type:
                case "pointer_declarator":
                    found = [(c, PointerType("function" if t is None else type_text(t))) for c, t in found]
                case "array_declarator":
                    size = node.child_by_field_name("size")
                    lengths = [(TRUE, NumberExpr("number", 0))] if size is None else self.numbers(size)
                    if any(t is None for _, t in found):
                        raise self.refuse(node, "no such array is possible")
                    found = [(all_of(c, d), ArrayType(cast("CType", t), n)) for c, t in found for d, n in lengths]
                case "function_declarator":
                    found = [(c, None) for c, _ in found]
                case "parenthesized_declarator" | "attributed_declarator":
                    inner = next(child for child in node.named_children if child.type != "attribute_specifier")
                case "field_identifier" | "type_identifier" | "identifier" | "primitive_type":
                    kept = [(c, PointerType("function") if t is None else t) for c, t in found]
                    name = _text(node)
                    yield "" if name == UNNAMED else name, self.span(node), [(c, t) for c, t in kept if c != FALSE]
                    return
                case _:
                    raise self.refuse(node, f"`{_short(node)}` is not understood")
            if inner is None:
                raise self.refuse(node, f"`{_short(node)}` is not understood")
            node = inner

    # --------------------------------------------------------------------------------- attributes and numbers

    def attribute(self, node: Node, into: _Attributes) -> None:
        found = self.tokens(node)
        # __attribute__ ( ( ... ) ): what is not understood was refused before the text was parsed.
        inside = [Token("mark", "(", 0), *found[3:-2], Token("mark", ")", 0)]
        for part in arguments(inside, 0, len(inside) - 1):
            name = part[0].text.removeprefix("__").removesuffix("__")
            if name == "packed":
                into.packed = True
            elif name == "aligned":
                value = part[2 : closing(part, 1)]
                into.aligned += [Alignment(n, c) for c, n in self.values(value, node)]

    def tokens(self, node: Node) -> list[Token]:
        return list(tokens(_text(node)))

    def numbers(self, node: Node) -> list[tuple[Condition, NumberExpr]]:
        return self.values(self.tokens(node), node)

    def values(self, found: list[Token], node: Node) -> list[tuple[Condition, NumberExpr]]:
        origin = self.expanded.origin(node.start_byte)
        time = self.macros.closure.time(self.header, origin)
        # What cannot be where this is read does not matter.
        around = all_of(self.condition, self.macros.at(self.header, origin))
        possible = [(c, v) for c, v in Expression(self.macros, time).value(found) if all_of(around, c) != FALSE]
        out: list[tuple[Condition, NumberExpr]] = []
        for condition, value in possible:
            if isinstance(value, Text) or not _has_value(value):
                text = " ".join(_text(node).split())
                raise self.refuse(node, f"the number `{text}` is not known from the sources alone")
            out.append((condition if len(possible) > 1 else TRUE, value))
        return out


def _is_body_of(node: Node, name: str) -> bool:
    named = node.child_by_field_name("name")
    return named is not None and _text(named) == name and node.child_by_field_name("body") is not None


def _innermost(node: Node) -> str:
    """The name that a declarator declares."""
    while True:
        inner = node.child_by_field_name("declarator")
        if inner is None and node.type == "parenthesized_declarator":
            inner = next(iter(node.named_children), None)
        if inner is None:
            return _text(node)
        node = inner


def _has_value(number: NumberExpr) -> bool:
    return number.operator != "name" and all(_has_value(operand) for operand in number.operands)


def _text(node: Node) -> str:
    return (node.text or b"").decode("ascii", "replace")


def _short(node: Node) -> str:
    text = " ".join(_text(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


# Two words that are aligned like one: GCC gives it 16 bytes, also where no member of the ABI's has so many.
_INT128 = AggregateType(
    "struct",
    "__int128",
    (Member("", ArrayType(NamedType("long long"), NumberExpr("number", 2)), TRUE),),
    (Alignment(NumberExpr("number", 16)),),
)
