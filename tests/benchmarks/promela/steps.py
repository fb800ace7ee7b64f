"""What each step does, as ways it can go: when, doing what, and on to where."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import IntExpr
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
from modelcheck.model.program import Node
from modelcheck.model.variables import Counter, Flag, Value
from tests.benchmarks.promela.standing import BEGINNING, Standing
from tests.benchmarks.promela.state import ALLOCATED, BEFORE, FREED, GONE, UNBORN, Vocabulary, must


@dataclass(frozen=True)
class Way:
    """One way a step can go: `when` it can, the statements `then`, and which successor (`target`) follows."""

    when: str
    then: tuple[str, ...]
    target: int = 0


class StepText:
    """The steps of one life cycle as Promela statements."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words

    def ways(self, node: Node, of_table: bool, standing: Standing) -> list[Way]:
        """All ways of a step that does not wait for a grace period; `of_table`: its actor holds a table."""
        words = self.words
        match node.operation:
            case Branch(guard):
                used = [line for ref in words.reads(guard) for line in words.use(ref)]
                truth = words.truth(guard)
                return [Way(truth, tuple(used), 0), Way(f"!({truth})", tuple(used), 1)]
            case SubAndTest(name, value):
                left = f"c_{name} - {words.number(value)}"
                then = tuple(self.add(name, value, True))
                return [Way(f"{left} == 0", then, 0), Way(f"{left} != 0", then, 1)]
            case TestSetFlag(name) | TestClearFlag(name):
                touch = self.touch_if_stored(name)
                change = f"f_{name} = {int(isinstance(node.operation, TestSetFlag))}"
                return [Way(f"f_{name}", (*touch, change), 0), Way(f"!f_{name}", (*touch, change), 1)]
            case Choose():
                return [Way("true", (), i) for i in range(len(node.targets))]
            case Wait(guard):
                return [Way(words.truth(guard), ())]
            case Acquire(lock):
                slot = words.lock_slot(lock)
                checks = self.check_lock(lock) if isinstance(lock, FieldRef) else []
                when = f"!held_{slot}"
                if standing.softirq:
                    checks += [must("OV110", when)]
                    when += f" || exposed_{slot} > 0"
                return [Way(f"({when})", (*checks, f"held_{slot} = 1"))]
            case Populate(parts):
                known = [words.number(count) for count, _ in parts if count is not None]
                enough = f"{' + '.join(known) or '0'} <= {words.count(UNBORN)}"
                return [Way(enough, tuple(self.populate(parts)))]
            case operation:
                return [Way("true", tuple(self.plain(operation, of_table, standing)))]

    def queue(self, node: Node, standing: Standing) -> list[str]:
        """What a step does before it waits for a grace period."""
        words = self.words
        match node.operation:
            case CallRcu(head):
                slot = words.shape.heads[head]
                lines = [words.touch(), must("OV103", f"!queued_{slot}"), *words.write(head), f"queued_{slot} = 1"]
                return [*lines, f"waits[_pid] = {self.inside('rcu')}"]
            case GracePeriod(mechanism, deferred):
                sleeps = [] if deferred else self.sleep(standing)
                return [*sleeps, f"waits[_pid] = {self.inside(mechanism)}"]
            case _:
                raise AssertionError(f"{node.text} does not wait")

    def call_back(self, head: FieldRef) -> list[str]:
        """RCU takes the head off its queue and zeroes `func`."""
        return [self.words.touch(), f"queued_{self.words.shape.heads[head]} = 0", *self.words.write(head)]

    def inside(self, mechanism: str) -> str:
        """The readers that a wait beginning now has to wait for, a bit for each."""
        words = self.words
        if not words.kinds:
            return "0"
        masks = []
        for r in range(words.setting.readers):
            irq_off = [i + 1 for i, reader in enumerate(words.kinds) if reader.mechanism == "irq_off"]
            counts = f"kind[{r}] != 0"
            if mechanism == "ipi":
                counts = " || ".join(f"kind[{r}] == {number}" for number in irq_off) or "false"
            masks.append(f"{1 << r} * ({counts})")
        return " + ".join(masks)

    # ---------------------------------------------------------------------------------------- one successor

    def plain(self, operation: Operation, of_table: bool, standing: Standing = BEGINNING) -> list[str]:
        """The statements of an operation with one successor that never waits."""
        words = self.words
        match operation:
            case Skip() | QueueWork():
                return []
            case MightSleep():
                return self.sleep(standing)
            case AllocPage():
                return self.alloc()
            case FreePage():
                return self.free(of_table)
            case Write(ref):
                return [*words.write(ref), *self.forget_lists(ref)]
            case Read(ref):
                return words.use(ref)
            case Pun(source, target):
                return [*words.use(source), *words.own(target)]
            case SetCounter(name, value):
                return [
                    f"amount = {words.number(value)}",
                    *words.drains(value),
                    *self.write_if_stored(name),
                    must("OV111", "amount >= 0"),
                    f"c_{name} = amount",
                    "amount = 0",
                ]
            case AddCounter(name, value, negative):
                return self.add(name, value, negative)
            case SetFlag(name, flag):
                return [*self.touch_if_stored(name), f"f_{name} = {int(flag)}"]
            case SetValue(name, value_name):
                return [*self.write_if_stored(name), f"v_{name} = {words.value_number(name, value_name)}"]
            case InitLock(ref):
                return [*words.write(ref), f"alive_{words.shape.locks[ref]} = 1"]
            case DestroyLock(ref):
                return [*self.check_lock(ref), f"alive_{words.shape.locks[ref]} = 0"]
            case UseLock(ref):
                slot = words.lock_slot(ref)
                free = [must("OV110", f"!held_{slot} || exposed_{slot} == 0")] if standing.softirq else []
                return [*self.check_lock(ref), *free]
            case Release(lock):
                checks = self.check_lock(lock) if isinstance(lock, FieldRef) else []
                return [*checks, f"held_{words.lock_slot(lock)} = 0"]
            case ListInit(ref):
                return [*words.write(ref), f"empty_{words.shape.lists[ref]} = 1"]
            case ListAdd(ref):
                slot = words.shape.lists[ref]
                unlinked = must("OV103", f"!linked_{slot}")
                checks = [words.touch(), *self.check_guards(ref, standing), unlinked]
                return [*checks, *words.write(ref), f"linked_{slot} = 1", f"empty_{slot} = 0"]
            case ListDel(ref, reinit):
                slot = words.shape.lists[ref]
                known = must("OV101", f"linked_{slot} || empty_{slot}")
                checks = [words.touch(), *self.check_guards(ref, standing)]
                lines = [*checks, *words.use(ref), known, *words.write(ref)]
                return [*lines, f"linked_{slot} = 0", f"empty_{slot} = {int(reinit)}"]
            case TouchTable():
                return [words.touch()]
            case FreeTable():
                inside = " || ".join(f"reads[{r}] == _pid + 1" for r in range(words.setting.readers))
                return [words.touch(), *([must("OV105", f"!({inside})")] if of_table and words.kinds else [])]
            case MoveAll(source, target):
                return words.move(source, target)
            case BugOn(guard):
                used = [line for ref in words.reads(guard) for line in words.use(ref)]
                return [*used, must("OV111", f"!{words.truth(guard)}")]
            case Needs(guard):
                used = [line for ref in words.reads(guard) for line in words.use(ref)]
                return [*used, must("OV110", words.truth(guard))]
            case _:
                raise AssertionError(f"{operation} has more than one way")

    # ------------------------------------------------------------------------------------------ page and tables

    def alloc(self) -> list[str]:
        words = self.words
        lines = [f"phase = {ALLOCATED}", *words.nobody_owns()]
        for variable in words.lifecycle.variables:
            match variable:
                case Flag(name):
                    lines.append(f"f_{name} = 0")
                case Value(name):
                    lines.append(f"v_{name} = 0")
        for node in words.lifecycle.allocator.leaves:
            match node.operation:
                case Write(ref):
                    # What the allocator leaves is said once for all configurations.
                    lines += words.own(ref) if ref in words.places.placed else []
                case SetValue(name, value):
                    lines += [*words.own(words.shape.field_of[name]), f"v_{name} = {words.value_number(name, value)}"]
                case SetCounter(name, number):
                    lines += [*words.own(words.shape.field_of[name]), f"c_{name} = {words.number(number)}"]
                case SetFlag(name, flag):
                    lines.append(f"f_{name} = {int(flag)}")
        return lines

    def free(self, of_table: bool) -> list[str]:
        words = self.words
        busy = f"{words.count(UNBORN)} + {words.count(GONE)} == {words.setting.tables - int(of_table)}"
        lines = [
            must("OV106", f"phase != {FREED}"),
            must("OV104", f"phase != {BEFORE}"),
            must("OV105", f"!({words.reader_inside()})"),
            must("OV105", busy),
        ]
        for demand in words.lifecycle.allocator.demands:
            lines += [must("OV107", words.owned(ref)) for ref in words.reads(demand.guard) if ref]
            lines.append(must("OV107", words.truth(demand.guard)))
        # Whatever relies on these meets the freed page first: fewer states.
        lines += [f"phase = {FREED}", *words.nobody_owns()]
        lines += [f"alive_{slot} = 0" for slot in sorted(set(words.shape.locks.values()))]
        return lines + [f"empty_{slot} = 0" for slot in sorted(set(words.shape.lists.values()))]

    def populate(self, parts: tuple[tuple[IntExpr | None, str], ...]) -> list[str]:
        words = self.words
        # Tables are interchangeable: with all the numbers served first, "the rest" is what is left.
        lines: list[str] = []
        ordered = sorted(parts, key=lambda part: part[0] is None)
        for count, state in ordered:
            amount = words.count(UNBORN) if count is None else words.number(count)
            lines.append(f"amount = {amount}")
            for i in range(words.setting.tables):
                one = f"at[{i}] == {UNBORN} && amount > 0 -> at[{i}] = {words.where(state)}; amount--"
                lines.append(f"if :: {one} :: else fi")
        return [*lines, "amount = 0"]

    # ------------------------------------------------------------------------------------------- variables, locks

    def touch_if_stored(self, name: str) -> list[str]:
        return [self.words.touch()] if isinstance(self.words.variables[name], Flag) else []

    def write_if_stored(self, name: str) -> list[str]:
        variable = self.words.variables[name]
        return self.words.write(variable.field) if isinstance(variable, Counter | Value) else []

    def add(self, name: str, value: IntExpr, negative: bool) -> list[str]:
        words = self.words
        variable = words.variables[name]
        return [
            *(words.use(variable.field) if isinstance(variable, Counter) else []),
            f"amount = c_{name} {'-' if negative else '+'} {words.number(value)}",
            *words.drains(value),
            must("OV111", "amount >= 0"),
            f"c_{name} = amount",
            "amount = 0",
        ]

    def sleep(self, standing: Standing) -> list[str]:
        return [must("OV110", "false")] if standing.softirq else []

    def check_guards(self, ref: FieldRef, standing: Standing) -> list[str]:
        """Whoever changes a list holds the lock that guards it."""
        return [] if self.words.guards_of(ref) <= standing.locks else [must("OV110", "false")]

    def check_lock(self, ref: FieldRef) -> list[str]:
        alive = must("OV109", f"alive_{self.words.shape.locks[ref]}")
        return [self.words.touch(), alive, must("OV101", self.words.owned(ref))]

    def forget_lists(self, ref: FieldRef) -> list[str]:
        """A plain store over a list_head: it no longer points to itself."""
        mine = set(self.words.places.segments(ref))
        lists = self.words.shape.lists
        slots = {slot for link, slot in lists.items() if mine & set(self.words.places.segments(link))}
        return [f"empty_{slot} = 0" for slot in sorted(slots)]
