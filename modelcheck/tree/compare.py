"""A model's structs against those of a kernel tree, in every configuration that the model admits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modelcheck.configurations.minimal import minimal_condition
from modelcheck.configurations.space import Case, Setting, Space
from modelcheck.configurations.split import split
from modelcheck.kernel.differences import Difference, canonical, differences
from modelcheck.kernel.structs import KernelField, KernelStruct
from modelcheck.kernel.subjects import subjects
from modelcheck.kernel.used import note_on_used
from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import StructLayout
from modelcheck.model.conditions import Condition, holds
from modelcheck.model.declarations import Declarations
from modelcheck.model.unit import Unit
from modelcheck.resolve.possible import used_fields
from modelcheck.source import Span
from modelcheck.tree.files import Files
from modelcheck.tree.structs import TreeStructs
from modelcheck.tree.units import WHOLE, tree_structs
from modelcheck.tree.version import version_of
from modelcheck.verdict import Condition as Described


@dataclass(frozen=True)
class Placed:
    """A difference, and where the tree declares the field, or else the struct: `file:line`, empty if nowhere."""

    difference: Difference
    place: str


@dataclass(frozen=True)
class Drift:
    """Differences of one struct that are there in the same configurations. `abis` are the targets they are for."""

    struct: str
    abis: tuple[str, ...]
    condition: Described
    differences: tuple[Placed, ...]


@dataclass(frozen=True)
class TreeComparison:
    """A model against one tree.

    `unit` is the model's name, `described` the kernel version it is about; `tree` is what was read, `version` the
    version that it states, or empty. `structs` were compared, in this order, for the targets `abis`. `drifts` is empty
    where the model describes the tree.
    """

    unit: str
    described: str
    tree: str
    version: str
    abis: tuple[str, ...]
    structs: tuple[str, ...]
    drifts: tuple[Drift, ...]
    notes: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def exit_status(self) -> int:
        """0 where the model describes the tree, 5 (DRIFT) where it does not."""
        return 5 if self.drifts else 0


def compare_tree(unit: Unit, files: Files) -> TreeComparison:
    """Compare a model with a tree.

    Raises InputError (CA410 to CA413, CA415) where the tree cannot be read, and where declarations have no meaning in
    some configuration.
    """
    structs = tree_structs(files, unit)
    space = Space.of(replace(unit, symbols=(*unit.symbols, *structs.symbols)))
    theirs = {target.layouts.abi.name: Layouts(structs.declarations, target.layouts.abi) for target in space.targets}
    users = _users(unit)
    question = _Question(unit.declarations, structs.declarations, theirs, users)
    there = {*structs.absent, *(definition.name for definition in structs.declarations.types)}
    names = tuple(name for name in subjects(unit) if name in WHOLE or (name in users and name in there))
    drifts = tuple(drift for name in names for drift in _drifts(question, space, name))
    version = version_of(files)
    found = tuple(placed.difference for drift in drifts for placed in drift.differences)
    notes = [note_on_used(unit, found)] if found else []
    if version and unit.kernel and version != unit.kernel:
        notes.insert(0, f"The model describes Linux {unit.kernel}; the tree is {version}.")
    return TreeComparison(
        unit=unit.name,
        described=unit.kernel,
        tree=files.label,
        version=version,
        abis=tuple(abi.name for abi in unit.abis),
        structs=names,
        drifts=drifts,
        notes=tuple(note for note in notes if note),
        details=_details(structs),
    )


def _details(structs: TreeStructs) -> tuple[str, ...]:
    return tuple(f"{note[:1].upper() + note[1:]}." for note in structs.notes)


@dataclass(frozen=True)
class _Question:
    model: Declarations
    tree: Declarations
    layouts: Mapping[str, Layouts]
    users: Mapping[str, tuple[Condition, ...]]

    def about(self, name: str, case: Case) -> tuple[Placed, ...]:
        # Of other structs a model may leave out what its life cycles do not touch, and where it has none of them.
        if name not in WHOLE and not any(holds(condition, case) for condition in self.users[name]):
            return ()
        ours = case.layout(name) if _exists(self.model, name, case) else None
        theirs = self.layouts[case.abi.name].layout(name, case.symbol) if _exists(self.tree, name, case) else None
        found = differences(name, ours, None if theirs is None else _as_kernel(theirs))
        if name not in WHOLE and ours is not None and theirs is not None:
            found = tuple(each for each in found if each.kind in ("place", "only in the model"))
        return tuple(Placed(each, self.place(each, theirs)) for each in found)

    def place(self, difference: Difference, theirs: StructLayout | None) -> str:
        for field in theirs.fields if theirs is not None and difference.path else ():
            if canonical(field.path) == canonical(difference.path) and field.span is not None:
                return _line(field.span)
        definitions = (*self.tree.of(difference.struct, "struct"), *self.tree.of(difference.struct, "union"))
        return _line(definitions[0].span) if definitions else ""


def _users(unit: Unit) -> Mapping[str, tuple[Condition, ...]]:
    """The structs that life cycles touch, and where there are such life cycles."""
    found: dict[str, tuple[Condition, ...]] = {}
    for lifecycle in unit.lifecycles:
        for struct in {field.struct for field, _ in used_fields(lifecycle)}:
            found[struct] = (*found.get(struct, ()), lifecycle.condition)
    return found


def _exists(declarations: Declarations, name: str, case: Case) -> bool:
    declared = (*declarations.of(name, "struct"), *declarations.of(name, "union"))
    return any(holds(definition.condition, case) for definition in declared)


def _as_kernel(found: StructLayout) -> KernelStruct:
    fields = (KernelField(f.path, f.type, f.type_key, f.offset_bits, f.size_bits, f.bit_field) for f in found.fields)
    return KernelStruct(found.name, found.size, tuple(fields))


def _line(span: Span) -> str:
    return f"{span.source.name}:{span.source.position(span.start)[0]}"


def _drifts(question: _Question, space: Space, name: str) -> list[Drift]:
    """Each difference once, with all that are there in the very same configurations."""
    answers = split(space, lambda case: question.about(name, case))
    settings: dict[Placed, list[int]] = {}
    for index, (_, found) in enumerate(answers):
        for placed in found:
            settings.setdefault(placed, []).append(index)
    grouped: dict[tuple[int, ...], list[Placed]] = {}
    for placed, indices in settings.items():
        grouped.setdefault(tuple(indices), []).append(placed)
    return [_drift(space, name, [setting for setting, _ in answers], *group) for group in grouped.items()]


def _drift(
    space: Space, name: str, settings: Sequence[Setting], indices: tuple[int, ...], found: Sequence[Placed]
) -> Drift:
    here = [settings[index] for index in indices]
    abis = tuple(abi for abi in space.abis if any(setting.abi == abi.name for setting in here))
    names = tuple(abi.name for abi in abis)
    others = [s for index, s in enumerate(settings) if index not in indices and s.abi in names]
    # The targets are said apart from the condition, so it is one for these targets.
    condition = minimal_condition(replace(space, abis=abis), here, others)
    return Drift(name, names, condition, tuple(found))
