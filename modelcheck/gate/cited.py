"""Kernel functions that models cite and that a change touches: somebody has to read them again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from modelcheck.gate.functions import essential, functions_in
from modelcheck.gate.sides import Side, Sides, read
from modelcheck.model.unit import Unit
from modelcheck.review.review import Reread
from modelcheck.source import Span


@dataclasses.dataclass(frozen=True)
class Citation:
    """Where in the kernel something was read (`file`, `function`), by whom, and where the model says so."""

    file: str
    function: str
    cited_by: str
    place: str


def citations_of(unit: Unit) -> tuple[Citation, ...]:
    """Every function that life cycles of today's code and constants of a unit cite; each once for each of them."""
    found: dict[tuple[str, str, str], Citation] = {}
    parts: list[tuple[str, object]] = [(lifecycle.name, lifecycle) for lifecycle in unit.lifecycles]
    parts += [(constant.name, constant) for constant in unit.constants]
    parts += [("the configuration", requirement) for requirement in unit.requirements]
    for name, part in parts:
        for text, place in _cited(part, ""):
            file, colon, function = text.partition(":")
            citation = Citation(file, function if colon else "", f"{unit.name} {name}", place)
            found.setdefault((file, citation.function, citation.cited_by), citation)
    return tuple(found.values())


def to_reread(sides: Sides, units: Iterable[Unit]) -> tuple[Reread, ...]:
    """Cited functions that the head has no longer, or has with other code. Comments and blanks do not count.

    Of a citation without a function (a Kconfig file) any change of the file counts. Raises InputError for a file that
    is no text.
    """
    cited: dict[tuple[str, str], list[Citation]] = {}
    for unit in units:
        for citation in citations_of(unit):
            if citation.file in sides.changed:
                cited.setdefault((citation.file, citation.function), []).append(citation)
    bodies = _Bodies(sides)
    found = []
    for (file, function), citations in sorted(cited.items()):
        why = bodies.what_became(file, function)
        if why:
            cited_by = tuple(dict.fromkeys(each.cited_by for each in citations))
            name = f"{file}:{function}" if function else file
            found.append(Reread(name, why, cited_by, citations[0].place))
    return tuple(found)


class _Bodies:
    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self.known: dict[tuple[str, bool], Mapping[str, str] | None] = {}

    def what_became(self, file: str, function: str) -> str:
        """Why it has to be read again, or nothing."""
        before, after = self.of(self.sides.base, file, False), self.of(self.sides.head, file, True)
        if after is None:
            return "the file is gone" if before is not None else ""
        if not function or file.endswith(".S"):
            # Of assembly nothing is read but whether it is the same.
            return "the file was changed"
        if before is None or function not in before:
            # The model is about another version than the base; the change has not taken anything from it.
            return "it is new" if function in after else ""
        if function not in after:
            return "it is gone"
        return "" if essential(before[function]) == essential(after[function]) else "it was changed"

    def of(self, side: Side, file: str, is_head: bool) -> Mapping[str, str] | None:
        key = file, is_head
        if key not in self.known:
            text = read(side, file)
            self.known[key] = None if text is None else functions_in(text)
        return self.known[key]


def _cited(value: object, place: str) -> Iterator[tuple[str, str]]:
    """Every citation in a part of a model, with the place of the step or path that has it."""
    if isinstance(value, tuple | frozenset):
        for each in value:
            yield from _cited(each, place)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type | Span):
        span = getattr(value, "span", None)
        here = span.place if isinstance(span, Span) else place
        citation = getattr(value, "citation", "")
        if citation:
            yield citation, here
        for each in dataclasses.fields(value):
            yield from _cited(getattr(value, each.name), here)
