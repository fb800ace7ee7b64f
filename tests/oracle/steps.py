"""What each step does to a world, statement by statement as the language reference has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelcheck.model.conditions import RELATIONS, Configuration, holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import (
    Compare,
    ConstantRef,
    CountIn,
    Drain,
    FlagIs,
    Guard,
    GuardAll,
    GuardAny,
    GuardNot,
    InConfiguration,
    IntExpr,
    ListEmpty,
    Number,
    Sum,
    Tables,
    ValueIs,
    VariableRef,
)
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    AllocPage,
    Branch,
    BugOn,
    CallRcu,
    Choose,
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
    SubAndTest,
    TestClearFlag,
    TestSetFlag,
    TouchTable,
    UseLock,
    Wait,
    Write,
)
from modelcheck.model.program import Allocator
from tests.oracle.world import (
    ALLOCATED,
    BEFORE,
    FREED,
    GONE,
    RUNS,
    UNBORN,
    WAITS_FOR_CALLBACK,
    WAITS_FOR_GRACE,
    Actor,
    Shape,
    Table,
    World,
)


class HazardError(Exception):
    """A hazard: the run ends here."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)


class BlockedError(Exception):
    """The step has to wait."""


class Steps:
    """The steps of one life cycle in one configuration."""

    def __init__(
        self,
        shape: Shape,
        configuration: Configuration,
        constants: Mapping[str, int],
        allocator: Allocator,
        tables: int,
        irq_off: frozenset[int],
    ) -> None:
        self.shape, self.places = shape, shape.places
        self.configuration, self.constants = configuration, constants
        self.allocator, self.tables, self.irq_off = allocator, tables, irq_off
        self.index = {ref: i for i, ref in enumerate(shape.fields)}

    # ------------------------------------------------------------------------------------------------ bytes

    def touch(self, w: World) -> None:
        if w.page != ALLOCATED:
            raise HazardError("OV104")

    def own(self, w: World, ref: FieldRef) -> None:
        """From now on the bytes are those of `ref`."""
        for segment in self.places.segments(ref):
            w.writers[segment] = self.index[ref]

    def owns(self, w: World, ref: FieldRef) -> bool:
        """Do all the bytes of the field still belong to it?"""
        for segment in self.places.segments(ref):
            writer = w.writers[segment]
            if writer < 0 or not self.places.alike(self.shape.fields[writer], ref):
                return False
        return True

    def write(self, w: World, ref: FieldRef) -> None:
        self.touch(w)
        self.places.segments(ref)
        in_use = [link for link, i in self.shape.lists.items() if w.linked[i]]
        in_use += [link for link, i in self.shape.heads.items() if w.queued[i]]
        if any(self.places.clash(ref, link) for link in in_use):
            raise HazardError("OV102")
        self.own(w, ref)

    def use(self, w: World, ref: FieldRef) -> None:
        self.touch(w)
        if not self.owns(w, ref):
            raise HazardError("OV101")

    # -------------------------------------------------------------------------------- expressions and guards

    def number(self, w: World, expr: IntExpr) -> int:
        """The value. What `drain` counts has not moved yet: see `drain`."""
        match expr:
            case Number(value):
                return value
            case ConstantRef(name):
                return self.constants[name]
            case Tables():
                return self.tables
            case CountIn(state) | Drain(state, _):
                return len(self.at_rest(w, state))
            case VariableRef(name):
                return w.numbers[self.shape.numbers[name]]
            case Sum(left, right, negative):
                first, second = self.number(w, left), self.number(w, right)
                return first - second if negative else first + second

    def drain(self, w: World, expr: IntExpr) -> None:
        """Move what the expression drains, all at once."""
        moves = [(table, target) for state, target in _drained(expr) for table in self.at_rest(w, state)]
        for table, target in moves:
            table.state = self.shape.states.index(target)

    def at_rest(self, w: World, state: str) -> list[Table]:
        wanted = self.shape.states.index(state)
        return [t for t in w.tables if t.actor is None and t.state == wanted]

    def true(self, w: World, guard: Guard) -> bool:
        """Does the guard hold now? Checks nothing."""
        match guard:
            case InConfiguration(condition):
                return holds(condition, self.configuration)
            case FlagIs(name):
                return w.flags[self.shape.flags[name]]
            case ValueIs(name, value):
                return w.values[self.shape.values[name]] == value
            case Compare(relation, left, right):
                return RELATIONS[relation](self.number(w, left), self.number(w, right))
            case ListEmpty(field):
                return not w.linked[self.shape.lists[field]]
            case GuardNot(operand):
                return not self.true(w, operand)
            case GuardAll(operands):
                return all(self.true(w, g) for g in operands)
            case GuardAny(operands):
                return any(self.true(w, g) for g in operands)

    def decided(self, guard: Guard | IntExpr) -> bool | None:
        """What the configuration alone makes of a guard; None if the page matters."""
        match guard:
            case InConfiguration(condition):
                return holds(condition, self.configuration)
            case GuardNot(operand):
                inner = self.decided(operand)
                return inner if inner is None else not inner
            case GuardAll(operands) | GuardAny(operands):
                deciding = isinstance(guard, GuardAny)
                parts = {self.decided(g) for g in operands}
                return deciding if deciding in parts else None if None in parts else not deciding
            case _:
                return None

    def read_by(self, guard: Guard | IntExpr) -> list[FieldRef | None]:
        """The fields a guard reads; None stands for the page's flags. What the configuration decides reads nothing."""
        if self.decided(guard) is not None:
            return []
        match guard:
            case FlagIs(name) if name in self.shape.of_page:
                return [None]
            case ValueIs(name, _) | VariableRef(name) if name in self.shape.of_page:
                return [self.shape.field_of[name]]
            case ListEmpty(field):
                return [field]
            case Compare(_, left, right) | Sum(left, right):
                return self.read_by(left) + self.read_by(right)
            case GuardNot(operand):
                return self.read_by(operand)
            case GuardAll(operands) | GuardAny(operands):
                return [ref for g in operands for ref in self.read_by(g)]
            case _:
                return []

    def test(self, w: World, guard: Guard) -> bool:
        """As `true`, but what the guard reads is used."""
        for ref in self.read_by(guard):
            if ref is None:
                self.touch(w)
            else:
                self.use(w, ref)
        return self.true(w, guard)

    # ---------------------------------------------------------------------------------------------- variables

    def touch_if_stored(self, w: World, name: str) -> None:
        if name in self.shape.of_page:
            self.touch(w)

    def write_if_stored(self, w: World, name: str) -> None:
        if name in self.shape.of_page:
            self.write(w, self.shape.field_of[name])

    def add(self, w: World, name: str, expr: IntExpr, negative: bool) -> int:
        if name in self.shape.of_page:
            self.use(w, self.shape.field_of[name])
        amount = self.number(w, expr)
        slot = self.shape.numbers[name]
        after = w.numbers[slot] + (-amount if negative else amount)
        if after < 0:
            raise HazardError("OV111")
        w.numbers[slot] = after
        self.drain(w, expr)
        return after

    # ---------------------------------------------------------------------------------------- page and tables

    def alloc(self, w: World) -> None:
        w.page = ALLOCATED
        w.writers = [-1] * len(w.writers)
        for name in self.shape.of_page:
            if name in self.shape.flags:
                w.flags[self.shape.flags[name]] = False
            if name in self.shape.values:
                w.values[self.shape.values[name]] = ""
        for node in self.allocator.leaves:
            match node.operation:
                case Write(field):
                    if field in self.places.placed:
                        self.own(w, field)
                case SetValue(name, value):
                    self.own(w, self.shape.field_of[name])
                    w.values[self.shape.values[name]] = value
                case SetCounter(name, value):
                    self.own(w, self.shape.field_of[name])
                    w.numbers[self.shape.numbers[name]] = self.number(w, value)
                case SetFlag(name, value):
                    w.flags[self.shape.flags[name]] = value

    def free(self, w: World, mine: Table | None) -> None:
        if w.page != ALLOCATED:
            raise HazardError("OV104" if w.page == BEFORE else "OV106")
        if any(kind >= 0 for t in w.tables for kind in t.readers):
            raise HazardError("OV105")
        if any(t is not mine and (t.actor is not None or t.state not in (UNBORN, GONE)) for t in w.tables):
            raise HazardError("OV105")
        for demand in self.allocator.demands:
            read = [ref for ref in self.read_by(demand.guard) if ref is not None]
            if not all(self.owns(w, ref) for ref in read) or not self.true(w, demand.guard):
                raise HazardError("OV107")
        w.page = FREED

    def populate(self, w: World, step: Populate) -> None:
        unborn = self.at_rest(w, "unborn")
        given = [(None if count is None else self.number(w, count), state) for count, state in step.parts]
        if sum(count for count, _ in given if count is not None) > len(unborn):
            raise BlockedError
        rest = len(unborn) - sum(count for count, _ in given if count is not None)
        for count, state in given:
            for _ in range(rest if count is None else count):
                unborn.pop().state = self.shape.states.index(state)

    # ------------------------------------------------------------------------------------------ locks, lists

    def check_lock(self, w: World, ref: FieldRef) -> None:
        self.touch(w)
        if not w.alive[self.shape.locks[ref]]:
            raise HazardError("OV109")
        if not self.owns(w, ref):
            raise HazardError("OV101")

    def slot_of(self, lock: FieldRef | str) -> int:
        return self.shape.externals[lock] if isinstance(lock, str) else self.shape.locks[lock]

    def interrupts_holder(self, w: World, slot: int, who: Actor) -> bool:
        everybody = [*w.actors, *(t.actor for t in w.tables)]
        exposed = any(other and other.exposes >> slot & 1 for other in everybody)
        return who.softirq and w.held[slot] and exposed

    def acquire(self, w: World, lock: FieldRef | str, who: Actor) -> None:
        slot = self.slot_of(lock)
        spins_for_ever = self.interrupts_holder(w, slot, who)
        if w.held[slot] and not spins_for_ever:
            raise BlockedError
        if isinstance(lock, FieldRef):
            self.check_lock(w, lock)
        if spins_for_ever:
            raise HazardError("OV110")
        w.held[slot] = True

    def release(self, w: World, lock: FieldRef | str) -> None:
        if isinstance(lock, FieldRef):
            self.check_lock(w, lock)
        w.held[self.slot_of(lock)] = False

    def check_guards(self, w: World, ref: FieldRef, who: Actor) -> None:
        """Whoever changes a list holds the lock that guards it."""
        self.touch(w)
        for field, lock in self.shape.guarded:
            if self.places.one_link(field, ref) and not who.locks & lock:
                raise HazardError("OV110")

    def sleep(self, who: Actor) -> None:
        if who.softirq:
            raise HazardError("OV110")

    def standing(self, operation: Operation, who: Actor) -> Actor:
        """The actor behind a step that it has done (and waited for): in which context it runs, what it holds."""
        match operation:
            case CallRcu() | GracePeriod(_, True):
                return who._replace(softirq=True)
            case QueueWork():
                return who._replace(softirq=False)
            case Acquire(lock, plain):
                bit = 1 << self.slot_of(lock)
                exposes = who.exposes | bit if plain and not who.softirq else who.exposes & ~bit
                return who._replace(locks=who.locks | bit, exposes=exposes)
            case Release(lock):
                bit = 1 << self.slot_of(lock)
                return who._replace(locks=who.locks & ~bit, exposes=who.exposes & ~bit)
            case _:
                return who

    def unlink(self, w: World, ref: FieldRef, reinit: bool) -> None:
        slot = self.shape.lists[ref]
        if not self.owns(w, ref) or not (w.linked[slot] or w.empty[slot]):
            raise HazardError("OV101")
        self.write(w, ref)
        w.linked[slot], w.empty[slot] = False, reinit

    # ------------------------------------------------------------------------------------------------- a step

    def inside(self, w: World, mechanism: str) -> int:
        """The readers that a grace period beginning now waits for, a bit for each."""
        bits = 0
        for table in w.tables:
            for slot, kind in enumerate(table.readers):
                if kind >= 0 and (mechanism == "rcu" or kind in self.irq_off):
                    bits |= 1 << slot
        return bits

    def run(self, w: World, operation: Operation, mine: Table | None, who: Actor) -> tuple[int, int, int]:
        """Do one step.

        Answers which successor follows (for `Choose`: any may), the phase in which the actor is now, and the readers
        it waits for. Raises HazardError or BlockedError; then the world is not to be used.
        """
        successor = 0
        match operation:
            case Skip() | QueueWork():
                pass
            case MightSleep():
                self.sleep(who)
            case AllocPage():
                self.alloc(w)
            case FreePage():
                self.free(w, mine)
            case Populate():
                self.populate(w, operation)
            case Write(field):
                self.write(w, field)
                self.forget_list(w, field)
            case Read(field):
                self.use(w, field)
            case Pun(source, target):
                self.use(w, source)
                self.own(w, target)
            case SetCounter(name, value):
                amount = self.number(w, value)
                self.write_if_stored(w, name)
                if amount < 0:
                    raise HazardError("OV111")
                w.numbers[self.shape.numbers[name]] = amount
                self.drain(w, value)
            case AddCounter(name, value, negative):
                self.add(w, name, value, negative)
            case SetFlag(name, value):
                self.touch_if_stored(w, name)
                w.flags[self.shape.flags[name]] = value
            case SetValue(name, value):
                self.write_if_stored(w, name)
                w.values[self.shape.values[name]] = value
            case InitLock(field):
                self.write(w, field)
                w.alive[self.shape.locks[field]] = True
            case DestroyLock(field):
                self.check_lock(w, field)
                w.alive[self.shape.locks[field]] = False
            case UseLock(field):
                self.check_lock(w, field)
                if self.interrupts_holder(w, self.slot_of(field), who):
                    raise HazardError("OV110")
            case Acquire(lock):
                self.acquire(w, lock, who)
            case Release(lock):
                self.release(w, lock)
            case ListInit(field):
                self.write(w, field)
                w.empty[self.shape.lists[field]] = True
            case ListAdd(field):
                self.check_guards(w, field, who)
                if w.linked[self.shape.lists[field]]:
                    raise HazardError("OV103")
                self.write(w, field)
                w.linked[self.shape.lists[field]], w.empty[self.shape.lists[field]] = True, False
            case ListDel(field, reinit):
                self.check_guards(w, field, who)
                self.unlink(w, field, reinit)
            case CallRcu(head, _):
                self.touch(w)
                if w.queued[self.shape.heads[head]]:
                    raise HazardError("OV103")
                self.write(w, head)
                w.queued[self.shape.heads[head]] = True
                return 0, WAITS_FOR_CALLBACK, self.inside(w, "rcu")
            case GracePeriod(mechanism, deferred):
                if not deferred:
                    self.sleep(who)
                return 0, WAITS_FOR_GRACE, self.inside(w, mechanism)
            case TouchTable():
                self.touch(w)
            case FreeTable():
                self.touch(w)
                if mine is not None and any(kind >= 0 for kind in mine.readers):
                    raise HazardError("OV105")
            case MoveAll(source, target):
                for table in self.at_rest(w, source):
                    table.state = self.shape.states.index(target)
            case BugOn(guard):
                if self.test(w, guard):
                    raise HazardError("OV111")
            case Needs(guard):
                if not self.test(w, guard):
                    raise HazardError("OV110")
            case Wait(guard):
                if not self.true(w, guard):
                    raise BlockedError
            case Branch(guard):
                successor = 0 if self.test(w, guard) else 1
            case SubAndTest(name, value):
                successor = 0 if self.add(w, name, value, True) == 0 else 1
            case TestSetFlag(name) | TestClearFlag(name):
                self.touch_if_stored(w, name)
                slot = self.shape.flags[name]
                successor = 0 if w.flags[slot] else 1
                w.flags[slot] = isinstance(operation, TestSetFlag)
            case Choose():
                pass
        return successor, RUNS, 0

    def forget_list(self, w: World, ref: FieldRef) -> None:
        """A plain store over a list_head: it no longer points to itself."""
        for link, slot in self.shape.lists.items():
            if set(self.places.segments(link)) & set(self.places.segments(ref)):
                w.empty[slot] = False

    def call_back(self, w: World, head: FieldRef) -> None:
        """RCU takes the head off its queue and zeroes `func`."""
        self.touch(w)
        w.queued[self.shape.heads[head]] = False
        self.write(w, head)

    def neighbour(self, w: World, ref: FieldRef) -> None:
        """A neighbour on the list reads and writes the links."""
        self.use(w, ref)
        self.write(w, ref)


def _drained(expr: IntExpr) -> Iterator[tuple[str, str]]:
    """What an expression drains, as (from, to)."""
    match expr:
        case Drain(state, target):
            yield state, target
        case Sum(left, right):
            yield from _drained(left)
            yield from _drained(right)
        case _:
            pass
