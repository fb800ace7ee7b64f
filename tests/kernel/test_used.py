"""Which fields verdicts rest on, and what a difference in them means."""

from modelcheck.kernel.differences import Difference
from modelcheck.kernel.used import note_on_used, used_fields
from modelcheck.resolve import load_text

MODEL = """
litmus "one table that is freed through its rcu_head";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
layout {
    struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
    struct page { unsigned long flags; struct rcu_head rcu_head; unsigned long unused; unsigned int page_type; };
}
lifecycle pte on page level pte {
    value page_type { none, table };
    create { alloc_page; page_type = table; populate 1 -> used; }
    state used { free -> free; }
    path free { call_rcu(rcu_head, release); }
    path release { page_type = none; free_page; }
}
expect pte SAFE;
"""


def _difference(path: str) -> Difference:
    return Difference("page", path, None, None)


def test_fields_of_steps_and_variables_are_used_and_others_are_not() -> None:
    assert [str(field) for field in used_fields(load_text(MODEL))] == ["page.page_type", "page.rcu_head"]


def test_a_difference_in_a_field_that_nobody_uses_leaves_the_verdicts() -> None:
    note = note_on_used(load_text(MODEL), (_difference("unused"),))
    assert note == "All fields that the life cycles use lie where the model says: `page.page_type`, `page.rcu_head`."


def test_a_difference_in_a_used_field_or_a_part_of_one_is_named() -> None:
    note = note_on_used(load_text(MODEL), (_difference("rcu_head.func"),))
    assert note == "Verdicts may not hold for this kernel: life cycles use `page.rcu_head`, which differs."
