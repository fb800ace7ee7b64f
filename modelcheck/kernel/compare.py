"""A resolved unit against a kernel: in which of its configurations does it describe what the kernel is?

The model's configurations fall into classes by what they make of the structs; each class is compared field by field.
BTF does not say how a kernel was configured, so the answer is the other way round: the settings that fit, as far as the
layout shows them, or the closest ones with what is different.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from modelcheck.configurations.minimal import minimal_condition
from modelcheck.configurations.space import Case, Setting, Space, restrict
from modelcheck.configurations.split import split
from modelcheck.kernel.btf import Btf
from modelcheck.kernel.comparison import Candidate, Comparison
from modelcheck.kernel.differences import Difference, differences
from modelcheck.kernel.subjects import subjects
from modelcheck.kernel.types import KernelTypes, kernel_types
from modelcheck.kernel.used import note_on_used
from modelcheck.model.conditions import holds
from modelcheck.model.unit import Unit


def compare_unit(
    unit: Unit, btf: Btf, release: str = "", fixed: Mapping[str, bool] = MappingProxyType({})
) -> Comparison:
    """Compare a model with a kernel.

    `release` is the kernel's version and `fixed` are symbols of its configuration, where somebody knows them (BTF does
    not say). Raises InputError where the kernel's types make no sense (CA404, CA406), where the declarations of the
    model have no meaning in some configuration, or where the model has no symbol of `fixed` (CA221).
    """
    return compare_types(unit, kernel_types(btf, subjects(unit)), release, fixed)


def compare_types(
    unit: Unit, kernel: KernelTypes, release: str = "", fixed: Mapping[str, bool] = MappingProxyType({})
) -> Comparison:
    """As `compare_unit`, for structs of a kernel that were read already."""
    abis = tuple(abi for abi in unit.abis if abi.word == kernel.word and abi.byte_order == kernel.byte_order)
    names = subjects(unit) if abis else ()
    space = restrict(replace(Space.of(unit), abis=abis), fixed)
    candidates = _closest(_Question(unit, kernel, names), space)
    return Comparison(
        unit=unit.name,
        described=unit.kernel,
        kernel=kernel.name,
        word=kernel.word,
        byte_order=kernel.byte_order,
        abis=tuple(abi.name for abi in abis),
        structs=names,
        candidates=candidates,
        reason=_reason(unit, kernel, names, candidates),
        notes=(*_notes(unit, kernel, release), *_note_on_verdicts(unit, candidates)),
    )


def _note_on_verdicts(unit: Unit, candidates: tuple[Candidate, ...]) -> tuple[str, ...]:
    """Where nothing fits: do the closest settings at least agree on what the verdicts rest on?"""
    if not candidates or not candidates[0].differences:
        return ()
    note = note_on_used(unit, candidates[0].differences)
    return (note,) if note else ()


@dataclass(frozen=True)
class _Question:
    """What is different in a configuration, as a question to the space of configurations."""

    unit: Unit
    kernel: KernelTypes
    names: tuple[str, ...]

    def about(self, name: str, case: Case) -> tuple[Difference, ...]:
        declared = (*self.unit.declarations.of(name, "struct"), *self.unit.declarations.of(name, "union"))
        exists = any(holds(definition.condition, case) for definition in declared)
        return differences(name, case.layout(name) if exists else None, self.kernel.struct(name))

    def within(self, bound: int, case: Case) -> tuple[Difference, ...] | int:
        """All differences if there are at most `bound`, else a number of them; asks for no more than that takes."""
        found: tuple[Difference, ...] = ()
        for name in self.names:
            found += self.about(name, case)
            if len(found) > bound:
                return len(found)
        return found


def _closest(question: _Question, space: Space) -> tuple[Candidate, ...]:
    """The settings with the fewest differences, grouped by what these are. () if there is no configuration at all."""
    if not space.abis or not any(target.complete({}) is not None for target in space.targets):
        return ()
    # No configuration can be closer than each struct is in the one that suits it best. Asking for all differences of
    # all structs at once would split the space into very many classes.
    bound = sum(min(len(found) for _, found in split(space, partial(question.about, n))) for n in question.names)
    answers = split(space, partial(question.within, bound))
    while all(isinstance(found, int) for _, found in answers):
        bound = min(found for _, found in answers if isinstance(found, int))
        answers = split(space, partial(question.within, bound))
    grouped: dict[tuple[Difference, ...], list[Setting]] = {}
    for setting, found in answers:
        if not isinstance(found, int):
            grouped.setdefault(found, []).append(setting)
    return tuple(
        _candidate(space, found, settings, [setting for setting, other in answers if other != found])
        for found, settings in grouped.items()
    )


def _candidate(
    space: Space, found: tuple[Difference, ...], settings: Sequence[Setting], others: Sequence[Setting]
) -> Candidate:
    everywhere = [Setting(abi.name, ()) for abi in space.abis]
    shown: list[tuple[str, bool]] = []
    hidden: list[str] = []
    for name in space.symbols:
        values = _values(space, settings, name)
        if len(values) > 1:
            hidden.append(name)
        elif len(_values(space, everywhere, name)) > 1:
            shown.append((name, values[0]))
    return Candidate(
        abis=tuple(abi.name for abi in space.abis if any(setting.abi == abi.name for setting in settings)),
        condition=minimal_condition(space, settings, others),
        differences=found,
        shown=tuple(shown),
        hidden=tuple(hidden),
    )


def _values(space: Space, settings: Sequence[Setting], name: str) -> list[bool]:
    """The values that a symbol can have in some of these settings."""
    return [
        value
        for value in (False, True)
        if any(
            dict(setting.symbols).get(name, value) == value
            and space.admits(Setting(setting.abi, tuple(sorted({**dict(setting.symbols), name: value}.items()))))
            for setting in settings
        )
    ]


def _reason(unit: Unit, kernel: KernelTypes, names: tuple[str, ...], candidates: tuple[Candidate, ...]) -> str:
    here = _abi_text(kernel.word, kernel.byte_order)
    if not candidates:
        if not any(abi.word == kernel.word and abi.byte_order == kernel.byte_order for abi in unit.abis):
            targets = ", ".join(f"{abi.name} ({_abi_text(abi.word, abi.byte_order)})" for abi in unit.abis)
            return f"The kernel is {here}; the model has no such target: {targets or 'none at all'}."
        return "No configuration of the kernel's word size and byte order satisfies all requirements of the model."
    best = candidates[0]
    if best.differences:
        count = "one place" if len(best.differences) == 1 else f"{len(best.differences)} places"
        return f"No setting of the model describes this kernel; the closest differs in {count}."
    structs = _listed([f"`struct {name}`" for name in names])
    if not best.condition.text:
        return f"The model describes {structs} of this kernel, in each of its configurations for {_listed(best.abis)}."
    return f"The model describes {structs} of this kernel with {best.condition.text}, as far as the layout shows."


def _notes(unit: Unit, kernel: KernelTypes, release: str) -> list[str]:
    found: list[str] = []
    same = release == unit.kernel or release.startswith((f"{unit.kernel}.", f"{unit.kernel}-"))
    if release and unit.kernel and not same:
        found.append(f"The model describes Linux {unit.kernel}; the kernel is {release}.")
    for struct in kernel.structs:
        if struct.others:
            types = "another type" if struct.others == 1 else f"{struct.others} other types"
            found.append(f"The kernel has {types} called `{struct.name}`; the first was compared.")
        found.extend(
            f"The size of `{struct.name}.{field.path}` in the kernel could not be read, and was not compared."
            for field in struct.fields
            if field.size_bits is None
        )
    if kernel.unread:
        found.append(f"Of `{kernel.name}`: {kernel.unread}.")
    return found


def _abi_text(word: int, byte_order: str) -> str:
    return f"{8 * word}-bit {byte_order}-endian"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
