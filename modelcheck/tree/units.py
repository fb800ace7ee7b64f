"""A model with the layout of a kernel tree in place of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from modelcheck.configurations.space import Space, contradiction
from modelcheck.diagnostics import Diagnostic, Diagnostics, InputError, Note, did_you_mean
from modelcheck.model.conditions import Condition
from modelcheck.model.declarations import Declarations, FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Absent, Unit
from modelcheck.resolve.checks import check_lifecycle
from modelcheck.resolve.fields import FieldTable
from modelcheck.resolve.possible import never_there, used_fields
from modelcheck.source import Span
from modelcheck.tree.faults import no_struct, no_tree
from modelcheck.tree.files import Files
from modelcheck.tree.folders import folder_of
from modelcheck.tree.structs import HOME, TreeStructs, read_structs

# Every model is about these.
WHOLE = ("page", "ptdesc")


@dataclass(frozen=True)
class TreeUnit:
    """A unit with the structs of a tree, and what a reader has to know of how they were read."""

    unit: Unit
    structs: TreeStructs

    @property
    def notes(self) -> tuple[str, ...]:
        """How the structs were read, in sentences without a full stop."""
        free = ", ".join(f"`{symbol.name}`" for symbol in self.structs.symbols)
        told = (f"the model does not know {free}: the tree asks for it, and it may be set or not",) if free else ()
        return (*self.structs.notes, *told)


def tree_structs(files: Files, unit: Unit) -> TreeStructs:
    """`struct page`, `struct ptdesc`, and what else the life cycles of a model touch, as a tree declares them.

    What the tree lacks is left out.

    Raises InputError (CA410 to CA413, CA415).
    """
    if files.read(HOME) is None:
        raise no_tree(files.label, HOME)
    known = frozenset(symbol.name for symbol in unit.symbols)
    declared = {d.name for d in unit.declarations.types if d.tag}
    touched = {field.struct for lifecycle in (*unit.lifecycles, *unit.proposed) for field, _ in used_fields(lifecycle)}
    wanted = [*(name for name in WHOLE if name in declared), *sorted(touched - {*WHOLE})]
    return read_structs(files, folder_of(unit, files), wanted, known, unit.declarations)


def tree_unit(unit: Unit, files: Files) -> TreeUnit:
    """As `modelcheck.tree.with_tree_layout`, with notes."""
    structs = tree_structs(files, unit)
    # Somebody's private structs may be left out of a tree: what the model says of them stands.
    own = {(d.tag, d.name) for d in structs.declarations.types}
    rest = tuple(d for d in unit.declarations.types if (d.tag, d.name) not in own)
    found = replace(
        unit,
        declarations=Declarations((*structs.declarations.types, *rest)),
        symbols=(*unit.symbols, *structs.symbols),
    )
    return TreeUnit(_without_absent(found, _absent(found, structs)), structs)


def _without_absent(unit: Unit, absent: tuple[Absent, ...]) -> Unit:
    """Without what the tree cannot have. Raises InputError where that is all of it."""
    gone = {(each.lifecycle.name, each.lifecycle.proposal) for each in absent}
    lifecycles = tuple(each for each in unit.lifecycles if (each.name, "") not in gone)
    if unit.lifecycles and not lifecycles:
        report = Diagnostics()
        for fault in (fault for each in absent if not each.lifecycle.proposal for fault in each.faults):
            report.add(fault)
        report.finish()
    return replace(
        unit,
        lifecycles=lifecycles,
        proposed=tuple(each for each in unit.proposed if (each.name, each.proposal) not in gone),
        expectations=tuple(each for each in unit.expectations if (each.lifecycle, each.proposal) not in gone),
        absent=absent,
    )


def _absent(unit: Unit, structs: TreeStructs) -> tuple[Absent, ...]:
    """The life cycles that the tree cannot have. Raises InputError where it cannot have any configuration."""
    lifecycles = (*unit.lifecycles, *unit.proposed)
    table = FieldTable(unit.declarations)
    space = Space.of(unit)
    clash = contradiction(space)
    if clash is not None:
        raise InputError([clash])
    missing = [*_missing_structs(lifecycles, structs), *_missing_fields(lifecycles, structs, table)]
    answers: dict[Condition, bool] = {}
    found: list[Absent] = []
    for lifecycle in lifecycles:
        faults = [(each.reason, each.fault) for each in missing if lifecycle in each.needed]
        if not faults:
            report = Diagnostics(limit=sys.maxsize)
            check_lifecycle(lifecycle, table, report)
            wrong = (*report.found, *never_there(lifecycle, space, table, answers))
            faults = [(each.message, each) for each in wrong]
        if faults:
            found.append(Absent(lifecycle, faults[0][0], tuple(fault for _, fault in faults)))
    return tuple(found)


@dataclass(frozen=True)
class _Missing:
    """Something that the tree does not have, and which life cycles need it."""

    needed: tuple[Lifecycle, ...]
    reason: str
    fault: Diagnostic


def _missing_structs(lifecycles: Sequence[Lifecycle], structs: TreeStructs) -> Iterator[_Missing]:
    touched = [(each, {field.struct for field, _ in used_fields(each)}) for each in lifecycles]
    for name in structs.absent:
        needed = tuple(lifecycle for lifecycle, names in touched if name in names)
        if needed:
            fault = no_struct(structs.label, name, _names(needed))
            yield _Missing(needed, f"this tree has no `struct {name}`", fault)


def _missing_fields(lifecycles: Sequence[Lifecycle], structs: TreeStructs, table: FieldTable) -> Iterator[_Missing]:
    """Each field that some life cycle uses and the tree's struct does not have."""
    needed: dict[FieldRef, list[tuple[Lifecycle, Span]]] = {}
    for lifecycle in lifecycles:
        for field, span in used_fields(lifecycle):
            if table.has_struct(field.struct) and not table.find(field):
                needed.setdefault(field, []).append((lifecycle, span))
    for field, uses in needed.items():
        struct = next((d for d in structs.declarations.types if d.name == field.struct and d.tag), None)
        if struct is None:
            # The struct itself is missing.
            continue
        who = tuple(lifecycle for lifecycle, _ in uses)
        names = _names(who)
        reason = f"`struct {field.struct}` of this tree has no field `{field.path}`"
        fault = Diagnostic(
            "CA416",
            f"{reason}, which {', '.join(f'`{name}`' for name in names)} {'needs' if len(names) == 1 else 'need'}",
            struct.span,
            "declared here",
            (Note("used here", uses[0][1]),),
            did_you_mean(field.path, table.paths(field.struct)),
        )
        yield _Missing(who, reason, fault)


def _names(lifecycles: Sequence[Lifecycle]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in lifecycles))
