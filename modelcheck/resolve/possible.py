"""Whether there is any configuration at all: for the unit, and for each field that a life cycle uses."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.configurations.space import Space, contradiction
from modelcheck.diagnostics import Diagnostic, Diagnostics
from modelcheck.model.conditions import TRUE, All, Any, Condition, describe
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.model.variables import Counter, Value
from modelcheck.resolve.fields import FieldTable
from modelcheck.source import Span


def check_possible(unit: Unit, fields: FieldTable, report: Diagnostics) -> None:
    """Report requirements that contradict each other, and fields that are never there where they are used."""
    space = Space.of(unit)
    clash = contradiction(space)
    if clash is not None:
        report.add(clash)
        return
    answers: dict[Condition, bool] = {}
    for lifecycle in unit.lifecycles:
        for diagnostic in never_there(lifecycle, space, fields, answers):
            report.add(diagnostic)


def never_there(
    lifecycle: Lifecycle, space: Space, fields: FieldTable, answers: dict[Condition, bool]
) -> Iterator[Diagnostic]:
    """Fields that no configuration in which the life cycle exists has. `answers` are those to earlier questions."""
    if lifecycle.condition != TRUE and not space.allows(lifecycle.condition):
        return
    for field, span in used_fields(lifecycle):
        found = fields.find(field)
        if not found or any(f.condition == TRUE for f in found):
            continue
        present = Any(tuple(f.condition for f in found))
        both = All((lifecycle.condition, present))
        if both not in answers:
            answers[both] = space.allows(both)
        if not answers[both]:
            where = "" if lifecycle.condition == TRUE else f" in which `{lifecycle.name}` exists"
            message = f"no configuration{where} has the field `{field}`"
            yield Diagnostic("CA308", message, span, help=f"it is there where `{describe(present)}` holds")


def used_fields(lifecycle: Lifecycle) -> Iterator[tuple[FieldRef, Span]]:
    """Every field that the life cycle itself touches, and where; not what the allocator leaves behind."""
    for variable in lifecycle.variables:
        if isinstance(variable, Counter | Value):
            yield variable.field, variable.span
    paths = [c.path for c in lifecycle.creates] + [a.path for a in lifecycle.actions]
    for path in (*paths, *lifecycle.paths):
        for node in path.nodes:
            yield from ((part, node.span) for part in vars(node.operation).values() if isinstance(part, FieldRef))
    for reader in lifecycle.readers:
        for use in reader.uses:
            yield from ((part, use.span) for part in vars(use.operation).values() if isinstance(part, FieldRef))
