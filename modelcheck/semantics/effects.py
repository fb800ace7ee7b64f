"""What each step does to the counters, ownership, flags and locks: the table in `grammars/README.md`, as updates and hazards.

`Effect.outcomes` lists, for one operation, the ways it can go: a guard, the hazards in the order in which they are looked for, and the
updates. The actor's own movement is added by `build`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import (
    Acquire,
    AddCounter,
    AllocPage,
    Branch,
    BugOn,
    CallRcu,
    Choose,
    Compare,
    ConstantRef,
    Counter,
    CountIn,
    DestroyLock,
    Drain,
    Flag,
    FlagIs,
    FreePage,
    FreeTable,
    GracePeriod,
    Guard,
    GuardAll,
    GuardAny,
    GuardNot,
    InConfiguration,
    InitLock,
    IntExpr,
    Lifecycle,
    ListAdd,
    ListDel,
    ListEmpty,
    ListInit,
    MoveAll,
    Number,
    Operation,
    Populate,
    Pun,
    Read,
    Release,
    SetCounter,
    SetFlag,
    SetValue,
    Skip,
    SubAndTest,
    Sum,
    Tables,
    TestClearFlag,
    TestSetFlag,
    TouchTable,
    UseLock,
    Value,
    ValueIs,
    VariableRef,
    Wait,
    Write,
)
from modelcheck.semantics import flow
from modelcheck.semantics.points import Point
from modelcheck.semantics.storage import Storage
from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import (
    NO,
    YES,
    Formula,
    IsSet,
    IsValue,
    Linear,
    compare,
    conjunction,
    disjunction,
    negate,
    number,
    positive,
    total,
    var,
    zero,
)

PHASES = ("before", "allocated", "freed")
ALLOCATED, FREED = 1, 2
OTHER_VALUE = 0  # a value field holds something that is none of its named values


def owned(slot: FieldRef) -> str:
    return f"owned {slot}"


def linked(slot: FieldRef) -> str:
    return f"linked {slot}"


def pointing_to_itself(slot: FieldRef) -> str:
    return f"initialised {slot}"


def queued(slot: FieldRef) -> str:
    return f"queued {slot}"


def alive(slot: FieldRef) -> str:
    return f"alive {slot}"


def held(lock: FieldRef | str) -> str:
    return f"held {lock}"


def inside(reader: str) -> str:
    return f"inside {reader}"


class Updates:
    """Assignments that build on one another; all in terms of the state before the step."""

    def __init__(self, values: Mapping[str, Linear] | None = None) -> None:
        self.values: dict[str, Linear] = dict(values or {})

    def copy(self) -> Updates:
        """Another one that starts with the same assignments."""
        return Updates(self.values)

    def assign(self, name: str, value: Linear) -> None:
        """Assign; `value` is in terms of the state before the step."""
        self.values[name] = value

    def get(self, name: str) -> Linear:
        """The variable's value as it is by now."""
        return self.values.get(name, var(name))

    def set(self, name: str, value: Linear | int) -> None:
        """Assign; `value` is in terms of what the variables are by now."""
        linear = number(value) if isinstance(value, int) else value.substitute(self.values)
        self.values[name] = linear

    def move(self, source: str, target: str) -> None:
        """One actor goes from one point to another."""
        if source != target:
            self.set(source, var(source) - 1)
            self.set(target, var(target) + 1)

    def items(self) -> tuple[tuple[str, Linear], ...]:
        """Only real changes, by name."""
        return tuple(sorted((n, v) for n, v in self.values.items() if v != var(n)))


@dataclass
class Outcome:
    """One way a step can go; `choice` is the index of its successor."""

    choice: int = 0
    guard: Formula = YES
    updates: Updates = field(default_factory=Updates)


@dataclass
class Effect:
    """Everything one operation can do."""

    hazards: list[HazardCase] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=lambda: [Outcome()])


