"""Drawings of bytes: every bar stands over the bytes that it is about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelcheck.layout.placed import StructLayout
from modelcheck.report.byte_map import Bar, holes, neighbours, parts_of, shared, size_line, span_text, struct
from modelcheck.report.page import plain
from tests.report.goldens import assert_golden
from tests.report.samples import PTDESC, placed


def test_whole_struct() -> None:
    lines = [size_line(PTDESC, "ppc64le"), *struct(PTDESC, 8, frozenset({"pt_rcu_head"}))]
    assert_golden("struct_ptdesc", plain(lines))


def test_neighbours() -> None:
    text = plain(neighbours([PTDESC], [("ptdesc", "pt_rcu_head"), ("ptdesc", "ptl"), ("page", "lru")]))
    assert text == (
        "ptdesc.pt_rcu_head: bytes 8..23\n"
        "    shares bytes with ptdesc.pt_list, ptdesc.pt_frag_refcount\n"
        "ptdesc.ptl: bytes 40..47\n"
        "    shares bytes with nothing\n"
    )


def test_shared_bytes_are_marked() -> None:
    head, count = PTDESC.field("pt_rcu_head"), PTDESC.field("pt_frag_refcount")
    lines = plain(shared([Bar("head", head, parts_of(PTDESC, head)), Bar("count", count)], 8)).splitlines()
    assert lines[1].index("[func") == lines[2].index("[") == lines[3].index("^")
    assert lines[3].count("^") == 2 * 4


def test_span_text() -> None:
    assert span_text(placed("a", 8, 16)) == "bytes 8..23"
    assert span_text(placed("a", 3, 1)) == "byte 3"
    assert span_text(placed("a", 4, 1, bits=3)) == "bits 0..2 of byte 4"


def test_holes() -> None:
    assert holes(PTDESC) == [(24, 40), (56, 64)]


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 24)), min_size=1, max_size=12))
def test_every_byte_of_every_field_is_drawn(places: list[tuple[int, int]]) -> None:
    fields = tuple(placed(f"f{i}", offset, size) for i, (offset, size) in enumerate(places))
    layout = StructLayout("s", 128, 8, fields)
    drawn = plain(struct(layout, 8, frozenset(), 80)).split("\n")
    for field in fields:
        rows = [row for row in drawn if row.split()[:1] == [field.path]]
        inked = sum(sum(c in "[-]#" for c in row.split(field.path, 1)[1]) for row in rows)
        assert inked == field.size
