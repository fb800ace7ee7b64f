"""One life cycle in one class of configurations, as far as it is the same for every part of its counter system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import Guard, compared
from modelcheck.model.operations import CallRcu, FreeTable, ListAdd, ListDel, ListInit, Operation
from modelcheck.model.program import Action, Lifecycle, Node, Path, Reader, Transition, passed
from modelcheck.model.unit import Unit
from modelcheck.model.variables import Flag, GhostCounter, GhostFlag
from modelcheck.semantics.flow import guards_of, live_actions, live_nodes, live_readers, live_targets, live_transitions
from modelcheck.semantics.mentions import bulk_moves, constants_in, expressions_of, lists_in
from modelcheck.semantics.points import Detail, Live, Point, Points, resting
from modelcheck.semantics.readers import ReaderGroup, reader_groups
from modelcheck.semantics.softirq import Softirq, locks_guarding
from modelcheck.semantics.storage import Storage

LinkageUse = Literal["queued", "linked"]


class Contexts:
    """The contexts of a life cycle in its classes of configurations, which share what depends on none of them.

    `ways_in` as in `Detail`.
    """

    def __init__(self, unit: Unit, lifecycle: Lifecycle, *, ways_in: bool) -> None:
        self._lifecycle = lifecycle
        self._ways_in = ways_in
        self._minima = {constant.name: constant.minimum for constant in unit.constants}
        self._points: dict[Detail, Points] = {}

    def context(self, storage: Storage) -> Context:
        """The context in one class of configurations."""
        lifecycle = self._lifecycle
        steps = tuple(live_nodes(lifecycle, storage.holds))
        # In which table a reader is matters only where a table's memory is given away while the page lives on.
        occupancy = any(isinstance(path.nodes[i].operation, FreeTable) for path, i in steps)
        softirq = Softirq(lifecycle, storage, steps)
        detail = Detail(self._ways_in, occupancy, softirq.heeded, softirq.holding, softirq.contested_names)
        points = self._points.get(detail)
        if points is None:
            points = self._points[detail] = Points(lifecycle, detail)
        return Context(
            self._minima,
            points,
            storage,
            softirq,
            steps,
            live_actions(lifecycle, storage.holds),
            live_readers(lifecycle, storage.holds),
            tuple(guards_of(lifecycle, steps, storage.holds)),
        )


@dataclass(frozen=True)
class Context:
    """What the steps of a system need to know of what is around them.

    `steps` are the nodes that some actor could come to, as a path and a number; `actions`, `readers` and `guards` those
    that this class of configurations leaves. `softirq` knows in which context steps run. `minima` has the least value
    of every constant.
    """

    minima: Mapping[str, int]
    points: Points
    storage: Storage
    softirq: Softirq
    steps: tuple[tuple[Path, int], ...]
    actions: tuple[Action, ...]
    readers: tuple[Reader, ...]
    guards: tuple[Guard, ...]

    @classmethod
    def of(cls, unit: Unit, lifecycle: Lifecycle, storage: Storage, ways_in: bool) -> Context:
        """The context of a life cycle in one class; `ways_in` as in `Detail`."""
        return Contexts(unit, lifecycle, ways_in=ways_in).context(storage)

    @property
    def lifecycle(self) -> Lifecycle:
        """The life cycle."""
        return self.points.lifecycle

    @property
    def detail(self) -> Detail:
        """How much points tell apart."""
        return self.points.detail

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of `steps`."""
        return tuple(path.nodes[i] for path, i in self.steps)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations of `steps`."""
        return tuple(node.operation for node in self.nodes)

    @cached_property
    def groups(self) -> tuple[ReaderGroup, ...]:
        """The readers, grouped."""
        return reader_groups(self.lifecycle, self.readers, self.operations)

    @cached_property
    def tables(self) -> tuple[Point, ...]:
        """Every point at which a table can be."""
        moves = [move for operation in self.operations for move in bulk_moves(operation)]
        states = ("unborn", "gone", *(state.name for state in self.lifecycle.states))
        points = self.reach(*(resting(state) for state in states))
        while True:
            known = set(points)
            moved = (
                replace(point, place=target)
                for source, target in moves
                for point in points
                if point.kind == "rest" and point.place == source
            )
            more = [point for point in moved if point not in known]
            if not more:
                return points
            points = self.reach(*points, *more)

    @cached_property
    def _resting(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for point in self.tables:
            if point.kind == "rest":
                found.setdefault(point.place, []).append(point.name)
        return {state: tuple(names) for state, names in found.items()}

    def resting_in(self, state: str) -> tuple[str, ...]:
        """The names of the points of tables that rest in a state."""
        return self._resting.get(state, ())

    @cached_property
    def live(self) -> Live:
        """Where this class of configurations lets actors go."""
        transitions: dict[str, list[Transition]] = {}
        for state, transition in live_transitions(self.lifecycle, self.storage.holds):
            transitions.setdefault(state.name, []).append(transition)
        kinds = {reader.name for reader in self.readers}
        return Live(
            lambda node: live_targets(node, self.storage.holds),
            lambda node: passed(node, self.storage.holds),
            {state: tuple(found) for state, found in transitions.items()},
            frozenset(state.name for state in self.lifecycle.states if kinds & state.readers),
        )

    def reach(self, *seeds: Point) -> tuple[Point, ...]:
        """Every point that can be come to from the seeds, these included, by name."""
        return self.points.reach(seeds, self.live)

    @cached_property
    def linkages(self) -> tuple[tuple[FieldRef, LinkageUse], ...]:
        """The slots through which the page can be queued for RCU or linked into a list."""
        return tuple(sorted(set(self._linkages())))

    def _linkages(self) -> Iterator[tuple[FieldRef, LinkageUse]]:
        for operation in self.operations:
            if isinstance(operation, CallRcu):
                yield self.storage.slot(operation.head), "queued"
            elif isinstance(operation, ListAdd):
                yield self.storage.slot(operation.field), "linked"

    @cached_property
    def lists(self) -> frozenset[FieldRef]:
        """The slots that are list_heads: some step initialises, links or unlinks them, or some guard asks them."""
        stepped = (op.field for op in self.operations if isinstance(op, ListInit | ListAdd | ListDel))
        asked = (field for guard in self.guards for field in lists_in(guard))
        return frozenset(self.storage.slot(field) for field in (*stepped, *asked))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The constants that matter, by name."""
        expressions = [
            self.lifecycle.tables,
            *(value for operation in self.operations for value in expressions_of(operation)),
            *(value for guard in self.guards for value in compared(guard)),
        ]
        return tuple(sorted({name for expression in expressions for name in constants_in(expression)}))

    def locks_guarding(self, field: FieldRef) -> tuple[str, ...]:
        """The locks that whoever links or unlinks through a field has to hold."""
        return locks_guarding(self.lifecycle, self.storage, field)

    def is_stored(self, name: str) -> bool:
        """Is the variable kept in the page (and not a ghost)?"""
        return not isinstance(self.lifecycle.variable(name), GhostFlag | GhostCounter)

    def is_page_flag(self, name: str) -> bool:
        """Is the variable a flag of the page?"""
        return isinstance(self.lifecycle.variable(name), Flag)
