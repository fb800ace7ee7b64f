"""The models of each side, read as far as the change can touch them, and which of them belong together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.gate.sides import Side, Sides
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_unit

SUFFIXES = (".arch", ".layout", ".proposal", ".abi", ".litmus")
GLOBS = tuple(f"*{suffix}" for suffix in SUFFIXES)

_ARCH = re.compile(r"^[ \t]*arch[ \t]+\w", re.MULTILINE)
_INCLUDE = re.compile(r'\binclude\s+"([^"\n]*)"')
_PROPOSAL = re.compile(r"^[ \t]*proposal[ \t]+(\w+)", re.MULTILINE)
# Git's own measure for a file that was renamed and edited.
_ALIKE = 0.5


@dataclass(frozen=True)
class Model:
    """A file that can be checked. `unit` is None where it has errors; `file` is the copy that was read."""

    path: str
    unit: Unit | None
    file: Path


@dataclass(frozen=True)
class Pair:
    """A model on both sides; None where a side does not have it."""

    base: Model | None
    head: Model | None

    @property
    def path(self) -> str:
        """Where it is, or was."""
        return self.head.path if self.head else self.base.path if self.base else ""

    @property
    def kernels(self) -> frozenset[str]:
        """The kernels that it describes on either side."""
        return frozenset(each.unit.kernel for each in (self.base, self.head) if each and each.unit)


@dataclass(frozen=True)
class Read:
    """What the change touches.

    `errors` are those of the head; `base_errors` those of the base. `untouched` is how many models the change cannot
    touch, since no file that belongs to them differs.
    """

    pairs: tuple[Pair, ...]
    errors: tuple[Diagnostic, ...]
    base_errors: tuple[Diagnostic, ...]
    untouched: int


@dataclass(frozen=True)
class Texts:
    """The files of the language that a side has, by their paths; `names` are those of the models asked for, if any."""

    files: Mapping[str, str]
    names: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """What can be checked, and is asked for."""
        asked = set(self.names)
        return tuple(each for each in self.all_models if not asked or asked & {each, PurePosixPath(each).stem})

    @property
    def all_models(self) -> tuple[str, ...]:
        """What can be checked: a file without an `arch` item is only there to be included by others."""
        found = [
            path
            for path, text in self.files.items()
            if path.endswith(".litmus") or (path.endswith(".arch") and _ARCH.search(text))
        ]
        return tuple(sorted(found))

    @property
    def proposals(self) -> tuple[str, ...]:
        """The files of what-ifs."""
        return tuple(sorted(path for path in self.files if path.endswith(".proposal")))

    def belonging_to(self, path: str) -> frozenset[str]:
        """A file, and all that it includes as far as the side has them."""
        found: set[str] = set()
        waiting = [path]
        while waiting:
            here = waiting.pop()
            if here in found:
                continue
            found.add(here)
            for wanted in _INCLUDE.findall(self.files[here]):
                folder = PurePosixPath(here).parent
                places = (_plain(folder / wanted), _plain(folder / ".." / wanted))
                waiting += [next((place for place in places if place in self.files), here)]
        return frozenset(found)

    def applied_to(self, path: str) -> tuple[str, ...]:
        """The files of what-ifs that are tried on an architecture: all but those whose names it uses itself."""
        if path.endswith(".litmus"):
            return ()
        belonging = self.belonging_to(path)
        own = {name for each in belonging for name in _PROPOSAL.findall(self.files[each])}
        return tuple(
            each
            for each in self.proposals
            if each in belonging or not own.intersection(_PROPOSAL.findall(self.files[each]))
        )


def texts_of(side: Side) -> Texts:
    """Every file of the language that a side has. What is no text is left for the reader to complain about."""
    paths = sorted(path for path in side.paths if path.endswith(SUFFIXES))
    with side.reading() as reading:
        found = {path: reading(path) for path in paths}
    return Texts({path: data.decode("utf-8", "replace") for path, data in found.items() if data is not None})


def read_models(sides: Sides, folder: Path, names: Sequence[str] = ()) -> Read:
    """The models that the change touches, on both sides. `folder` is for copies of what git keeps.

    `names` are architectures or paths; none: all. Raises InputError (CA605) for one that neither side has.
    """
    base, head = (_restricted(texts_of(side), names) for side in (sides.base, sides.head))
    known = {each for texts in (base, head) for path in texts.all_models for each in (path, PurePosixPath(path).stem)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            Diagnostic("CA605", f"no model on either side is called `{name}`", help=did_you_mean(name, known))
            for name in unknown
        )
    changed = frozenset(path for path in sides.changed if path.endswith(SUFFIXES))
    if not changed:
        return Read((), (), (), len(head.models))
    touched = [_touched(texts, changed) for texts in (base, head)]
    # A model that only one side's files were changed of is read on both.
    common = (touched[0] | touched[1]) & set(base.models) & set(head.models)
    before, base_errors = _load(sides.base, base, touched[0] | common, folder / "base")
    after, errors = _load(sides.head, head, touched[1] | common, folder / "head")
    pairs = _paired(before, after, base, head)
    return Read(pairs, errors, base_errors, len(set(head.models) - {model.path for model in after}))


def _restricted(texts: Texts, names: Sequence[str]) -> Texts:
    return replace(texts, names=tuple(names))


def _touched(texts: Texts, changed: frozenset[str]) -> set[str]:
    return {path for path in texts.models if changed & {*texts.belonging_to(path), *texts.applied_to(path)}}


def _load(
    side: Side, texts: Texts, wanted: Iterable[str], folder: Path
) -> tuple[tuple[Model, ...], tuple[Diagnostic, ...]]:
    """Read models from a copy of the side's files, under their own names. What goes with a model is copied, too."""
    names = sorted(wanted)
    beside = [str(PurePosixPath(path).with_suffix(".answers.xz")) for path in names]
    with side.reading() as reading:
        for path in (*texts.files, *beside):
            data = reading(path)
            if data is not None:
                copy = folder / path
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(data)
    models: list[Model] = []
    errors: dict[Diagnostic, None] = {}
    for path in names:
        extra = [folder / each for each in texts.applied_to(path)]
        try:
            models.append(Model(path, load_unit(folder / path, extra=extra, top=folder), folder / path))
        except InputError as error:
            models.append(Model(path, None, folder / path))
            errors.update(dict.fromkeys(error.diagnostics))
    return tuple(models), tuple(errors)


