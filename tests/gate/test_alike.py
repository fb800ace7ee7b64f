"""When two versions of a life cycle are the same question."""

from __future__ import annotations

import pytest

from modelcheck.gate.alike import Questions, subjects_of
from modelcheck.resolve import load_text
from tests.gate.conftest import MODEL, OVERLAID, UNMARKED

CONDITIONAL = MODEL.replace("set_flag(marked);", "if (SMP) set_flag(marked);")


def same(one: str, other: str, lifecycle: str = "fragment") -> bool:
    units = (load_text(text, "case.litmus") for text in (one, other))
    return Questions().same(*(subjects_of(unit)[lifecycle, ""] for unit in units))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("// A comment.", "// Another.\n\n"),
        ('"mm/frag.c:alloc"', '"mm/other.c:alloc"'),
        ("lifecycle fragment on", 'lifecycle fragment "Pieces" on'),
        ("config SMP, MEMCG;", "config SMP, MEMCG, NUMA;"),
        ("[release]", "[release, given_back]"),
        ("unsigned long flags;", "unsigned long other_name;"),
        ("atomic_t count;\n    };", "atomic_t count;\n    unsigned long more;\n    };"),
        ("pad_1, pad_2; };", "pad_1; unsigned int pad_2, pad_3; };"),
        ("reader walker rcu", "reader walker irq_off"),  # whom the one waits for, the other waits for here
        ("layout {", "require SMP -> MEMCG;\nlayout {"),
    ],
)
def test_a_change_that_decides_nothing(before: str, after: str) -> None:
    assert before in MODEL
    assert same(MODEL, MODEL.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tables 2;", "tables 3;"),
        ("grace_period;", "skip;"),
        ("grace_period;", "ipi_sync;"),
        ("readers walker;", "readers walker; again -> installed;"),
        ("!marked; }", "!marked; count == 0; }"),
        ("count = TABLES;", "count = 1;"),
        ("rcu_head, free_now", "rcu_head, release"),
    ],
)
def test_a_change_that_may_decide_something(before: str, after: str) -> None:
    assert before in MODEL
    assert not same(MODEL, MODEL.replace(before, after))


def test_what_is_written_in_another_way_is_the_same_system() -> None:
    assert same(MODEL, MODEL.replace("unmap -> free_tlb;", "unmap -> free_tlb when 1;"))
    assert same(MODEL, MODEL.replace("if (dec_and_test(count)) {", "if (sub_and_test(count, 1)) {"))
    assert not same(MODEL, UNMARKED)


def test_only_the_life_cycles_whose_bytes_meet_are_touched_by_a_layout() -> None:
    assert not same(MODEL, OVERLAID)
    assert same(MODEL, OVERLAID, "plain")


@pytest.mark.parametrize(
    ("requirement", "is_same"),
    [
        ("require MEMCG -> SMP;", True),
        ("require SMP || MEMCG;", True),
        ("require SMP;", False),
        ("require !SMP;", False),
    ],
)
def test_a_requirement_counts_where_it_decides_what_the_life_cycle_asks(requirement: str, is_same: bool) -> None:
    narrowed = CONDITIONAL.replace("layout {", f"{requirement}\nlayout {{")
    assert same(CONDITIONAL, narrowed) is is_same
    assert same(narrowed, CONDITIONAL) is is_same
