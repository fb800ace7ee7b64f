from __future__ import annotations

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.layout.layouts import Layouts, layout_of, size_of
from modelcheck.model.declarations import Declarations, FieldRef
from modelcheck.source import SourceText
from modelcheck.syntax.cdecl import parse_declarations
from tests.layout.targets import shipped_abi


class Chosen:
    """A configuration that remembers what it was asked."""

    def __init__(self, *symbols: str) -> None:
        self.symbols = symbols
        self.asked: list[str] = []

    def symbol(self, name: str) -> bool:
        self.asked.append(name)
        return name in self.symbols

    def size_of(self, type_name: str) -> int:
        raise AssertionError("sizes are the layout's own business")


def declared(text: str) -> Declarations:
    read = parse_declarations(SourceText("t.layout", text), 0, len(text))
    assert read.diagnostics == ()
    return Declarations(read.types)


LIST = "struct list_head { struct list_head *next, *prev; };"


def test_fields_of_members_follow_their_member() -> None:
    text = (
        LIST
        + "struct page { unsigned long flags; union { struct list_head lru; struct { void *f; u32 n; }; }; u8 t[4]; };"
    )
    layout = layout_of(declared(text), shipped_abi("ppc64le"), Chosen(), "page")
    assert [(f.path, f.type, f.offset, f.size) for f in layout.fields] == [
        ("flags", "unsigned long", 0, 8),
        ("lru", "struct list_head", 8, 16),
        ("lru.next", "struct list_head *", 8, 8),
        ("lru.prev", "struct list_head *", 16, 8),
        ("f", "void *", 8, 8),
        ("n", "u32", 16, 4),
        ("t", "u8 [4]", 24, 4),
    ]
    assert (layout.size, layout.align) == (32, 8)
    assert all(f.span is not None for f in layout.fields)


def test_same_types_have_the_same_key() -> None:
    text = "typedef struct { int counter; } atomic_t; struct s { unsigned long a;"
    text += "long unsigned int b; long c; atomic_t d; atomic_t e;"
    text += "struct { int x; } f; struct { int x; } g; struct { int x; } h[2]; };"
    layout = layout_of(declared(text), shipped_abi("x86_64"), Chosen(), "s")
    keys = {f.path: f.type_key for f in layout.fields}
    assert keys["a"] == keys["b"] != keys["c"]
    assert keys["d"] == keys["e"]
    assert len({keys["f"], keys["g"], keys["h"]}) == 3


def test_layouts_follow_symbols_targets_and_sizes() -> None:
    text = """
typedef struct {
#ifdef SMP
    unsigned slock;
#endif
} spinlock_t;
struct page {
    unsigned long flags;
#if sizeof(spinlock_t) > 0
    spinlock_t ptl;
#endif
    int last;
}
#ifdef ALIGNED
    __aligned(2 * sizeof(unsigned long))
#endif
;
"""
    types = declared(text)
    sizes = {
        (abi, chosen): size_of(types, shipped_abi(abi), Chosen(*chosen), "struct page")
        for abi in ("x86_64", "i386")
        for chosen in ((), ("SMP",), ("ALIGNED",), ("SMP", "ALIGNED"))
    }
    assert sizes == {
        ("x86_64", ()): 16,
        ("x86_64", ("SMP",)): 16,
        ("x86_64", ("ALIGNED",)): 16,
        ("x86_64", ("SMP", "ALIGNED")): 16,
        ("i386", ()): 8,
        ("i386", ("SMP",)): 12,
        ("i386", ("ALIGNED",)): 8,
        ("i386", ("SMP", "ALIGNED")): 16,
    }
    smp = layout_of(types, shipped_abi("x86_64"), Chosen("SMP"), "page")
    assert [f.path for f in smp.fields] == ["flags", "ptl", "ptl.slock", "last"]
    with pytest.raises(KeyError):
        layout_of(types, shipped_abi("x86_64"), Chosen(), "page").field("ptl")


