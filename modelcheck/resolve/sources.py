"""Includes: which files belong to a unit, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck.data import data_folder
from modelcheck.diagnostics import Diagnostic, Diagnostics, InputError, Note, did_you_mean
from modelcheck.source import SourceText, Span
from modelcheck.syntax import ast, parse, read


@dataclass(frozen=True)
class PlacedItem:
    """An item, how many includes away from the first file it stands, and whether it came with an extra file."""

    item: ast.Item
    distance: int
    extra: bool


@dataclass(frozen=True)
class Sources:
    """All items in the order in which they count, and the names of the files as they were found."""

    first: SourceText
    items: tuple[PlacedItem, ...]
    files: tuple[str, ...]


def gather(
    first: SourceText, path: Path | None, extra: Sequence[Path], report: Diagnostics, top: Path | None = None
) -> Sources:
    """Parse a text and everything it includes. Faults are reported; what could be read is returned.

    `path` is where the text was read from, None for a text that is no file. Files below the folder `top` are named
    from there on.
    """
    reader = _Reader(report, top)
    reader.file(first, path, ())
    for another in extra:
        reader.extra = True
        try:
            reader.file(read(another, shown(another, top)), another, ())
        except InputError as error:
            reader.take(error)
    return Sources(first, tuple(reader.items), tuple(reader.files))


class _Reader:
    def __init__(self, report: Diagnostics, top: Path | None) -> None:
        self.report = report
        self.top = top
        self.items: list[PlacedItem] = []
        self.files: list[str] = []
        self.seen: set[Path] = set()
        self.extra = False

    def take(self, error: InputError) -> None:
        for diagnostic in error.diagnostics:
            self.report.add(diagnostic)

    def file(self, source: SourceText, path: Path | None, open_files: tuple[tuple[Path, Span], ...]) -> None:
        if path is not None:
            self.seen.add(path.resolve())
        self.files.append(source.name)
        try:
            tree = parse(source)
        except InputError as error:
            self.take(error)
            return
        for item in tree.items:
            if isinstance(item, ast.IncludeItem):
                self.include(item, path, open_files)
            else:
                self.items.append(PlacedItem(item, len(open_files), self.extra))

    def include(self, item: ast.IncludeItem, path: Path | None, open_files: tuple[tuple[Path, Span], ...]) -> None:
        wanted = item.path.text
        found = _find(wanted, path)
        if found is None:
            near = {p.name for folder in _folders(path) for p in _listing((folder / wanted).parent)}
            self.report.add(
                Diagnostic(
                    "CA020",
                    f"included file `{wanted}` was not found",
                    item.path.span,
                    "looked for beside this file, in the folder above, and in the shipped `archs/`",
                    help=did_you_mean(Path(wanted).name, near),
                )
            )
            return
        resolved = found.resolve()
        here = (*open_files, (path.resolve(), item.path.span)) if path is not None else open_files
        for at, (open_path, span) in enumerate(here):
            if open_path == resolved:
                notes = tuple(Note("which was included here", s) for _, s in here[at:-1]) or ()
                message = (
                    f"`{wanted}` includes itself"
                    if span is item.path.span
                    else f"`{wanted}` is part of a cycle of includes"
                )
                self.report.add(Diagnostic("CA021", message, item.path.span, notes=notes))
                return
        if resolved in self.seen:
            return
        try:
            source = read(found, shown(found, self.top), item.path.span)
        except InputError as error:
            self.take(error)
            return
        self.file(source, found, here or ((resolved, item.path.span),))


def shipped_proposals() -> frozenset[str]:
    """The names of the proposals in `archs/proposals`, each of which lies in a file of its name."""
    return frozenset(found.stem for found in _listing(data_folder("archs") / "proposals"))


def _folders(path: Path | None) -> tuple[Path, ...]:
    beside = () if path is None else (path.parent, path.parent / "..")
    return (*beside, data_folder("archs"))


def _find(wanted: str, path: Path | None) -> Path | None:
    try:
        return next((f / wanted for f in _folders(path) if wanted and (f / wanted).is_file()), None)
    except (OSError, ValueError):
        return None


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:1000]
    except (OSError, ValueError):
        return []


def shown(found: Path, top: Path | None = None) -> str:
    """The path without `folder/..`, as a person would write it; below the folder `top`, from there on."""
    parts: list[str] = []
    for part in found.parts:
        if part == ".." and parts and parts[-1] not in ("..", "/"):
            parts.pop()
        else:
            parts.append(part)
    path = Path(*parts) if parts else found
    return str(path.relative_to(top) if top is not None and path.is_relative_to(top) else path)
