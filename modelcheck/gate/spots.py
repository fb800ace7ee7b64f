"""Where a kernel tree that is judged shows what there is to say: the models, which alerts point at, are not in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from modelcheck.gate.functions import line_of
from modelcheck.gate.kconfig import is_kconfig, line_of_symbol
from modelcheck.gate.sides import Sides, read
from modelcheck.model.declarations import AggregateType, ArrayType, CType
from modelcheck.model.unit import Unit
from modelcheck.review.alert import Alert
from modelcheck.review.review import Review
from modelcheck.source import Span


def with_spots(review: Review, sides: Sides, units: Iterable[Unit]) -> Review:
    """The review with the places in the head's tree; `units` have the structs that the head declares."""
    spots = _Spots(sides, units)
    cited = [each.citation for each in review.to_reread]
    cited += [step.citation for a in review.alerts if a.counterexample for step in a.counterexample.steps]
    cited += [citation for alert in review.alerts for citation in (alert.citation, alert.entry)]
    known = {citation: spots.of_citation(citation) for citation in dict.fromkeys(cited)}
    return replace(
        review,
        alerts=tuple(replace(each, spot=spots.of_alert(each)) for each in review.alerts),
        spots={citation: spot for citation, spot in known.items() if spot},
    )


class _Spots:
    def __init__(self, sides: Sides, units: Iterable[Unit]) -> None:
        self.sides = sides
        self.units = {(unit.name, unit.kernel): unit for unit in units}
        self.texts: dict[str, str | None] = {}
        self.changed: dict[str, frozenset[int]] = {}

    def of_alert(self, alert: Alert) -> str:
        """`file:line`: of what is new, what was changed of its structs; else the cited function, or a field; or ""."""
        if _file(alert.place) in self.sides.head.paths:
            return alert.place
        run = alert.counterexample
        fields = [each for each in ((run.hazard.clobbered_by, run.hazard.field) if run else ()) if each]
        unit = self.units.get((alert.arch, alert.kernel))
        members = [span for field in fields for span in self.members(unit, field)]
        structs = dict.fromkeys(field.partition(".")[0] for field in fields)
        everywhere = [span for name in structs or _structs(unit, alert) for span in self.members(unit, name)]
        # What was so in the base is not about the change.
        news = (*members, *everywhere) if alert.standing in ("new", "worse") else ()
        changed = (span for span in news if self.is_changed(span))
        functions = (self.of_citation(each) for each in (alert.citation, alert.entry))
        places = (*map(_line, changed), *functions, *map(_line, members))
        return next((each for each in places if each), "")

    def of_citation(self, citation: str) -> str:
        """`file:line` of a function, macro or symbol of Kconfig; the file alone where it does not have it; or ""."""
        file, _, name = citation.partition(":")
        text = self.text(file) if file in self.sides.head.paths else None
        if text is None:
            return ""
        line = (line_of_symbol if is_kconfig(file) else line_of)(text, name) if name else 0
        return f"{file}:{line}" if line else file

    def text(self, file: str) -> str | None:
        if file not in self.texts:
            self.texts[file] = read(self.sides.head, file)
        return self.texts[file]

    def is_changed(self, span: Span) -> bool:
        """Does the head have another line there than the base?"""
        file = span.source.name
        if file not in self.changed:
            is_other = file in self.sides.changed
            before = read(self.sides.base, file) if is_other else None
            self.changed[file] = _other_lines(before or "", span.source.text) if is_other else frozenset()
        return span.source.position(span.start)[0] in self.changed[file]

    def members(self, unit: Unit | None, field: str) -> Iterator[Span]:
        """Where the tree declares a field (`struct.path`), or every member of a struct."""
        struct, _, path = field.partition(".")
        for tag in ("struct", "union"):
            for definition in unit.declarations.of(struct, tag) if unit else ():
                found = _members(definition.type, tuple(path.split(".")) if path else ())
                yield from (span for span in found if span.source.name in self.sides.head.paths)


def _structs(unit: Unit | None, alert: Alert) -> tuple[str, ...]:
    return tuple(each.struct for each in unit.asked(alert.proposal) if each.name == alert.lifecycle) if unit else ()


def _members(kind: CType, path: tuple[str, ...]) -> Iterator[Span]:
    """The members of that path; all of them for no path."""
    if isinstance(kind, ArrayType):
        yield from _members(kind.element, path)
    if not isinstance(kind, AggregateType):
        return
    for member in kind.members:
        if member.name and path and member.name != path[0]:
            continue
        rest = path[1:] if member.name else path
        if member.span is not None and member.name and not rest:
            yield member.span
        if rest or not path:
            # What a type with a name holds is declared elsewhere: the member is where it comes into this struct.
            inner = [*_members(member.type, rest)]
            yield from inner or ([member.span] if member.span is not None and member.name and rest else [])


def _other_lines(before: str, after: str) -> frozenset[int]:
    """The lines (from 1) of a text that another version of it does not have."""
    matched = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    parts = (range(start, end) for kind, _, _, start, end in matched.get_opcodes() if kind != "equal")
    return frozenset(line + 1 for part in parts for line in part)


def _line(span: Span) -> str:
    return f"{span.source.name}:{span.source.position(span.start)[0]}"


def _file(place: str) -> str:
    return place.split(":")[0]
