"""Where the files of a kernel tree come from: a folder, a commit, or either of them with some files changed."""

from __future__ import annotations

import subprocess
import weakref
from collections.abc import Mapping
from contextlib import suppress
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

    def __reduce__(self) -> tuple[object, tuple[Path, str]]:
        # A process that answers questions cannot be sent to another process.
        return GitCommit, (self.repository, self.ref)

    @cached_property
    def commit(self) -> str:
        """The commit's full name."""
        command = ["git", "-C", str(self.repository), "rev-parse", "--verify", "--quiet", "--end-of-options"]
        try:
            found = subprocess.run([*command, f"{self.ref}^{{commit}}"], capture_output=True, check=False)
        except OSError as error:
            why = f"git cannot be run ({error.strerror})"
            raise unknown_commit(self.ref, str(self.repository), why) from None
        if found.returncode:
            raise unknown_commit(self.ref, str(self.repository), found.stderr.decode(errors="replace"))
        return found.stdout.decode().strip()

    def read(self, path: str) -> str | None:
        """See `Files.read`."""
        if not _is_inside(path) or "\n" in path:
            return None
        name = f"{self.label}:{path}"
        try:
            data = self._objects.read(f"{self.commit}:{path}")
        except (OSError, ValueError):
            raise unreadable(name, "git does not answer") from None
        return None if data is None else _text(data, name)

    @cached_property
    def _objects(self) -> _Objects:
        return _Objects(self.repository)


class _Objects:
    """The objects of a repository, asked for one by one: several hundred headers are read, so by one process."""

    def __init__(self, repository: Path) -> None:
        # A file that is not there is told from a broken repository, and symbolic links are followed.
        command = ["git", "-C", str(repository), "cat-file", "--batch", "--follow-symlinks"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._end = weakref.finalize(self, _finish, self._process)

    def read(self, name: str) -> bytes | None:
        """What is in a file; None for what is no file. OSError or ValueError where git fails."""
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None and answers is not None
        given.write(f"{name}\n".encode())
        given.flush()
        head = answers.readline()
        words = head.split()
        if head.endswith(b" missing\n"):
            return None
        # `OBJECT KIND SIZE`, or for links that lead nowhere `dangling SIZE` and the like; then what was asked about.
        size = int(words[-1]) if words else -1
        data = answers.read(size + 1)
        if size < 0 or len(data) != size + 1:
            raise OSError("git ended early")
        return data[:-1] if words[1:2] == [b"blob"] else None


def _finish(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


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
