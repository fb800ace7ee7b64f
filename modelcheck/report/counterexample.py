"""A counterexample as kernel people draw a race: one lane for each actor, time from top to bottom.

    step  CPU 0                         CPU 1
       1  pte_free_defer()
            call_rcu(rcu_head, release)
              rcu_head: idle -> queued
       2                                pte_free_defer()
                                          call_rcu(rcu_head, release)   <-- OV103

Only what a step changed is shown. With more actors than fit side by side, the lanes become one column that
names the actor.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from modelcheck.report.columns import fill, pad, width
from modelcheck.report.page import Line, Piece, Style, line
from modelcheck.report.wording import listing
from modelcheck.trace import Change, Counterexample, Step

_NUMBER = 6
_NARROWEST_LANE = 28
_NARROWEST_TEXT = 24
# Blanks between what stands side by side.
_GAP = 2
# How the interpreter says that bytes change hands, and what it calls the owner of those that no field owns.
_OWNER, _UNOWNED = "owner of ", "nobody"
_TABLE = re.compile(r"table (\d+)")


def lanes(counterexample: Counterexample, columns: int = 100, *, everything: bool = False) -> list[Line]:
    """The steps of the run; the last one, which meets the hazard, is marked with its rule.

    That a field gets bytes which nobody owned takes nothing from anyone: it is shown only if `everything` is.
    """
    steps = counterexample.steps if everything else [telling(step) for step in counterexample.steps]
    actors = list(dict.fromkeys(step.actor for step in steps))
    if not actors:
        return []
    lane = (columns - _NUMBER) // len(actors)
    if lane >= _NARROWEST_LANE:
        return _side_by_side(steps, actors, lane, counterexample.hazard.rule)
    return _one_column(steps, actors, columns, counterexample.hazard.rule)


def places(steps: Sequence[Step], *, in_model: bool = False) -> list[str]:
    """Every kernel function of the run with its file, in order; with `in_model` also where the model says so."""
    found: dict[str, list[str]] = {}
    for step in steps:
        if step.citation:
            models = found.setdefault(step.citation, [])
            if step.place and step.place not in models:
                models.append(step.place)
    texts = []
    for citation, models in found.items():
        file, function = split_citation(citation)
        text = f"{function}() in {file}" if function else file
        texts.append(f"{text}  ({', '.join(models)})" if in_model and models else text)
    return texts


def split_citation(citation: str) -> tuple[str, str]:
    """`file:function` as (file, function); the function is empty where only a file is cited."""
    file, _, function = citation.partition(":")
    return file, function


def telling(step: Step) -> Step:
    """The step without changes that take nothing from anyone: bytes that nobody owned."""

    def is_quiet(change: Change) -> bool:
        return change.what.startswith(_OWNER) and change.before == _UNOWNED

    return replace(step, changes=tuple(change for change in step.changes if not is_quiet(change)))


def caption_of(step: Step) -> str:
    """The kernel function that a step stands in (`pte_free_now()`), or the path; empty for those that run none."""
    function = split_citation(step.citation)[1]
    if function:
        return f"{function}()"
    # A neighbour on a list, RCU and readers do not run the path in whose course they come.
    return step.path if step.move.kind in ("start", "begin", "step", "resume") else ""


def _change(change: Change) -> str:
    if not change.before:
        return f"{change.what}: {change.after}"
    return f"{change.what}: {change.before} -> {change.after}"


def changes_of(step: Step) -> list[str]:
    """What a step changed, one text each; tables that went the same way together."""
    texts: list[str] = []
    together: dict[tuple[str, str], list[int]] = {}
    for change in step.changes:
        if found := _TABLE.fullmatch(change.what):
            together.setdefault((change.before, change.after), []).append(int(found[1]))
    for change in step.changes:
        if not _TABLE.fullmatch(change.what):
            texts.append(_change(change))
        elif numbers := together.pop((change.before, change.after), None):
            texts.append(_change(replace(change, what=tables_text(numbers))))
    return texts


def tables_text(numbers: Sequence[int]) -> str:
    """`table 3`, `tables 1 to 15`, `tables 1 and 4`."""
    if len(numbers) == 1:
        return f"table {numbers[0]}"
    if len(numbers) > 2 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"tables {numbers[0]} to {numbers[-1]}"
    return f"tables {listing(str(number) for number in numbers)}"


def _side_by_side(steps: Sequence[Step], actors: list[str], lane: int, rule: str) -> list[Line]:
    names = zip_longest(*(_name(actor, lane - _GAP) for actor in actors), fillvalue="")
    lines: list[Line] = []
    for row in names:
        head = Piece(pad("" if lines else "step", _NUMBER), "dim")
        lines.append(line(head, *(Piece(pad(part, lane), "strong") for part in row)))
    last: dict[str, str] = {}
    for step in steps:
        rows: list[tuple[str, Style]] = []
        caption = caption_of(step)
        if caption and last.get(step.actor) != caption:
            rows += [(text, "accent") for text in fill(caption, lane - _GAP, rest="  ")]
        last[step.actor] = caption
        final = step is steps[-1]
        rows += [(text, "bad" if final else "") for text in _wrapped(step.what, lane - _GAP, 2)]
        for change in changes_of(step):
            rows += [(text, "dim") for text in _wrapped(change, lane - _GAP, 4)]
        if final:
            rows += [(text, "bad") for text in _wrapped(f"^^^ {rule}", lane - _GAP, 2)]
        left = " " * (lane * actors.index(step.actor))
        first = next(i for i, row in enumerate(rows) if row[1] != "accent")
        for index, (text, style) in enumerate(rows):
            number = f"{step.number:>4}  " if index == first else " " * _NUMBER
            lines.append(line(Piece(number, "dim"), left, Piece(text, style)))
    return lines


def _one_column(steps: Sequence[Step], actors: Iterable[str], columns: int, rule: str) -> list[Line]:
    label = min(max(width(actor) for actor in actors) + _GAP, max(columns // 3, _NARROWEST_TEXT))
    # On a very narrow terminal there is no room left, and lines have to be longer.
    room = max(columns - _NUMBER - label, _NARROWEST_TEXT)
    lines: list[Line] = []
    last = ("", "")
    for step in steps:
        caption = caption_of(step)
        final = step is steps[-1]
        here = (step.actor, caption)
        if here != last:
            name = _name(step.actor, label - _GAP) if step.actor != last[0] else []
            for part, text in zip_longest(name, fill(caption, room, rest="  "), fillvalue=""):
                lines.append(line(" " * _NUMBER, Piece(pad(part, label), "strong"), Piece(text, "accent")))
        last = here
        left = " " * label
        for index, text in enumerate(_wrapped(step.what, room, 2)):
            number = f"{step.number:>4}  " if index == 0 else " " * _NUMBER
            lines.append(line(Piece(number, "dim"), left, Piece(text, "bad" if final else "")))
        for change in changes_of(step):
            for text in _wrapped(change, room, 4):
                lines.append(line(" " * _NUMBER, left, Piece(text, "dim")))
        if final:
            for text in _wrapped(f"^^^ {rule}", room, 2):
                lines.append(line(" " * _NUMBER, left, Piece(text, "bad")))
    return lines


def _name(actor: str, columns: int) -> list[str]:
    shown = " ".join(actor.split())
    return [shown] if width(shown) <= columns else textwrap.wrap(shown, columns, break_on_hyphens=False)


def _wrapped(text: str, columns: int, margin: int) -> list[str]:
    first, rest = " " * margin, " " * (margin + 2)
    words = " ".join(part for word in text.split() for part in _parts(word, columns - len(rest)))
    lines = textwrap.wrap(words, columns, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    return lines or [first + "(nothing)"]


def _parts(word: str, room: int) -> Iterator[str]:
    """A word that is too long for a line in pieces, broken behind an opening parenthesis where there is one."""
    while len(word) > room:
        cut = word.rfind("(", 1, room) + 1 or room
        yield word[:cut]
        word = word[cut:]
    yield word
