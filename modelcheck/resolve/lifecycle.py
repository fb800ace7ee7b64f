"""A life cycle from its items: variables, states, paths, actions and readers."""

from __future__ import annotations

from collections.abc import Sequence

from modelcheck.diagnostics import Diagnostic, Diagnostics, Note, did_you_mean
from modelcheck.model.conditions import TRUE, All, Condition
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import NO_GUARD, Guard, InConfiguration, Number
from modelcheck.model.operations import Read, TouchTable, UseLock
from modelcheck.model.program import (
    Action,
    Create,
    GuardedList,
    Lifecycle,
    Path,
    Reader,
    ReaderUse,
    State,
    ToPath,
    ToState,
    Transition,
)
from modelcheck.model.variables import Counter, ExternalLock, Flag, GhostCounter, GhostFlag, Value, Variable
from modelcheck.resolve.allocator import restrict_allocator
from modelcheck.resolve.flow import flatten, one_line
from modelcheck.resolve.guards import resolve_guard, resolve_integer
from modelcheck.resolve.merge import Expanded
from modelcheck.resolve.scope import BUILT_IN_STATES, Scope, check_field
from modelcheck.resolve.steps import resolve_jump, resolve_step
from modelcheck.resolve.world import World
from modelcheck.syntax import ast


def resolve_lifecycle(
    expanded: Expanded,
    world: World,
    allocator: ast.AllocatorItem | None,
    report: Diagnostics,
    proposal: str = "",
    replaced: tuple[str, ...] = (),
) -> Lifecycle:
    """The life cycle that a declaration describes. Everything wrong with it is reported."""
    scope = make_scope(expanded, world, report)
    items = expanded.items
    conditions = [world.condition(i.condition) for i in items if isinstance(i, ast.When)]
    counts = [i.count for i in items if isinstance(i, ast.TablesItem)]
    return Lifecycle(
        name=expanded.declaration.name.text,
        title=expanded.title,
        level=expanded.level,
        struct=scope.struct,
        condition=conditions[0] if conditions else TRUE,
        tables=resolve_integer(counts[0], scope) if counts else Number(1),
        variables=tuple(scope.variables.values()),
        states=tuple(_state(i, scope) for i in items if isinstance(i, ast.StateItem)),
        paths=tuple(_path(i, scope) for i in items if isinstance(i, ast.PathItem)),
        creates=tuple(_create(i, scope) for i in items if isinstance(i, ast.CreateItem)),
        actions=tuple(_action(i, scope) for i in items if isinstance(i, ast.ActionItem)),
        readers=tuple(_reader(i, scope) for i in items if isinstance(i, ast.ReaderItem)),
        allocator=restrict_allocator(allocator, scope),
        same=_same(items, scope),
        keeps_page=any(isinstance(i, ast.KeepsPage) for i in items),
        proposal=proposal,
        replaced=replaced,
        span=expanded.declaration.name.span,
        guarded=_guarded(items, scope),
    )


def make_scope(expanded: Expanded, world: World, report: Diagnostics) -> Scope:
    """The names of a life cycle."""
    struct = _struct(expanded, world, report)
    items = expanded.items
    plain = Scope(world, struct, {}, {}, frozenset(), frozenset(), {}, frozenset(), report)
    aliases: dict[FieldRef, FieldRef] = {}
    for item in items:
        if isinstance(item, ast.SameItem):
            group = [plain.field(n) for n in item.fields]
            first = next((aliases[f] for f in group if f in aliases), group[0])
            for field in group:
                for other, representative in list(aliases.items()):
                    if representative == aliases.get(field, field):
                        aliases[other] = first
                aliases[field] = first
    variables: dict[str, Variable] = {}
    for item in items:
        if isinstance(item, ast.VariableItem):
            variable = _variable(item, plain)
            before = variables.get(variable.name)
            if before is not None:
                note = Note("the first one is here", before.span)
                report.add(Diagnostic("CA304", f"`{variable.name}` is declared twice", item.name.span, notes=(note,)))
            elif variable.name in world.symbols or variable.name in world.defines:
                message = (
                    f"`{variable.name}` is also a configuration symbol, so that a guard with this name has two meanings"
                )
                report.add(Diagnostic("CA309", message, item.name.span))
            variables[variable.name] = variable
    roles: dict[str, tuple[str, ...]] = {}
    for item in items:
        if isinstance(item, ast.PathItem):
            for tag in dict.fromkeys(t.text for t in item.tags):
                roles[tag] = (*roles.get(tag, ()), item.name.text)
    states = frozenset(i.name.text for i in items if isinstance(i, ast.StateItem))
    paths = frozenset(i.name.text for i in items if isinstance(i, ast.PathItem))
    for item in items:
        if isinstance(item, ast.PathItem) and item.name.text in (*states, *BUILT_IN_STATES):
            report.add(Diagnostic("CA304", f"`{item.name.text}` is the name of a state and of a path", item.name.span))
        elif isinstance(item, ast.ActionItem) and item.name.text in paths:
            message = f"`{item.name.text}` is the name of an action and of a path"
            report.add(Diagnostic("CA304", message, item.name.span))
        elif isinstance(item, ast.StateItem) and item.name.text in BUILT_IN_STATES:
            report.add(Diagnostic("CA304", f"the state `{item.name.text}` is built in", item.name.span))
    readers = frozenset(i.name.text for i in items if isinstance(i, ast.ReaderItem))
    return Scope(world, struct, variables, aliases, states, paths, roles, readers, report)


