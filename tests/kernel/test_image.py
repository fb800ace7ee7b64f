"""BTF is found in raw files, in ELF files of all classes and byte orders, and in packed ones; the rest is refused."""

from __future__ import annotations

import gzip
import lzma
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.diagnostics import InputError
from modelcheck.kernel.image import find_btf, read_btf
from modelcheck.kernel.structs import read_struct
from tests.kernel import btf_writer as bw
from tests.kernel.btf_writer import BtfWriter, elf_file


def sample(order: str = "little") -> bytes:
    """A small kernel: a struct with a pointer, a bit-field, an array, a typedef and an anonymous union."""
    writer = BtfWriter(order, bw.KNOWN_LAYOUT)
    long = writer.integer("long unsigned int", 8)
    int_ = writer.integer("unsigned int", 4)
    pointer = writer.add(bw.PTR, size_or_type=5)
    alias = writer.add(bw.TYPEDEF, "pgoff_t", long)
    writer.aggregate(bw.STRUCT, "list_head", 16, [("next", pointer, 0), ("prev", pointer, 64)])
    inner = writer.aggregate(bw.UNION, "", 16, [("lru", 5, 0), ("index", alias, 0)])
    words = writer.array(int_, 2)
    members = [("flags", long, 0), ("", inner, 64), ("bits", int_, 3 << 24 | 192), ("words", words, 224)]
    writer.aggregate(bw.STRUCT, "page", 40, members, bits=True)
    return writer.data()


def read(data: bytes) -> list[tuple[str, int, int | None]]:
    page = read_struct(find_btf(memoryview(data), "file"), "page")
    assert page is not None
    return [(f.path, f.offset_bits, f.size_bits) for f in page.fields]


EXPECTED = [
    ("flags", 0, 64),
    ("lru", 64, 128),
    ("lru.next", 64, 64),
    ("lru.prev", 128, 64),
    ("index", 64, 64),
    ("bits", 192, 3),
    ("words", 224, 64),
]


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("wide", [True, False])
def test_raw_and_elf_say_the_same(order: str, wide: bool) -> None:
    raw = sample(order)
    assert read(raw) == EXPECTED
    if wide:
        assert read(elf_file(raw, order=order)) == EXPECTED
    else:
        # The class of the ELF file decides the size of pointers.
        narrow = {path: size for path, _, size in read(elf_file(raw, order=order, wide=False))}
        assert narrow["lru.next"] == 32


@pytest.mark.parametrize("pack", [lzma.compress, gzip.compress])
def test_packed_files_are_unpacked(pack: object, tmp_path: Path) -> None:
    path = tmp_path / "vmlinux.packed"
    path.write_bytes(pack(elf_file(sample())))  # type: ignore[operator]
    assert read_struct(read_btf(path), "page") is not None


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    for name, data in (("raw", sample()), ("vmlinux", elf_file(sample("big"), order="big"))):
        (tmp_path / name).write_bytes(data)
        btf = read_btf(tmp_path / name)
        assert btf.name == str(tmp_path / name)
        assert btf.word == 8
        assert len(btf) == 8


def refused(data: bytes) -> tuple[str, str]:
    with pytest.raises(InputError) as raised:
        find_btf(memoryview(data), "file")
    (diagnostic,) = raised.value.diagnostics
    return diagnostic.code, diagnostic.message


def test_what_is_not_a_kernel_is_refused(tmp_path: Path) -> None:
    assert refused(b"") == ("CA402", "`file` is empty")
    assert refused(b"#!/bin/sh\n") == ("CA402", "`file` is neither BTF nor ELF")
    assert refused(random.Random(1).randbytes(10 << 20))[0] == "CA402"
    assert refused(elf_file(b"", name=".text"))[0] == "CA402"
    assert refused(b"\x7fELF")[0] == "CA403"
    assert refused(elf_file(sample(), flags=0x800))[0] == "CA403"
    assert refused(elf_file(sample())[:-10])[0] == "CA403"
    assert refused(lzma.compress(sample())[:-20])[0] == "CA403"
    assert refused(gzip.compress(sample())[:-20])[0] == "CA403"
    (tmp_path / "text").write_text("no kernel")
    with pytest.raises(InputError) as raised:
        read_btf(tmp_path / "text")
    assert raised.value.diagnostics[0].code == "CA402"
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as raised:
            read_btf(path)
        assert raised.value.diagnostics[0].code == "CA401"


def test_a_table_of_sections_outside_the_file_is_refused() -> None:
    for place in (2**63, 2**64 - 1, 10**6):
        data = bytearray(elf_file(sample()))
        struct.pack_into("<Q", data, 40, place)
        assert refused(bytes(data)) == ("CA403", "`file` is damaged: the ELF headers point outside the file")


def test_a_section_outside_the_file_is_refused() -> None:
    data = bytearray(elf_file(sample()))
    table = struct.unpack_from("<Q", data, 40)[0]
    struct.pack_into("<Q", data, table + 64 + 32, 2**63)
    assert refused(bytes(data)) == ("CA403", "`file` is damaged: its section .BTF points outside the file")


SAMPLES = st.sampled_from(["little", "big"]).map(sample)
CONTAINED = st.one_of(
    SAMPLES,
    st.builds(elf_file, SAMPLES, wide=st.booleans()),
    SAMPLES.map(lambda data: lzma.compress(data, preset=0)),
    SAMPLES.map(lambda data: gzip.compress(data, 1)),
)


@given(CONTAINED, st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6), st.integers(0, 10_000))
def test_damage_is_a_diagnostic_or_harmless_never_anything_else(
    data: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    try_everything(bytes(damaged))
    try_everything(bytes(damaged[: length % len(damaged)]))


@given(
    st.sampled_from(["<", ">"]), st.lists(st.integers(0, 2**32 - 1), min_size=6, max_size=6), st.binary(max_size=400)
)
def test_any_header_before_any_bytes(mark: str, places: list[int], rest: bytes) -> None:
    small = [place % 256 for place in places]
    for fields in (places, small, [24, *small[1:]]):
        words = struct.pack(mark + "HBB5I", 0xEB9F, 1, 0, fields[0], *fields[1:5])
        try_everything(words + rest)


def try_everything(data: bytes) -> None:
    """Reads all types, and all structs with everything in them; only an InputError may come out."""
    try:
        btf = find_btf(memoryview(data), "file")
        records = [btf.type(number) for number in range(1, len(btf) + 1)]
        for name in sorted({record.name for record in records if record is not None and record.kind in (4, 5)}):
            read_struct(btf, name, depth=8)
    except InputError as error:
        assert all(d.code.startswith("CA4") for d in error.diagnostics)
