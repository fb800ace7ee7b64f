"""Where everything goes in a picture of a struct, drawn to scale: one row a word, bytes from left to right.

A row has a strip with a cell for each byte and, under it, a bar for every field that has bytes there. Fields that share
bytes lie under each other, fields that do not may share a line. Lengths are units of the picture's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LEFT = 30
WIDTH = 328
STRIP = 22
BAR = 19
_GAP = 9
_TOP = 16
_CHARACTER = 6.7
_BADGE = 22


@dataclass(frozen=True)
class Item:
    """A field to be drawn: bytes `[start, stop)`, its name, and the places of its parts (`next`, `func`) by name."""

    name: str
    start: int
    stop: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Cell:
    """A byte of the strip."""

    byte: int
    x: float
    y: float


@dataclass(frozen=True)
class Bar:
    """The part of a field that lies in one row.

    `item` is its number in the list that was drawn. `text` is cut to what fits; `room` is how many characters are left
    beside it. `is_first` and `is_last`: here the field begins, or ends.
    """

    item: int
    x: float
    y: float
    width: float
    text: str
    room: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class Row:
    """A word of the struct; `y` is the top of its strip."""

    offset: int
    y: float
    cells: tuple[Cell, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Drawing:
    """A whole picture; `cell` is how wide a byte is."""

    width: float
    height: float
    cell: float
    rows: tuple[Row, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All bytes, in order."""
        return tuple(cell for row in self.rows for cell in row.cells)


def label(number: int) -> str:
    """A short name for a field: `A` to `Z`, `AA`, ..."""
    letter = chr(ord("A") + number % 26)
    return label(number // 26 - 1) + letter if number >= 26 else letter


def draw(items: Sequence[Item], size: int, word: int, *, width: float = WIDTH, strip: float = STRIP) -> Drawing:
    """Draw a struct of `size` bytes, `word` bytes in a row that is `width` wide under a strip that is `strip` high."""
    cell = width / word
    rows: list[Row] = []
    y = float(_TOP)
    whole = max([size, 1, *(item.stop for item in items)])
    for offset in range(0, whole, word):
        end = min(offset + word, whole)
        cells = tuple(Cell(byte, LEFT + (byte - offset) * cell, y) for byte in range(offset, end))
        lines = _lines(items, offset, end)
        bars = tuple(
            _bar(number, items[number], offset, end, y + strip + 3 + line * BAR, cell) for number, line in lines
        )
        rows.append(Row(offset, y, cells, bars))
        deepest = max((line for _, line in lines), default=-1) + 1
        y += strip + (3 + deepest * BAR if deepest else 0) + _GAP
    return Drawing(LEFT + width + 2, y, cell, tuple(rows))


def _lines(items: Sequence[Item], offset: int, end: int) -> list[tuple[int, int]]:
    """The fields of a row, each with the line that it lies in."""
    here = [(number, item) for number, item in enumerate(items) if item.start < end and item.stop > offset]
    reached: list[int] = []
    found: list[tuple[int, int]] = []
    for number, item in sorted(here, key=lambda pair: (max(pair[1].start, offset), pair[1].start, -pair[1].stop)):
        line = next((i for i, stop in enumerate(reached) if stop <= item.start), len(reached))
        reached[line : line + 1] = [item.stop]
        found.append((number, line))
    return found


def _bar(number: int, item: Item, offset: int, end: int, y: float, cell: float) -> Bar:
    start, stop = max(item.start, offset), min(item.stop, end)
    width = (stop - start) * cell
    fits = int((width - _BADGE - 4) / _CHARACTER)
    parts = [name for name, place in item.parts if start <= place < stop]
    name = item.name
    if item.stop - item.start > end - offset and parts:
        name = f"{item.name}.{parts[0]}" if len(parts) == 1 else item.name
    text = name if len(name) <= fits else f"{name[: fits - 1]}\N{HORIZONTAL ELLIPSIS}" if fits > 3 else ""
    return Bar(
        item=number,
        x=LEFT + (start - offset) * cell,
        y=y,
        width=width,
        text=text,
        room=max(0, fits - len(text) - 1),
        is_first=item.start >= offset,
        is_last=item.stop <= end,
    )


def spans(numbers: Iterable[int]) -> str:
    """Bytes in words: `byte 4`, `bytes 8-15`, `bytes 0-3 and 8-11`."""
    runs = list(_runs(sorted(numbers)))
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    several = len(runs) > 1 or any(first != last for first, last in runs)
    joined = f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else "".join(texts)
    return f"{'bytes' if several else 'byte'} {joined}"


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
