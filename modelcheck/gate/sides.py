"""The two versions that are compared: commits, the index, the working tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.gate.git import Blob, Repository

# Headers of kernels that are not generated from registers have some hundred kilobytes.
MAX_BYTES = 4 << 20


Reading = Callable[[str], bytes | None]
"""What a file of a side holds, by its path; None where there is no such file."""


class Side(Protocol):
    """A version of everything in a repository."""

    @property
    def label(self) -> str:
        """The version, for people."""

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every regular file, from the top of the repository on, with `/`."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Read files, as many as one likes. Raises InputError for what cannot be read."""


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

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """See `Side.reading`."""
        with self.repository.blobs() as ask:
            yield lambda path: ask(self.blobs[path]) if path in self.blobs else None


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

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """See `Side.reading`."""
        yield self._read

    def _read(self, path: str) -> bytes | None:
        file = self.repository.top / path
        try:
            return None if file.is_symlink() else file.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise InputError([Diagnostic("CA602", f"cannot read `{file}`: {why}")]) from None


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
    with base.reading() as before, head.reading() as after:
        return Sides(base, head, frozenset(path for path in candidates if before(path) != after(path)))


def _by_path(blobs: Iterable[Blob]) -> dict[str, str]:
    return {blob.path: blob.name for blob in blobs}


def text_of(data: bytes | None, path: str, side: Side) -> str | None:
    """What a file of a side holds, as text; None for a file that is not there. Raises InputError (CA002, CA003)."""
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


def read(side: Side, path: str) -> str | None:
    """The text of one file of a side, as `text_of`."""
    with side.reading() as reading:
        return text_of(reading(path), path, side)
