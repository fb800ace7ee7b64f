"""Which fields share which bytes, drawn.

Every field is a bar over the bytes it takes, so that what shares bytes stands in the same columns:

    byte            8               16              24
    pt_rcu_head     [next          ][func          ]
    pt_frag_refcount[______]
                    ^^^^^^^^
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.report.columns import cut, fill, pad, width
from modelcheck.report.page import Line, Piece, Style, line
from modelcheck.report.wording import count


@dataclass(frozen=True)
class Bar:
    """One row of a drawing: a field, its parts (named inside the bar), and a remark that follows it."""

    label: str
    field: PlacedField
    parts: tuple[PlacedField, ...] = ()
    remark: str = ""
    style: Style = ""


def parts_of(layout: StructLayout, field: PlacedField) -> tuple[PlacedField, ...]:
    """The direct members of a struct-typed field; empty for a scalar."""
    prefix = field.path + "."
    return tuple(f for f in layout.fields if f.path.startswith(prefix) and "." not in f.path[len(prefix) :])


def span_text(field: PlacedField) -> str:
    """`bytes 8..23`, `byte 4`, or `bits 3..5 of byte 4` for a bit-field."""
    first, last = field.offset, (field.offset_bits + max(field.size_bits, 1) - 1) // 8
    if field.bit_field:
        start = field.offset_bits % 8
        bits = f"bit {start}" if field.size_bits == 1 else f"bits {start}..{start + field.size_bits - 1}"
        return f"{bits} of byte {first}"
    return f"byte {first}" if first == last else f"bytes {first}..{last}"


def shared(bars: Sequence[Bar], word: int) -> list[Line]:
    """A close view of a few fields that share bytes; the bytes that all of them share are marked.

    `word` is the size of a pointer; the view starts and ends at a multiple of it.
    """
    first = min(bar.field.offset for bar in bars) // word * word
    last = -(-max(_end(bar.field) for bar in bars) // word) * word
    scale = 2 if last - first <= 32 else 1
    names = max(len("byte"), *(width(bar.label) for bar in bars)) + 2
    lines = [line(Piece(pad("byte", names), "dim"), Piece(_ruler(first, last, word, scale), "dim"))]
    for bar in bars:
        drawn = _bar(bar, first, scale)
        remark = f"  {bar.remark}" if bar.remark else ""
        lines.append(line(pad(bar.label, names), Piece(pad(drawn, (last - first) * scale), bar.style), remark))
    start = max(bar.field.offset for bar in bars)
    end = min(_end(bar.field) for bar in bars)
    if start < end and len(bars) > 1:
        marks = " " * ((start - first) * scale) + "^" * ((end - start) * scale)
        lines.append(line(" " * names, Piece(marks, "mark")))
    return lines


def struct(layout: StructLayout, word: int, used: frozenset[str], columns: int = 100) -> list[Line]:
    """The whole struct, one row a field in the order of declaration; fields in `used` (paths) are marked with `*`.

    A struct that is too large for the width is drawn in several parts. The only member of a member
    (`_refcount.counter`) is left out, unless it is in `used`.
    """
    siblings = Counter(_parent(f) for f in layout.fields)
    fields = [
        f
        for f in layout.fields
        if f.size_bits > 0 and (f.path in used or not _parent(f) or siblings[_parent(f)] > 1)
    ]
    if not fields:
        return [line(f"struct {layout.name} has no fields in this configuration")]
    names = min(34, max(width(_name(f)) for f in fields)) + 4
    fit = max(word, (columns - names) // word * word)
    size = max(layout.size, max(_end(f) for f in fields))
    lines: list[Line] = []
    for first in range(0, size, fit):
        last = min(size, first + fit)
        if lines:
            lines.append(())
        lines.append(line(Piece(pad("byte", names), "dim"), Piece(_ruler(first, last, word, 1), "dim")))
        for field in fields:
            if field.offset < last and _end(field) > first:
                mark = "* " if field.path in used else "  "
                drawn = _clip(_bar(Bar("", field), 0, 1), first, last)
                style: Style = "accent" if field.path in used else ""
                lines.append(line(pad(mark + cut(_name(field), names - 4), names), Piece(drawn, style)))
    return lines


def holes(layout: StructLayout) -> list[tuple[int, int]]:
    """Ranges of bytes `[start, end)` that belong to no field."""
    taken = sorted((f.offset, _end(f)) for f in layout.fields if f.size_bits > 0)
    free: list[tuple[int, int]] = []
    reached = 0
    for start, end in taken:
        if start > reached:
            free.append((reached, start))
        reached = max(reached, end)
    if reached < layout.size:
        free.append((reached, layout.size))
    return free


def neighbours(
    layouts: Sequence[StructLayout], used: Sequence[tuple[str, str]], columns: int = 100
) -> list[Line]:
    """For each used field (struct, path): its place, and every field of the structs that shares bytes with it.

    Only whole fields are named (not the members of a struct-typed field), and only once where several structs
    have the same field at the same place.
    """
    by_name = {layout.name: layout for layout in layouts}
    lines: list[Line] = []
    for struct_name, path in used:
        try:
            field = by_name[struct_name].field(path)
        except KeyError:
            continue
        others: list[str] = []
        for layout in layouts:
            for other in layout.fields:
                same = layout.name == struct_name and (
                    other.path == path or path.startswith(other.path + ".") or other.path.startswith(path + ".")
                )
                if "." not in other.path and not same and field.overlaps(other):
                    others.append(f"{layout.name}.{other.path}")
        lines.append(line(Piece(f"{struct_name}.{path}", "strong"), f": {span_text(field)}"))
        text = ", ".join(others) if others else "nothing"
        lines += [line(each) for each in fill(f"shares bytes with {text}", columns, first="    ")]
    return lines


def size_line(layout: StructLayout, abi: str) -> Line:
    """`struct page on ppc64le: 64 bytes, aligned to 16`, and the holes."""
    free = holes(layout)
    total = sum(end - start for start, end in free)
    gaps = f", {count(total, 'byte')} in {count(len(free), 'hole')}" if free else ", no holes"
    sizes = f": {count(layout.size, 'byte')}, aligned to {layout.align}{gaps}"
    return line(Piece(f"struct {layout.name}", "strong"), f" on {abi}{sizes}")


def _parent(field: PlacedField) -> str:
    return field.path.rpartition(".")[0]


def _name(field: PlacedField) -> str:
    depth = field.path.count(".")
    name = field.path.rsplit(".", 1)[-1]
    return "  " * depth + ("." if depth else "") + name


def _end(field: PlacedField) -> int:
    return -(-(field.offset_bits + field.size_bits) // 8)


def _ruler(first: int, last: int, word: int, scale: int) -> str:
    out = ""
    for byte in range(first, last + 1, word):
        out = pad(out, (byte - first) * scale) + str(byte)
    return out


def _bar(bar: Bar, first: int, scale: int) -> str:
    shown = bar.parts or (bar.field,)
    out = ""
    for part in shown:
        cells = (_end(part) - part.offset) * scale
        name = part.path.rsplit(".", 1)[-1] if bar.parts else ""
        out = pad(out, (part.offset - first) * scale)
        out = out[: (part.offset - first) * scale]
        out += _box(name, cells, ":" if part.bit_field else "-")
    return out


def _box(name: str, cells: int, filler: str) -> str:
    if cells < 2:
        return "#" if filler == "-" else filler
    inside = cut(name, cells - 2) if cells - 2 >= min(4, width(name)) else ""
    return "[" + inside + filler * (cells - 2 - width(inside)) + "]"


def _clip(drawn: str, first: int, last: int) -> str:
    return drawn[first:last]
