"""What models cite of a kernel and a change touches - functions, symbols of Kconfig: somebody has to read it again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from modelcheck.gate.functions import essential, functions_in
from modelcheck.gate.kconfig import is_kconfig, symbols_of
from modelcheck.gate.sides import Side, Sides, read
from modelcheck.model.conditions import symbols_in
from modelcheck.model.program import Path, Reader, Transition
from modelcheck.model.unit import Unit
from modelcheck.review.review import Reread
from modelcheck.source import Span

_PARTS = Path | Transition | Reader


@dataclasses.dataclass(frozen=True)
class Citation:
    """Where in the kernel something was read (`file`, `name`: a function, a macro, a symbol of Kconfig, or "").

    `owner` is the life cycle (`arch name`), `part` its path, transition or reader, or "", and `place` where the model
    says so.
    """

    file: str
    name: str
    owner: str
    part: str
    place: str


def citations_of(unit: Unit) -> tuple[Citation, ...]:
    """Everything that life cycles of today's code, constants and requirements of a unit cite."""
    found: dict[tuple[str, ...], Citation] = {}
    parts: list[tuple[str, object]] = [(lifecycle.name, lifecycle) for lifecycle in unit.lifecycles]
    parts += [(constant.name, constant) for constant in unit.constants]
    for name, part in parts:
        for text, within, place in _cited(part, "", ""):
            file, _, function = text.partition(":")
            _add(found, Citation(file, function, f"{unit.name} {name}", "" if within == name else within, place))
    for requirement in unit.requirements:
        file, _, function = requirement.citation.partition(":")
        # A requirement that was read from Kconfig says so without a name: it is about the symbols that it relates.
        names = [function] if function or not is_kconfig(file) else sorted(set(symbols_in(requirement.condition)))
        for name in names:
            _add(found, Citation(file, name, f"the configuration of {unit.name}", "", requirement.span.place))
    return tuple(found.values())


def _add(found: dict[tuple[str, ...], Citation], citation: Citation) -> None:
    if citation.file:
        found.setdefault((citation.file, citation.name, citation.owner, citation.part), citation)


def to_reread(sides: Sides, units: Iterable[Unit]) -> tuple[Reread, ...]:
    """What is cited and the head has no longer, or otherwise. Comments and blanks do not count.

    Of assembly, and of a file that is cited as a whole, any change counts. Raises InputError for a file that
    is no text.
    """
    cited: dict[tuple[str, str], list[Citation]] = {}
    for unit in units:
        for citation in citations_of(unit):
            if citation.file in sides.changed:
                cited.setdefault((citation.file, citation.name), []).append(citation)
    bodies = _Bodies(sides)
    found = []
    for (file, name), citations in sorted(cited.items()):
        why = bodies.what_became(file, name)
        if why:
            whole = f"{file}:{name}" if name else file
            found.append(Reread(whole, why, tuple(_by_owner(citations)), citations[0].place))
    return tuple(found)


def _by_owner(citations: Iterable[Citation]) -> Iterator[str]:
    """`x86 pte (pte_free_defer, collapse)`: each life cycle once, with its parts."""
    parts: dict[str, list[str]] = {}
    for citation in citations:
        parts.setdefault(citation.owner, []).extend([citation.part] if citation.part else [])
    for owner, names in parts.items():
        yield f"{owner} ({', '.join(dict.fromkeys(names))})" if names else owner


class _Bodies:
    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self.known: dict[tuple[str, bool], Mapping[str, str] | None] = {}

    def what_became(self, file: str, name: str) -> str:
        """Why it has to be read again, or nothing."""
        before, after = self.of(self.sides.base, file, False), self.of(self.sides.head, file, True)
        if after is None:
            return "the file is gone" if before is not None else ""
        if not name or file.endswith(".S"):
            # Of assembly nothing is read but whether it is the same.
            return "the file was changed"
        if before is None or name not in before:
            # The model is about another version than the base; the change has not taken anything from it.
            return "it is new" if name in after else ""
        if name not in after:
            return "it is gone"
        same = before[name] == after[name] or essential(before[name]) == essential(after[name])
        return "" if same else "it was changed"

    def of(self, side: Side, file: str, is_head: bool) -> Mapping[str, str] | None:
        key = file, is_head
        if key not in self.known:
            text = read(side, file)
            self.known[key] = None if text is None else (symbols_of if is_kconfig(file) else functions_in)(text)
        return self.known[key]


def _cited(value: object, within: str, place: str) -> Iterator[tuple[str, str, str]]:
    """Every citation in a part of a model, with the name of the path or the like that has it, and the place."""
    if isinstance(value, tuple | frozenset):
        for each in value:
            yield from _cited(each, within, place)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type | Span):
        span = getattr(value, "span", None)
        here = span.place if isinstance(span, Span) else place
        named = value.name if isinstance(value, _PARTS) else within
        citation = getattr(value, "citation", "")
        if citation:
            yield citation, named, here
        for each in dataclasses.fields(value):
            yield from _cited(getattr(value, each.name), named, here)
