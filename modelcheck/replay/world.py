"""A life cycle in one concrete configuration: what the interpreter needs to know and never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import ConstantRef, Holds, IntExpr, Number, Sum, Tables
from modelcheck.model.program import (
    Action,
    End,
    Lifecycle,
    Node,
    Path,
    Reader,
    Target,
    ToNode,
    ToPath,
    Transition,
    passed,
)
from modelcheck.model.variables import Counter, ExternalLock, Flag, GhostCounter, GhostFlag, Value, Variable
from modelcheck.replay.fields import fields_of, paths_of
from modelcheck.replay.overlay import Overlay, PlaceOf, overlay_of
from modelcheck.replay.state import GONE, UNBORN, Cell, Lock, Position, State, Table

MOST_TABLES = 4096


class ReplayError(Exception):
    """A run that the model does not allow: a move that is not possible, or a setting that makes no sense."""


@dataclass(frozen=True, eq=False)
class World:
    """A life cycle over the bytes of one configuration.

    `cells` names the stored variables in the order of `State.values`; `cell_of` maps every stored variable to its
    cell (two names of one field share one). `code` holds all paths by key. `holds` answers conditions over the
    configuration. `reader_bound` is how many readers `enabled` lets in at the same time.
    """

    lifecycle: Lifecycle
    constants: Mapping[str, int]
    holds: Holds = field(repr=False)
    overlay: Overlay
    code: dict[str, Path] = field(repr=False)
    variables: dict[str, Variable] = field(repr=False)
    cells: tuple[str, ...]
    cell_of: dict[str, str] = field(repr=False)
    table_count: int
    reader_bound: int = 2

    def initial(self) -> State:
        """Before the page is allocated: all tables unborn, ghosts at their start."""
        locks = sorted((v.name, Lock(alive=True)) for v in self.variables.values() if isinstance(v, ExternalLock))
        return State(
            phase="before",
            owners=(None,) * self.overlay.size,
            values=tuple(_initial(self.variables[name]) for name in self.cells),
            links=(),
            locks=tuple(locks),
            tables=(Table(UNBORN),) * self.table_count,
        )

    def node(self, position: Position) -> Node:
        """The node that an actor stands before (or, while it waits, has run)."""
        return self.code[position.code].nodes[position.node]

    def arrive(self, code: str, target: Target, inner: bool) -> tuple[Position | str | None, bool]:
        """Where a jump from inside `code` leads: a position, the name of a state, or None for the end; and whether it
        is inside an atomic block, which `inner` says that the jump is.

        Paths without nodes are followed at once, as is an `if` that the configuration decides; where such `if`s lead
        around in a circle, the jump ends at the first that is come to again. Raises ReplayError if paths without nodes
        lead around in a circle.
        """
        empty: set[str] = set()
        seen: set[Position] = set()
        while True:
            match target:
                case ToNode(index):
                    position = Position(code, index)
                    node = self.node(position)
                    taken = passed(node, self.holds)
                    if taken is None or position in seen:
                        return position, inner
                    seen.add(position)
                    empty.clear()
                    inner = inner and node.holds
                    target = taken
                case ToPath(name):
                    if name in empty:
                        raise ReplayError(f"path `{name}` has no steps and leads back to itself")
                    empty.add(name)
                    code = f"path:{name}"
                    target = self.code[code].entry
                case End():
                    return None, False
                case _:
                    return target.state, False

    def transitions(self, state: str) -> tuple[Transition, ...]:
        """The transitions of a state; none for `unborn` and `gone`."""
        return next((s.transitions for s in self.lifecycle.states if s.name == state), ())

    def admitted(self, state: str) -> frozenset[str]:
        """The kinds of readers that may come into a table in a state."""
        return next((s.readers for s in self.lifecycle.states if s.name == state), frozenset())

    def reader(self, kind: str) -> Reader | None:
        """The kind of reader of that name."""
        return next((r for r in self.lifecycle.readers if r.name == kind), None)

    def action(self, name: str) -> Action | None:
        """The action of that name."""
        return next((a for a in self.lifecycle.actions if a.name == name), None)

    def is_state(self, name: str) -> bool:
        """Is there such a state, declared or built in?"""
        return name in (UNBORN, GONE) or any(s.name == name for s in self.lifecycle.states)


def build_world(
    lifecycle: Lifecycle,
    constants: Mapping[str, int],
    place: PlaceOf,
    holds: Holds,
    reader_bound: int = 2,
) -> World:
    """Put a life cycle over the bytes of one configuration.

    `place` says where a field lies (None: this configuration has no such field). `constants`
    has a value for every constant that the life cycle uses. Raises ReplayError if the life cycle does not exist in this
    configuration, a constant has no value, or the number of tables is negative or above `MOST_TABLES`.
    """
    if not holds(lifecycle.condition):
        raise ReplayError(f"life cycle `{lifecycle.name}` does not exist in this configuration")
    overlay = overlay_of(fields_of(lifecycle), lifecycle.same, lifecycle.struct, place)
    variables = {variable.name: variable for variable in lifecycle.variables}
    cell_of = _cells(lifecycle.variables, overlay)
    count = _table_count(lifecycle.tables, constants)
    if not 0 <= count <= MOST_TABLES:
        raise ReplayError(f"{count} tables: the number of tables must be between 0 and {MOST_TABLES}")
    return World(
        lifecycle=lifecycle,
        constants=dict(constants),
        holds=holds,
        overlay=overlay,
        code=paths_of(lifecycle),
        variables=variables,
        cells=tuple(dict.fromkeys(cell_of.values())),
        cell_of=cell_of,
        table_count=count,
        reader_bound=reader_bound,
    )


def _cells(variables: Iterable[Variable], overlay: Overlay) -> dict[str, str]:
    first: dict[tuple[str, FieldRef], str] = {}
    cells: dict[str, str] = {}
    for variable in variables:
        match variable:
            case Counter(name, ref) | Value(name, ref):
                cells[name] = first.setdefault((type(variable).__name__, overlay.representative(ref)), name)
            case Flag(name) | GhostFlag(name) | GhostCounter(name):
                cells[name] = name
    return cells


def _initial(variable: Variable) -> Cell:
    match variable:
        case GhostFlag(_, initial) | GhostCounter(_, initial):
            return initial
        case Flag():
            return False
        case Value():
            return ""
        case _:
            return 0


def constant(constants: Mapping[str, int], name: str) -> int:
    """The value of a constant; ReplayError where the run gives it none."""
    if name not in constants:
        raise ReplayError(f"constant `{name}` has no value in this run")
    return constants[name]


def _table_count(expression: IntExpr, constants: Mapping[str, int]) -> int:
    match expression:
        case Number(value):
            return value
        case ConstantRef(name):
            return constant(constants, name)
        case Sum(left, right, negative):
            amount = _table_count(right, constants)
            return _table_count(left, constants) + (-amount if negative else amount)
        case Tables():
            raise ReplayError("the number of tables is given in terms of itself")
        case _:
            raise ReplayError("the number of tables may depend on numbers and constants only")
