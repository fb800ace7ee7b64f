"""From a life cycle and one class of configurations to its counter system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import (
    Acquire,
    AddCounter,
    Branch,
    BugOn,
    CallRcu,
    Choose,
    Compare,
    ConstantRef,
    Counter,
    DestroyLock,
    Drain,
    Flag,
    FreeTable,
    GhostCounter,
    GhostFlag,
    GracePeriod,
    Guard,
    GuardAll,
    GuardAny,
    GuardNot,
    InitLock,
    IntExpr,
    Lifecycle,
    ListAdd,
    ListDel,
    ListEmpty,
    ListInit,
    MoveAll,
    Node,
    Operation,
    Populate,
    Reader,
    Release,
    SetCounter,
    SubAndTest,
    Sum,
    UseLock,
    Value,
    Wait,
)
from modelcheck.model.unit import Unit
from modelcheck.semantics import effects as fx
from modelcheck.semantics.creation import run_creation
from modelcheck.semantics.effects import Context, Effect, Updates, callback_effect, effect_of
from modelcheck.semantics.flow import decide, live_nodes, live_readers, live_targets
from modelcheck.semantics.points import (
    Detail,
    Point,
    after,
    began,
    node_of,
    resting,
    started,
    successors,
    waiting,
    waits,
)
from modelcheck.semantics.prune import pruned
from modelcheck.semantics.readers import reader_group_name
from modelcheck.semantics.storage import Storage
from modelcheck.semantics.system import (
    InitialCase,
    Label,
    Sort,
    StateHazard,
    StateVariable,
    System,
    Transition,
)
from modelcheck.semantics.terms import (
    YES,
    Formula,
    IsSet,
    IsValue,
    Linear,
    conjunction,
    negate,
    number,
    positive,
    total,
    var,
    zero,
)
from modelcheck.trace import Move

ATOMIC = "in atomic block"


def build_system(unit: Unit, lifecycle: Lifecycle, storage: Storage, *, ways_in: bool) -> System:
    """The counter system of a life cycle in one class of configurations, without variables that cannot matter.

    With `ways_in` hazards are told apart by the path by which the actor came; without, the system is smaller.
    """
    return pruned(_Builder(unit, lifecycle, storage, ways_in).system())


@dataclass(frozen=True)
class _Points:
    tables: tuple[Point, ...]
    creator: tuple[Point, ...]
    actions: tuple[Point, ...]


@dataclass(frozen=True)
class _ReaderGroup:
    name: str
    mechanism: str
    states: frozenset[str]
    kinds: tuple[Reader, ...]


class _Builder:
    def __init__(self, unit: Unit, lifecycle: Lifecycle, storage: Storage, ways_in: bool) -> None:
        self.unit = unit
        self.lifecycle = lifecycle
        self.storage = storage
        self.readers = live_readers(lifecycle, storage.holds)
        self.live = tuple(live_nodes(lifecycle, storage.holds))
        self.operations = tuple(path.nodes[i].operation for path, i in self.live)
        self.groups = self._reader_groups()
        # In which table a reader is matters only where a table's memory is given away while the page lives on.
        self.detail = Detail(ways_in, any(isinstance(op, FreeTable) for op in self.operations))
        tables = self._table_points()
        self.context = Context(
            lifecycle,
            storage,
            tables,
            tuple(group.name for group in self.groups),
            self._linkages(),
            self._parameters(),
        )
        creation = run_creation(self.context)
        self.creation = creation
        self.points = _Points(
            tables,
            self._reach([c.rest for c in creation.cases if c.rest.kind != "rest"]),
            self._reach(
                [
                    p
                    for a in self._actions()
                    for p in (
                        Point(f"action:{a.name}", "rest", "idle"),
                        started(lifecycle, f"action:{a.name}", a.path.name, a.path.entry),
                    )
                ]
            ),
        )
        self.any_atomic = any(p.inner for p in (*tables, *self.points.creator, *self.points.actions))

    # -------------------------------------------------------------------------------------------- discovery

    def _reader_groups(self) -> tuple[_ReaderGroup, ...]:
        """Kinds that may enter the same tables and that are waited for alike need not be told apart while inside."""
        tell_apart = any(isinstance(op, GracePeriod) and op.mechanism == "ipi" for op in self.operations)
        groups: dict[tuple[frozenset[str], str], list[Reader]] = {}
        for reader in self.readers:
            states = frozenset(s.name for s in self.lifecycle.states if reader.name in s.readers)
            groups.setdefault((states, reader.mechanism if tell_apart else ""), []).append(reader)
        return tuple(
            _ReaderGroup(reader_group_name(r.name for r in kinds), kinds[0].mechanism, states, tuple(kinds))
            for (states, _), kinds in groups.items()
        )

    def _actions(self) -> list:  # type: ignore[type-arg]
        return [a for a in self.lifecycle.actions if decide(a.guard, self.storage.holds) is not False]

    def _reach(self, seeds: list[Point]) -> tuple[Point, ...]:
        found: dict[Point, None] = dict.fromkeys(seeds)
        pending = list(seeds)
        while pending:
            point = pending.pop()
            for following in successors(self.lifecycle, point, self.storage.holds, self.detail):
                if following not in found:
                    found[following] = None
                    pending.append(following)
        return tuple(sorted(found, key=lambda p: p.name))

    def _table_points(self) -> tuple[Point, ...]:
        seeds = [resting(self.lifecycle, name) for name in ("unborn", "gone", *(s.name for s in self.lifecycle.states))]
        while True:
            points = self._reach(seeds)
            known = set(points)
            more = [
                replace(point, place=target)
                for source, target in self._bulk_moves()
                for point in points
                if point.kind == "rest" and point.place == source and replace(point, place=target) not in known
            ]
            if not more:
                return points
            seeds = [*points, *more]

    def _bulk_moves(self) -> Iterator[tuple[str, str]]:
        for operation in self.operations:
            match operation:
                case MoveAll(source, target):
                    yield source, target
                case SetCounter(_, value) | AddCounter(_, value, _) | SubAndTest(_, value):
                    yield from _drains(value)
                case _:
                    pass

    def _linkages(self) -> tuple[tuple[FieldRef, str], ...]:
        found = set()
        for operation in self.operations:
            if isinstance(operation, CallRcu):
                found.add((self.storage.slot(operation.head), "queued"))
            elif isinstance(operation, ListAdd):
                found.add((self.storage.slot(operation.field), "linked"))
        return tuple(sorted(found))

    # -------------------------------------------------------------------------------------------- variables

    def _variables(self) -> Iterator[StateVariable]:
        for name in self.context.parameters:
            constant = self.unit.constant(name)
            yield StateVariable(name, Sort.PARAMETER, name, minimum=constant.minimum)
        yield StateVariable("page", Sort.ENUMERATION, "the page", fx.PHASES)
        for point in self.points.tables:
            yield StateVariable(point.name, Sort.COUNT, point.words)
        for point in (*self.points.creator, *self.points.actions):
            yield StateVariable(point.name, Sort.COUNT, point.words)
        for variable in self.lifecycle.variables:
            match variable:
                case Flag(name) | GhostFlag(name):
                    yield StateVariable(name, Sort.BOOLEAN, name)
                case Counter(name) | GhostCounter(name):
                    yield StateVariable(name, Sort.COUNT, name)
                case Value(name, _, values):
                    yield StateVariable(name, Sort.ENUMERATION, name, ("other", *values))
                case _:
                    pass
        for group in self.groups:
            yield StateVariable(fx.inside(group.name), Sort.COUNT, f"{group.name} inside")
        if self.any_atomic:
            yield StateVariable(ATOMIC, Sort.COUNT, ATOMIC)
        for slot in sorted({slot for _, slot in self.storage.slots}):
            yield StateVariable(fx.owned(slot), Sort.BOOLEAN, f"{slot} owns its bytes")
        yield from self._object_variables()

    def _object_variables(self) -> Iterator[StateVariable]:
        slot = self.storage.slot
        found: dict[str, StateVariable] = {}

        def add(name: str, sort: Sort, words: str) -> None:
            found.setdefault(name, StateVariable(name, sort, words))

        operations = [
            *self.operations,
            *(u.operation for r in self.readers for u in r.uses if self.storage.holds(u.condition)),
        ]
        for operation in operations:
            match operation:
                case InitLock(field) | DestroyLock(field) | UseLock(field):
                    add(fx.alive(slot(field)), Sort.BOOLEAN, f"{field} lives")
                case Acquire(lock) | Release(lock):
                    name = slot(lock) if isinstance(lock, FieldRef) else lock
                    add(fx.held(name), Sort.COUNT, f"{name} is held")
                    if isinstance(lock, FieldRef):
                        add(fx.alive(slot(lock)), Sort.BOOLEAN, f"{lock} lives")
                case ListInit(field) | ListAdd(field) | ListDel(field) | ListEmpty(field):
                    add(fx.linked(slot(field)), Sort.BOOLEAN, f"{field} is linked")
                    add(fx.pointing_to_itself(slot(field)), Sort.BOOLEAN, f"{field} points to itself")
                case CallRcu(head, _):
                    add(fx.queued(slot(head)), Sort.COUNT, f"{head} is queued")
                case _:
                    pass
            for field in self._lists_read(operation):
                add(fx.linked(slot(field)), Sort.BOOLEAN, f"{field} is linked")
                add(fx.pointing_to_itself(slot(field)), Sort.BOOLEAN, f"{field} points to itself")
        return iter(sorted(found.values(), key=lambda v: v.name))

    def _lists_read(self, operation: Operation) -> list[FieldRef]:
        if isinstance(operation, Branch):
            return fx.lists_in(operation.guard)
        return []

    def _parameters(self) -> tuple[str, ...]:
        names = set(_constants_in(self.lifecycle.tables))
        for operation in self.operations:
            for value in _expressions_of(operation):
                names.update(_constants_in(value))
        return tuple(sorted(names))

    # ------------------------------------------------------------------------------------------ transitions

    def system(self) -> System:
        transitions = [
            *self._state_transitions(),
            *(t for p in (*self.points.tables, *self.points.creator, *self.points.actions) for t in self._steps(p)),
            *self._action_starts(),
            *self._reader_moves(),
            *self._environment(),
        ]
        variables = tuple(self._variables())
        return System(
            variables,
            (),
            tuple(self._complete(case.initial, variables) for case in self.creation.cases),
            self.creation.hazards,
            tuple(transitions),
            tuple(self._leak()),
            tuple(self._keys()),
        )

    def _complete(self, case: InitialCase, variables: tuple[StateVariable, ...]) -> InitialCase:
        values = {v.name: number(0) for v in variables if v.sort is not Sort.PARAMETER}
        values.update((Point(f"action:{a.name}", "rest", "idle").name, number(1)) for a in self._actions())
        values.update((name, value) for name, value in case.values if name in values)
        return replace(case, values=tuple(sorted(values.items())))

    def _not_atomic(self, point: Point | None = None) -> Formula:
        if not self.any_atomic or (point is not None and point.inner):
            return YES
        return zero(var(ATOMIC))

    def _state_transitions(self) -> Iterator[Transition]:
        for point in self.points.tables:
            if point.kind != "rest":
                continue
            for state in self.lifecycle.states:
                if state.name != point.place:
                    continue
                for transition in state.transitions:
                    if decide(transition.guard, self.storage.holds) is False:
                        continue
                    target = began(self.lifecycle, point, transition.target, self.detail)
                    updates = Updates()
                    updates.move(point.name, target.name)
                    yield Transition(
                        Label(
                            Move("begin", "table", transition.name),
                            target.entry or transition.name,
                            f"{transition.name}: a table in `{state.name}`",
                            transition.citation,
                            transition.span.place,
                            point.name,
                            target.name,
                            (f"{state.name}.{transition.name}",),
                        ),
                        conjunction(
                            positive(var(point.name)), self._not_atomic(), self.context.guard(transition.guard)
                        ),
                        (),
                        updates.items(),
                    )

    def _steps(self, point: Point) -> Iterator[Transition]:
        if point.kind == "rest":
            return
        node = node_of(self.lifecycle, point)
        here = positive(var(point.name))
        is_table = point.actor == "table"
        if point.kind == "wait":
            if not point.blocked:
                yield self._resume(point, node, here)
            return
        live = live_targets(node, self.storage.holds)
        effect = effect_of(self.context, node.operation, is_table, point.occupied)
        if isinstance(node.operation, Choose):
            effect.outcomes = [fx.Outcome(choice) for choice in range(len(node.targets))]
        first = True
        for outcome in effect.outcomes:
            if outcome.choice < len(node.targets) and node.targets[outcome.choice] not in live:
                continue
            for target, extra in self._destinations(point, node, outcome.choice):
                updates = outcome.updates.copy()
                updates.move(point.name, target.name)
                self._atomicity(point, node, updates)
                yield Transition(
                    self._label(Move("step", point.actor, choice=outcome.choice), point, node, target),
                    conjunction(here, self._not_atomic(point), outcome.guard, extra),
                    tuple(effect.hazards) if first or not isinstance(node.operation, Choose) else (),
                    updates.items(),
                )
            first = False

    def _destinations(self, point: Point, node: Node, choice: int) -> Iterator[tuple[Point, Formula]]:
        if not waits(node):
            yield after(self.lifecycle, point, node, choice), YES
            return
        blockers = self._blockers(node)
        if blockers.terms:
            yield waiting(point, True), positive(blockers)
        yield waiting(point, False), zero(blockers)

    def _blockers(self, node: Node) -> Linear:
        names = [fx.inside(g.name) for g in self.groups if _waits_for(node, g.mechanism)]
        return total(names)

    def _resume(self, point: Point, node: Node, here: Formula) -> Transition:
        target = after(self.lifecycle, point, node, 0)
        effect = callback_effect(self.context, node.operation.head) if isinstance(node.operation, CallRcu) else Effect()
        updates = effect.outcomes[0].updates
        updates.move(point.name, target.name)
        if isinstance(node.operation, GracePeriod) and node.holds and self.any_atomic:
            updates.set(ATOMIC, var(ATOMIC) + 1)
        return Transition(
            self._label(Move("resume", point.actor), point, node, target),
            conjunction(here, self._not_atomic(point)),
            tuple(effect.hazards),
            updates.items(),
        )

    def _atomicity(self, point: Point, node: Node, updates: Updates) -> None:
        if self.any_atomic and not waits(node) and node.holds != point.inner:
            updates.set(ATOMIC, var(ATOMIC) + (1 if node.holds else -1))

    def _label(self, move: Move, point: Point, node: Node, target: Point) -> Label:
        return Label(
            move,
            point.entry or point.place,
            node.text,
            node.citation,
            node.span.place,
            point.name,
            target.name,
            (f"{point.place}.{point.node}" + (".resume" if move.kind == "resume" else ""),),
        )

    def _action_starts(self) -> Iterator[Transition]:
        finished = zero(total([p.name for p in self.points.creator if p.kind != "rest"]))
        for action in self._actions():
            actor = f"action:{action.name}"
            idle = Point(actor, "rest", "idle")
            target = started(self.lifecycle, actor, action.path.name, action.path.entry)
            updates = Updates()
            updates.move(idle.name, target.name)
            yield Transition(
                Label(
                    Move("start", actor, action.name),
                    action.name,
                    f"{action.name} begins",
                    action.path.citation,
                    action.span.place,
                    idle.name,
                    target.name,
                    (f"{action.name}.start",),
                ),
                conjunction(positive(var(idle.name)), self._not_atomic(), finished, self.context.guard(action.guard)),
                (),
                updates.items(),
            )

    # -------------------------------------------------------------------------------- readers, environment

    def _reader_moves(self) -> Iterator[Transition]:
        for group in self.groups:
            yield from self._entering(group)
            yield from self._leaving(group)
            me = positive(var(fx.inside(group.name)))
            for reader in group.kinds:
                for index, use in enumerate(reader.uses):
                    if self.storage.holds(use.condition):
                        effect = effect_of(self.context, use.operation, False, False)
                        move = Move("use", "reader", reader.name, choice=index)
                        label = Label(move, reader.name, use.text, reader.citation, use.span.place)
                        yield Transition(label, conjunction(me, self._not_atomic()), tuple(effect.hazards), ())

    def _entering(self, reader: _ReaderGroup) -> Iterator[Transition]:
        me = fx.inside(reader.name)
        may_enter = reader.states
        nobody = zero(self.context.reader_count())
        for point in self.points.tables:
            if point.kind == "rest" and not point.occupied and point.place in may_enter:
                target = replace(point, occupied=self.detail.occupancy)
                updates = Updates()
                updates.move(point.name, target.name)
                updates.set(me, var(me) + 1)
                label = self._reader_label(reader, "enter", "comes into a table", point, target)
                guard = conjunction(positive(var(point.name)), nobody, self._not_atomic())
                yield Transition(label, guard, (), updates.items())

    def _leaving(self, reader: _ReaderGroup) -> Iterator[Transition]:
        me = fx.inside(reader.name)
        occupied = [p for p in self.points.tables if p.occupied] if self.detail.occupancy else [None]
        for point in occupied:
            updates = Updates()
            guard = positive(var(me))
            target = None
            if point is not None:
                target = replace(point, occupied=False)
                updates.move(point.name, target.name)
                guard = conjunction(guard, positive(var(point.name)))
            updates.set(me, var(me) - 1)
            self._release_waiters(reader.mechanism, updates)
            label = self._reader_label(reader, "leave", "leaves", point, target)
            yield Transition(label, conjunction(guard, self._not_atomic()), (), updates.items())

    def _reader_label(
        self,
        reader: _ReaderGroup,
        kind: Literal["enter", "leave"],
        text: str,
        source: Point | None,
        target: Point | None,
    ) -> Label:
        return Label(
            Move(kind, "reader", reader.name),
            reader.name,
            f"{reader.name} {text}",
            reader.kinds[0].citation,
            reader.kinds[0].span.place,
            source.name if source else "",
            target.name if target else "",
            tuple(f"{r.name}.enter" for r in reader.kinds) if kind == "enter" else (),
        )

    def _release_waiters(self, mechanism: str, updates: Updates) -> None:
        for point in (*self.points.tables, *self.points.creator, *self.points.actions):
            if point.kind == "wait" and point.blocked:
                node = node_of(self.lifecycle, point)
                if _waits_for(node, mechanism):
                    free = replace(point, blocked=False).name
                    updates.set(free, var(free) + var(point.name))
                    updates.set(point.name, 0)

    def _environment(self) -> Iterator[Transition]:
        for slot, kind in self.context.linkages:
            updates = Updates()
            hazards = self.context.touch()
            if kind == "linked":
                hazards.append(self.context.use(slot))
            hazards += self.context.write(slot, updates)
            busy = positive(var(fx.queued(slot))) if kind == "queued" else IsSet(fx.linked(slot))
            if kind == "queued":
                move, who, text = (
                    Move("rcu_links", "environment", str(slot)),
                    "RCU",
                    f"the next callback is queued behind `{slot}`",
                )
            else:
                move, who, text = (
                    Move("neighbour", "environment", str(slot)),
                    "list neighbour",
                    f"a neighbour on the list reads and writes `{slot}`",
                )
            yield Transition(
                Label(move, who, text, "", ""), conjunction(busy, self._not_atomic()), tuple(hazards), updates.items()
            )

    def _leak(self) -> Iterator[StateHazard]:
        if self.lifecycle.keeps_page:
            return
        on_the_way = [
            p.name
            for p in (*self.points.tables, *self.points.creator, *self.points.actions)
            if not (p.kind == "rest" and p.place in ("gone", "idle", "done"))
        ]
        startable = [
            conjunction(positive(var(Point(f"action:{a.name}", "rest", "idle").name)), self.context.guard(a.guard))
            for a in self._actions()
            if not a.environment
        ]
        yield StateHazard(
            "OV108",
            conjunction(IsValue("page", fx.ALLOCATED), zero(total(on_the_way)), *(negate(s) for s in startable)),
            "all tables are gone, nothing is queued, and the page was never freed",
        )

    def _keys(self) -> Iterator[str]:
        for path, index in self.live:
            yield f"{path.name}.{index}"
            if waits(path.nodes[index]):
                yield f"{path.name}.{index}.resume"
        for state in self.lifecycle.states:
            for transition in state.transitions:
                if decide(transition.guard, self.storage.holds) is not False:
                    yield f"{state.name}.{transition.name}"
        for action in self._actions():
            yield f"{action.name}.start"
        for reader in self.readers:
            if any(reader.name in state.readers for state in self.lifecycle.states):
                yield f"{reader.name}.enter"


def _waits_for(node: Node, mechanism: str) -> bool:
    if isinstance(node.operation, GracePeriod) and node.operation.mechanism == "ipi":
        return mechanism == "irq_off"
    return True


def _drains(value: IntExpr) -> Iterator[tuple[str, str]]:
    match value:
        case Drain(state, target):
            yield state, target
        case Sum(left, right, _):
            yield from _drains(left)
            yield from _drains(right)
        case _:
            pass


def _constants_in(value: IntExpr) -> Iterator[str]:
    match value:
        case ConstantRef(name):
            yield name
        case Sum(left, right, _):
            yield from _constants_in(left)
            yield from _constants_in(right)
        case _:
            pass


def _expressions_of(operation: Operation) -> Iterator[IntExpr]:
    match operation:
        case SetCounter(_, value) | AddCounter(_, value, _) | SubAndTest(_, value):
            yield value
        case Populate(parts):
            yield from (count for count, _ in parts if count is not None)
        case Branch(guard) | BugOn(guard) | Wait(guard):
            yield from _compared(guard)
        case _:
            pass


def _compared(guard: Guard) -> Iterator[IntExpr]:
    match guard:
        case Compare(_, left, right):
            yield left
            yield right
        case GuardNot(operand):
            yield from _compared(operand)
        case GuardAll(operands) | GuardAny(operands):
            for part in operands:
                yield from _compared(part)
        case _:
            pass
