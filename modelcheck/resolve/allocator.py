"""The allocator's contract, restricted to what one life cycle declares."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.model.operations import SetCounter, SetFlag, SetValue, Write
from modelcheck.model.program import Allocator, Demand, End, Node, ToNode
from modelcheck.model.variables import Flag, GhostFlag, Value
from modelcheck.resolve.flow import one_line
from modelcheck.resolve.guards import resolve_guard
from modelcheck.resolve.scope import Scope
from modelcheck.resolve.steps import resolve_step
from modelcheck.syntax import ast
from modelcheck.syntax.conditions import symbol_name


def restrict_allocator(item: ast.AllocatorItem | None, scope: Scope) -> Allocator:
    """What the allocator leaves and demands of the variables that this life cycle has."""
    if item is None:
        return Allocator("", (), ())
    # Here a bare field name is one of struct page, whatever the life cycle is about.
    scope = replace(scope, struct="page")
    leaves: list[Node] = []
    for statement in item.leaves:
        if _concerns(statement, scope):
            if isinstance(statement, ast.IfStatement | ast.ChooseStatement | ast.AtomicStatement):
                step = None
            else:
                step = resolve_step(statement, scope)
            if isinstance(step, SetValue | SetCounter | SetFlag | Write):
                leaves.append(Node(step, (End(),), False, one_line(statement.span), statement.citation, statement.span))
            else:
                scope.wrong("CA323", "an allocator can only leave values of flags, counters and fields", statement.span)
    linked = tuple(
        Node(n.operation, (ToNode(i + 1),) if i + 1 < len(leaves) else n.targets, False, n.text, n.citation, n.span)
        for i, n in enumerate(leaves)
    )
    demands = tuple(
        Demand(resolve_guard(d.guard, scope), one_line(d.span), d.citation, d.span)
        for d in item.demands
        if _declared(d.guard, scope)
    )
    return Allocator(item.name, linked, demands)


def _concerns(statement: ast.Statement, scope: Scope) -> bool:
    match statement:
        case ast.Assignment(_, target, value):
            variable = scope.variable(target.text)
            # Of a value that the life cycle does not name it is not known what it is.
            known = not isinstance(variable, Value) or (isinstance(value, ast.Name) and value.text in variable.values)
            return variable is not None and known
        case ast.WordStatement(_, ast.Name() as field):
            return bool(scope.world.fields.find(scope.field_named(field.text)))
        case ast.CallStatement(ast.Call(_, (ast.Name() as flag,))):
            return isinstance(scope.variable(flag.text), Flag | GhostFlag)
        case _:
            return True


def _declared(guard: ast.Argument, scope: Scope) -> bool:
    """Is everything declared here that a demand is about?"""
    match guard:
        case ast.Name(text):
            world = scope.world
            symbol = symbol_name(text)
            outside = symbol in world.symbols or symbol in world.defines or text in world.constants or text == "TABLES"
            return outside or scope.variable(text) is not None
        case ast.Call(ast.Name("list_empty"), (ast.Name() as field,)):
            return bool(scope.world.fields.find(scope.field_named(field.text)))
        case ast.Call(_, arguments):
            return all(_declared(a, scope) for a in arguments)
        case ast.Negation(operand):
            return _declared(operand, scope)
        case ast.Logic(_, operands):
            return all(_declared(o, scope) for o in operands)
        case ast.Comparison(_, left, right):
            # The other side of a value field is the name of a value.
            sides = [s for s in (left, right) if isinstance(s, ast.Name) and isinstance(scope.variable(s.text), Value)]
            return all(_declared(s, scope) for s in sides or (left, right))
        case ast.Arithmetic(_, left, right):
            return _declared(left, scope) and _declared(right, scope)
        case _:
            return True
