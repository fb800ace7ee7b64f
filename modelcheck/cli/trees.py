"""Models with the layouts of a kernel tree: what `--tree` makes of the models that are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from modelcheck.cli.arguments import UsageError
from modelcheck.cli.catalogue import is_file_name, shipped
from modelcheck.cli.reading import Loaded, Read, read_models
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.report.wording import listing, structs_of
from modelcheck.verdict import Result, Verdict


def kernels_for(tree: str, names: Sequence[str], kernels: Sequence[str]) -> tuple[str, ...]:
    """Which kernel's models are read for a tree: those asked for, else the nearest that is not newer than the tree.

    Raises InputError where the tree cannot be read.
    """
    if not tree or kernels or any(is_file_name(name) for name in names):
        return tuple(kernels)
    from modelcheck.tree.files import Directory
    from modelcheck.tree.version import nearest, version_of

    found = nearest(version_of(Directory(Path(tree))), shipped().kernels())
    return (found,) if found else ()


def with_tree(read: Read, tree: str) -> Read:
    """The models with the structs of a tree; those that do not go together with it become diagnostics."""
    if not tree:
        return read
    from modelcheck.tree.files import Directory
    from modelcheck.tree.units import tree_unit

    files = Directory(Path(tree))
    loaded: list[Loaded] = []
    diagnostics: list[Diagnostic] = list(read.diagnostics)
    for each in read.loaded:
        try:
            found = tree_unit(each.unit, files)
        except InputError as error:
            diagnostics += [d for d in error.diagnostics if d not in diagnostics]
        else:
            loaded.append(replace(each, unit=found.unit, tree=tree, notes=found.notes))
    return Read(tuple(loaded), tuple(diagnostics))


def tree_notes(loaded: Sequence[Loaded], *, everything: bool) -> list[str]:
    """Whose structs were taken; with `everything`, also how they were read."""
    notes: list[str] = []
    for tree in dict.fromkeys(each.tree for each in loaded if each.tree):
        notes.append(structs_of(tree))
    if everything:
        notes += [f"{each.unit.name}: {note}" for each in loaded for note in each.notes]
    return notes


def absent_notes(results: Sequence[Result], loaded: Sequence[Loaded]) -> list[str]:
    """What was asked for and the tree cannot have, for reports that tell nothing of what is not wrong."""
    absent = {(u.name, u.kernel, e.lifecycle.name) for u in (each.unit for each in loaded) for e in u.absent}
    found: dict[tuple[str, str], list[str]] = {}
    for each in results:
        if each.verdict is Verdict.NOT_APPLICABLE and (each.arch, each.kernel, each.lifecycle) in absent:
            found.setdefault((each.arch, each.reason), []).append(each.lifecycle)
    return [f"{arch}: not applicable: {listing(dict.fromkeys(names))}: {why}" for (arch, why), names in found.items()]


def read_one(name: str, kernel: str, tree: str = "") -> Loaded:
    """Read the one model that a name means, with the structs of a tree if one is given. Raises InputError."""
    read = with_tree(read_models([name], kernels_for(tree, [name], [kernel] if kernel else [])), tree)
    if read.diagnostics:
        raise InputError(read.diagnostics)
    if len(read.loaded) != 1:
        raise UsageError(f"`{name}` does not name one model")
    return read.loaded[0]
