"""One struct against another: what counts as a difference, and how it reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelcheck.kernel.differences import canonical, differences
from modelcheck.kernel.structs import KernelField, KernelStruct
from modelcheck.layout.placed import PlacedField, StructLayout

Row = tuple[str, int, int, str]


def model(size: int, *rows: Row) -> StructLayout:
    return StructLayout(
        "page", size, 8, tuple(PlacedField(p, key, key, at, bits, False, None) for p, at, bits, key in rows)
    )


def kernel(size: int, *rows: tuple[str, int, int | None, str]) -> KernelStruct:
    return KernelStruct("page", size, tuple(KernelField(p, key, key, at, bits, False) for p, at, bits, key in rows))


def texts(ours: StructLayout | None, theirs: KernelStruct | None) -> list[str]:
    return [d.text for d in differences("page", ours, theirs)]


FLAGS: Row = ("flags", 0, 64, "unsigned long")
LRU: tuple[Row, ...] = (
    ("lru", 64, 128, "struct list_head"),
    ("lru.next", 64, 64, "struct list_head *"),
    ("lru.prev", 128, 64, "struct list_head *"),
)


def test_the_same_is_no_difference_whatever_the_order_of_members() -> None:
    assert texts(model(24, FLAGS, *LRU), kernel(24, *LRU, FLAGS)) == []
    assert texts(None, None) == []


def test_rcu_head_and_callback_head_are_one_name() -> None:
    head = (("{}", 64, 128, "struct {}"), ("{}.next", 64, 64, "struct {} *"), ("{}.func", 128, 64, "function *"))
    ours, theirs = (
        [(p.format(name), at, bits, key.format(name)) for p, at, bits, key in head]
        for name in ("rcu_head", "callback_head")
    )
    assert texts(model(24, *ours), kernel(24, *theirs)) == []
    assert texts(model(24, *theirs), kernel(24, *theirs)) == []
    assert texts(model(24, *ours), kernel(24, *theirs[:2])) == [
        "the model has `page.rcu_head.func` (function *: byte 16, 8 bytes), the kernel does not"
    ]
    assert canonical("a.callback_head.callback_head") == "a.rcu_head.rcu_head"


def test_every_kind_of_difference_has_its_sentence() -> None:
    ours = model(
        64,
        FLAGS,
        ("moved", 64, 32, "int"),
        ("grown", 96, 32, "int"),
        ("bit", 131, 1, "unsigned int"),
        ("x", 0, 8, "char"),
    )
    theirs = kernel(
        72,
        FLAGS,
        ("moved", 96, 32, "int"),
        ("grown", 96, 8, "char"),
        ("bit", 131, 2, "unsigned int"),
        ("y", 448, 64, "long"),
    )
    found = differences("page", ours, theirs)
    assert [d.kind for d in found] == ["size", "place", "place", "place", "only in the kernel", "only in the model"]
    assert [d.text for d in found] == [
        "`struct page` has 64 bytes in the model, 72 bytes in the kernel",
        "`page.moved` is at byte 8, 4 bytes in the model, at byte 12, 4 bytes in the kernel",
        "`page.grown` is at byte 12, 4 bytes in the model, at byte 12, 1 byte in the kernel",
        "`page.bit` is at bit 3 of byte 16, 1 bit in the model, at bit 3 of byte 16, 2 bits in the kernel",
        "the kernel has `page.y` (long: byte 56, 8 bytes), the model does not",
        "the model has `page.x` (char: byte 0, 1 byte), the kernel does not",
    ]
    assert texts(model(8), None) == ["the kernel has no `struct page`"]
    assert texts(None, kernel(8)) == ["the model has no `struct page`"]


def test_a_size_that_is_not_known_is_not_compared() -> None:
    assert texts(model(8, FLAGS), kernel(8, ("flags", 0, None, "new"))) == []
    assert texts(model(8, FLAGS), kernel(8, ("flags", 8, None, "new"))) == [
        "`page.flags` is at byte 0, 8 bytes in the model, at byte 1, size not known in the kernel"
    ]


def test_below_a_member_that_differs_nothing_is_said() -> None:
    moved = tuple((p, at + 64, bits, key) for p, at, bits, key in LRU)
    assert texts(model(24, *LRU), kernel(24, *moved)) == [
        "`page.lru` is at byte 8, 16 bytes in the model, at byte 16, 16 bytes in the kernel"
    ]


def test_members_of_a_member_count_where_the_tag_is_the_same() -> None:
    assert texts(model(24, *LRU[:2]), kernel(24, *LRU)) == [
        "the kernel has `page.lru.prev` (struct list_head *: byte 16, 8 bytes), the model does not"
    ]
    lock = ("ptl", 64, 32, "spinlock_t")
    ours, theirs = ("ptl.slock", 64, 32, "int"), ("ptl.val", 64, 32, "u32")
    assert texts(model(24, lock, ours), kernel(24, lock, theirs)) == []
    assert texts(model(24, lock, ("ptl.val", 64, 16, "u16")), kernel(24, lock, theirs)) == [
        "`page.ptl.val` is at byte 8, 2 bytes in the model, at byte 8, 4 bytes in the kernel"
    ]


def test_a_kernel_that_does_not_say_what_is_in_a_member_does_not_differ_there() -> None:
    assert texts(model(24, *LRU), kernel(24, LRU[0])) == []


ROWS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 64), st.integers(0, 64), st.just("int")), unique_by=lambda r: r[0]
)


@given(ROWS, ROWS)
def test_differences_are_exactly_what_is_not_the_same(ours: list[Row], theirs: list[Row]) -> None:
    one, other = {r[0]: r[1:] for r in ours}, {r[0]: r[1:] for r in theirs}
    found = differences("page", model(8, *ours), kernel(8, *theirs))
    assert {d.path for d in found} == {p for p in {*one, *other} if one.get(p) != other.get(p)}
    assert len({d.path for d in found}) == len(found)
