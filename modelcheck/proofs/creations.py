"""The creation of a page, with statements of it left out: what it leaves behind then, and which fields it wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from modelcheck.engine.certificate import Invariant, allowed_where
from modelcheck.footing import Kind
from modelcheck.model.operations import AllocPage, Branch, CallRcu, Choose, GracePeriod, Populate, Skip
from modelcheck.model.program import Create, Lifecycle, Node, Path
from modelcheck.proofs.relaxed import Clobber, FactKey, Fields
from modelcheck.semantics.build import completed
from modelcheck.semantics.context import Context
from modelcheck.semantics.creation import run_creation
from modelcheck.semantics.effects import effect_of_node
from modelcheck.semantics.flow import live_targets
from modelcheck.semantics.points import Point, Points
from modelcheck.semantics.steps import step_key
from modelcheck.semantics.storage import Storage
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import NO, Formula, Linear, conjunction, negate, number


@dataclass(frozen=True)
class CreatedCase:
    """One way the creation can go: the value of every variable afterwards, where `guard` holds.

    `clobbers` are what it would have spoilt if fields shared bytes.
    """

    name: str
    guard: Formula
    values: Mapping[str, Linear]
    clobbers: tuple[Clobber, ...]


@dataclass(frozen=True)
class Created:
    """Everything that creation can come to. `dangers`: where it meets a hazard that is not allowed for."""

    cases: tuple[CreatedCase, ...]
    dangers: tuple[Formula, ...]


@dataclass(frozen=True)
class Creations:
    """The creations of one class of configurations; `marks` are the values of the variables that say which it is."""

    context: Context
    system: System
    marks: Mapping[str, int]
    fields: Fields

    def statements(self) -> Iterator[FactKey]:
        """The statements that exist here and can be left out, in order."""
        creates = {create.path.name for create in self.context.lifecycle.creates}
        for path, index in self.context.steps:
            node = path.nodes[index]
            if path.name in creates and _can_be_left_out(self.context, node):
                kind: Kind = "test" if isinstance(node.operation, Branch) else "effect"
                yield FactKey(kind, step_key(path.name, index))

    def left(self) -> Iterator[FactKey]:
        """What the allocator leaves."""
        yield from (
            FactKey("left", step_key("", index)) for index in range(len(self.context.lifecycle.allocator.leaves))
        )

    def created(
        self, invariant: Invariant, left_out: Collection[FactKey] = (), overlaid: Collection[FactKey] = ()
    ) -> Created:
        """What the creation comes to without these statements, if these fields lay over each other."""
        context = replace(
            self.context,
            points=Points(_without(self.context.lifecycle, left_out), self.context.detail),
            storage=_overlaid(self.context.storage, overlaid),
        )
        creation = run_creation(context)
        dangers = []
        for hazard in creation.hazards:
            happens = allowed_where(invariant, hazard.rule, f"create {hazard.name}")
            danger = conjunction(hazard.guard, negate(happens))
            if danger != NO:
                dangers.append(danger)
        cases = []
        for case in creation.cases:
            values = {v.name: Linear() for v in invariant.system.variables if v.sort.value != "parameter"}
            values.update(completed(context, case.initial, self.system.variables).values)
            values.update((name, number(value)) for name, value in self.marks.items())
            clobbers = tuple(_once(self._clobbers(context, case.initial.keys, invariant.system)))
            cases.append(CreatedCase(case.initial.name, case.initial.guard, values, clobbers))
        return Created(tuple(cases), tuple(dangers))

    def _clobbers(self, context: Context, keys: Collection[str], system: System) -> Iterator[Clobber]:
        """What the steps of a creation would spoil; each as if it came last."""
        paths = (*(create.path for create in context.lifecycle.creates), *context.lifecycle.paths)
        nodes = {step_key(path.name, i): (i, node) for path in paths for i, node in enumerate(path.nodes)}
        steps = [
            (Point("creator", "at", key.rpartition(".")[0], node=nodes[key][0]), nodes[key][1])
            for key in keys
            if key in nodes
        ]
        updates = [
            dict(outcome.updates.items())
            for point, node in steps
            for outcome in effect_of_node(context, node, point).outcomes[:1]
        ]
        links = {n for each in updates for n, value in each.items() if value != Linear() and n.startswith(_LINKS)}
        later: set[str] = set()
        for each in reversed(updates):
            for clobber in self.fields.clobbers(system, each):
                # A link that the creation never puts in use is not in use, and what is written later is not lost.
                slots = clobber.fact.name, clobber.fact.other
                in_use = clobber.in_use if any(how + slot in links for how in _LINKS for slot in slots) else NO
                lost = tuple(name for name in clobber.lost if name not in later)
                if lost or in_use != NO:
                    yield replace(clobber, lost=lost, in_use=in_use)
            later |= {name for name, value in each.items() if value == Linear(1)}


_LINKS = ("linked ", "queued ")


def _overlaid(storage: Storage, pairs: Collection[FactKey]) -> Storage:
    slots = {str(slot): slot for slot in storage.slots}
    known = {frozenset(pair) for pair in storage.placed.overlapping}
    more = [
        (slots[fact.name], slots[fact.other])
        for fact in pairs
        if fact.name in slots and fact.other in slots and {slots[fact.name], slots[fact.other]} not in known
    ]
    if not more:
        return storage
    overlapping = tuple(sorted((*storage.placed.overlapping, *more)))
    return replace(storage, placed=replace(storage.placed, overlapping=overlapping))


def _once(clobbers: Iterator[Clobber]) -> Iterator[Clobber]:
    """For each fact and what it loses one, with a danger if any of them has one."""
    found: dict[tuple[FactKey, tuple[str, ...]], Clobber] = {}
    for clobber in clobbers:
        key = clobber.fact, clobber.lost
        if key not in found or found[key].in_use == NO:
            found[key] = clobber
    yield from found.values()


def _can_be_left_out(context: Context, node: Node) -> bool:
    match node.operation:
        case Skip() | Choose() | AllocPage() | Populate() | CallRcu() | GracePeriod():
            return False
        case _:
            return len(live_targets(node, context.storage.holds)) == len(node.targets)


def _without(lifecycle: Lifecycle, left_out: Collection[FactKey]) -> Lifecycle:
    if not left_out:
        return lifecycle
    names = {fact.name for fact in left_out if fact.kind != "left"}

    def path(old: Path) -> Path:
        nodes = tuple(
            replace(node, operation=Skip() if len(node.targets) < 2 else Choose())
            if step_key(old.name, index) in names
            else node
            for index, node in enumerate(old.nodes)
        )
        return replace(old, nodes=nodes)

    def create(old: Create) -> Create:
        return replace(old, path=path(old.path))

    gone = {fact.name for fact in left_out if fact.kind == "left"}
    leaves = tuple(n for i, n in enumerate(lifecycle.allocator.leaves) if step_key("", i) not in gone)
    allocator = replace(lifecycle.allocator, leaves=leaves)
    return replace(lifecycle, creates=tuple(map(create, lifecycle.creates)), allocator=allocator)