@dataclass(frozen=True)
class Context:
    """What effects need to know of the system around them."""

    lifecycle: Lifecycle
    storage: Storage
    tables: tuple[Point, ...]
    readers: tuple[str, ...]
    linkages: tuple[tuple[FieldRef, str], ...]
    parameters: tuple[str, ...]

    # ------------------------------------------------------------------------------------------ expressions

    def in_state(self, state: str) -> Linear:
        """How many tables rest in a state."""
        return total([p.name for p in self.tables if p.kind == "rest" and p.place == state])

    def reader_inside(self) -> Formula:
        return positive(total([inside(name) for name in self.readers]))

    def reader_count(self) -> Linear:
        return total([inside(name) for name in self.readers])

    def expression(self, value: IntExpr) -> Linear:
        """The value of an integer expression before the step."""
        match value:
            case Number(constant):
                return number(constant)
            case ConstantRef(name):
                return var(name)
            case Tables():
                return self.expression(self.lifecycle.tables)
            case CountIn(state) | Drain(state, _):
                return self.in_state(state)
            case VariableRef(name):
                return var(name)
            case Sum(left, right, negative):
                a, b = self.expression(left), self.expression(right)
                return a - b if negative else a + b

    def guard(self, guard: Guard) -> Formula:
        """The truth of a guard before the step."""
        match guard:
            case InConfiguration(condition):
                return YES if self.storage.holds(condition) else NO
            case FlagIs(name):
                return IsSet(name)
            case ValueIs(name, value):
                return IsValue(name, self.value_index(name, value))
            case Compare(relation, left, right):
                return compare(relation, self.expression(left), self.expression(right))
            case ListEmpty(slot_field):
                return negate(IsSet(linked(self.storage.slot(slot_field))))
            case GuardNot(operand):
                return negate(self.guard(operand))
            case GuardAll(operands):
                return conjunction(*(self.guard(part) for part in operands))
            case GuardAny(operands):
                return disjunction(*(self.guard(part) for part in operands))

    def value_index(self, name: str, value: str) -> int:
        variable = self.lifecycle.variable(name)
        assert isinstance(variable, Value)
        return variable.values.index(value) + 1

    # ---------------------------------------------------------------------------------------------- hazards

    def touch(self) -> list[HazardCase]:
        """OV104 where the page is not allocated."""
        return [
            HazardCase("OV104", IsValue("page", FREED), "the page is touched after it was freed"),
            HazardCase("OV104", IsValue("page", 0), "the page is touched before it was allocated"),
        ]

    def use(self, slot_field: FieldRef) -> HazardCase:
        """OV101 where the field does not own its bytes."""
        slot = self.storage.slot(slot_field)
        return HazardCase(
            "OV101",
            negate(IsSet(owned(slot))),
            f"`{slot_field}` is used while its bytes hold something else",
            str(slot_field),
        )

    def uses(self, guard_fields: Iterable[FieldRef], lists: Iterable[FieldRef] = ()) -> list[HazardCase]:
        """Touch and use, for everything a guard reads."""
        fields = list(dict.fromkeys(guard_fields))
        cases = self.touch() if fields else []
        cases += [self.use(f) for f in fields]
        for slot_field in lists:
            slot = self.storage.slot(slot_field)
            cases.append(
                HazardCase(
                    "OV101",
                    conjunction(negate(IsSet(linked(slot))), negate(IsSet(pointing_to_itself(slot)))),
                    f"`{slot_field}` is read as a list_head while it is neither linked nor initialised",
                    str(slot_field),
                )
            )
        return cases

    def write(self, slot_field: FieldRef, updates: Updates | None) -> list[HazardCase]:
        """OV102 for every overlapping linkage that is in use; the bytes change hands."""
        slot = self.storage.slot(slot_field)
        overlapping = set(self.storage.overlaps(slot))
        cases = []
        for other, kind in self.linkages:
            if other not in overlapping:
                continue
            in_use = positive(var(queued(other))) if kind == "queued" else IsSet(linked(other))
            what = "a queued rcu_head" if kind == "queued" else "a list_head that is linked"
            cases.append(
                HazardCase(
                    "OV102",
                    in_use,
                    f"`{slot_field}` is written over the bytes of `{other}`, {what}",
                    str(other),
                    str(slot_field),
                )
            )
        if updates is not None:
            updates.set(owned(slot), 1)
            for other in sorted(overlapping):
                updates.set(owned(other), 0)
        return cases

    def lock_use(self, slot_field: FieldRef) -> list[HazardCase]:
        """OV104, OV109, OV101 in this order."""
        slot = self.storage.slot(slot_field)
        return [
            *self.touch(),
            HazardCase(
                "OV109",
                negate(IsSet(alive(slot))),
                f"the lock `{slot_field}` is used although it does not live (never made, or destroyed)",
                str(slot_field),
            ),
            self.use(slot_field),
        ]

    def is_ghost(self, name: str) -> bool:
        return not isinstance(self.lifecycle.variable(name), Flag | Counter | Value)

    def drains(self, value: IntExpr, updates: Updates) -> None:
        """Move the tables that an expression drains."""
        match value:
            case Drain(state, target):
                self.move_all(state, target, updates)
            case Sum(left, right, _):
                self.drains(left, updates)
                self.drains(right, updates)
            case _:
                pass

    def move_all(self, state: str, target: str, updates: Updates) -> None:
        names = {p.name for p in self.tables}
        for occupied in (False, True):
            source_name = Point("table", "rest", state, occupied=occupied).name
            target_name = Point("table", "rest", target, occupied=occupied).name
            if source_name in names and source_name != target_name:
                updates.set(target_name, var(target_name) + var(source_name))
                updates.set(source_name, 0)


