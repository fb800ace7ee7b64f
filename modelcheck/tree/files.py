"""Where the files of a kernel tree come from: a folder, a commit, or either of them with some files changed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

from modelcheck.tree.faults import not_text, unknown_commit, unreadable

# The largest header of a kernel that is not generated from registers has some hundred kilobytes.
MAX_BYTES = 4 << 20


class Files(Protocol):
    """The files of one kernel tree."""

    @property
    def label(self) -> str:
        """The tree, for messages."""

    def read(self, path: str) -> str | None:
        """The text of a file, or None where there is no such file.

        `path` is relative to the top of the tree, with `/`. Raises InputError (CA411) for what cannot be read or is no
        text, and (CA412) where a commit cannot be asked.
        """


@dataclass(frozen=True)
class Directory:
    """A tree that lies in a folder."""

    root: Path

    @property
    def label(self) -> str:
        """The folder as it was given."""
        return str(self.root)

    def read(self, path: str) -> str | None:
        """See `Files.read`."""
        if not _is_inside(path):
            return None
        name = f"{self.label}/{path}"
        try:
            with (self.root / path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise unreadable(name, error.strerror or str(error)) from None
        return _text(data, name)


@dataclass(frozen=True)
class GitCommit:
    """A tree as a commit of a repository has it. Raises InputError (CA412) where there is no such commit."""

    repository: Path
    ref: str

    def __post_init__(self) -> None:
        _ = self.commit

    @property
    def label(self) -> str:
        """The commit as it was asked for."""
        return self.ref

    @cached_property
    def commit(self) -> str:
        """The commit's full name."""
        found = self._git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{self.ref}^{{commit}}"])
        if found.returncode:
            raise unknown_commit(self.ref, str(self.repository), found.stderr.decode(errors="replace"))
        return found.stdout.decode().strip()

    def read(self, path: str) -> str | None:
        """See `Files.read`."""
        if not _is_inside(path) or "\n" in path:
            return None
        name = f"{self.label}:{path}"
        # `--batch` tells a file that is not there from a broken repository, and follows symbolic links.
        asked = f"{self.commit}:{path}\n".encode()
        found = self._git(["cat-file", "--batch", "--follow-symlinks"], asked)
        if found.returncode:
            raise unreadable(name, found.stderr.decode(errors="replace").strip() or "git failed")
        head, _, data = found.stdout.partition(b"\n")
        kind = head.split()[1:2]
        return _text(data.removesuffix(b"\n"), name) if kind == [b"blob"] else None

    def _git(self, arguments: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-C", str(self.repository), *arguments]
        try:
            return subprocess.run(command, input=given, capture_output=True, check=False)
        except OSError as error:
            raise unknown_commit(self.ref, str(self.repository), f"git cannot be run ({error.strerror})") from None


@dataclass(frozen=True)
class Overlaid:
    """A tree in which some files have another text, or (None) are gone."""

    base: Files
    changed: Mapping[str, str | None] = field(repr=False)

    @property
    def label(self) -> str:
        """That of the tree underneath."""
        return self.base.label

    def read(self, path: str) -> str | None:
        """See `Files.read`."""
        return self.changed[path] if path in self.changed else self.base.read(path)


def _is_inside(path: str) -> bool:
    """A header may be asked for by a path that an `#include` names: never leave the tree by it."""
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts and "\0" not in path


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise unreadable(name, f"it is larger than {MAX_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_text(name, data.count(b"\n", 0, error.start) + 1) from None
