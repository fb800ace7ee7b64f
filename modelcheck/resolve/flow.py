"""Statements to control-flow graphs.

A sequence is compiled from its end to its start, so that where a step goes on is always known already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from modelcheck.model.guards import Number
from modelcheck.model.operations import Branch, CallRcu, Choose, Operation, Skip, SubAndTest, TestClearFlag, TestSetFlag
from modelcheck.model.program import End, Node, Target, ToNode, ToPath, ToState
from modelcheck.resolve.guards import effects_in, resolve_guard, resolve_integer
from modelcheck.resolve.scope import Scope
from modelcheck.resolve.steps import resolve_step
from modelcheck.source import Span
from modelcheck.syntax import ast

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def one_line(span: Span) -> str:
    """The source text of a span without comments, blanks reduced to one."""
    return " ".join(_COMMENT.sub(" ", span.source.text[span.start : span.end]).split())


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of the text; `entry` is node 0, or where an empty sequence leads at once."""

    nodes: tuple[Node, ...]
    entry: Target


def flatten(body: Sequence[ast.Statement], citation: str, scope: Scope) -> Graph:
    """The graph of a sequence; `citation` is that of steps that have none of their own."""
    flow = _Flow(scope)
    entry = flow.sequence(body, End(), citation)
    return flow.finish(entry)


