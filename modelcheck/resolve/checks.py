"""What is wrong with a life cycle although every name in it is known.

Each check looks at the resolved life cycle and reports; none changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.diagnostics import Diagnostic, Diagnostics
from modelcheck.model.declarations import FieldRef, PointerType
from modelcheck.model.guards import CountIn, Drain, Guard, InConfiguration, Number, VariableRef, compared, tests
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    AllocPage,
    Branch,
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
    MoveAll,
    Needs,
    Populate,
    QueueWork,
    SetCounter,
    SubAndTest,
    Wait,
)
from modelcheck.model.program import (
    Action,
    GuardedList,
    Lifecycle,
    Node,
    Path,
    Target,
    ToNode,
    ToPath,
    ToState,
    Transition,
)
from modelcheck.model.variables import Counter
from modelcheck.resolve.expressions import integers_in
from modelcheck.resolve.fields import FieldTable
from modelcheck.resolve.merge import ItemKey

_RCU_HEADS = ("rcu_head", "callback_head")
_LISTS = ("list_head",)


def check_lifecycle(lifecycle: Lifecycle, fields: FieldTable, report: Diagnostics) -> None:
    """Report everything that is wrong with what the life cycle does."""
    checks = _Checks(lifecycle, fields, report)
    checks.creation()
    checks.types()
    checks.locks()
    checks.tables()
    checks.atomic()
    checks.loops()
    checks.drains()
    checks.leaks()


def check_uses(lifecycle: Lifecycle, fields: FieldTable, own: frozenset[ItemKey], report: Diagnostics) -> None:
    """Report states without a way in and paths without a use. `own` are the items that were not taken over with `like`.

    To be asked before anything is left out: what leads to an own item may be what no configuration has.
    """
    _Checks(lifecycle, fields, report).unused(own)


class _Checks:
    def __init__(self, lifecycle: Lifecycle, fields: FieldTable, report: Diagnostics) -> None:
        self.lifecycle = lifecycle
        self.fields = fields
        self.report = report
        self.paths = {p.name: p for p in lifecycle.paths}

    def add(self, code: str, message: str, node: Node, help_text: str = "") -> None:
        self.report.add(Diagnostic(code, message, node.span, help=help_text))

    def whole_page_paths(self) -> Iterator[Path]:
        yield from (c.path for c in self.lifecycle.creates)
        yield from (a.path for a in self.lifecycle.actions)

    def nodes(self) -> Iterator[Node]:
        for path in (*self.whole_page_paths(), *self.lifecycle.paths):
            yield from path.nodes

    def creation(self) -> None:
        """The page comes from the allocator in `create`, and only there."""
        cycle = self.lifecycle
        if not cycle.creates:
            message = f"the life cycle `{cycle.name}` never begins"
            self.report.add(Diagnostic("CA330", message, cycle.span, help="add `create { alloc_page; ... }`"))
        for create in cycle.creates:
            if not any(isinstance(n.operation, AllocPage) for n in create.path.nodes):
                message = "this `create` does not allocate the page"
                self.report.add(Diagnostic("CA331", message, create.span, help="its first statement is `alloc_page;`"))
        for path in (*cycle.paths, *(a.path for a in cycle.actions)):
            for node in path.nodes:
                if isinstance(node.operation, AllocPage | Populate):
                    word = node.text.split()[0]
                    self.add("CA332", f"`{word}` may only stand in `create`", node)
        for node in self.nodes():
            if isinstance(node.operation, Populate) and sum(count is None for count, _ in node.operation.parts) > 1:
                self.add("CA333", "there can be only one `rest`", node)

    def types(self) -> None:
        """Fields are used as what they are."""
        for node in self.nodes():
            match node.operation:
                case CallRcu(head):
                    self.struct_field(node, head, _RCU_HEADS, "an rcu_head")
                case ListInit(field) | ListAdd(field) | ListDel(field, _):
                    self.struct_field(node, field, _LISTS, "a list_head")
        for guarded in self.lifecycle.guarded:
            self.struct_field(guarded, guarded.field, _LISTS, "a list_head")
        for variable in self.lifecycle.variables:
            if isinstance(variable, Counter):
                found = self.fields.find(variable.field)
                if found and not any(self.fields.is_integer(f.type) for f in found):
                    message = f"`{variable.field}` is not an integer, so it cannot count"
                    self.report.add(Diagnostic("CA335", message, variable.span))

    def struct_field(self, place: Node | GuardedList, field: FieldRef, names: tuple[str, ...], what: str) -> None:
        found = self.fields.find(field)
        if found and not any(self.fields.is_struct(f.type, names) for f in found):
            pointer = " but a pointer" if any(isinstance(f.type, PointerType) for f in found) else ""
            self.report.add(Diagnostic("CA334", f"`{field}` is not {what}{pointer}", place.span))

    def locks(self) -> None:
        """A lock that is destroyed was made."""
        made = {n.operation.field for n in self.nodes() if isinstance(n.operation, InitLock)}
        made |= {b for a, b in self.lifecycle.same if a in made} | {a for a, b in self.lifecycle.same if b in made}
        for node in self.nodes():
            if isinstance(node.operation, DestroyLock) and node.operation.field not in made:
                self.add(
                    "CA336",
                    f"`{node.operation.field}` is destroyed but never made",
                    node,
                    "add `init_lock(...)` to `create`",
                )

    def tables(self) -> None:
        """Only an actor that holds a table can free it or put it somewhere."""
        for path in self.whole_page_paths():
            for node, state in self.reached_without_table(path):
                place = "an action" if path not in [c.path for c in self.lifecycle.creates] else "`create`"
                if isinstance(node.operation, FreeTable):
                    self.add("CA338", f"`free_table` is reached from {place} `{path.name}`, which holds no table", node)
                elif state:
                    message = f"this goes to the state `{state}` from {place} `{path.name}`, which holds no table"
                    self.add("CA338", message, node, "use `move a -> b;` or `drain(...)`")

    def reached_without_table(self, start: Path) -> Iterator[tuple[Node, str]]:
        seen = {start.name}
        waiting = [start]
        while waiting:
            path = waiting.pop()
            targets = [path.entry]
            for node in path.nodes:
                states = [t.state for t in node.targets if isinstance(t, ToState) and t.state != "gone"]
                yield node, states[0] if states else ""
                targets += node.targets
            for target in targets:
                if isinstance(target, ToPath) and target.path not in seen and target.path in self.paths:
                    seen.add(target.path)
                    waiting.append(self.paths[target.path])

    def atomic(self) -> None:
        """Nothing waits inside `atomic`."""
        for path in (*self.whole_page_paths(), *self.lifecycle.paths):
            inside = {t.index for n in path.nodes if n.holds for t in n.targets if isinstance(t, ToNode)}
            for index, node in enumerate(path.nodes):
                waits_before = isinstance(node.operation, Wait | Acquire) and index in inside
                waits_after = isinstance(node.operation, GracePeriod) and node.holds
                if waits_before or waits_after:
                    place = "first" if waits_before else "last"
                    self.add("CA339", f"`{node.text}` may wait, so in `atomic` it can only come {place}", node)
                if isinstance(node.operation, QueueWork) and node.holds:
                    message = "what follows `queue_work` runs later, so in `atomic` it can only come last"
                    self.add("CA339", message, node)

    def loops(self) -> None:
        """A path that goes round does something on its way."""
        for path in self.lifecycle.paths:
            seen: list[str] = []
            at: Target = path.entry
            name = path.name
            while isinstance(at, ToPath) and at.path in self.paths and name not in seen:
                seen.append(name)
                name = at.path
                at = self.paths[name].entry
            if name == path.name and seen:
                self.report.add(Diagnostic("CA340", f"the path `{path.name}` goes round without a step", path.span))

    def drains(self) -> None:
        """Only a step that computes may move tables."""
        for node in self.nodes():
            if isinstance(node.operation, Branch | Wait | BugOn | Needs):
                self.no_drain(node.operation.guard, node)
        transitions = (t for s in self.lifecycle.states for t in s.transitions)
        holders: list[Transition | Action] = [*transitions, *self.lifecycle.actions]
        for holder in holders:
            if _drains(holder.guard):
                message = "`drain` moves tables, which a condition cannot do"
                self.report.add(Diagnostic("CA341", message, holder.span))
        inside = integers_in(self.lifecycle.tables)
        if any(isinstance(e, CountIn | Drain | VariableRef) for e in inside) or self.lifecycle.tables == Number(0):
            message = "`tables` is a number or a constant, at least 1"
            self.report.add(Diagnostic("CA342", message, self.lifecycle.span))

    def no_drain(self, guard: Guard, node: Node) -> None:
        if _drains(guard):
            self.add(
                "CA341",
                "`drain` moves tables, which a condition cannot do",
                node,
                "use `count`, or `sub_and_test(c, drain(...))`",
            )

    def leaks(self) -> None:
        """A page is lost when nothing of the life cycle's own could start any more: what always may has to be able to
        give it back."""
        if self.lifecycle.keeps_page:
            return
        for action in self.lifecycle.actions:
            always = all(isinstance(test, InConfiguration) for test in tests(action.guard))
            if action.once or action.environment or not always:
                continue
            if not any(isinstance(n.operation, FreePage | CallRcu) for n, _ in self.reached_without_table(action.path)):
                self.report.add(
                    Diagnostic(
                        "CA346",
                        f"`{action.name}` may always start and gives nothing back: no page would count as lost (OV108)",
                        action.span,
                        help="say when it may (`when count(STATE) > 0`), or make it `once`; "
                        "what others' code does is an `environment`",
                    )
                )

    # ----------------------------------------------------------------------------------------- what is unused

    def unused(self, own: frozenset[ItemKey]) -> None:
        """Every state has a way in, every path a use."""
        states, paths = self.uses()
        for state in self.lifecycle.states:
            if state.name not in states and ("state", state.name) in own:
                self.report.add(
                    Diagnostic(
                        "CA343",
                        f"no table ever comes into the state `{state.name}`",
                        state.span,
                        help="`populate`, a transition or a `goto` must lead to it",
                    )
                )
        for path in self.lifecycle.paths:
            if path.name not in paths and ("path", path.name) in own:
                self.report.add(
                    Diagnostic(
                        "CA344",
                        f"the path `{path.name}` is never used",
                        path.span,
                        help="a transition, a `goto` or a `call_rcu` must lead to it",
                    )
                )

    def uses(self) -> tuple[set[str], set[str]]:
        targets: list[Target] = [t.target for s in self.lifecycle.states for t in s.transitions]
        states: set[str] = set()
        for path in (*self.whole_page_paths(), *self.lifecycle.paths):
            targets.append(path.entry)
            for node in path.nodes:
                targets += node.targets
                states |= set(states_of(node))
        states |= {t.state for t in targets if isinstance(t, ToState)}
        return states, {t.path for t in targets if isinstance(t, ToPath)}


def _drains(guard: Guard) -> bool:
    return any(isinstance(e, Drain) for i in compared(guard) for e in integers_in(i))


def states_of(node: Node) -> Iterator[str]:
    """The states that a step moves tables to by itself."""
    match node.operation:
        case Populate(parts):
            yield from (state for _, state in parts)
        case MoveAll(_, target):
            yield target
        case SetCounter(_, value) | AddCounter(_, value, _) | SubAndTest(_, value):
            yield from (e.target for e in integers_in(value) if isinstance(e, Drain))
        case _:
            pass