def _paired(before: Sequence[Model], after: Sequence[Model], base: Texts, head: Texts) -> tuple[Pair, ...]:
    by_path = {model.path: model for model in before}
    same = {model.path: by_path[model.path] for model in after if model.path in by_path}
    lost = [model for model in before if model.path not in same]
    found: dict[str, Model] = dict(same)
    for model in after:
        if model.path not in found and (origin := _origin(model, lost, base, head)) is not None:
            found[model.path] = origin
            lost.remove(origin)
    pairs = [Pair(found.get(model.path), model) for model in after] + [Pair(model, None) for model in lost]
    return tuple(sorted(pairs, key=lambda pair: pair.path))


def _origin(model: Model, lost: Sequence[Model], base: Texts, head: Texts) -> Model | None:
    """What a model that has a new path was before: the same architecture of the same kernel, or a text much like it."""
    for each in lost:
        if model.unit and each.unit and _is_same_architecture(each.unit, model.unit):
            return each
    text = head.files[model.path].splitlines()
    scored = [
        (SequenceMatcher(None, base.files[each.path].splitlines(), text).ratio(), each)
        for each in lost
        if PurePosixPath(each.path).suffix == PurePosixPath(model.path).suffix
    ]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= _ALIKE else None


def _is_same_architecture(one: Unit, other: Unit) -> bool:
    return not one.litmus and not other.litmus and (one.name, one.kernel) == (other.name, other.kernel)


def _plain(path: PurePosixPath) -> str:
    """The path without `folder/..`."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
