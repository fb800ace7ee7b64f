"""What the whole unit declares: symbols, abbreviations, constants, targets and structs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelcheck.diagnostics import Diagnostics
from modelcheck.model.conditions import Condition, Constant, Requirement, Symbol
from modelcheck.model.declarations import Abi, Declarations
from modelcheck.resolve.fields import FieldTable
from modelcheck.syntax.conditions import ReadCondition, expand, undeclared_symbols


@dataclass(frozen=True)
class World:
    """`defines` are expanded: their conditions name only symbols."""

    symbols: Mapping[str, Symbol]
    defines: Mapping[str, Condition]
    constants: Mapping[str, Constant]
    requirements: tuple[Requirement, ...]
    abis: tuple[Abi, ...]
    declarations: Declarations
    fields: FieldTable
    report: Diagnostics

    def condition(self, read: ReadCondition) -> Condition:
        """A condition over declared symbols; an undeclared one is reported."""
        for diagnostic in undeclared_symbols(read.names, [*self.symbols, *self.defines]):
            self.report.add(diagnostic)
        return expand(read.condition, self.defines)
