"""What was worked out: kept in a folder, for the other processes of a run and for later runs, or packed into a file
that goes with a model.

Entries are JSON, compressed, under the digest of a question. Nothing read here is to be believed: a file may be cut
off, old, or written by somebody else, and whoever takes an entry out checks what it says.
"""

from __future__ import annotations

import json
import lzma
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Protocol

# No entry comes near it; what is larger was not written here.
_LARGEST = 32 << 20


class Store(Protocol):
    """Entries by key. Keys are made of hexadecimal digits."""

    def get(self, key: str) -> object | None:
        """The entry, a value of JSON, or None."""

    def put(self, key: str, entry: object) -> None:
        """Keep an entry, in place of any other."""

    def drop(self, key: str) -> None:
        """Throw an entry away."""


class Nothing:
    """Keeps nothing."""

    def get(self, key: str) -> object | None:
        """Nothing is there."""
        return None

    def put(self, key: str, entry: object) -> None:
        """Forgets it at once."""

    def drop(self, key: str) -> None:
        """There is nothing to throw away."""


class Folder:
    """A store in a folder, shared by any number of processes: an entry is there as a whole or not at all.

    A folder that cannot be read or written keeps nothing, which costs time and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, key: str) -> object | None:
        """The entry, a value of JSON; None if there is none, or what is there is damaged."""
        file = self._file(key)
        try:
            with file.open("rb") as opened:
                content = opened.read(_LARGEST)
        except OSError:
            return None
        digest, _, body = content.partition(b"\n")
        try:
            if digest.decode("ascii") != _digest(key, body):
                raise ValueError("damaged")
            entry: object = json.loads(zlib.decompressobj().decompress(body, _LARGEST))
        except (ValueError, RecursionError, zlib.error):
            self.drop(key)
            return None
        with suppress(OSError):
            # What is used stays: see `prune`.
            os.utime(file)
        return entry

    def put(self, key: str, entry: object) -> None:
        """Keep an entry, in place of any other."""
        body = zlib.compress(_text(entry).encode())
        file = self._file(key)
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as opened:
                    opened.write(_digest(key, body).encode() + b"\n" + body)
                os.replace(name, file)
            except BaseException:
                os.unlink(name)
                raise

    def drop(self, key: str) -> None:
        """Throw an entry away."""
        with suppress(OSError):
            self._file(key).unlink()

    def _file(self, key: str) -> Path:
        return self.path / key[:2] / f"{key[2:]}.entry"


class Packed:
    """The entries of a file that `pack` wrote; it is read when the first of them is asked for, and never changed."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _lines(self) -> dict[str, bytes]:
        try:
            with lzma.open(self._file) as opened:
                content = opened.read(_LARGEST)
        except (OSError, EOFError, lzma.LZMAError):
            return {}
        lines = (line.partition(b" ") for line in content.splitlines())
        return {key.decode("ascii", "replace"): body for key, _, body in lines}

    def get(self, key: str) -> object | None:
        """The entry, a value of JSON; None if there is none, or what is there is damaged."""
        body = self._lines.get(key)
        if body is None:
            return None
        try:
            entry: object = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return entry

    def put(self, key: str, entry: object) -> None:
        """Nothing is put there."""

    def drop(self, key: str) -> None:
        """Forgets it for as long as this value lives."""
        self._lines.pop(key, None)


@dataclass(frozen=True)
class Layered:
    """Asks `given` first and keeps what is new in `own`; with `copying` also what was found in `given`."""

    given: Store
    own: Store
    copying: bool = False

    def get(self, key: str) -> object | None:
        """The entry of the first that has one."""
        entry = self.given.get(key)
        if entry is None:
            return self.own.get(key)
        if self.copying:
            self.own.put(key, entry)
        return entry

    def put(self, key: str, entry: object) -> None:
        """Keep an entry."""
        self.own.put(key, entry)

    def drop(self, key: str) -> None:
        """Throw an entry away wherever it is."""
        self.given.drop(key)
        self.own.drop(key)


def pack(folder: Path, file: Path) -> None:
    """Write all entries of a `Folder` into a file: equal entries make equal bytes. Raises OSError."""
    store = Folder(folder)
    keys = sorted(Path(path).parent.name + Path(path).stem for _, _, path in _files(folder))
    entries = ((key, store.get(key)) for key in keys)
    lines = [f"{key} {_text(entry)}\n" for key, entry in entries if entry is not None]
    written = file.with_name(f".{file.name}.new")
    with lzma.open(written, "wb", preset=6) as opened:
        opened.write("".join(lines).encode())
    os.replace(written, file)


def _text(entry: object) -> str:
    return json.dumps(entry, separators=(",", ":"))


def prune(folder: Path, most: int) -> None:
    """Delete the files that were not used for longest, until the others have no more than `most` bytes together."""
    found = sorted(_files(folder), reverse=True)
    total = 0
    for _, size, path in found:
        total += size
        if total > most:
            with suppress(OSError):
                os.unlink(path)


def _files(folder: Path) -> Iterator[tuple[float, int, str]]:
    """When each file was used last, its size, and its path."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            try:
                about = os.stat(path)
            except OSError:
                continue
            yield about.st_mtime, about.st_size, path


def _digest(key: str, body: bytes) -> str:
    return sha256(key.encode() + b"\n" + body).hexdigest()
