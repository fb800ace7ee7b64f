"""What-ifs: a proposal applied to a life cycle gives another life cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modelcheck.diagnostics import Diagnostic, Diagnostics
from modelcheck.model.program import Lifecycle
from modelcheck.resolve.lifecycle import make_scope, resolve_lifecycle
from modelcheck.resolve.merge import Expanded, key_of
from modelcheck.resolve.scope import Scope
from modelcheck.resolve.world import World
from modelcheck.syntax import ast

# A struct or field that this kernel does not have, or a role that the life cycle does not have, makes a proposal not
# applicable; anything else that is wrong is an error.
_NOT_APPLICABLE = frozenset({"CA306", "CA307", "CA319"})


@dataclass(frozen=True)
class Applied:
    """The changed life cycle; or None, and the reason if the proposal would replace something but cannot."""

    lifecycle: Lifecycle | None
    reason: str = ""


def apply_proposal(
    proposal: ast.ProposalItem,
    expanded: Expanded,
    world: World,
    allocator: ast.AllocatorItem | None,
    report: Diagnostics,
) -> Applied:
    """Apply a proposal to one life cycle."""
    bodies = _replaced_paths(proposal, expanded)
    if not bodies:
        return Applied(None)
    trial = Diagnostics(limit=1000)
    changed = _changed(proposal, expanded, bodies, world)
    lifecycle = resolve_lifecycle(changed, world, allocator, trial, proposal.name.text, tuple(bodies))
    reasons = [d for d in trial.found if d.code in _NOT_APPLICABLE and d.span is not None and _inside(d, proposal)]
    if reasons:
        return Applied(None, reasons[0].message)
    for diagnostic in trial.found:
        report.add(diagnostic)
    return Applied(lifecycle)


def _inside(diagnostic: Diagnostic, proposal: ast.ProposalItem) -> bool:
    span = diagnostic.span
    whole = proposal.span
    return span is not None and span.source is whole.source and whole.start <= span.start < whole.end


def _replaced_paths(proposal: ast.ProposalItem, expanded: Expanded) -> dict[str, ast.Replacement]:
    """Which paths get which new body, or beginning, in the order of the life cycle; a name counts more than a tag."""
    out: dict[str, ast.Replacement] = {}
    for item in expanded.items:
        if not isinstance(item, ast.PathItem):
            continue
        tags = {t.text for t in item.tags}
        matching = [
            (isinstance(target, ast.Role), replacement)
            for replacement in proposal.replacements
            for target in replacement.targets
            if (target.text in tags if isinstance(target, ast.Role) else target.text == item.name.text)
        ]
        if matching:
            out[item.name.text] = min(matching, key=lambda found: found[0])[1]
    return out


def _changed(
    proposal: ast.ProposalItem,
    expanded: Expanded,
    bodies: Mapping[str, ast.Replacement],
    world: World,
) -> Expanded:
    before = make_scope(expanded, world, Diagnostics(limit=1000))
    added = tuple(i for i in proposal.added if not _present(i, expanded, before))
    # What the life cycle has already, it also sets already.
    after = tuple(s for s in proposal.after_alloc if before.variable(_target(s)) is None)
    items: list[ast.LifecycleItem] = []
    for item in expanded.items:
        if isinstance(item, ast.PathItem) and item.name.text in bodies:
            new = bodies[item.name.text]
            items.append(_preceded(item, new) if new.follows else replace(item, body=new.body, citation=new.citation))
        elif isinstance(item, ast.CreateItem) and after:
            items.append(replace(item, body=_after_alloc(item.body, after)))
        else:
            items.append(item)
    return replace(expanded, items=(*items, *added))


def _preceded(item: ast.PathItem, new: ast.Replacement) -> ast.PathItem:
    """The path with the proposal's statements in front."""
    first = (s if s.citation else replace(s, citation=new.citation) for s in new.body)
    return replace(item, body=(*first, *item.body))


def _present(item: ast.LifecycleItem, expanded: Expanded, scope: Scope) -> bool:
    if isinstance(item, ast.VariableItem) and item.kind in ("counter", "value"):
        return scope.variable(item.name.text) is not None
    key = key_of(item)
    return key is not None and any(key_of(i) == key for i in expanded.items)


def _target(statement: ast.Statement) -> str:
    """The variable that a statement sets, or ""."""
    match statement:
        case ast.Assignment(_, target):
            return target.text
        case ast.CallStatement(ast.Call(ast.Name("set_flag" | "clear_flag"), (ast.Name() as flag,))):
            return flag.text
        case _:
            return ""


def _after_alloc(body: tuple[ast.Statement, ...], after: tuple[ast.Statement, ...]) -> tuple[ast.Statement, ...]:
    out: list[ast.Statement] = []
    for statement in body:
        match statement:
            case ast.WordStatement(ast.Name("alloc_page")):
                out += [statement, *after]
            case ast.IfStatement(_, then, otherwise):
                new, other = _after_alloc(then, after), _after_alloc(otherwise, after)
                out.append(replace(statement, then=new, otherwise=other))
            case ast.ChooseStatement(branches):
                out.append(replace(statement, branches=tuple(_after_alloc(b, after) for b in branches)))
            case ast.AtomicStatement(inner):
                out.append(replace(statement, body=_after_alloc(inner, after)))
            case _:
                out.append(statement)
    return tuple(out)
