"""Both sides of a kernel tree as the models see them: units with the structs that each side declares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.gate.sides import Reading, Side, Sides, text_of
from modelcheck.model.unit import Unit
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.fingerprint import digest
from modelcheck.tree import with_tree_layout
from modelcheck.tree.folders import folder_of, known_folder
from modelcheck.tree.version import version_of

# The folder is no kernel tree, a file cannot be read, git fails or the parser is missing: nobody's layout is at fault.
_UNUSABLE = frozenset({"CA410", "CA413", "CA602", "CA701"})


@dataclass(frozen=True)
class TreeUnits:
    """Units with the structs of the base and of the head.

    `same` is how many models read no header that was changed; `drift` are alerts about models that do not describe
    the head, or of which some life cycle needs what the head does not have; `undescribed` are the names of those that
    do not describe the base. Of the architectures, neither side has those of `missing`, only the base those of
    `removed`, only the head those of `added`.
    """

    pairs: tuple[tuple[Unit | None, Unit], ...]
    same: int
    drift: tuple[Alert, ...]
    undescribed: tuple[str, ...]
    missing: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass
class _Files:
    """A side as `modelcheck.tree.files.Files`, which reads each file once; `asked` are those that were asked for."""

    side: Side
    reading: Reading
    known: dict[str, str | None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    @property
    def label(self) -> str:
        """The same for both sides, so that both say the same where they are."""
        return "the kernel tree"

    def read(self, path: str) -> str | None:
        """See `modelcheck.tree.files.Files`."""
        self.asked.add(path)
        if path not in self.known:
            self.known[path] = text_of(self.reading(path), path, self.side) if path in self.side.paths else None
        return self.known[path]


def kernel_version(side: Side) -> str:
    """The version that the side's Makefile states (`6.12`); empty where it states none."""
    with side.reading() as reading:
        return version_of(_Files(side, reading))


def tree_units(units: Iterable[Unit], sides: Sides) -> TreeUnits:
    """The units with the structs of both sides, as far as a changed header belongs to what they read.

    Architectures that a side does not have are left out. Raises InputError (CA410, CA413, CA602, CA701) for a side
    that is no kernel tree or cannot be read, and where there is no architecture of any of the units.
    """
    if not any(path.endswith(".h") for path in sides.changed):
        return TreeUnits((), len(tuple(units)), (), ())
    with sides.base.reading() as before, sides.head.reading() as after:
        return _tree_units(units, _Files(sides.base, before), _Files(sides.head, after), sides.changed)


def _tree_units(units: Iterable[Unit], base: _Files, head: _Files, changed: frozenset[str]) -> TreeUnits:
    pairs: list[tuple[Unit | None, Unit]] = []
    drift: list[Alert] = []
    undescribed: list[str] = []
    absent: dict[tuple[bool, bool], list[str]] = {}
    same = 0
    everything = tuple(units)
    for unit in everything:
        base.asked.clear()
        there = bool(known_folder(unit, base)), bool(known_folder(unit, head))
        if there != (True, True):
            absent.setdefault(there, []).append(unit.name)
        if not there[1]:
            continue
        before, faults = _described(unit, base) if there[0] else (None, ())
        if there[0] and not base.asked & changed:
            same += 1
            continue
        after, wrong = _described(unit, head)
        known = {(each.code, each.message) for each in faults}
        drift += [_drift(unit, each, was=(each.code, each.message) in known) for each in wrong]
        if before is None and there[0]:
            undescribed.append(unit.name)
        elif before is not None and after is not None:
            still = {each.lifecycle.name for each in after.absent}
            came = (each.lifecycle.name for each in before.absent if not each.lifecycle.proposal)
            undescribed += [f"{unit.name} {name}" for name in came if name not in still]
        if after is not None:
            pairs.append((before, after))
    missing, removed, added = (tuple(absent.get(key, ())) for key in _ABSENT)
    if everything and len(missing) == len(everything):
        folder_of(everything[0], head)
    return TreeUnits(tuple(pairs), same, tuple(drift), tuple(undescribed), missing, removed, added)


# Whether the base and the head have the architecture.
_ABSENT = ((False, False), (True, False), (False, True))


def _described(unit: Unit, files: _Files) -> tuple[Unit | None, tuple[Diagnostic, ...]]:
    """The unit, or None where it does not describe a side at all; and what is wrong with it there."""
    try:
        found = with_tree_layout(unit, files)
        return found, tuple(dict.fromkeys(fault for each in found.absent for fault in each.faults))
    except InputError as error:
        if any(each.code in _UNUSABLE for each in error.diagnostics):
            raise
        return None, error.diagnostics


def _drift(unit: Unit, fault: Diagnostic, *, was: bool) -> Alert:
    return Alert(
        kind=Kind.DRIFT,
        fingerprint=digest(Kind.DRIFT.value, unit.name, unit.kernel, fault.code, fault.message),
        message=fault.message,
        rule="OV401",
        arch=unit.name,
        kernel=unit.kernel,
        place=fault.span.place if fault.span else "",
        standing="unchanged" if was else "new",
        help=fault.help,
    )