def effect_of(context: Context, operation: Operation, actor_is_table: bool, occupied: bool) -> Effect:
    """The effect of an operation. `occupied`: the reader is inside the actor's own table."""
    effect = Effect()
    updates = effect.outcomes[0].updates
    lifecycle, storage = context.lifecycle, context.storage
    match operation:
        case Skip() | GracePeriod():
            pass
        case Choose():
            effect.outcomes = []
        case Wait(guard):
            effect.outcomes[0].guard = context.guard(guard)
        case AllocPage():
            _alloc(context, effect)
        case FreePage():
            _free(context, effect, actor_is_table)
        case Populate(parts):
            _populate(context, effect, parts)
        case Write(target):
            effect.hazards = context.touch() + context.write(target, updates)
        case Read(target):
            effect.hazards = [*context.touch(), context.use(target)]
        case Pun(source, target):
            effect.hazards = [*context.touch(), context.use(source)]
            context.write(target, updates)
        case SetCounter(name, value):
            new = context.expression(value)
            if not context.is_ghost(name):
                effect.hazards = context.touch() + context.write(_field(lifecycle, name), updates)
            updates.set(name, new)
            context.drains(value, updates)
        case AddCounter(name, value, negative):
            _add(context, effect, name, value, negative)
        case SubAndTest(name, value):
            _add(context, effect, name, value, True)
            result = var(name) - context.expression(value)
            none_left = effect.outcomes[0]
            none_left.guard = zero(result)
            some_left = Outcome(1, negate(zero(result)), none_left.updates)
            effect.outcomes.append(some_left)
        case SetFlag(name, set_to):
            if not context.is_ghost(name):
                effect.hazards = context.touch()
            updates.set(name, int(set_to))
        case TestSetFlag(name) | TestClearFlag(name):
            if not context.is_ghost(name):
                effect.hazards = context.touch()
            after = Updates()
            after.set(name, int(isinstance(operation, TestSetFlag)))
            effect.outcomes = [Outcome(0, IsSet(name), after), Outcome(1, negate(IsSet(name)), after)]
        case SetValue(name, value_name):
            effect.hazards = context.touch() + context.write(_field(lifecycle, name), updates)
            updates.set(name, context.value_index(name, value_name))
        case InitLock(target):
            effect.hazards = context.touch() + context.write(target, updates)
            updates.set(alive(storage.slot(target)), 1)
        case DestroyLock(target):
            effect.hazards = context.lock_use(target)
            updates.set(alive(storage.slot(target)), 0)
        case UseLock(target):
            effect.hazards = context.lock_use(target)
        case Acquire(lock) | Release(lock):
            name = held(storage.slot(lock) if isinstance(lock, FieldRef) else lock)
            effect.hazards = context.lock_use(lock) if isinstance(lock, FieldRef) else []
            if isinstance(operation, Acquire):
                effect.outcomes[0].guard = zero(var(name))
            # Not assigned but moved by one, so that "held" is conserved as "somebody is between lock and unlock".
            updates.set(name, var(name) + (1 if isinstance(operation, Acquire) else -1))
        case ListInit(target):
            effect.hazards = context.touch() + context.write(target, updates)
            updates.set(pointing_to_itself(storage.slot(target)), 1)
        case ListAdd(target):
            slot = storage.slot(target)
            twice = HazardCase(
                "OV103", IsSet(linked(slot)), f"`{target}` is put on a list while it is still linked", str(target)
            )
            effect.hazards = [*context.touch(), twice, *context.write(target, updates)]
            updates.set(linked(slot), 1)
            updates.set(pointing_to_itself(slot), 0)
        case ListDel(target, reinit):
            slot = storage.slot(target)
            stray = conjunction(negate(IsSet(linked(slot))), negate(IsSet(pointing_to_itself(slot))))
            not_there = HazardCase(
                "OV101", stray, f"`{target}` is unlinked while it is neither linked nor initialised", str(target)
            )
            effect.hazards = [*context.touch(), context.use(target), not_there, *context.write(target, updates)]
            updates.set(linked(slot), 0)
            updates.set(pointing_to_itself(slot), int(reinit))
        case CallRcu(head, _):
            slot = storage.slot(head)
            twice = HazardCase(
                "OV103",
                positive(var(queued(slot))),
                f"`{head}` is queued while it is still queued",
                str(head),
            )
            effect.hazards = [*context.touch(), twice, *context.write(head, updates)]
            updates.set(queued(slot), var(queued(slot)) + 1)
        case TouchTable():
            effect.hazards = context.touch()
        case FreeTable():
            effect.hazards = context.touch()
            if occupied:
                effect.hazards.append(HazardCase("OV105", YES, "the table is given away while a reader is inside it"))
        case MoveAll(source_state, target_state):
            context.move_all(source_state, target_state, updates)
        case BugOn(guard):
            _reads(context, effect, guard)
            effect.hazards.append(HazardCase("OV111", context.guard(guard), "a check in the kernel's code fires"))
        case Branch(guard):
            _reads(context, effect, guard)
            truth = context.guard(guard)
            effect.outcomes = [Outcome(0, truth), Outcome(1, negate(truth))]
    return effect


