"""The headers that a file includes, and those that they include, in the order in which a compiler reads them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from modelcheck.tree.faults import no_tree
from modelcheck.tree.files import Files
from modelcheck.tree.headers import Header

Time = tuple[int, int]
"""When a place is read: a number that grows with every file that is entered or left, and the offset in its file."""

_BOUNDS = "generated/bounds.h"


@dataclass(frozen=True)
class Site:
    """A place of a header."""

    header: Header
    offset: int


class Closure:
    """Headers by path, each as it is where it is read first. `folder` is the architecture's in `arch/`.

    Raises InputError (CA410) where the numbers that a build generates for headers cannot be known.
    """

    def __init__(self, files: Files, folder: str, roots: Sequence[str]) -> None:
        self.files = files
        self.folder = folder
        self.headers: dict[str, Header] = {}
        self.includers: dict[str, list[Site]] = {}
        self.roots = tuple(roots)
        self._segments: dict[str, tuple[list[int], list[int]]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._texts: dict[str, str | None] = {}
        self._now = 0
        for root in roots:
            self._enter(root)

    def time(self, header: Header, offset: int) -> Time:
        """When a place is read."""
        offsets, times = self._segments[header.path]
        return times[bisect_right(offsets, offset) - 1], offset

    def reading(self, time: Time) -> str:
        """The header that is read at a time; empty behind the end."""
        return self._readers.get(time[0], "")

    @cached_property
    def _readers(self) -> Mapping[int, str]:
        return {number: path for path, (_, times) in self._segments.items() for number in times}

    @property
    def end(self) -> Time:
        """After everything."""
        return self._now + 1, 0

    def _enter(self, root: str) -> None:
        """Depth first, without recursion: a chain of includes may be long."""
        if root in self.headers or not self._load(root):
            return
        waiting = [(self.headers[root], iter(self.headers[root].includes))]
        while waiting:
            header, includes = waiting[-1]
            following = next(includes, None)
            if following is None:
                waiting.pop()
                self._now += 1
                if waiting:
                    offsets, times = self._segments[waiting[-1][0].path]
                    times[-1] = self._now
                continue
            offset, name, beside = following
            path = self._find(name, str(PurePosixPath(header.path).parent) if beside else "")
            if path is None:
                if name == _BOUNDS:
                    # Without its numbers `#if`s would quietly go the other way.
                    raise no_tree(self.files.label, *include_paths(name, self.folder))
                continue
            self.includers.setdefault(path, []).append(Site(header, offset))
            if path not in self.headers and self._load(path):
                offsets, times = self._segments[header.path]
                offsets.append(offset + 1)
                times.append(self._now)
                waiting.append((self.headers[path], iter(self.headers[path].includes)))

    def _load(self, path: str) -> bool:
        text = self._read(path)
        if text is None:
            return False
        self._now += 1
        self.headers[path] = Header(path, text, is_bounds=path == "kernel/bounds.c")
        self._segments[path] = ([0], [self._now])
        return True

    def _find(self, name: str, beside: str) -> str | None:
        key = (name, beside)
        if key not in self._found:
            self._found[key] = self._look(name, beside)
        return self._found[key]

    def _look(self, name: str, beside: str) -> str | None:
        candidates = [_plain(f"{beside}/{name}")] if beside else []
        for path in (*candidates, *include_paths(name, self.folder)):
            if self._read(path) is not None:
                return path
        return None

    def _read(self, path: str) -> str | None:
        if path not in self._texts:
            self._texts[path] = self.files.read(path)
        return self._texts[path]


def include_paths(name: str, folder: str) -> tuple[str, ...]:
    """Where `#include <name>` is looked for, nearest first; `folder` is the architecture's in `arch/`.

    A header of an architecture that it has not itself is one of `asm-generic`; which ones, a build reads from Kbuild
    files. The host's headers stand in for those that User Mode Linux has not itself.
    """
    if name == _BOUNDS:
        return ("kernel/bounds.c",)
    own = f"arch/{folder}/include"
    host = ("arch/x86/um",) if folder == "um" else ()
    tops = [own, *host, "include", f"{own}/uapi"]
    paths = [f"{top}/{name}" for top in tops]
    if name.startswith("asm/"):
        rest = name.removeprefix("asm/")
        paths += [f"include/asm-generic/{rest}", f"include/uapi/asm-generic/{rest}"]
    if folder == "um":
        paths.append(f"arch/x86/include/{name}")
    return (*paths, f"include/uapi/{name}")


def _plain(path: str) -> str:
    """A path without `.` and `..`; one that leaves the tree begins with `..` and names nothing."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
