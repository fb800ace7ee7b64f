"""Plain statements: each becomes one operation, or a jump."""

from __future__ import annotations

from collections.abc import Callable

from modelcheck.diagnostics import Diagnostic, did_you_mean
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import Guard
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    AllocPage,
    BugOn,
    CallRcu,
    DestroyLock,
    FreePage,
    FreeTable,
    GracePeriod,
    InitLock,
    ListAdd,
    ListDel,
    ListInit,
    MightSleep,
    MoveAll,
    Needs,
    Operation,
    Populate,
    Pun,
    QueueWork,
    Read,
    Release,
    SetCounter,
    SetFlag,
    SetValue,
    Skip,
    TouchTable,
    UseLock,
    Wait,
    Write,
)
from modelcheck.model.program import End, ToPath, ToState
from modelcheck.model.variables import Counter, ExternalLock, Flag, GhostCounter, GhostFlag, Value
from modelcheck.resolve.guards import EFFECTS, resolve_guard, resolve_integer, resolve_value
from modelcheck.resolve.scope import Scope
from modelcheck.syntax import ast
from modelcheck.syntax.errors import STATEMENT_WORDS

_WORDS: dict[str, Operation | End] = {
    "skip": Skip(),
    "alloc_page": AllocPage(),
    "free_page": FreePage(),
    "grace_period": GracePeriod("rcu"),
    "ipi_sync": GracePeriod("ipi"),
    "queue_work": QueueWork(),
    "might_sleep": MightSleep(),
    "touch_table": TouchTable(),
    "free_table": FreeTable(),
    "done": End(),
}
_WITH_OPERAND = ("read", "write", "goto")
_FIELD_CALLS: dict[str, Callable[[FieldRef], Operation]] = {
    "init_lock": InitLock,
    "destroy_lock": DestroyLock,
    "use_lock": UseLock,
    "list_init": ListInit,
    "list_add": ListAdd,
    "list_del": lambda field: ListDel(field, False),
    "list_del_init": lambda field: ListDel(field, True),
}
_GUARD_CALLS: dict[str, Callable[[Guard], Operation]] = {"bug_on": BugOn, "needs": Needs, "wait": Wait}
_OTHER_CALLS = ("set_flag", "clear_flag", "lock", "lock_bh", "lock_irq", "unlock", "call_rcu", *_GUARD_CALLS)
Jump = ToPath | ToState | End
PlainStatement = (
    ast.WordStatement
    | ast.CallStatement
    | ast.Assignment
    | ast.PopulateStatement
    | ast.PunStatement
    | ast.MoveStatement
)


def resolve_step(statement: PlainStatement, scope: Scope) -> Operation | Jump:
    """What a plain statement does. What is wrong with it is reported, and the result then means nothing."""
    match statement:
        case ast.WordStatement(word, operand):
            return _word(word, operand, scope)
        case ast.CallStatement(call):
            return _call(call, scope)
        case ast.Assignment(operator, target, value):
            return _assignment(operator, target, value, scope)
        case ast.PopulateStatement(parts):
            counts = ((None if c is None else resolve_integer(c, scope), scope.state(s)) for c, s in parts)
            return Populate(tuple(counts))
        case ast.PunStatement(source, target):
            return Pun(scope.field(source), scope.field(target))
        case ast.MoveStatement(source, target):
            return MoveAll(scope.state(source, ()), scope.state(target))


def _word(word: ast.Name, operand: ast.Name | ast.Role | None, scope: Scope) -> Operation | Jump:
    if word.text == "grace_period" and isinstance(operand, ast.Name) and operand.text == "deferred":
        return GracePeriod("rcu", deferred=True)
    if word.text in _WORDS:
        if operand is not None and "\n" in word.span.source.text[word.span.end : operand.span.start]:
            scope.wrong("CA011", f"`;` is missing after `{word.text}`", word.span)
        elif operand is not None:
            scope.wrong("CA013", f"`{word.text}` stands alone", operand.span)
        return _WORDS[word.text]
    match word.text, operand:
        case "read", ast.Name():
            return Read(scope.field(operand))
        case "write", ast.Name():
            return Write(scope.field(operand))
        case "goto", ast.Name() | ast.Role():
            return resolve_jump(operand, scope)
        case (("read" | "write"), _):
            scope.wrong("CA013", f"`{word.text}` needs the name of a field", word.span)
        case "goto", _:
            scope.wrong("CA013", "`goto` needs the name of a path or a state", word.span)
        case _:
            _unknown(word, scope)
    return Skip()


def _unknown(word: ast.Name, scope: Scope) -> None:
    called = word.text in _FIELD_CALLS or word.text in _OTHER_CALLS or word.text in EFFECTS
    helps = f"write `{word.text}(...)`" if called else did_you_mean(word.text, STATEMENT_WORDS)
    scope.report.add(Diagnostic("CA012", f"there is no statement `{word.text}`", word.span, help=helps))