def _struct(expanded: Expanded, world: World, report: Diagnostics) -> str:
    name = expanded.struct
    if name is None:
        report.add(
            Diagnostic(
                "CA305",
                "it is not said which struct this life cycle is about",
                expanded.declaration.name.span,
                help=f"write `lifecycle {expanded.declaration.name.text} on page {{ ... }}`",
            )
        )
        return ""
    if not world.fields.has_struct(name.text):
        helps = did_you_mean(name.text, world.fields.structs()) or "declare it in a `layout { }`"
        report.add(Diagnostic("CA306", f"there is no struct `{name.text}`", name.span, help=helps))
    return name.text


def _variable(item: ast.VariableItem, scope: Scope) -> Variable:
    name, span = item.name.text, item.name.span
    match item.kind:
        case "flag":
            return Flag(name, span)
        case "ghost flag":
            return GhostFlag(name, bool(item.initial), span)
        case "ghost counter":
            return GhostCounter(name, item.initial, span)
        case "lock":
            return ExternalLock(name, span)
    field = scope.field_named(name)
    check_field(scope.world, field, item.name, scope.report)
    shown = field.path if field.struct == scope.struct else str(field)
    if item.kind == "counter":
        return Counter(shown, field, span)
    return Value(shown, field, tuple(v.text for v in item.values), span)


def _same(items: Sequence[ast.LifecycleItem], scope: Scope) -> tuple[tuple[FieldRef, FieldRef], ...]:
    pairs: list[tuple[FieldRef, FieldRef]] = []
    for item in items:
        if isinstance(item, ast.SameItem):
            first, *others = [scope.field_named(n.text) for n in item.fields]
            pairs += [(first, other) for other in others]
    return tuple(pairs)


def _guarded(items: Sequence[ast.LifecycleItem], scope: Scope) -> tuple[GuardedList, ...]:
    found: list[GuardedList] = []
    for item in items:
        if isinstance(item, ast.GuardedListItem):
            if not isinstance(scope.variables.get(item.lock.text), ExternalLock):
                locks = [n for n, v in scope.variables.items() if isinstance(v, ExternalLock)]
                message = f"`{item.lock.text}` is not a lock of this life cycle"
                scope.unknown("CA345", message, item.lock, locks, f"declare it: `lock {item.lock.text};`")
            found.append(GuardedList(scope.field(item.field), item.lock.text, item.span))
    return tuple(found)


def _guard(guard: ast.Expression | None, scope: Scope) -> Guard:
    return NO_GUARD if guard is None else resolve_guard(guard, scope)


def _state(item: ast.StateItem, scope: Scope) -> State:
    for reader in item.readers:
        if reader.text not in scope.readers:
            scope.unknown("CA316", f"there is no reader `{reader.text}` in this life cycle", reader, scope.readers)
    transitions: list[Transition] = []
    seen: dict[str, ast.Name] = {}
    for transition in item.transitions:
        if transition.name.text in seen:
            note = Note("the first one is here", seen[transition.name.text].span)
            message = f"the state `{item.name.text}` has two transitions `{transition.name.text}`"
            scope.report.add(Diagnostic("CA304", message, transition.name.span, notes=(note,)))
        seen[transition.name.text] = transition.name
        target = resolve_jump(transition.target, scope)
        transitions.append(
            Transition(
                transition.name.text,
                _guard(transition.guard, scope),
                target if isinstance(target, ToPath | ToState) else ToState("gone"),
                transition.citation or item.citation,
                transition.span,
            )
        )
    return State(item.name.text, tuple(transitions), frozenset(r.text for r in item.readers), item.name.span)


def _path(item: ast.PathItem, scope: Scope) -> Path:
    graph = flatten(item.body, item.citation, scope)
    tags = frozenset(t.text for t in item.tags)
    return Path(item.name.text, tags, graph.nodes, graph.entry, item.citation, item.name.span)


def _create(item: ast.CreateItem, scope: Scope) -> Create:
    graph = flatten(item.body, item.citation, scope)
    path = Path(item.name.text, frozenset(), graph.nodes, graph.entry, item.citation, item.name.span)
    return Create(item.name.text, path, item.name.span)


def _action(item: ast.ActionItem, scope: Scope) -> Action:
    graph = flatten(item.body, item.citation, scope)
    path = Path(item.name.text, frozenset(), graph.nodes, graph.entry, item.citation, item.name.span)
    guard = _guard(item.guard, scope)
    return Action(item.name.text, item.once, item.kind == "environment", guard, path, item.name.span)


def _reader(item: ast.ReaderItem, scope: Scope) -> Reader:
    mechanism = item.mechanism.text
    if mechanism not in ("rcu", "irq_off"):
        scope.unknown(
            "CA317",
            f"`{mechanism}` is not a kind of reader",
            item.mechanism,
            ("rcu", "irq_off"),
            "use `rcu` or `irq_off`",
        )
    return Reader(
        item.name.text,
        "irq_off" if mechanism == "irq_off" else "rcu",
        TRUE if item.condition is None else scope.world.condition(item.condition),
        tuple(use for s in item.body for use in _uses(s, TRUE, scope)),
        item.citation,
        item.name.span,
    )


def _uses(statement: ast.Statement, condition: Condition, scope: Scope) -> list[ReaderUse]:
    match statement:
        case ast.IfStatement(guard, then, ()):
            resolved = resolve_guard(guard, scope)
            if isinstance(resolved, InConfiguration):
                inner = resolved.condition if condition == TRUE else All((condition, resolved.condition))
                return [use for s in then for use in _uses(s, inner, scope)]
            scope.wrong("CA318", "in a reader, `if` may only test the configuration", guard.span)
            return []
        case ast.WordStatement() | ast.CallStatement():
            step = resolve_step(statement, scope)
            if isinstance(step, UseLock | Read | TouchTable):
                return [ReaderUse(step, condition, one_line(statement.span), statement.span)]
    scope.wrong("CA318", "a reader can only `read`, `use_lock` and `touch_table`", statement.span)
    return []
