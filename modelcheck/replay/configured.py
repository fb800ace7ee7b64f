"""From a saved run's ABI, symbols and constants to a world: lays out the structs in one admitted configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import PlacedField
from modelcheck.model.conditions import Condition, holds
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.replay.world import ReplayError, World, build_world
from modelcheck.trace import Schedule


class _UndecidedError(Exception):
    """A symbol has no value yet."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class _Partial:
    """A configuration in which some symbols are not decided yet."""

    layouts: Layouts
    symbols: Mapping[str, bool]

    def symbol(self, name: str) -> bool:
        if name not in self.symbols:
            raise _UndecidedError(name)
        return self.symbols[name]

    def size_of(self, type_name: str) -> int:
        return self.layouts.size_of(type_name, self.symbol)


def world_of(unit: Unit, lifecycle: Lifecycle, schedule: Schedule, reader_bound: int = 2) -> World:
    """The world that a schedule runs in.

    Symbols that the schedule leaves open get the first values, `n` before `y`, with which every requirement of the unit
    and the life cycle's own condition hold. Raises ReplayError for an ABI, symbol or constant that the unit does not
    have, a constant below its minimum, and an assignment that no admitted configuration agrees with; InputError where
    the declarations have no meaning in that configuration.
    """
    abi = next((abi for abi in unit.abis if abi.name == schedule.abi), None)
    if abi is None:
        raise ReplayError(f"`{unit.name}` is not compiled for `{schedule.abi}`")
    known = {symbol.name for symbol in unit.symbols}
    for name, _ in schedule.symbols:
        if name not in known:
            raise ReplayError(f"`{unit.name}` has no symbol `{name}`")
    minima = {constant.name: constant.minimum for constant in unit.constants}
    for name, value in schedule.constants:
        if name not in minima:
            raise ReplayError(f"`{unit.name}` has no constant `{name}`")
        if value < minima[name]:
            raise ReplayError(f"constant `{name}` is at least {minima[name]}, not {value}")

    layouts = Layouts(unit.declarations, abi)
    demands = (*(requirement.condition for requirement in unit.requirements), lifecycle.condition)
    found = _complete(layouts, dict(schedule.symbols), demands)
    if found is None:
        raise ReplayError("no admitted configuration has the symbols of this run")
    configuration = _Partial(layouts, {**dict.fromkeys(sorted(known), False), **found})

    def place(ref: FieldRef) -> PlacedField | None:
        return layouts.place(ref, configuration.symbol)

    def decide(condition: Condition) -> bool:
        return holds(condition, configuration)

    return build_world(lifecycle, dict(schedule.constants), place, decide, reader_bound)


def _complete(
    layouts: Layouts, symbols: Mapping[str, bool], demands: tuple[Condition, ...]
) -> Mapping[str, bool] | None:
    """More symbols, so that all demands hold whatever the rest is; None if that cannot be."""
    partial = _Partial(layouts, symbols)
    left: list[Condition] = []
    name = ""
    for demand in demands:
        try:
            if not holds(demand, partial):
                return None
        except _UndecidedError as undecided:
            left.append(demand)
            name = name or undecided.name
    if not left:
        return symbols
    for value in (False, True):
        found = _complete(layouts, {**symbols, name: value}, tuple(left))
        if found is not None:
            return found
    return None