def resolve_jump(target: ast.Name | ast.Role, scope: Scope) -> Jump:
    """Where a `goto` goes."""
    if isinstance(target, ast.Name) and target.text in ("gone", *scope.states):
        return ToState(target.text)
    return ToPath(resolve_path(target, scope, scope.states))


def resolve_path(target: ast.Name | ast.Role, scope: Scope, states: frozenset[str] = frozenset()) -> str:
    """The path of that name or with that tag."""
    if isinstance(target, ast.Role):
        found = scope.roles.get(target.text, ())
        if len(found) == 1:
            return found[0]
        message = (
            f"no path has the tag `[{target.text}]`"
            if not found
            else (f"the tag `[{target.text}]` is on several paths: " + ", ".join(f"`{p}`" for p in found))
        )
        scope.unknown("CA319", message, target, scope.roles if not found else ())
    elif target.text not in scope.paths:
        kind = "path or state" if states else "path"
        scope.unknown(
            "CA315", f"there is no {kind} `{target.text}` in this life cycle", target, [*scope.paths, *states]
        )
    return target.text


def _call(call: ast.Call, scope: Scope) -> Operation:
    match call.name.text, call.arguments:
        case word, (ast.Name() as field,) if word in _FIELD_CALLS:
            return _FIELD_CALLS[word](scope.field(field))
        case ("set_flag" | "clear_flag") as word, (ast.Name() as flag,):
            return SetFlag(scope.flag(flag), word == "set_flag")
        case ("lock" | "lock_bh" | "lock_irq" | "unlock") as word, (ast.Name() as lock,):
            held = scope.variable(lock.text)
            named = held.name if isinstance(held, ExternalLock) else scope.field(lock)
            return Release(named) if word == "unlock" else Acquire(named, plain=word == "lock")
        case "call_rcu", (ast.Name() as head, (ast.Name() | ast.Role()) as path):
            return CallRcu(scope.field(head), resolve_path(path, scope))
        case word, (guard,) if word in _GUARD_CALLS and not isinstance(guard, ast.Role):
            return _GUARD_CALLS[word](resolve_guard(guard, scope))
        case word, _ if word in _WORDS:
            scope.wrong("CA013", f"`{word}` takes no parentheses", call.span, f"write `{word};`")
        case word, _ if word in _WITH_OPERAND:
            scope.wrong("CA013", f"`{word}` takes no parentheses", call.span, f"write `{word} name;`")
        case word, _ if word in EFFECTS:
            scope.wrong("CA321", f"`{word}` is a test", call.span, f"write `if ({word}(...)) ...`")
        case word, _ if word in _FIELD_CALLS:
            scope.wrong("CA013", f"`{word}` takes the name of a field", call.span)
        case word, _ if word in _OTHER_CALLS:
            wanted = {"call_rcu": "a field and a path", **dict.fromkeys(_GUARD_CALLS, "a condition")}
            scope.wrong("CA013", f"`{word}` takes {wanted.get(word, 'one name')}", call.span)
        case _:
            _unknown(call.name, scope)
    return Skip()


def _assignment(operator: str, target: ast.Name, value: ast.Expression, scope: Scope) -> Operation:
    variable = scope.variable(target.text)
    match variable:
        case Counter(name) | GhostCounter(name):
            amount = resolve_integer(value, scope)
            return SetCounter(name, amount) if operator == "=" else AddCounter(name, amount, operator == "-=")
        case Flag(name) | GhostFlag(name) if operator == "=":
            if isinstance(value, ast.Name) and value.text in ("true", "false"):
                return SetFlag(name, value.text == "true")
            scope.wrong("CA313", f"a flag such as `{name}` is set to `true` or `false`", value.span)
        case Value() if operator == "=":
            if isinstance(value, ast.Name):
                return SetValue(variable.name, resolve_value(variable, value, scope))
            scope.wrong("CA313", f"`{variable.name}` can only be set to one of its values", value.span)
        case None:
            field = scope.field_named(target.text)
            if scope.world.fields.find(field):
                name = target.text
                helps = f"declare `counter {name};` or `value {name} {{ ... }}`, or say `write {name};`"
                message = f"`{target.text}` is neither a counter nor a value of this life cycle"
                scope.report.add(Diagnostic("CA312", message, target.span, help=helps))
            else:
                scope.unknown("CA312", f"`{target.text}` is not a variable of this life cycle", target, scope.variables)
        case _:
            scope.wrong("CA313", f"`{operator}` cannot be used with `{target.text}`", target.span)
    return Skip()
