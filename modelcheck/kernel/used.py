"""Which fields a model's verdicts rest on: those that its life cycles touch."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.kernel.differences import Difference
from modelcheck.model.declarations import FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.model.variables import Counter, Value
from modelcheck.semantics.mentions import fields_of


def used_fields(unit: Unit) -> tuple[FieldRef, ...]:
    """Every field that some step, reader or variable of a life cycle of today's code touches; sorted."""
    return tuple(sorted({field for lifecycle in unit.lifecycles for field in used_by(lifecycle)}))


def used_by(lifecycle: Lifecycle) -> Iterator[FieldRef]:
    """Every field that some step, reader or variable of a life cycle touches; some of them several times."""
    for variable in lifecycle.variables:
        if isinstance(variable, Counter | Value):
            yield variable.field
    paths = (*lifecycle.paths, *(c.path for c in lifecycle.creates), *(a.path for a in lifecycle.actions))
    for path in paths:
        for node in path.nodes:
            yield from fields_of(lifecycle, node.operation)
    for reader in lifecycle.readers:
        for use in reader.uses:
            yield from fields_of(lifecycle, use.operation)


def note_on_used(unit: Unit, differences: tuple[Difference, ...]) -> str:
    """What the differences mean for the model's verdicts, as a sentence; empty for a model without life cycles."""
    used = used_fields(unit)
    if not used:
        return ""
    differing = {(d.struct, d.path) for d in differences}
    touched = [f for f in used if any(s == f.struct and _one_in_the_other(p, f.path) for s, p in differing)]
    if touched:
        names = ", ".join(f"`{field}`" for field in touched)
        return f"Verdicts may not hold for this kernel: life cycles use {names}, which differs."
    names = ", ".join(f"`{field}`" for field in used)
    return f"All fields that the life cycles use lie where the model says: {names}."


def _one_in_the_other(left: str, right: str) -> bool:
    return left == right or left.startswith(right + ".") or right.startswith(left + ".")