def callback_effect(context: Context, head: FieldRef) -> Effect:
    """RCU calls back: the head is no longer queued, `func` is zeroed."""
    effect = Effect()
    updates = effect.outcomes[0].updates
    slot = context.storage.slot(head)
    updates.set(queued(slot), var(queued(slot)) - 1)
    effect.hazards = context.touch() + context.write(head, updates)
    return effect


def _field(lifecycle: Lifecycle, name: str) -> FieldRef:
    variable = lifecycle.variable(name)
    assert isinstance(variable, Counter | Value)
    return variable.field


def _reads(context: Context, effect: Effect, guard: Guard) -> None:
    fields = tuple(flow.fields_of_guard(context.lifecycle, guard))
    effect.hazards = context.uses(fields, lists_in(guard))
    if not fields and _reads_page_flag(context, guard):
        effect.hazards = context.touch()


def lists_in(guard: Guard) -> list[FieldRef]:
    match guard:
        case ListEmpty(slot_field):
            return [slot_field]
        case GuardNot(operand):
            return lists_in(operand)
        case GuardAll(operands) | GuardAny(operands):
            return [f for part in operands for f in lists_in(part)]
        case _:
            return []


def _reads_page_flag(context: Context, guard: Guard) -> bool:
    match guard:
        case FlagIs(name):
            return not context.is_ghost(name)
        case GuardNot(operand):
            return _reads_page_flag(context, operand)
        case GuardAll(operands) | GuardAny(operands):
            return any(_reads_page_flag(context, part) for part in operands)
        case _:
            return False


def _add(context: Context, effect: Effect, name: str, value: IntExpr, negative: bool) -> None:
    amount = context.expression(value)
    updates = effect.outcomes[0].updates
    if not context.is_ghost(name):
        stored = _field(context.lifecycle, name)
        effect.hazards = [*context.touch(), context.use(stored)]
    result = var(name) - amount if negative else var(name) + amount
    if negative:
        effect.hazards.append(HazardCase("OV111", positive(amount - var(name)), f"`{name}` would fall below zero"))
    updates.set(name, result)
    context.drains(value, updates)


def _alloc(context: Context, effect: Effect) -> None:
    updates = effect.outcomes[0].updates
    updates.set("page", ALLOCATED)
    for variable in context.lifecycle.variables:
        if isinstance(variable, Flag):
            updates.set(variable.name, 0)
        elif isinstance(variable, Value):
            updates.set(variable.name, OTHER_VALUE)
    for _, slot in context.storage.slots:
        updates.set(owned(slot), 0)
    for node in context.lifecycle.allocator.leaves:
        inner = effect_of(context, node.operation, False, False).outcomes[0].updates
        for name, value in inner.items():
            updates.set(name, value)


def _free(context: Context, effect: Effect, actor_is_table: bool) -> None:
    others = total([p.name for p in context.tables if not (p.kind == "rest" and p.place in ("unborn", "gone"))]) - int(
        actor_is_table
    )
    effect.hazards = [
        HazardCase("OV106", IsValue("page", FREED), "the page is freed a second time"),
        HazardCase("OV104", IsValue("page", 0), "the page is freed before it was allocated"),
        HazardCase(
            "OV105", context.reader_inside(), "the page is freed while a reader may still be inside a table of it"
        ),
        HazardCase("OV105", positive(others), "the page is freed while another table on it is in use"),
    ]
    for demand in context.lifecycle.allocator.demands:
        lost = [
            negate(IsSet(owned(context.storage.slot(f)))) for f in flow.fields_of_guard(context.lifecycle, demand.guard)
        ]
        effect.hazards.append(
            HazardCase(
                "OV107",
                disjunction(negate(context.guard(demand.guard)), *lost),
                f"the allocator rejects the page: it demands {demand.text}",
            )
        )
    effect.outcomes[0].updates.set("page", FREED)


def _populate(context: Context, effect: Effect, parts: tuple[tuple[IntExpr | None, str], ...]) -> None:
    outcome = effect.outcomes[0]
    unborn = Point("table", "rest", "unborn").name
    left = var(unborn)
    for count, state in parts:
        amount = left if count is None else context.expression(count)
        left = left - amount
        target = Point("table", "rest", state).name
        outcome.updates.assign(target, outcome.updates.get(target) + amount)
    outcome.updates.assign(unborn, left)
    outcome.guard = negate(positive(left.scaled(-1)))
