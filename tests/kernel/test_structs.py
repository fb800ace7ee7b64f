"""Structs read from BTF: places, sizes and names of members; and real kernels where there are some."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.diagnostics import InputError
from modelcheck.kernel.btf import Btf, parse_btf
from modelcheck.kernel.image import RUNNING, read_btf
from modelcheck.kernel.structs import KernelStruct, read_struct, type_text
from tests.kernel import btf_writer as bw
from tests.kernel.btf_writer import BtfWriter


@dataclass
class Tree:
    """A struct as a test invents it: what to write, and what must be read."""

    members: list[tuple[str, int, int]] = field(default_factory=list)
    fields: list[tuple[str, int, int]] = field(default_factory=list)
    size: int = 0


@st.composite
def trees(draw: st.DrawFn, writer: BtfWriter, depth: int) -> Tree:
    """Members one after the other, some with gaps, down to `depth` levels of nesting, named or not."""
    tree = Tree()
    for index in range(draw(st.integers(0, 3))):
        start = 8 * tree.size
        what = draw(st.sampled_from(["scalar", "array", "pointer", "struct"] if depth else ["scalar"]))
        name = f"m{index}"
        if what == "struct":
            inner = draw(trees(writer, depth - 1))
            name = draw(st.sampled_from([name, ""]))
            type_id = writer.aggregate(bw.STRUCT, draw(st.sampled_from(["", "tag"])), inner.size, inner.members)
            size = inner.size
            below = [(f"{name}.{path}" if name else path, start + at, bits) for path, at, bits in inner.fields]
        else:
            size = draw(st.sampled_from([1, 2, 4, 8]))
            type_id = writer.integer(f"u{size}", size)
            below = []
            if what == "array":
                count = draw(st.integers(0, 5))
                type_id, size = writer.array(type_id, count), size * count
            if what == "pointer":
                type_id, size = writer.add(bw.PTR, size_or_type=type_id), 8
        for kind in draw(st.lists(st.sampled_from([bw.CONST, bw.VOLATILE, bw.TYPEDEF, bw.TYPE_TAG]), max_size=2)):
            type_id = writer.add(kind, "alias", type_id)
        if name:
            tree.fields.append((name, start, 8 * size))
        if not name or what == "struct":
            tree.fields.extend(below)
        tree.members.append((name, type_id, start))
        tree.size += size + draw(st.integers(0, 3))
    return tree


@st.composite
def kernels(draw: st.DrawFn) -> tuple[BtfWriter, Tree]:
    writer = BtfWriter(draw(st.sampled_from(["little", "big"])))
    writer.integer("long int", 8)
    tree = draw(trees(writer, 3))
    writer.aggregate(bw.STRUCT, "top", tree.size, tree.members)
    return writer, tree


@given(kernels(), st.integers(0, 3))
def test_members_come_in_order_with_places_and_paths_down_to_the_depth(
    kernel: tuple[BtfWriter, Tree], depth: int
) -> None:
    writer, tree = kernel
    top = read_struct(parse_btf(writer.data(), "file"), "top", depth)
    assert top is not None
    assert top.size == tree.size
    expected = [f for f in tree.fields if f[0].count(".") <= depth]
    assert [(f.path, f.offset_bits, f.size_bits) for f in top.fields] == expected


def fields_of(writer: BtfWriter, name: str = "s") -> dict[str, tuple[int, int | None, bool]]:
    found = read_struct(parse_btf(writer.data(), "file", 8), name)
    assert found is not None
    return {f.path: (f.offset_bits, f.size_bits, f.bit_field) for f in found.fields}


def test_bit_fields_with_kind_flag_and_in_the_old_encoding() -> None:
    writer = BtfWriter()
    plain = writer.integer("unsigned int", 4)
    writer.aggregate(
        bw.STRUCT, "s", 8, [("a", plain, 3 << 24 | 32), ("b", plain, 29 << 24 | 35), ("c", plain, 0)], bits=True
    )
    assert fields_of(writer) == {"a": (32, 3, True), "b": (35, 29, True), "c": (0, 32, False)}
    old = BtfWriter()
    three = old.integer("unsigned int", 4, bits=3)
    shifted = old.integer("unsigned int", 4, bits=5, offset=3)
    old.aggregate(bw.STRUCT, "s", 4, [("a", three, 0), ("b", shifted, 0)])
    assert fields_of(old) == {"a": (0, 3, True), "b": (3, 5, True)}


def test_types_as_c_text() -> None:
    writer = BtfWriter()
    long = writer.integer("long unsigned int", 8)
    page = writer.aggregate(bw.STRUCT, "page", 8, [])
    const_page = writer.add(bw.CONST, size_or_type=page)
    pointer = writer.add(bw.PTR, size_or_type=const_page)
    function = writer.add(bw.FUNC_PROTO, size_or_type=0, vlen=1, tail=["head", page])
    expected = {
        0: "void",
        long: "unsigned long",
        pointer: "const struct page *",
        writer.add(bw.CONST, size_or_type=pointer): "const struct page *const",
        writer.array(writer.array(long, 3), 2): "unsigned long[2][3]",
        writer.array(pointer, 4): "const struct page *[4]",
        writer.add(bw.PTR, size_or_type=writer.array(long, 4)): "unsigned long (*)[4]",
        writer.add(bw.PTR, size_or_type=function): "void (*)(...)",
        writer.add(bw.ENUM, "zone", 4): "enum zone",
        writer.add(bw.FWD, "mm_struct"): "struct mm_struct",
        writer.add(bw.FWD, "u", kind_flag=True): "union u",
        writer.add(bw.TYPEDEF, "gfp_t", long): "gfp_t",
        writer.aggregate(bw.UNION, "", 8, []): "union { ... }",
        writer.integer("char", 1): "char",
        writer.integer("short unsigned int", 2): "unsigned short",
    }
    btf = parse_btf(writer.data(), "file")
    assert {type_id: type_text(btf, type_id) for type_id in expected} == expected


def contradiction(writer: BtfWriter, name: str = "s") -> str:
    with pytest.raises(InputError) as raised:
        read_struct(parse_btf(writer.data(), "file", 8), name)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "CA404"
    return diagnostic.message


@pytest.mark.parametrize("kind", [bw.TYPEDEF, bw.CONST, bw.PTR])
def test_a_type_made_from_itself_is_a_diagnostic(kind: int) -> None:
    writer = BtfWriter()
    writer.add(kind, "a" if kind == bw.TYPEDEF else "", 2)
    writer.add(kind, "b" if kind == bw.TYPEDEF else "", 1)
    writer.aggregate(bw.STRUCT, "s", 8, [("m", 1, 0)])
    assert "made from itself" in contradiction(writer)


def test_an_array_of_itself_is_a_diagnostic() -> None:
    writer = BtfWriter()
    writer.array(1, 2**31)
    writer.aggregate(bw.STRUCT, "s", 8, [("m", 1, 0)])
    assert "made from itself" in contradiction(writer)


@pytest.mark.parametrize("name", ["", "m"])
def test_a_struct_in_itself_is_a_diagnostic(name: str) -> None:
    writer = BtfWriter()
    writer.aggregate(bw.STRUCT, "s", 8, [(name, 1, 0)])
    btf = parse_btf(writer.data(), "file")
    with pytest.raises(InputError) as raised:
        read_struct(btf, "s", depth=10**6)
    assert "contains itself" in raised.value.diagnostics[0].message


def test_members_that_multiply_are_a_diagnostic() -> None:
    writer = BtfWriter()
    writer.aggregate(bw.STRUCT, "", 0, [])
    for inner in range(1, 25):
        writer.aggregate(bw.STRUCT, "", 0, [("", inner, 0)] * 8)
    writer.aggregate(bw.STRUCT, "s", 0, [("", 25, 0)])
    assert "more than 65536 members" in contradiction(writer)


def test_a_member_whose_type_was_not_read_has_no_size() -> None:
    writer = BtfWriter()
    writer.aggregate(bw.STRUCT, "s", 16, [("known", 2, 0), ("unknown", 4, 64), ("array", 5, 64)])
    writer.integer("long int", 8)
    writer.add(99, "new")
    writer.integer("char", 1)
    btf = parse_btf(writer.data(), "file")
    found = read_struct(btf, "s")
    assert found is not None and btf.unread
    assert [(f.path, f.size_bits) for f in found.fields] == [("known", 64), ("unknown", None), ("array", None)]


def test_the_first_of_several_structs_of_a_name_is_taken() -> None:
    writer = BtfWriter()
    writer.aggregate(bw.STRUCT, "s", 4, [])
    writer.aggregate(bw.STRUCT, "s", 8, [])
    assert read_struct(parse_btf(writer.data(), "file"), "s") == KernelStruct("s", 4, (), 1)
    assert read_struct(parse_btf(writer.data(), "file"), "t") is None


@pytest.fixture(scope="module")
def running() -> Btf:
    if not RUNNING.exists():
        pytest.skip(f"this kernel has no {RUNNING}")
    return read_btf(RUNNING)


def test_the_running_kernel_is_read_whole(running: Btf) -> None:
    assert running.unread == ""
    page = read_struct(running, "page")
    assert page is not None
    assert page.field("flags").offset_bits == 0
    assert page.field("lru.prev").offset == page.field("lru").offset + running.word
    assert page.field("callback_head").offset == page.field("lru").offset
    assert all(f.size_bits is not None and f.offset_bits + f.size_bits <= 8 * page.size for f in page.fields)


SOURCE = """
struct list_head { struct list_head *next, *prev; };
typedef struct { int counter; } atomic_t;
struct page {
    unsigned long flags;
    union { struct list_head lru; struct { unsigned long a; atomic_t b[3]; }; };
    unsigned x:3, y:29;
    _Bool last;
} page;
"""


def test_a_compiled_file_reads_as_the_compiler_laid_it_out(tmp_path: Path) -> None:
    for tool in ("gcc", "pahole"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    (tmp_path / "page.c").write_text(SOURCE)
    subprocess.run(["gcc", "-g", "-c", "page.c", "-o", "page.o"], cwd=tmp_path, check=True)
    subprocess.run(["pahole", "-J", "page.o"], cwd=tmp_path, check=True)
    page = read_struct(read_btf(tmp_path / "page.o"), "page")
    assert page is not None
    word = page.field("flags").size
    assert word is not None
    assert [(f.path, f.offset_bits) for f in page.fields] == [
        ("flags", 0),
        ("lru", 8 * word),
        ("lru.next", 8 * word),
        ("lru.prev", 16 * word),
        ("a", 8 * word),
        ("b", 16 * word),
        ("x", 16 * word + 96),
        ("y", 16 * word + 99),
        ("last", 16 * word + 128),
    ]
