"""The BTF reader against files written by `btf_writer`, damaged ones, and unknown kinds."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.diagnostics import InputError
from modelcheck.kernel.btf import Btf, Kind, parse_btf
from tests.kernel import btf_writer as bw
from tests.kernel.btf_writer import KNOWN_LAYOUT, BtfWriter

ORDERS = st.sampled_from(["little", "big"])
U32 = st.integers(0, 2**32 - 1)
NAMES = st.text("abcdefgh_", max_size=4)
LAYOUTS = st.sampled_from([None, KNOWN_LAYOUT])


@st.composite
def any_type(draw: st.DrawFn, writer: BtfWriter) -> None:
    """Adds a type of any known kind, with any contents."""
    kind = draw(st.integers(1, 19))
    once, each = KNOWN_LAYOUT[kind]
    vlen = draw(st.integers(0, 4))
    tail = draw(st.lists(U32, min_size=(once + each * vlen) // 4, max_size=(once + each * vlen) // 4))
    writer.add(kind, draw(NAMES), draw(U32), vlen=vlen, kind_flag=draw(st.booleans()), tail=tail)


@st.composite
def files(draw: st.DrawFn, layouts: st.SearchStrategy[object] = LAYOUTS) -> BtfWriter:
    writer = BtfWriter(draw(ORDERS), draw(layouts))
    for _ in range(draw(st.integers(0, 8))):
        draw(any_type(writer))
    return writer


def assert_same(btf: Btf, writer: BtfWriter) -> None:
    for number, written in enumerate(writer.types[: len(btf)], start=1):
        record = btf.type(number)
        assert record is not None
        assert record.id == number
        assert (record.kind, record.name, record.kind_flag, record.vlen, record.size_or_type, record.tail) == (
            written.kind,
            written.name,
            written.kind_flag,
            written.vlen,
            written.size_or_type,
            written.tail,
        )


@given(files())
def test_every_kind_reads_back_in_both_byte_orders(writer: BtfWriter) -> None:
    btf = parse_btf(writer.data(), "file")
    assert len(btf) == len(writer.types)
    assert btf.byte_order == writer.order
    assert btf.unread == ""
    assert_same(btf, writer)


@given(files(), st.integers(20, 127), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.data())
def test_an_unknown_kind_is_passed_over_by_the_sizes_the_file_gives(
    writer: BtfWriter, kind: int, once: int, each: int, vlen: int, data: st.DataObject
) -> None:
    writer.layout = [*KNOWN_LAYOUT, *[(1, 1)] * (kind - 20), (4 * once, 4 * each)]
    writer.add(kind, "new", 7, vlen=vlen, tail=[1] * (once + each * vlen))
    data.draw(any_type(writer))
    btf = parse_btf(writer.data(), "file")
    assert btf.unread == ""
    assert len(btf) == len(writer.types)
    assert_same(btf, writer)


@given(
    files(), st.integers(20, 127), st.sampled_from([None, KNOWN_LAYOUT, [*KNOWN_LAYOUT, *[(2, 0)] * 108]]), st.data()
)
def test_what_is_before_an_unknown_kind_without_size_is_kept(
    writer: BtfWriter, kind: int, layout: object, data: st.DataObject
) -> None:
    before = len(writer.types)
    writer.layout = layout  # type: ignore[assignment]
    writer.add(kind, "new")
    data.draw(any_type(writer))
    btf = parse_btf(writer.data(), "file")
    assert len(btf) == before
    assert f"type {before + 1} is of kind {kind}" in btf.unread
    assert_same(btf, writer)
    assert btf.type(before + 1) is None


def test_a_type_is_found_by_kind_and_name_also_where_names_share_bytes() -> None:
    writer = BtfWriter()
    writer.aggregate(bw.STRUCT, "mypage", 4, [])
    wanted = writer.aggregate(bw.STRUCT, "page", 8, [])
    writer.aggregate(bw.UNION, "page", 16, [])
    writer.aggregate(bw.STRUCT, "pages", 4, [])
    data = bytearray(writer.data())
    btf = parse_btf(bytes(data), "file")
    assert list(btf.find(Kind.STRUCT, "page")) == [wanted]
    # A writer may let a name be the end of another one.
    shared = btf._strings.index(b"mypage") + 2
    struct.pack_into("<I", data, 24 + 12, shared)
    assert list(parse_btf(bytes(data), "file").find(Kind.STRUCT, "page")) == [wanted]


@pytest.mark.parametrize(("name", "size"), [("long unsigned int", 4), ("long int", 8), ("unsigned long", 8)])
def test_the_size_of_a_pointer_is_that_of_long(name: str, size: int) -> None:
    writer = BtfWriter()
    writer.integer("int", 4)
    writer.integer(name, size)
    assert parse_btf(writer.data(), "file").word == size


def test_the_container_knows_the_size_of_a_pointer_better() -> None:
    writer = BtfWriter()
    writer.integer("long int", 8)
    assert parse_btf(writer.data(), "file", word=4).word == 4


def test_without_a_type_long_the_size_of_a_pointer_is_an_error() -> None:
    with pytest.raises(InputError) as raised:
        parse_btf(BtfWriter().data(), "file").word  # noqa: B018
    assert [d.code for d in raised.value.diagnostics] == ["CA406"]


def broken(offset: int, form: str, *values: int) -> bytes:
    writer = BtfWriter()
    writer.integer("long int", 8)
    data = bytearray(writer.data())
    struct.pack_into("<" + form, data, offset, *values)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "magic number"),
        (b"\x9f\xeb\x01", "header is cut off"),
        (broken(2, "B", 2), "version 2"),
        (broken(4, "I", 20), "header says that it is 20 bytes"),
        (broken(4, "I", 2**31), "header says that it is"),
        (broken(8, "I", 2**32 - 4), "types would end at byte"),
        (broken(12, "I", 10), "not a multiple of 4"),
        (broken(12, "I", 12), "type 1 is cut off"),
        (broken(12, "I", 4), "type 1 is cut off"),
        (broken(16, "I", 2**31), "names would end at byte"),
        (broken(20, "I", 0), "table of names"),
        (broken(20, "I", 5), "table of names"),
        (broken(24 + 16, "B", 65), "table of names"),
        (broken(24 + 4, "I", 4 << 24 | 0xFFFFFF), "type 1 is cut off"),
    ],
)
def test_a_damaged_file_is_a_diagnostic(data: bytes, what: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_btf(data, "file")
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "CA403"
    assert what in diagnostic.message


def test_a_name_outside_the_table_is_a_diagnostic_with_help_about_modules() -> None:
    btf = parse_btf(broken(24, "I", 1000), "file")
    with pytest.raises(InputError) as raised:
        btf.type(1)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "CA404"
    assert "module" in diagnostic.help


def test_a_type_that_does_not_exist_is_a_diagnostic() -> None:
    with pytest.raises(InputError) as raised:
        parse_btf(BtfWriter().data(), "file").type(1)
    assert raised.value.diagnostics[0].code == "CA404"
