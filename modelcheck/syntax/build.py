"""Items of files and life cycles: from the parser's trees to `modelcheck.syntax.ast`, with nothing of Lark left."""

from __future__ import annotations

from typing import Literal, cast

from lark import Token

from modelcheck.model.declarations import Scalar
from modelcheck.source import SourceText, Span
from modelcheck.syntax import ast
from modelcheck.syntax.build_statements import Branch, Expressions, Part, citation, cited, string


class Builder(Expressions):
    """Items of files, life cycles, allocators and proposals."""

    def __init__(self, source: SourceText, layouts: dict[int, int]) -> None:
        super().__init__(source)
        self.layouts = layouts

    def file(self, tree: Branch) -> ast.File:
        """A whole file."""
        found = (self.item(cast("Branch", t)) for t in tree.children)
        return ast.File(self.source, tuple(item for item in found if item is not None))

    def item(self, tree: Branch) -> ast.Item | None:
        """One item of a file; None for a lone semicolon."""
        parts, span = tree.children, self.span(tree)
        match tree.data:
            case "nothing":
                return None
            case "kernel":
                return ast.KernelItem(self.name(parts[0]), span)
            case "arch":
                name = self.name(parts[0])
                return ast.ArchItem(name, name.text if parts[1] is None else string(parts[1]), span)
            case "litmus":
                return ast.LitmusItem(self.name(parts[0]), span)
            case "include":
                return ast.IncludeItem(self.name(parts[0]), span)
            case "use_abi":
                return ast.UseAbiItem(self.names(parts[0]), span)
            case "abi":
                return self.abi(tree)
            case "config" | "runtime" | "choice":
                kind = cast("Literal['config', 'runtime', 'choice']", str(tree.data))
                return ast.SymbolItem(kind, self.names(parts[0]), citation(parts[1]), span)
            case "require":
                return ast.RequireItem(self.condition(parts[0]), citation(parts[1]), span)
            case "define":
                return ast.DefineItem(self.name(parts[0]), self.condition(parts[1]), citation(parts[2]), span)
            case "const" | "const_cases":
                label, relation, minimum, *cases, at = parts
                read = tuple(self.const_case(cast("Branch", c)) for c in cases)
                return ast.ConstItem(
                    self.name(label), self.name(relation), self.number(minimum), read, citation(at), span
                )
            case "layout":
                start = self.source.text.index("{", span.start)
                return ast.LayoutItem(Span(self.source, start + 1, self.layouts.get(start, start + 1)), span)
            case "lifecycle" | "template":
                label, title, base, struct, level, members = parts
                return ast.LifecycleDeclaration(
                    self.name(label), self.optional(title), self.optional(base), self.optional(struct),
                    self.optional(level), tree.data == "template", self.lifecycle_items(cast("Branch", members)), span,
                )  # fmt: skip
            case "allocator":
                return self.allocator(tree)
            case "proposal":
                return self.proposal(tree)
            case "gap":
                return ast.GapItem(self.name(parts[0]), self.name(parts[1]), citation(parts[2]), span)
        lifecycle, proposal, kernels, verdict, rules, condition, reason = parts
        return ast.ExpectItem(
            self.name(lifecycle), self.optional(proposal), self.names(kernels), self.name(verdict), self.names(rules),
            "" if condition is None else string(condition), "" if reason is None else string(reason), span,
        )  # fmt: skip

    def abi(self, tree: Branch) -> ast.AbiItem:
        """An `abi`."""
        name, *entries = tree.children
        order: ast.Name | None = None
        bit_fields: ast.Name | None = None
        scalars: list[tuple[ast.Name, Scalar]] = []
        for entry in cast("list[Branch]", entries):
            if entry.data == "byte_order":
                order = self.name(entry.children[0])
            elif entry.data == "bit_fields":
                bit_fields = self.name(entry.children[0])
            else:
                scalar, size, align = entry.children
                scalars.append((self.name(scalar), Scalar(self.number(size), self.number(align))))
        return ast.AbiItem(self.name(name), order, bit_fields, tuple(scalars), self.span(tree))

    def const_case(self, tree: Branch) -> ast.ConstCase:
        """A case of a `const`."""
        condition = self.condition(tree.children[0]) if tree.data == "case" else None
        values = tuple(self.number(t) for t in cast("Branch", tree.children[-1]).children)
        return ast.ConstCase(condition, values, self.span(tree))

    # ---------------------------------------------------------------------------------------- life cycles

    def lifecycle_items(self, tree: Branch) -> tuple[ast.LifecycleItem, ...]:
        """The items between the braces of a life cycle."""
        return tuple(item for child in tree.children for item in self.lifecycle_item(cast("Branch", child)))

    def lifecycle_item(self, tree: Branch) -> tuple[ast.LifecycleItem, ...]:
        """One item; several where it declares several names."""
        parts, span = tree.children, self.span(tree)
        match tree.data:
            case "nothing":
                return ()
            case "when":
                return (ast.When(self.condition(parts[0]), span),)
            case "tables":
                return (ast.TablesItem(self.expression(parts[0]), span),)
            case "keeps_page":
                return (ast.KeepsPage(span),)
            case "same":
                fields = cast("Branch", parts[0]).children
                return (ast.SameItem(tuple(self.dotted(f) for f in fields), span),)
            case "guarded_list":
                return (ast.GuardedListItem(self.dotted(parts[0]), self.name(parts[1]), span),)
            case "drop":
                dropped = None if parts[1] is None else self.dotted(parts[1])
                return (ast.DropItem(self.name(parts[0]), dropped, span),)
            case "create":
                named = self.optional(parts[0]) or ast.Name("create", Span(self.source, span.start, span.start + 6))
                return (ast.CreateItem(named, self.block(parts[1]), citation(parts[2]), span),)
            case "state":
                return (self.state(tree),)
            case "path":
                label, tags, body, at = parts
                read = () if tags is None else self.names(cast("Branch", tags).children[0])
                return (ast.PathItem(self.name(label), read, self.block(body), citation(at), span),)
            case "action" | "environment":
                label, once, guard, body, at = parts
                kind: Literal["action", "environment"] = "action" if tree.data == "action" else "environment"
                return (
                    ast.ActionItem(
                        kind,
                        self.name(label),
                        once is not None,
                        self.guard(guard),
                        self.block(body),
                        citation(at),
                        span,
                    ),
                )
            case "reader":
                label, mechanism, condition, *steps, at = parts
                when = None if condition is None else self.condition(condition)
                uses = self.statements(steps)
                return (ast.ReaderItem(self.name(label), self.name(mechanism), when, uses, citation(at), span),)
        return self.variables(tree)

    def state(self, tree: Branch) -> ast.StateItem:
        """A `state` with its transitions."""
        name, *items, at = tree.children
        transitions: list[ast.TransitionItem] = []
        readers: list[ast.Name] = []
        for item in cast("list[Branch]", items):
            if item.data == "readers":
                readers += self.names(item.children[0])
            elif item.data == "transition":
                label, target, guard, cited = item.children
                transitions.append(
                    ast.TransitionItem(
                        self.name(label), self.name(target), self.guard(guard), citation(cited), self.without_at(item)
                    )
                )
        return ast.StateItem(self.name(name), tuple(transitions), tuple(readers), citation(at), self.span(tree))

    def variables(self, tree: Branch) -> tuple[ast.VariableItem, ...]:
        """The variables that an item declares."""
        parts, span = tree.children, self.span(tree)
        match tree.data:
            case "flag":
                return tuple(ast.VariableItem("flag", n, 0, (), n.span) for n in self.names(parts[0]))
            case "counter":
                return (ast.VariableItem("counter", self.dotted(parts[0]), 0, (), span),)
            case "value":
                return (ast.VariableItem("value", self.dotted(parts[0]), 0, self.names(parts[1]), span),)
            case "ghost_flag":
                return (ast.VariableItem("ghost flag", self.name(parts[0]), self.truth(parts[1]), (), span),)
            case "ghost_counter":
                initial = 0 if parts[1] is None else self.number(parts[1])
                return (ast.VariableItem("ghost counter", self.name(parts[0]), initial, (), span),)
        return (ast.VariableItem("lock", self.name(parts[0]), 0, (), span),)

    def truth(self, part: Part) -> int:
        """The start value of a ghost flag."""
        if part is not None and str(part) not in ("true", "false"):
            self.refuse(
                "CA013", f"`{part}` is not a start value of a flag", cast("Token", part), "use `true` or `false`"
            )
        return int(part is not None and str(part) == "true")

    # ------------------------------------------------------------------------- the allocator and proposals

    def allocator(self, tree: Branch) -> ast.AllocatorItem:
        """The allocator's contract."""
        name, *items = tree.children
        leaves: list[ast.Statement] = []
        demands: list[ast.DemandItem] = []
        for item in cast("list[Branch]", items):
            if item.data == "leaves":
                statements = self.block(item.children[0])
                leaves += [cited(s, citation(item.children[1])) for s in statements]
            elif item.data == "demands":
                *found, at = item.children
                demands += [self.demand(cast("Branch", d), citation(at)) for d in found]
        shown = "allocator" if name is None else str(name)
        return ast.AllocatorItem(shown, tuple(leaves), tuple(demands), self.span(tree))

    def demand(self, tree: Branch, cited: str) -> ast.DemandItem:
        """One demand; `cited` is the `at` of its block."""
        guard, at = tree.children
        return ast.DemandItem(self.expression(guard), citation(at) or cited, self.without_at(tree))

    def proposal(self, tree: Branch) -> ast.ProposalItem:
        """A what-if."""
        name, title, *items = tree.children
        added: list[ast.LifecycleItem] = []
        after: list[ast.Statement] = []
        replacements: list[ast.Replacement] = []
        for item in cast("list[Branch]", items):
            if item.data == "add":
                added += self.lifecycle_item(cast("Branch", item.children[0]))
            elif item.data == "after_alloc":
                after += [cited(s, citation(item.children[1])) for s in self.block(item.children[0])]
            elif item.data in ("replace", "before"):
                targets, body, at = item.children
                follows = item.data == "before"
                replacements.append(
                    ast.Replacement(self.targets(targets), self.block(body), citation(at), self.span(item), follows)
                )
        shown = str(name) if title is None else string(title)
        return ast.ProposalItem(
            self.name(name), shown, tuple(added), tuple(after), tuple(replacements), self.span(tree)
        )

    def targets(self, part: Part) -> tuple[ast.Name | ast.Role, ...]:
        """The paths that a `replace` or `before` is about."""
        found = cast("list[Branch]", cast("Branch", part).children)
        return tuple(self.role(t) if t.data == "role" else self.name(t.children[0]) for t in found)
