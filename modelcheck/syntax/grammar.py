"""Loads the Lark grammars, once per process, through a cache in the user's cache folder.

Building LALR tables takes some tenths of a second for a large grammar; reading them back takes a few milliseconds. The
cache is only a cache: without a writable folder the tables are built anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Literal

import lark

from modelcheck.data import data_folder


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/check-arch`, or `~/.cache/check-arch`. It may not exist."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "check-arch"
    except RuntimeError:  # there is no home
        return Path(tempfile.gettempdir()) / "check-arch-without-home"


@cache
def load_grammar(
    name: str, start: tuple[str, ...] = ("start",), lexer: Literal["contextual", "basic"] = "contextual"
) -> lark.Lark:
    """The LALR parser of `grammars/<name>.lark` with these start rules; its trees carry positions.

    Set `CHECK_ARCH_NO_CACHE` in the environment to build it without reading or writing the cache.
    """
    folder = data_folder("grammars")
    stored = None if os.environ.get("CHECK_ARCH_NO_CACHE") else _cache_file(folder, f"{name}-{lexer}", start)
    if stored is not None:
        # A truncated or foreign file makes pickle raise almost anything; the cache must never be why a command fails.
        with contextlib.suppress(Exception), stored.open("rb") as file:
            return lark.Lark.load(file)
    parser = lark.Lark.open(
        str(folder / f"{name}.lark"),
        parser="lalr",
        lexer=lexer,
        start=list(start),
        propagate_positions=True,
        maybe_placeholders=True,
    )
    if stored is not None:
        with contextlib.suppress(OSError, pickle.PicklingError):
            _store(parser, stored)
    return parser


def _cache_file(folder: Path, name: str, start: tuple[str, ...]) -> Path:
    # Grammars import each other, so all of them are part of the key.
    digest = hashlib.sha256(f"{lark.__version__} {sys.version} {start}".encode())
    for path in sorted(folder.glob("*.lark")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return cache_folder() / f"{name}-{digest.hexdigest()[:24]}.lalr"


def _store(parser: lark.Lark, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            parser.save(file)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