@pytest.mark.parametrize(
    ("type_name", "size"),
    [
        ("unsigned long", 4),
        ("long unsigned int", 4),
        ("long long", 8),
        ("u64", 8),
        ("bool", 1),
        ("size_t", 4),
        ("void *", 4),
        ("struct nowhere *", 4),
        ("struct list_head", 8),
        ("enum e", 4),
        ("const char", 1),
    ],
)
def test_sizeof(type_name: str, size: int) -> None:
    assert size_of(declared(LIST), shipped_abi("ppc32"), Chosen(), type_name) == size


def test_a_declared_name_counts_more_than_a_built_in_one() -> None:
    assert size_of(declared("typedef char u64;"), shipped_abi("ppc32"), Chosen(), "u64") == 1


def test_bit_fields_begin_where_the_byte_order_has_the_first_bit() -> None:
    text = "struct slab { void *p;"
    text += "union { unsigned long counters; struct { unsigned inuse:16, objects:15, frozen:1; }; }; };"
    for abi in ("ppc64", "ppc64le"):
        layout = layout_of(declared(text), shipped_abi(abi), Chosen(), "slab")
        bits = [(f.path, f.offset_bits, f.size_bits) for f in layout.fields if f.bit_field]
        assert bits == [("inuse", 64, 16), ("objects", 80, 15), ("frozen", 95, 1)]


def test_asks_once_and_never_again() -> None:
    text = "struct s {\n#ifdef A\nint a;\n#endif\n#ifdef B\nint b;\n#endif\nint c;\n#ifdef C\nint d;\n#endif\n};"
    layouts = Layouts(declared(text), shipped_abi("x86_64"))
    for chosen in ((), ("A",), ("A", "B"), ("B",), (), ("A", "B", "C")):
        asked = Chosen(*chosen)
        placed = layouts.place(FieldRef("s", "c"), asked.symbol)
        assert placed is not None
        assert placed.offset == 4 * len([s for s in chosen if s != "C"])
        assert asked.asked == ["A", "B"]
    assert layouts.place(FieldRef("s", "d"), Chosen().symbol) is None
    assert layouts.place(FieldRef("s", "e"), Chosen().symbol) is None


def test_a_place_is_the_one_in_the_layout() -> None:
    text = LIST + (
        "typedef struct list_head head_t;"
        "struct s { char c; struct { short a; union { head_t h; char z[3]; }; } __packed;"
        "struct { int b : 3; long : 0; struct { char y; head_t deep; } in; } out; };"
    )
    for abi in ("m68k", "i386", "s390x"):
        layouts = Layouts(declared(text), shipped_abi(abi))
        layout = layouts.layout("s", Chosen().symbol)
        assert len(layout.fields) == 13
        for placed in layout.fields:
            assert layouts.place(FieldRef("s", placed.path), Chosen().symbol) == placed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("struct s { int x : 33; };", "CA207"),
        ("struct s { int x : 0; };", "CA207"),
        ("struct s { int x __aligned(3); };", "CA208"),
        ("struct s { int x; } __aligned(0);", "CA208"),
        ("struct s { int x[-1]; };", "CA209"),
        ("struct s { int x[8 / (sizeof(long) - 8)]; };", "CA209"),
        ("struct s { nothing_t x; };", "CA201"),
        ("#ifdef A\ntypedef int t;\n#endif\nstruct s { t x; };", "CA206"),
        ("struct s { struct s x; };", "CA203"),
        ("typedef s s;", "CA203"),
        ("typedef int t0;" + "".join(f"typedef t{i} t{i + 1};" for i in range(2000)), "CA204"),
    ],
)
def test_declarations_without_a_meaning(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        layout_of(declared(text), shipped_abi("x86_64"), Chosen(), "s")
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == code
    assert diagnostic.span is not None


def test_an_empty_bit_field_aligns_a_packed_union_whatever_else_is_in_it() -> None:
    text = """
union page {
    void *larger;
    char a
#ifdef SMP
        __attribute__((aligned(1)))
#endif
    ;
    int : 0;
} __packed;
"""
    for symbols in ((), ("SMP",)):
        assert layout_of(declared(text), shipped_abi("arm"), Chosen(*symbols), "page").align == 4
