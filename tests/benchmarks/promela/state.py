"""The variables of the Promela model, and integer expressions and guards over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelcheck.model.conditions import Condition, holds
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
    decide,
)
from modelcheck.model.operations import (
    Acquire,
    AddCounter,
    Branch,
    BugOn,
    CallRcu,
    DestroyLock,
    FreeTable,
    GracePeriod,
    ListDel,
    Needs,
    Pun,
    Read,
    Release,
    SubAndTest,
    UseLock,
)
from modelcheck.model.program import Lifecycle, Node, Path
from modelcheck.model.variables import Counter, Flag, GhostCounter, GhostFlag, Value
from tests.benchmarks.promela.standing import Standings
from tests.oracle.configurations import Configured
from tests.oracle.places import Places
from tests.oracle.world import Shape

# Where a table is: at rest in a state, or in the hands of its actor.
UNBORN, GONE, HANDS = 0, 1, 2
BEFORE, ALLOCATED, FREED = 0, 1, 2

RELATION = {"==": "==", "!=": "!=", "<=": "<=", ">=": ">=", "<": "<", ">": ">"}


def must(rule: str, condition: str) -> str:
    """An assertion that names its rule: SPIN prints `(OV105's number == 0)` where it fails."""
    return f"assert(({condition}) || ({rule.removeprefix('OV')} == 0))"


@dataclass(frozen=True, eq=False)
class Setting:
    """A life cycle in one configuration, with a number of tables and of readers.

    `busy` bounds how many tables may be in the hands of actors at the same time; 0: as many as there are tables.
    """

    lifecycle: Lifecycle
    configuration: Configured
    constants: Mapping[str, int]
    tables: int
    readers: int
    busy: int


class Vocabulary:
    """Names of the variables, and the text of expressions over them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.lifecycle = lifecycle = setting.lifecycle
        self.places = Places(lifecycle, setting.configuration.layout)
        self.shape = Shape(lifecycle, self.places)
        self.states = ("unborn", "gone", "", *(s.name for s in lifecycle.states))
        self.variables = {v.name: v for v in lifecycle.variables}
        self.field_number = {ref: i + 1 for i, ref in enumerate(self.places.names)}
        nodes = list(nodes_of(lifecycle))
        self.has_atomic = any(n.holds for n in nodes)
        self.has_waiting = any(isinstance(n.operation, CallRcu | GracePeriod) for n in nodes)
        self.has_free_table = any(isinstance(n.operation, FreeTable) for n in nodes)
        self.kinds = [r for r in lifecycle.readers if holds(r.condition, setting.configuration)]
        paths = {f"path:{p.name}": p for p in lifecycle.paths}
        paths |= {f"create:{c.name}": c.path for c in lifecycle.creates}
        paths |= {f"action:{a.name}": a.path for a in lifecycle.actions}
        self.paths: dict[str, Path] = paths
        self.standings = Standings(paths, self.lock_slot, self.guards_of)
        # Whose bytes a segment holds is kept only where somebody asks for it.
        self.asked = sorted(
            {
                segment
                for ref in self._asked_for(nodes)
                if ref in self.places.placed
                for segment in self.places.segments(ref)
            }
        )

    def _asked_for(self, nodes: list[Node]) -> Iterator[FieldRef]:
        uses = [use.operation for reader in self.lifecycle.readers for use in reader.uses]
        for operation in [*(node.operation for node in nodes), *uses]:
            match operation:
                case Read(ref) | DestroyLock(ref) | UseLock(ref) | ListDel(ref):
                    yield ref
                case Pun(ref, _):
                    yield ref
                case Acquire(lock) | Release(lock):
                    if isinstance(lock, FieldRef):
                        yield lock
                case AddCounter(name) | SubAndTest(name):
                    variable = self.variables[name]
                    if isinstance(variable, Counter):
                        yield variable.field
                case Branch(guard) | BugOn(guard) | Needs(guard):
                    yield from (ref for ref in self.reads(guard) if ref)
        yield from self.shape.lists
        for demand in self.lifecycle.allocator.demands:
            yield from (ref for ref in self.reads(demand.guard) if ref)

    def lock_slot(self, lock: FieldRef | str) -> int:
        """The number of a lock."""
        return self.shape.externals[lock] if isinstance(lock, str) else self.shape.locks[lock]

    def guards_of(self, ref: FieldRef) -> frozenset[int]:
        """The locks that whoever links or unlinks through a field has to hold."""
        if ref not in self.places.placed:
            return frozenset()
        guarded = [g for g in self.lifecycle.guarded if g.field in self.places.placed]
        return frozenset(self.lock_slot(g.lock) for g in guarded if self.places.one_link(g.field, ref))

    # ------------------------------------------------------------------------------------------- declarations

    def declarations(self) -> Iterator[str]:
        """All variables with their start."""
        setting, shape = self.setting, self.shape
        yield "byte phase = 0; /* before, allocated, freed */"
        places = ", ".join(f"{i} {state or 'on the way'}" for i, state in enumerate(self.states))
        yield f"byte at[{setting.tables}]; /* {places} */"
        yield "byte creation = 0; /* not yet, on the way, over */"
        for variable in self.lifecycle.variables:
            match variable:
                case Flag(name):
                    yield f"bool f_{name};"
                case GhostFlag(name, initial):
                    yield f"bool f_{name} = {int(initial)};"
                case Counter(name):
                    yield f"short c_{name};"
                case GhostCounter(name, initial):
                    yield f"short c_{name} = {initial};"
                case Value(name, _, values):
                    yield f"byte v_{name}; /* something else, {', '.join(values)} */"
        for action in self.lifecycle.actions:
            yield f"byte a_{action.name}; /* idle, on the way, spent */"
        if self.asked:
            yield f"byte own[{len(self.asked)}]; /* {self._owners()} */"
        for name, slots in (
            ("alive", set(shape.locks.values())),
            ("held", {*shape.locks.values(), *shape.externals.values()}),
            ("linked", set(shape.lists.values())),
            ("empty", set(shape.lists.values())),
            ("queued", set(shape.heads.values())),
        ):
            yield from (f"bool {name}_{slot};" for slot in sorted(slots))
        if self.standings.exposable:
            yield from (f"byte exposed_{slot};" for slot in sorted({*shape.locks.values(), *shape.externals.values()}))
        if self.has_waiting:
            yield f"byte waits[{self.actors}];"
        if self.has_atomic:
            yield "byte inside_atomic;"
        if self.kinds:
            yield f"byte kind[{setting.readers}];"
            if self.has_free_table:
                yield f"byte reads[{setting.readers}];"
        yield "hidden short amount;"

    def _owners(self) -> str:
        return ", ".join(f"{i} {ref}" for ref, i in self.field_number.items())

    @property
    def actors(self) -> int:
        """How many actors there are: tables, the creation, actions; they are numbered in this order."""
        return self.setting.tables + 1 + len(self.lifecycle.actions)

    def count(self, where: int) -> str:
        """How many tables are there."""
        return "(" + " + ".join(f"(at[{i}] == {where})" for i in range(self.setting.tables)) + ")"

    def where(self, state: str) -> int:
        """The number of a state."""
        return self.states.index(state)

    def nobody_atomic(self) -> str:
        """Nobody stands inside an atomic block."""
        return "inside_atomic == 0" if self.has_atomic else "true"

    def reader_inside(self) -> str:
        """Some reader is inside some table."""
        return " || ".join(f"kind[{r}] != 0" for r in range(self.setting.readers)) if self.kinds else "false"

    # ---------------------------------------------------------------------------------- bytes and who owns them

    def owned(self, ref: FieldRef) -> str:
        """The field owns all its bytes."""
        parts = []
        for segment in self.places.segments(ref):
            owners = [
                number
                for other, number in self.field_number.items()
                if segment in self.places.segments(other) and self.places.alike(other, ref)
            ]
            at = f"own[{self.asked.index(segment)}]"
            parts.append("(" + " || ".join(f"{at} == {number}" for number in owners) + ")")
        return " && ".join(parts)

    def own(self, ref: FieldRef) -> list[str]:
        """From now on the field owns its bytes."""
        return [
            f"own[{self.asked.index(segment)}] = {self.field_number[ref]}"
            for segment in self.places.segments(ref)
            if segment in self.asked
        ]

    def nobody_owns(self) -> list[str]:
        """No field owns anything."""
        return [f"own[{i}] = 0" for i in range(len(self.asked))]

    def touch(self) -> str:
        """OV104 unless the page is allocated."""
        return must("OV104", f"phase == {ALLOCATED}")

    def use(self, ref: FieldRef | None) -> list[str]:
        """Touch, and OV101 unless the field owns its bytes; None: a page flag."""
        return [self.touch()] + ([must("OV101", self.owned(ref))] if ref else [])

    def write(self, ref: FieldRef) -> list[str]:
        """Touch, OV102 if the bytes are those of another linkage in use, own."""
        clashes = [f"!linked_{i}" for link, i in self.shape.lists.items() if self.places.clash(ref, link)]
        clashes += [f"!queued_{i}" for link, i in self.shape.heads.items() if self.places.clash(ref, link)]
        found = [must("OV102", " && ".join(dict.fromkeys(clashes)))] if clashes else []
        return [self.touch(), *found, *self.own(ref)]

    # ------------------------------------------------------------------------------- expressions and guards

    def number(self, expr: IntExpr) -> str:
        """An integer expression. What it drains moves by `drains`."""
        match expr:
            case Number(value):
                return str(value)
            case ConstantRef(name):
                return str(self.setting.constants[name])
            case Tables():
                return str(self.setting.tables)
            case CountIn(state) | Drain(state):
                return self.count(self.where(state))
            case VariableRef(name):
                return f"c_{name}"
            case Sum(left, right, negative):
                return f"({self.number(left)} {'-' if negative else '+'} {self.number(right)})"

    def drains(self, expr: IntExpr) -> list[str]:
        """The moves that an expression makes."""
        match expr:
            case Drain(state, target):
                return self.move(state, target)
            case Sum(left, right):
                return self.drains(left) + self.drains(right)
            case _:
                return []

    def move(self, source: str, target: str) -> list[str]:
        """All tables of a state change to another."""
        a, b = self.where(source), self.where(target)
        return [f"if :: at[{i}] == {a} -> at[{i}] = {b} :: else fi" for i in range(self.setting.tables)]

    def settled(self, guard: Guard) -> bool | None:
        """What the configuration alone says about a guard; None: nothing."""
        return decide(guard, self.holds)

    def holds(self, condition: Condition) -> bool:
        """Does a condition over the configuration hold?"""
        return holds(condition, self.setting.configuration)

    def truth(self, guard: Guard) -> str:
        """The guard as an expression."""
        settled = self.settled(guard)
        if settled is not None:
            return "true" if settled else "false"
        match guard:
            case FlagIs(name):
                return f"f_{name}"
            case ValueIs(name, value):
                variable = self.variables[name]
                assert isinstance(variable, Value)
                return f"(v_{name} == {variable.values.index(value) + 1})"
            case Compare(relation, left, right):
                return f"({self.number(left)} {RELATION[relation]} {self.number(right)})"
            case ListEmpty(ref):
                return f"(!linked_{self.shape.lists[ref]})"
            case GuardNot(operand):
                return f"(!{self.truth(operand)})"
            case GuardAll(operands):
                return "(" + " && ".join(self.truth(g) for g in operands) + ")"
            case GuardAny(operands):
                return "(" + " || ".join(self.truth(g) for g in operands) + ")"
            case InConfiguration():
                raise AssertionError("settled before")

    def reads(self, expression: Guard | IntExpr) -> Iterator[FieldRef | None]:
        """What a guard or expression reads of the page; None stands for its flags."""
        match expression:
            case FlagIs(name) | ValueIs(name) | VariableRef(name):
                match self.variables[name]:
                    case Counter(_, ref) | Value(_, ref):
                        yield ref
                    case Flag():
                        yield None
            case ListEmpty(ref):
                yield ref
            case Compare(_, left, right) | Sum(left, right):
                yield from self.reads(left)
                yield from self.reads(right)
            case GuardNot(operand) if self.settled(operand) is None:
                yield from self.reads(operand)
            case GuardAll(operands) | GuardAny(operands) if self.settled(expression) is None:
                for operand in operands:
                    yield from self.reads(operand)

    def value_number(self, name: str, value: str) -> int:
        """The number that stands for a named value; 0 is something else."""
        variable = self.variables[name]
        assert isinstance(variable, Value)
        return variable.values.index(value) + 1


def nodes_of(lifecycle: Lifecycle) -> Iterator[Node]:
    """The steps of all code of a life cycle."""
    for path in (
        *lifecycle.paths,
        *(create.path for create in lifecycle.creates),
        *(action.path for action in lifecycle.actions),
    ):
        yield from path.nodes
