"""Where the files of a kernel tree come from: whatever reads them by their paths, as a folder does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from modelcheck.tree.faults import not_text, unreadable

# The largest header of a kernel that is not generated from registers has some hundred kilobytes.
MAX_BYTES = 4 << 20


class Files(Protocol):
    """The files of one kernel tree."""

    @property
    def label(self) -> str:
        """The tree, for messages."""

    def read(self, path: str) -> str | None:
        """The text of a file, or None where there is no such file.

        `path` is relative to the top of the tree, with `/`. Raises InputError for what cannot be read or is no text: a
        folder CA411, a side of the gate codes of its own.
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
