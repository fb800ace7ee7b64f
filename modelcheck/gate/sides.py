"""The two versions that are compared: commits, the index, the working tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.gate.git import Blob, Repository

# Headers of kernels that are not generated from registers have some hundred kilobytes.
MAX_BYTES = 4 << 20


class Side(Protocol):
    """A version of everything in a repository. It also is `modelcheck.tree.files.Files`."""

    @property
    def label(self) -> str:
        """The version, for people."""

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every regular file, from the top of the repository on, with `/`."""

    def read(self, path: str) -> str | None:
        """The text of a file, or None where there is no such file. Raises InputError (CA002, CA003)."""

    def contents(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """What files hold; those that are not there are left out."""


@dataclass(frozen=True)
class Recorded:
    """A version that git keeps: a commit, or the index; `blobs` are its files."""

    label: str
    repository: Repository = field(repr=False)
    blobs: Mapping[str, str] = field(repr=False)
    tree: str = ""

    @cached_property
    def paths(self) -> frozenset[str]:
        """See `Side.paths`."""
        return frozenset(self.blobs)

    def contents(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """See `Side.contents`."""
        names = {path: self.blobs[path] for path in paths if path in self.blobs}
        found = self.repository.contents(names.values())
        return {path: found[name] for path, name in names.items()}

    def read(self, path: str) -> str | None:
        """See `Side.read`."""
        return _read(self, path)


@dataclass(frozen=True)
class WorkingTree:
    """What lies in the working tree: files that git tracks, and new ones whose names match `globs`."""

    label: str
    repository: Repository = field(repr=False)
    globs: tuple[str, ...] = ()

    @cached_property
    def paths(self) -> frozenset[str]:
        """See `Side.paths`."""
        top = self.repository.top
        known = {*self.repository.tracked(), *self.repository.untracked(self.globs)}
        return frozenset(path for path in known if (top / path).is_file() and not (top / path).is_symlink())

    def contents(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """See `Side.contents`."""
        found = {}
        for path in paths:
            file = self.repository.top / path
            try:
                if not file.is_symlink():
                    found[path] = file.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise InputError([Diagnostic("CA602", f"cannot read `{file}`: {why}")]) from None
        return found

    def read(self, path: str) -> str | None:
        """See `Side.read`."""
        return _read(self, path)


@dataclass(frozen=True)
class Sides:
    """What is compared with what; `changed` are the paths of which the two have something else."""

    base: Recorded
    head: Recorded | WorkingTree
    changed: frozenset[str]


def recorded(repository: Repository, label: str, tree: str) -> Recorded:
    """A commit, or a tree, as a side."""
    return Recorded(label, repository, _by_path(repository.files_of(tree)), tree)


def staged(repository: Repository) -> Recorded:
    """The index as a side."""
    return Recorded("the index", repository, _by_path(repository.staged()))


def sides(base: Recorded, head: Recorded | WorkingTree) -> Sides:
    """Two sides, and where they differ."""
    if isinstance(head, Recorded):
        known = base.paths | head.paths
        return Sides(base, head, frozenset(p for p in known if base.blobs.get(p) != head.blobs.get(p)))
    # Times and sizes say less than contents do: a file that was only touched is not changed.
    candidates = {*head.repository.differing(base.tree), *(head.paths - base.paths)}
    before, after = base.contents(candidates), head.contents(candidates)
    return Sides(base, head, frozenset(path for path in candidates if before.get(path) != after.get(path)))


def _by_path(blobs: Iterable[Blob]) -> dict[str, str]:
    return {blob.path: blob.name for blob in blobs}


def _read(side: Side, path: str) -> str | None:
    data = side.contents([path]).get(path)
    if data is None:
        return None
    shown = f"{path} of {side.label}"
    if len(data) > MAX_BYTES:
        raise InputError([Diagnostic("CA003", f"{shown} is larger than {MAX_BYTES >> 20} MiB")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([Diagnostic("CA002", f"{shown} is not UTF-8 (line {line})")]) from None
