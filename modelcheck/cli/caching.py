"""Where answers are kept: for all processes of a run, and, unless the user does not want that, for later runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import modelcheck
from modelcheck.store import prune

_MOST = 256 << 20
"""What is kept for later runs, in bytes, all versions of the program together."""

_OFTEN = 3600.0
"""Seconds after which it is looked at again how much is kept."""

_DECIDING = ("engine", "semantics", "solver", "trace.py")
"""The parts of the program on which the answer to a question about a system depends."""


def cache_folder(named: str) -> Path:
    """The folder that the user named, or else the user's own, as the XDG Base Directory Specification has it."""
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME", "")
    # The specification says to ignore a path that is not absolute.
    return Path(home if os.path.isabs(home) else os.path.expanduser("~/.cache")) / "check-arch"


def answers_beside(model: Path) -> Path:
    """The file with the answers that go with a model."""
    return model.with_suffix(".answers.xz")


@dataclass(frozen=True)
class Cache:
    """Folders: of answers to questions about systems, and of whole answers about life cycles with their evidence."""

    questions: Path
    answers: Path


@contextmanager
def kept_answers(named: str | None) -> Iterator[Cache]:
    """Folders for the answers of a run. None, or where they cannot be made: such that are gone after the run."""
    folder = None if named is None else _made(cache_folder(named))
    if folder is None:
        with TemporaryDirectory(prefix="check-arch-") as temporary:
            yield Cache(Path(temporary, "questions"), Path(temporary, "answers"))
        return
    yield Cache(folder / f"questions-{deciding()}", folder / f"answers-{program()}")
    _tidy(folder)


@contextmanager
def folder_of_this_run() -> Iterator[str]:
    """A folder that is empty before and gone after the run; "" where none can be made."""
    try:
        made = TemporaryDirectory(prefix="check-arch-")
    except OSError:
        yield ""
        return
    with made as folder:
        yield folder


def deciding() -> str:
    """The digest of what decides in this program: what another version kept is nothing to this one."""
    top = Path(modelcheck.__file__).parent
    files = [file for part in _DECIDING for file in ([top / part] if "." in part else (top / part).glob("*.py"))]
    return _digest(files)


def program() -> str:
    """The digest of all of this program."""
    return _digest(Path(modelcheck.__file__).parent.rglob("*.py"))


def _digest(files: Iterable[Path]) -> str:
    found = sha256()
    for file in sorted(files):
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def _made(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _tidy(folder: Path) -> None:
    """Keep the folder small, now and then."""
    mark = folder / "tidied"
    with suppress(OSError):
        if not mark.exists() or time.time() - mark.stat().st_mtime > _OFTEN:
            prune(folder, _MOST)
            mark.touch()
