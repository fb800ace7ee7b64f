"""What declarations of C have in common: `#if` levels, attributes that align and pack, integer expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from lark import Token, Tree

from modelcheck.diagnostics import Diagnostic, Diagnostics, did_you_mean
from modelcheck.model.conditions import TRUE, Condition
from modelcheck.model.declarations import Alignment, NumberExpr
from modelcheck.model.scalars import arithmetic
from modelcheck.source import SourceText, Span
from modelcheck.syntax.conditions import NameUse, integer_value
from modelcheck.syntax.ctokens import span_of_token
from modelcheck.syntax.preprocessor import Conditionals

Node = Tree[Token] | Token

MAX_OPERANDS = 100

# GCC attributes that neither move a field nor change a size.
_HARMLESS = {
    "unused",
    "deprecated",
    "may_alias",
    "designated_init",
    "noderef",
    "address_space",
    "nonstring",
    "btf_type_tag",
}


@dataclass
class Attributes:
    """What attributes ask for: alignments, and where the one that packs stands."""

    aligned: list[Alignment] = field(default_factory=list)
    packed: Span | None = None


class Parts:
    """Reads parts of declarations; `offset` is where the text that was parsed begins in `source`.

    What is wrong goes to `found`, symbols and types that are named to `names`. `enumerators` are those declared so far;
    None stands for a value that is not known.
    """

    def __init__(self, source: SourceText, offset: int, found: Diagnostics) -> None:
        self.source = source
        self.offset = offset
        self.found = found
        self.names: list[NameUse] = []
        self.enumerators: dict[str, int | None] = {}

    def level(self) -> Conditionals:
        """A level of `#if`s of its own: a body, a list, what stands behind a declarator."""
        return Conditionals(self.source, self.offset, self.found, self.names)

    def span(self, node: Node) -> Span:
        """Where a node stands in the whole file."""
        if isinstance(node, Token):
            return span_of_token(node, self.source, self.offset)
        start, end = getattr(node.meta, "start_pos", 0), getattr(node.meta, "end_pos", 0)
        return Span(self.source, start + self.offset, end + self.offset)

    def fault(self, code: str, message: str, node: Node | Span, help_text: str = "") -> None:
        """Note what is wrong. Raises InputError where that is more than is worth showing."""
        span = node if isinstance(node, Span) else self.span(node)
        self.found.add(Diagnostic(code, message, span, help=help_text))

    # ------------------------------------------------------------------------------------------------ attributes

    def trailing(self, tree: Tree[Token], attributes: Attributes) -> Attributes:
        """The attributes behind a declarator or a `}`, added to `attributes`."""
        level = self.level()
        for child in tree.children:
            if isinstance(child, Tree) and child.data == "directive":
                level.directive(cast("Token", child.children[0]))
            elif isinstance(child, Tree):
                self.attribute(child, attributes, level.condition)
        level.close()
        return attributes

    def attribute(self, tree: Tree[Token], attributes: Attributes, condition: Condition) -> None:
        """Add what one attribute, or one list of them, asks for."""
        match tree.data:
            case "aligned":
                number = self.number(cast("Tree[Token]", tree.children[0]))
                attributes.aligned.append(Alignment(number, condition))
            case "packed":
                self._packed(tree, attributes, condition)
            case "gnu_attributes":
                for child in tree.children:
                    self._gnu_attribute(cast("Tree[Token]", child), attributes, condition)

    def _gnu_attribute(self, tree: Tree[Token], attributes: Attributes, condition: Condition) -> None:
        token = cast("Token", tree.children[0])
        name = str(token).removeprefix("__").removesuffix("__")
        argument = tree.children[1] if len(tree.children) > 1 else None
        if name == "packed":
            self._packed(tree, attributes, condition)
        elif name == "aligned" and isinstance(argument, Tree):
            attributes.aligned.append(Alignment(self.number(argument), condition))
        elif name == "aligned":
            self.fault(
                "CA162", "`aligned` needs a number here", tree, "the largest alignment is not the same everywhere"
            )
        elif name not in _HARMLESS:
            self.fault(
                "CA162", f"attribute `{token}` is not understood", tree, did_you_mean(name, ["packed", "aligned"])
            )

    def _packed(self, tree: Tree[Token], attributes: Attributes, condition: Condition) -> None:
        if condition != TRUE:
            self.fault("CA162", "`__packed` cannot depend on the configuration", tree, "declare the struct twice")
        attributes.packed = self.span(tree)

    def refuse(self, attributes: Attributes, message: str, help_text: str, place: Node) -> None:
        """Note that attributes stand where they have no meaning."""
        if attributes.packed is not None or attributes.aligned:
            self.fault("CA162", message, attributes.packed or place, help_text)

    # ----------------------------------------------------------------------------------------------- expressions

    def number(self, tree: Tree[Token]) -> NumberExpr:
        """The value of an `expression`; worked out where it has no `sizeof`."""
        return _Numbers(self).read(tree.children[0])


class _Numbers:
    """Reads one integer expression."""

    def __init__(self, reader: Parts) -> None:
        self.reader = reader
        self.operands = 0

    def read(self, node: Node) -> NumberExpr:
        assert isinstance(node, Tree)
        match node.data:
            case "number":
                return self.literal(cast("Token", node.children[0]))
            case "constant":
                return self.constant(cast("Token", node.children[0]))
            case "sizeof":
                name = " ".join(str(t) for t in node.children if cast("Token", t).type != "QUALIFIER")
                first, last = cast("Token", node.children[0]), cast("Token", node.children[-1])
                span = self.reader.span(first).to(self.reader.span(last))
                self.reader.names.append(NameUse(name, "type", span))
                return NumberExpr("sizeof", name=name)
            case "signed":
                return self.apply(node, str(node.children[0]), NumberExpr("number", 0), self.read(node.children[1]))
        value = self.read(node.children[0])
        for operator, operand in zip(node.children[1::2], node.children[2::2], strict=True):
            value = self.apply(node, str(operator), value, self.read(operand))
        return value

    def literal(self, token: Token) -> NumberExpr:
        value = integer_value(str(token))
        if value is None:
            self.reader.fault("CA151", "this is not a number that fits in 64 bits", token)
        return NumberExpr("number", value or 0)

    def constant(self, token: Token) -> NumberExpr:
        known = self.reader.enumerators
        name = str(token)
        if known.get(name) is None:
            message = (
                f"the value of `{name}` depends on the configuration or on sizes"
                if name in known
                else f"`{name}` is not a known number: only numbers, enumerators declared before and sizeof(type) are"
            )
            self.reader.fault("CA163", message, token, did_you_mean(name, known) if name not in known else "")
        return NumberExpr("number", known.get(name) or 0)

    def apply(self, node: Tree[Token], operator: str, left: NumberExpr, right: NumberExpr) -> NumberExpr:
        self.operands += 1
        if self.operands > MAX_OPERANDS:
            self.reader.fault("CA156", "this expression is too long", node)
            self.reader.found.stop()
        if left.operator != "number" or right.operator != "number":
            return NumberExpr(operator, operands=(left, right))
        value = arithmetic(operator, left.value, right.value)
        if value is None:
            self.reader.fault("CA163", "this expression has no value", node)
        return NumberExpr("number", value or 0)
