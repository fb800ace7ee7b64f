"""Structs drawn to scale."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from modelcheck.report.drawing import LEFT, STRIP, WIDTH, Item, draw, label, spans

ITEMS = (Item("rcu_head", 8, 24, (("next", 8), ("func", 16))), Item("lru.next", 8, 16), Item("count", 24, 28))


def test_a_row_is_a_word_and_a_byte_has_its_place() -> None:
    drawing = draw(ITEMS, 32, 8)
    assert [row.offset for row in drawing.rows] == [0, 8, 16, 24]
    assert [cell.byte for cell in drawing.cells] == list(range(32))
    assert {cell.x for cell in drawing.cells} == {LEFT + i * WIDTH / 8 for i in range(8)}
    assert [len(row.cells) for row in draw(ITEMS, 30, 4).rows] == [4] * 7 + [2]


def test_a_field_lies_under_its_bytes() -> None:
    _, first, second, third = draw(ITEMS, 32, 8).rows
    assert [(bar.item, bar.width) for bar in first.bars] == [(0, WIDTH), (1, WIDTH)]
    assert [(bar.text, bar.is_first, bar.is_last) for bar in (first.bars[0], *second.bars)] == [
        ("rcu_head.next", True, False),
        ("rcu_head.func", False, True),
    ]
    (count,) = third.bars
    assert (count.x, count.width) == (LEFT, WIDTH / 2)


def test_names_are_cut_to_what_fits() -> None:
    (bar,) = draw([Item("a_very_long_name_of_a_field", 0, 2)], 8, 8).rows[0].bars
    assert bar.text.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert bar.room == 0
    (tiny,) = draw([Item("flag", 0, 1)], 8, 8).rows[0].bars
    assert len(tiny.text) <= 4


def test_nothing_to_draw_is_still_a_struct() -> None:
    assert len(draw([], 16, 8).cells) == 16
    assert len(draw([], 0, 8).cells) == 1


@given(
    st.lists(st.tuples(st.integers(0, 70), st.integers(1, 24)), max_size=12),
    st.sampled_from([4, 8]),
    st.integers(0, 80),
)
def test_no_two_bars_lie_on_each_other_and_every_byte_of_a_field_is_covered(
    places: list[tuple[int, int]], word: int, size: int
) -> None:
    items = [Item(f"f{i}", start, start + length) for i, (start, length) in enumerate(places)]
    drawing = draw(items, size, word)
    boxes = [(bar.x, bar.x + bar.width, bar.y) for row in drawing.rows for bar in row.bars]
    for one, (left, right, y) in enumerate(boxes):
        assert left >= LEFT
        assert right <= LEFT + WIDTH + 1e-6
        assert y + 17 <= drawing.height
        for other_left, other_right, other_y in boxes[one + 1 :]:
            assert y != other_y or right <= other_left + 1e-6 or other_right <= left + 1e-6
    for number, item in enumerate(items):
        covered = sum(bar.width for row in drawing.rows for bar in row.bars if bar.item == number)
        assert abs(covered / drawing.cell - (item.stop - item.start)) < 1e-6
    tops = [row.y for row in drawing.rows]
    assert all(after - before >= STRIP for before, after in pairwise(tops))


def test_labels() -> None:
    assert [label(number) for number in (0, 25, 26, 27, 26 * 27)] == ["A", "Z", "AA", "AB", "AAA"]
    assert len({label(number) for number in range(2000)}) == 2000


def test_spans() -> None:
    assert spans([4]) == "byte 4"
    assert spans([3, 1, 2]) == "bytes 1-3"
    assert spans([0, 1, 8]) == "bytes 0-1 and 8"
    assert spans([0, 2, 4]) == "bytes 0, 2 and 4"
