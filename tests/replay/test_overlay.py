"""Which fields overlap, and which are one and the same."""

from __future__ import annotations

import pytest

from modelcheck.layout.placed import PlacedField
from modelcheck.replay.overlay import overlay_of
from tests.replay.models import f, place

NAMES = ("flags", "head", "head.next", "other_head", "alias_head", "lru", "lru.next", "list", "mapping", "bit")


def overlay(*names, same=()):
    return overlay_of([f(name) for name in names], same, "page", place)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("head", "other_head", True),
        ("head", "lru", True),
        ("head", "mapping", False),
        ("other_head", "mapping", True),
        ("head", "head.next", False),
        ("head", "head", False),
        ("head", "alias_head", False),
        ("lru", "list", False),
        ("lru.next", "head.next", True),
        ("lru.next", "list", False),
        ("lru.next", "lru.prev", False),
        ("head.next", "alias_head", False),
        ("flags", "head", False),
        ("bit", "bit", False),
        ("kind", "tail", True),
        ("missing", "head", False),
    ],
)
def test_overlap(left, right, expected):
    found = overlay(left, right)
    assert found.overlap(f(left), f(right)) is expected
    assert found.overlap(f(right), f(left)) is expected


def test_declared_same_joins_names_and_what_lies_in_them():
    pair = (f("kind"), f("kind_again"))
    assert overlay("kind", "kind_again").overlap(*pair)
    joined = overlay("kind", "kind_again", same=[pair])
    assert not joined.overlap(*pair) and joined.same(*pair)


def test_a_representative_is_a_field_of_the_preferred_struct_that_exists():
    refs = [f("lru", "folio"), f("nowhere"), f("list"), f("lru")]
    found = overlay_of(refs, [(f("nowhere"), f("lru"))], "page", place)
    assert {found.representative(ref) for ref in refs} == {f("list")}
    assert overlay_of(refs, [], "folio", place).representative(f("lru")) == f("lru", "folio")


def test_units_are_bytes_unless_there_are_bit_fields():
    assert overlay("head").bytes_of[f("head")] == range(8, 24)
    assert overlay("head").size == 24

    def bits(ref):
        offset = {"a": 64, "b": 67, "c": 64}[ref.path]
        return PlacedField(ref.path, "unsigned int", "unsigned int", offset, 3, True, None)

    found = overlay_of([f("a"), f("b"), f("c")], [], "page", bits)
    assert (found.unit, found.size) == (1, 70)
    assert not found.overlap(f("a"), f("b")) and found.overlap(f("a"), f("c"))
    assert found.text(found.shared(f("a"), f("c"))) == "bits 64-66"


def test_bytes_for_people():
    texts = [overlay("head").text(numbers) for numbers in ([4], range(8, 16), [0, 1, 5])]
    assert texts == ["byte 4", "bytes 8-15", "bytes 0-1, 5"]
