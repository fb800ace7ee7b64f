"""Small units, and what the package makes of them in one configuration."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.configurations.space import Case, Setting, Space
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text
from modelcheck.semantics.context import Context
from modelcheck.semantics.storage import Storage, storage_in


def unit_of(text: str) -> tuple[Unit, Lifecycle]:
    unit = load_text(text)
    (lifecycle,) = unit.lifecycles
    return unit, lifecycle


def case_of(unit: Unit, symbols: Iterable[str] = ()) -> Case:
    """The configuration in which exactly these symbols are set."""
    chosen = tuple((symbol.name, symbol.name in symbols) for symbol in sorted(unit.symbols, key=lambda s: s.name))
    return Space.of(unit).configuration(Setting(unit.abis[0].name, chosen))


def storage_of(text: str, *symbols: str) -> Storage:
    unit, lifecycle = unit_of(text)
    return storage_in(lifecycle, case_of(unit, symbols))


def context_of(text: str, *symbols: str, ways_in: bool = False) -> Context:
    unit, lifecycle = unit_of(text)
    return Context.of(unit, lifecycle, storage_in(lifecycle, case_of(unit, symbols)), ways_in)


def page(path: str) -> FieldRef:
    return FieldRef("page", path)
