"""A model with the layout of a kernel tree in place of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelcheck.diagnostics import Diagnostic, Diagnostics, Note, did_you_mean
from modelcheck.model.declarations import Declarations, FieldRef
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve.checks import check_lifecycle
from modelcheck.resolve.fields import FieldTable
from modelcheck.resolve.possible import check_possible, used_fields
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
    _refuse_missing_structs(unit, structs)
    lifecycles = (*unit.lifecycles, *unit.proposed)
    # Somebody's private structs may be left out of a tree: what the model says of them stands.
    own = {(d.tag, d.name) for d in structs.declarations.types}
    rest = tuple(d for d in unit.declarations.types if (d.tag, d.name) not in own)
    declarations = Declarations((*structs.declarations.types, *rest))
    report = Diagnostics()
    table = FieldTable(declarations)
    for diagnostic in _missing_fields(lifecycles, structs, table):
        report.add(diagnostic)
    report.finish()
    for lifecycle in lifecycles:
        check_lifecycle(lifecycle, table, report)
    found = replace(unit, declarations=declarations, symbols=(*unit.symbols, *structs.symbols))
    check_possible(found, table, report)
    report.finish()
    return TreeUnit(found, structs)


def _refuse_missing_structs(unit: Unit, structs: TreeStructs) -> None:
    touched = {each.name: {field.struct for field, _ in used_fields(each)} for each in unit.lifecycles}
    for name in structs.absent:
        needed = [lifecycle for lifecycle, names in touched.items() if name in names]
        if needed:
            raise no_struct(structs.label, name, needed)


def _missing_fields(lifecycles: tuple[Lifecycle, ...], structs: TreeStructs, table: FieldTable) -> Iterator[Diagnostic]:
    """A diagnostic for each field that some life cycle uses and the tree's struct does not have."""
    needed: dict[FieldRef, dict[str, Span]] = {}
    for lifecycle in lifecycles:
        for field, span in used_fields(lifecycle):
            if table.has_struct(field.struct) and not table.find(field):
                needed.setdefault(field, {}).setdefault(lifecycle.name, span)
    for field, who in needed.items():
        struct = next(d for d in structs.declarations.types if d.name == field.struct and d.tag)
        names = ", ".join(f"`{name}`" for name in who)
        verb = "needs" if len(who) == 1 else "need"
        yield Diagnostic(
            "CA416",
            f"`struct {field.struct}` of this tree has no field `{field.path}`, which {names} {verb}",
            struct.span,
            "declared here",
            (Note("used here", next(iter(who.values()))),),
            did_you_mean(field.path, table.paths(field.struct)),
        )
