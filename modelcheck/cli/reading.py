"""From names on the command line to units, with everything that is wrong with any of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from modelcheck.cli.catalogue import find_models, shipped
from modelcheck.cli.commands import COMMANDS
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.model.unit import Unit


@dataclass(frozen=True)
class Loaded:
    """A unit, the file it comes from, what to type to name that file, and whether it comes with the program.

    `tree` is the kernel tree that its structs were read from, empty for none; `notes` say how.
    """

    unit: Unit
    file: Path
    name: str
    is_shipped: bool
    tree: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """What could be read, and what is wrong with the rest."""

    loaded: tuple[Loaded, ...]
    diagnostics: tuple[Diagnostic, ...]


def read_models(names: Sequence[str], kernels: Sequence[str], extra: Sequence[Path] = ()) -> Read:
    """Read what names mean; `extra` are files of proposals that are read with each of them.

    Raises InputError if a name means nothing: whoever mistypes one does not want the others checked.
    """
    found = find_models(names, kernels, shipped(), [command.name for command in COMMANDS])
    if found.diagnostics:
        raise InputError(found.diagnostics)
    return read_files(found.files, extra)


def read_files(files: Sequence[Path], extra: Sequence[Path] = ()) -> Read:
    """Read files. A fault that several of them meet in the same included file is reported once."""
    from modelcheck.resolve import load_unit

    loaded: list[Loaded] = []
    diagnostics: list[Diagnostic] = []
    with _nothing_collected():
        for file in files:
            try:
                unit = load_unit(file, extra=tuple(extra if is_ours(file) else _unless_declared(file, extra)))
            except InputError as error:
                diagnostics += [d for d in error.diagnostics if d not in diagnostics]
            else:
                ours = is_ours(file)
                loaded.append(Loaded(unit, file, file.stem if ours else str(file), ours))
    return Read(tuple(loaded), tuple(diagnostics))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without garbage collection. Nearly all that is made while models are read stays, and is looked through each time:
    a sixth of the time for all models, for 2 of 75 MiB."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def is_ours(file: Path) -> bool:
    """Is this an architecture that comes with the program?"""
    return file.suffix == ".arch" and file.is_relative_to(shipped().folder)


def _unless_declared(file: Path, extra: Sequence[Path]) -> list[Path]:
    """A file that declares a proposal of the same name as one that comes with the program means its own."""
    from modelcheck.resolve import load_unit

    own = {proposal.name for proposal in load_unit(file).proposals} if extra else set()
    folder = shipped().folder / "proposals"
    return [each for each in extra if each.parent != folder or each.stem not in own]