class _Flow:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.nodes: list[Node] = []
        self.ranks: list[tuple[int, int]] = []
        self.in_atomic = False

    def finish(self, entry: Target) -> Graph:
        """Renumber: nodes were made backwards, so that the last one comes first."""
        order = sorted(range(len(self.nodes)), key=lambda i: self.ranks[i], reverse=True)
        place = {old: new for new, old in enumerate(order)}

        def moved(target: Target) -> Target:
            return ToNode(place[target.index]) if isinstance(target, ToNode) else target

        nodes = (self.nodes[i] for i in order)
        return Graph(tuple(replace(n, targets=tuple(map(moved, n.targets))) for n in nodes), moved(entry))

    def node(self, operation: Operation, targets: tuple[Target, ...], text: str, citation: str, span: Span) -> Target:
        self.ranks.append((len(self.nodes), 1))
        self.nodes.append(Node(operation, targets, False, text, citation, span))
        return ToNode(len(self.nodes) - 1)

    def sequence(self, body: Sequence[ast.Statement], follow: Target, citation: str) -> Target:
        for before, after in pairwise(body):
            if not self.falls_through(before):
                self.scope.wrong(
                    "CA322", "this is never reached: the statement before it always goes somewhere else", after.span
                )
                break
        for statement in reversed(body):
            follow = self.statement(statement, follow, statement.citation or citation)
        return follow

    def falls_through(self, statement: ast.Statement) -> bool:
        """May the statement after this one be reached from it?"""
        match statement:
            case ast.WordStatement(word):
                return word.text not in ("goto", "done")
            case ast.CallStatement(call):
                return call.name.text != "call_rcu"
            case ast.IfStatement(_, then, otherwise):
                return self.all_fall_through(then) or self.all_fall_through(otherwise)
            case ast.ChooseStatement(branches):
                return any(self.all_fall_through(b) for b in branches)
            case ast.AtomicStatement(body):
                return self.all_fall_through(body)
            case _:
                return True

    def all_fall_through(self, body: Sequence[ast.Statement]) -> bool:
        return all(self.falls_through(s) for s in body)

    def statement(self, statement: ast.Statement, follow: Target, citation: str) -> Target:
        match statement:
            case ast.IfStatement():
                no = self.sequence(statement.otherwise, follow, citation)
                yes = self.sequence(statement.then, follow, citation)
                whole = one_line(statement.head)
                return self.test(statement.guard, yes, no, whole, citation, statement.head)
            case ast.ChooseStatement(branches):
                targets = tuple(self.sequence(b, follow, citation) for b in reversed(branches))[::-1]
                head = Span(statement.span.source, statement.span.start, statement.span.start + len("choose"))
                return self.node(Choose(), targets, "choose", citation, head)
            case ast.AtomicStatement(body):
                return self.atomic(body, follow, citation, statement.span)
            case _:
                step = resolve_step(statement, self.scope)
                if isinstance(step, ToPath | ToState | End):
                    return step
                onward = ToPath(step.path) if isinstance(step, CallRcu) else follow
                return self.node(step, (onward,), one_line(statement.span), citation, statement.span)

    def atomic(self, body: Sequence[ast.Statement], follow: Target, citation: str, span: Span) -> Target:
        if self.in_atomic:
            return self.sequence(body, follow, citation)
        first = len(self.nodes)
        self.in_atomic = True
        entry = self.sequence(body, follow, citation)
        self.in_atomic = False
        closing = Span(span.source, span.end - 1, span.end)
        for index in range(first, len(self.nodes)):
            node = self.nodes[index]
            stays = [isinstance(t, ToNode) and t.index >= first for t in node.targets]
            if any(stays):
                # A step that may or may not be the last one: on the way out, an empty step is the last.
                targets = tuple(
                    t if inside else self.way_out(t, first, node.citation, closing)
                    for t, inside in zip(node.targets, stays, strict=True)
                )
                self.nodes[index] = replace(node, targets=targets, holds=True)
        return entry

    def way_out(self, target: Target, first: int, citation: str, closing: Span) -> Target:
        out = self.node(Skip(), (target,), "skip", citation, closing)
        # It comes behind all nodes of the block, the first of which (they are made backwards) is `first`.
        self.ranks[-1] = (first, 0)
        return out

    # -------------------------------------------------------------------------------------------- conditions

    def test(self, guard: ast.Expression, yes: Target, no: Target, text: str, citation: str, span: Span) -> Target:
        """A condition: one node, or two where its last part changes what it tests."""
        if next(effects_in(guard), None) is None:
            return self.node(Branch(resolve_guard(guard, self.scope)), (yes, no), text, citation, span)
        match guard:
            case ast.Negation(operand):
                return self.test(operand, no, yes, text, citation, span)
            case ast.Call():
                return self.node(self.effect(guard), (yes, no), text, citation, span)
            case ast.Logic(("&&" | "||") as operator, (*others, last)) if not any(
                True for o in others for _ in effects_in(o)
            ):
                inner = self.test(last, yes, no, f"if ({one_line(last.span)})", citation, span)
                rest = (
                    others[0]
                    if len(others) == 1
                    else ast.Logic(operator, tuple(others), others[0].span.to(others[-1].span))
                )
                targets = (inner, no) if operator == "&&" else (yes, inner)
                shown = f"if ({one_line(rest.span)})"
                return self.node(Branch(resolve_guard(rest, self.scope)), targets, shown, citation, span)
        effect = next(effects_in(guard))
        self.scope.wrong(
            "CA321",
            f"`{effect.name.text}` changes what it tests, and may only be all or the last part of an `if`",
            effect.span,
            "nest two `if`s",
        )
        return no

    def effect(self, call: ast.Call) -> Operation:
        match call.name.text, call.arguments:
            case "dec_and_test", (ast.Name() as counter,):
                return SubAndTest(self.scope.counter(counter), Number(1))
            case "sub_and_test", (ast.Name() as counter, amount) if not isinstance(amount, ast.Role):
                return SubAndTest(self.scope.counter(counter), resolve_integer(amount, self.scope))
            case "test_set_flag", (ast.Name() as flag,):
                return TestSetFlag(self.scope.flag(flag))
            case "test_clear_flag", (ast.Name() as flag,):
                return TestClearFlag(self.scope.flag(flag))
        takes = {"sub_and_test": "a counter and a number", "dec_and_test": "a counter"}.get(call.name.text, "a flag")
        self.scope.wrong("CA013", f"`{call.name.text}` takes {takes}", call.span)
        return Skip()
