"""Where the models are: kernels, architectures, proposals, by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck.data import data_folder
from modelcheck.diagnostics import Diagnostic, did_you_mean

_SUFFIXES = (".arch", ".litmus", ".layout", ".abi", ".proposal")
_ARCH_ITEM = re.compile(r"^[ \t]*arch[ \t]+\w", re.MULTILINE)


@dataclass(frozen=True)
class Catalogue:
    """The folder with one folder for each kernel version, and `proposals`."""

    folder: Path

    def kernels(self) -> tuple[str, ...]:
        """The versions there are models of, oldest first."""
        names = [p.name for p in self.folder.iterdir() if p.is_dir() and re.fullmatch(r"\d+(\.\d+)*", p.name)]
        return tuple(sorted((n for n in names if self.architectures(n)), key=_version))

    def newest(self) -> str:
        """The newest kernel, or "" if there is no model at all."""
        kernels = self.kernels()
        return kernels[-1] if kernels else ""

    def architectures(self, kernel: str) -> tuple[str, ...]:
        """The architectures of a kernel. A file without an `arch` item is only there to be included by others."""
        return tuple(
            sorted(
                path.stem
                for path in (self.folder / kernel).glob("*.arch")
                if _ARCH_ITEM.search(path.read_text(encoding="utf-8", errors="replace"))
            )
        )

    def kernel_architectures(self) -> Mapping[str, tuple[str, ...]]:
        """Every kernel version that is known, modelled or not, and the models that describe all its architectures."""
        found = tomllib.loads((self.folder / "architectures.toml").read_text(encoding="utf-8"))
        parts: Mapping[str, list[str]] = found["parts"]
        return {
            kernel: tuple(part for name in names for part in parts.get(name, [name]))
            for kernel, names in found["kernels"].items()
        }

    def proposals(self) -> tuple[str, ...]:
        """The what-ifs that come with the program."""
        return tuple(sorted(path.stem for path in (self.folder / "proposals").glob("*.proposal")))

    def model(self, name: str, kernel: str) -> Path:
        """The file of an architecture."""
        return self.folder / kernel / f"{name}.arch"


@dataclass(frozen=True)
class Found:
    """Files to check, and what is wrong with the names that have none."""

    files: tuple[Path, ...]
    diagnostics: tuple[Diagnostic, ...]


def shipped() -> Catalogue:
    """What comes with the program. Raises FileNotFoundError where the installation is incomplete."""
    return Catalogue(data_folder("archs"))


def is_file_name(name: str) -> bool:
    """Does this mean a file, and not an architecture?"""
    return "/" in name or name.endswith(_SUFFIXES)


def find_models(names: Sequence[str], kernels: Sequence[str], catalogue: Catalogue, commands: Sequence[str]) -> Found:
    """The files that names on the command line mean, in their order; no name means every architecture.

    `kernels` empty means the newest. `commands` are words for which a mistyped name may have been meant.
    """
    known = catalogue.kernels()
    diagnostics: list[Diagnostic] = []
    wanted = list(kernels) or [catalogue.newest()]
    for kernel in kernels:
        if kernel not in known:
            hint = did_you_mean(kernel, known) or f"there are: {', '.join(known)}"
            diagnostics.append(Diagnostic("CA603", f"there is no model of kernel {kernel}", help=hint))
    wanted = [kernel for kernel in wanted if kernel in known]
    files: list[Path] = []
    if not names:
        files = [catalogue.model(name, kernel) for kernel in wanted for name in catalogue.architectures(kernel)]
        if not files and not diagnostics:
            diagnostics.append(Diagnostic("CA603", f"there is no architecture in {catalogue.folder}"))
    for name in names:
        if is_file_name(name):
            if Path(name).is_file():
                files.append(Path(name))
            else:
                diagnostics.append(Diagnostic("CA602", f"there is no file `{name}`"))
            continue
        having = [kernel for kernel in wanted if name in catalogue.architectures(kernel)]
        files += [catalogue.model(name, kernel) for kernel in having]
        if wanted and not having:
            diagnostics.append(_unknown(name, wanted, catalogue, commands))
    return Found(tuple(dict.fromkeys(files)), tuple(diagnostics))


def find_proposals(names: Sequence[str], catalogue: Catalogue) -> Found:
    """The files of proposals that are not declared in the models themselves.

    A name without a file is left to the models; whether they have it is known only when they are read.
    """
    files: list[Path] = []
    diagnostics: list[Diagnostic] = []
    for name in names:
        if is_file_name(name):
            if Path(name).is_file():
                files.append(Path(name))
            else:
                diagnostics.append(Diagnostic("CA602", f"there is no file `{name}`"))
        elif name in catalogue.proposals():
            files.append(catalogue.folder / "proposals" / f"{name}.proposal")
    return Found(tuple(dict.fromkeys(files)), tuple(diagnostics))


def _unknown(name: str, kernels: Sequence[str], catalogue: Catalogue, commands: Sequence[str]) -> Diagnostic:
    known = sorted({a for kernel in kernels for a in catalogue.architectures(kernel)})
    hint = did_you_mean(name, [*known, *commands])
    if not hint and Path(name).is_file():
        hint = f"to check the file, write `./{name}`"
    where = f"of kernel {' or '.join(kernels)}"
    others = [k for k in catalogue.kernels() if name in catalogue.architectures(k)]
    if others:
        hint = f"there is one for kernel {', '.join(others)}: use `--kernel {others[-1]}`"
    hint = hint or f"there are: {', '.join(known)}"
    return Diagnostic("CA603", f"there is no architecture `{name}` {where}", help=hint)


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("."))
