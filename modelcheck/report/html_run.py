"""A run as the page shows it: steps in the lanes of their actors, and the page's bytes after each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from modelcheck.layout.placed import StructLayout
from modelcheck.replay.frames import Film, Frame, Overlaid
from modelcheck.report.byte_map import parts_of
from modelcheck.report.counterexample import caption_of, changes_of, split_citation, tables_text, telling
from modelcheck.report.drawing import Cell, Drawing, Item, draw, label, spans
from modelcheck.report.wording import listing
from modelcheck.trace import Counterexample, Step

# As many colours, each with a pattern, as the style sheet has; after them they come around again.
_TONES = 8
# Room for names with their structs, and for types.
_MAP_WIDTH = 560
# Wider than this, lanes do not fit beside each other on any screen.
_MOST_LANES = 6
_NOBODY, _SEVERAL = -1, -2


@dataclass(frozen=True)
class StepView:
    """A step: `lane` counts from 1; `function` and `file` are empty where the lane is still in the same function.

    `say` is the whole step in a sentence, for those who do not see where it stands.
    """

    number: int
    actor: str
    lane: int
    function: str
    file: str
    what: str
    changes: tuple[str, ...]
    place: str
    is_last: bool
    say: str


@dataclass(frozen=True)
class BarView:
    """A bar of the drawing with its field, and whether that owns all its bytes after the last step, and holds what."""

    x: float
    y: float
    width: float
    text: str
    field: int
    badge: str
    tone: int
    is_first: bool
    is_last: bool
    room: int
    is_owner: bool
    holds: str
    full: str


@dataclass(frozen=True)
class CellView:
    """A byte after the last step: whose it is, and the classes that say what happened to it."""

    cell: Cell
    badge: str
    classes: str


@dataclass(frozen=True)
class Stage:
    """The picture of the page, drawn after the last step, and `data` for a script that draws it after any other.

    `is_whole` if the hazard is about the whole page and not about some of its bytes.
    """

    structs: str
    drawing: Drawing
    cells: tuple[CellView, ...]
    bars: tuple[BarView, ...]
    facts: tuple[tuple[str, str, bool], ...]
    say: str
    is_whole: bool
    data: Markup


@dataclass(frozen=True)
class MapField:
    """A field of a struct with its place in words; `is_used` if the life cycle uses it, or a part of it."""

    name: str
    type: str
    where: str
    is_used: bool


@dataclass(frozen=True)
class Map:
    """All fields of the structs, drawn over each other."""

    drawing: Drawing
    fields: tuple[MapField, ...]


@dataclass(frozen=True)
class RunView:
    """`lanes` are the actors in the order of their first steps; `is_wide` if they fit beside each other."""

    lanes: tuple[str, ...]
    is_wide: bool
    steps: tuple[StepView, ...]
    stage: Stage | None
    map: Map | None


LayoutOf = Callable[[str], StructLayout | None]


def run_view(
    run: Counterexample, film: Film | None, layout: LayoutOf, word: int, place: Callable[[str], str]
) -> RunView:
    """A run ready to be shown.

    `layout` gives a struct in the configuration of the run, `word` is how many bytes a row has, `place` how a place in
    the model is called. Without a film no bytes are drawn.
    """
    lanes = tuple(dict.fromkeys(step.actor for step in run.steps))
    steps = tuple(_steps(run, lanes, place))
    stage, every = None, None
    if film is not None:
        layouts = [found for name in film.structs if (found := layout(name)) is not None]
        stage = _Stages(film, layouts, word, run).stage()
        every = _map(film, layouts, word)
    return RunView(lanes, len(lanes) <= _MOST_LANES, steps, stage, every)


def _steps(run: Counterexample, lanes: Sequence[str], place: Callable[[str], str]) -> Iterator[StepView]:
    last: dict[str, str] = {}
    for step in map(telling, run.steps):
        caption = caption_of(step)
        is_new = caption != last.get(step.actor)
        last[step.actor] = caption
        changes = tuple(_arrows(text) for text in changes_of(step))
        yield StepView(
            number=step.number,
            actor=step.actor,
            lane=lanes.index(step.actor) + 1,
            function=caption if is_new else "",
            file=split_citation(step.citation)[0] if is_new else "",
            what=_arrows(step.what),
            changes=changes,
            place=place(step.place) if step.place else "",
            is_last=step.number == len(run.steps),
            say=_spoken(step, caption),
        )


def _spoken(step: Step, caption: str) -> str:
    where = f", in {caption}" if caption else ""
    return f"{step.actor}{where}: {_arrows(step.what)}"


def _arrows(text: str) -> str:
    return text.replace(" -> ", " \N{RIGHTWARDS ARROW} ")


def _map(film: Film, layouts: Sequence[StructLayout], word: int) -> Map | None:
    used = {str(name) for field in film.fields for name in field.names}
    items: list[Item] = []
    fields: list[MapField] = []
    for layout in layouts:
        for field in layout.fields:
            if "." in field.path or field.size_bits == 0:
                continue
            name = f"{layout.name}.{field.path}"
            stop = (field.offset_bits + field.size_bits - 1) // 8 + 1
            is_used = any(other == name or other.startswith(f"{name}.") for other in used)
            items.append(Item(name, field.offset, stop))
            fields.append(MapField(name, field.type, spans(range(field.offset, stop)), is_used))
    if not items:
        return None
    size = max(layout.size for layout in layouts)
    return Map(draw(items, size, word, width=_MAP_WIDTH, strip=0), tuple(fields))


class _Stages:
    """Draws one film; fields are numbered in the order of their bytes."""

    def __init__(self, film: Film, layouts: Sequence[StructLayout], word: int, run: Counterexample) -> None:
        self.film = film
        self.hazard = run.hazard
        self.layouts = {layout.name: layout for layout in layouts}
        order = sorted(range(len(film.fields)), key=lambda n: (film.fields[n].start, -film.fields[n].stop, n))
        self.fields = tuple(film.fields[number] for number in order)
        self.renumbered = {number: rank for rank, number in enumerate(order)}
        size = max((layout.size for layout in layouts), default=0)
        self.drawing = draw([self.item(field) for field in self.fields], size, word)
        self.size = len(self.drawing.cells)

    def item(self, field: Overlaid) -> Item:
        parts: list[tuple[str, int]] = []
        layout = self.layouts.get(field.ref.struct)
        placed = next((f for f in layout.fields if f.path == field.ref.path), None) if layout else None
        if layout and placed:
            parts = [(part.path.rpartition(".")[2], part.offset) for part in parts_of(layout, placed)]
        return Item(field.ref.path, field.start, field.stop, tuple(parts))

    def stage(self) -> Stage:
        frames = (self.film.before, *self.film.frames)
        last = len(frames) - 1
        final, previous = frames[last], frames[max(0, last - 1)]
        owners, marks, holds = self.owners(final), self.marks(final, is_last=True), self.holds(final)
        facts, before = self.facts(final), self.facts(previous)
        return Stage(
            structs=listing(self.film.structs),
            drawing=self.drawing,
            cells=tuple(
                CellView(cell, _badge(owner), _classes(owner, mark, final.phase))
                for cell, owner, mark in zip(self.drawing.cells, owners, marks, strict=True)
            ),
            bars=tuple(self.bars(owners if final.phase == "allocated" else (), holds)),
            facts=tuple((name, text, before.get(name) != text) for name, text in facts.items()),
            say=self.say(final, owners, is_last=True),
            is_whole=not self.film.at_stake,
            data=self.data(frames),
        )

    def owners(self, frame: Frame) -> list[int]:
        """For every byte that is drawn the number of its owner."""
        found = [self.renumbered[o[0]] if len(o) == 1 else _SEVERAL if o else _NOBODY for o in frame.owners]
        return found[: self.size] + [_NOBODY] * (self.size - len(found))

    def marks(self, frame: Frame, *, is_last: bool) -> list[str]:
        stake = self.film.at_stake if is_last else frozenset[int]()
        return [
            "".join(m for m, bytes_ in (("w", frame.stored), ("r", frame.relied), ("x", stake)) if byte in bytes_)
            for byte in range(self.size)
        ]

    def holds(self, frame: Frame) -> list[str]:
        texts = [""] * len(self.fields)
        for number, text in frame.holds:
            texts[self.renumbered[number]] = text
        return texts

    def bars(self, owners: Sequence[int], holds: Sequence[str]) -> Iterator[BarView]:
        for row in self.drawing.rows:
            for bar in row.bars:
                field = self.fields[bar.item]
                text = holds[bar.item] if bar.is_first else ""
                yield BarView(
                    x=bar.x,
                    y=bar.y,
                    width=bar.width,
                    text=bar.text,
                    field=bar.item,
                    badge=label(bar.item),
                    tone=_tone(bar.item),
                    is_first=bar.is_first,
                    is_last=bar.is_last,
                    room=bar.room if bar.is_first else 0,
                    is_owner=bool(owners) and all(o == bar.item for o in owners[field.start : field.stop]),
                    holds=text if len(text) <= bar.room else "",
                    full=" = ".join(str(name) for name in field.names),
                )

    def facts(self, frame: Frame) -> dict[str, str]:
        facts = dict(frame.facts)
        for place, numbers in frame.tables:
            facts[tables_text(numbers)] = place
        facts |= {who: f"inside table {table}" for who, table in frame.readers}
        return facts | {
            str(self.film.fields[number].ref): text
            for number, text in sorted(frame.holds, key=lambda pair: self.renumbered[pair[0]])
        }

    def say(self, frame: Frame, owners: Sequence[int], *, is_last: bool) -> str:
        """Whose bytes are whose, in words."""
        parts = []
        for owner, group in groupby(range(self.size), lambda byte: owners[byte]):
            if owner >= 0:
                parts.append(f"{spans(group)}: {self.fields[owner].ref}")
        owned = "; ".join(parts) if parts else "no field has written any byte"
        text = f"The page is {dict(frame.facts)['page']}; {owned}."
        if is_last and self.film.at_stake:
            what = "lost" if self.film.is_lost else "at stake"
            text += f" {spans(self.film.at_stake)} {what}.".replace(" b", " B", 1)
        return text

    def data(self, frames: Sequence[Frame]) -> Markup:
        """Everything that a script needs, with the texts of all frames in one list."""
        texts: dict[str, int] = {}

        def number(text: str) -> int:
            return texts.setdefault(text, len(texts))

        shown: list[Mapping[str, object]] = []
        for index, frame in enumerate(frames):
            is_last = index == len(frames) - 1
            owners = self.owners(frame)
            shown.append(
                {
                    "phase": frame.phase,
                    "cells": owners,
                    "marks": [number(mark) for mark in self.marks(frame, is_last=is_last)],
                    "holds": [number(text) for text in self.holds(frame)],
                    "facts": [[number(name), number(text)] for name, text in self.facts(frame).items()],
                    "say": self.say(frame, owners, is_last=is_last),
                }
            )
        fields = [[label(n), field.start, field.stop] for n, field in enumerate(self.fields)]
        document = {"fields": fields, "frames": shown, "texts": list(texts)}
        text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
        # What ends a script element, or begins a comment in one, is written so that it is only JSON.
        return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _tone(number: int) -> int:
    return number % _TONES + 1


def _badge(owner: int) -> str:
    return "" if owner == _NOBODY else "*" if owner == _SEVERAL else label(owner)


def _classes(owner: int, mark: str, phase: str) -> str:
    """As the script sets them: the byte, its owner's tone, what the step did with it, and whether it is anyone's."""
    tone = f"tone-{_tone(owner)}" if owner >= 0 else "several" if owner == _SEVERAL else "nobody"
    return " ".join(["byte", tone, *mark, *(["away"] if phase != "allocated" else [])])
