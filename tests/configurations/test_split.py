from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings

from modelcheck.configurations.space import Case, Setting, Space, conflict, contradiction, restrict
from modelcheck.configurations.split import split
from modelcheck.diagnostics import InputError
from modelcheck.model.conditions import Condition, holds
from modelcheck.model.declarations import FieldRef
from tests.configurations.units import Whole, conditions, every_configuration, space, spaces

PAGE = """
typedef struct { int counter; } atomic_t;
typedef struct {
#ifdef SMP
    unsigned int slock;
#endif
#ifdef DEBUG
    unsigned long owner[2];
#endif
} spinlock_t;
struct page {
    unsigned long flags;
    union {
        struct { unsigned long a, b; };
#ifdef OPTIONAL
        unsigned long small;
#endif
        struct { void *next; void (*func)(void *); } rcu_head;
    };
#if LOCK_INSIDE
    spinlock_t ptl;
#endif
    atomic_t _refcount;
#ifdef MEMCG
    unsigned long memcg_data;
#endif
};
"""
SYMBOLS = "SMP DEBUG OPTIONAL LOCK_INSIDE MEMCG"


def matching(cases: tuple[tuple[Setting, object], ...], whole: Whole) -> list[object]:
    return [
        answer
        for setting, answer in cases
        if setting.abi == whole.abi.name and whole.values.items() >= dict(setting.symbols).items()
    ]


@settings(deadline=None, max_examples=60)
@given(spaces(), conditions("A B C D E"), conditions("A B C"))
def test_cases_cover_everything_once_with_the_right_answer(of: Space, one: Condition, two: Condition) -> None:
    cases = split(of, lambda case: (holds(one, case), holds(two, case), case.abi.name))
    wholes = list(every_configuration(of))
    for whole in wholes:
        assert matching(cases, whole) == [(holds(one, whole), holds(two, whole), whole.abi.name)]
    assert all(of.admits(setting) for setting, _ in cases)
    assert bool(cases) == bool(wholes)


@settings(deadline=None, max_examples=60)
@given(spaces(), conditions("A B C D E"))
def test_any_configuration_of_a_case_gives_its_answer(of: Space, condition: Condition) -> None:
    for setting, answer in split(of, lambda case: holds(condition, case)):
        case = of.configuration(setting)
        assert holds(condition, case) == answer
        assert all(holds(r.condition, case) for r in of.requirements)


@settings(deadline=None, max_examples=60)
@given(spaces(), conditions("A B C D E"))
def test_a_condition_is_allowed_where_some_configuration_has_it(of: Space, condition: Condition) -> None:
    assert of.allows(condition) == any(holds(condition, whole) for whole in every_configuration(of))


def test_sizes_and_places_are_those_of_every_configuration() -> None:
    of = space(SYMBOLS, ["LOCK_INSIDE <-> sizeof(spinlock_t) <= sizeof(long)"], PAGE)

    def question(case: Case) -> tuple[int, object]:
        placed = case.place(FieldRef("page", "_refcount.counter"))
        return case.size_of("struct page"), placed and placed.offset

    cases = split(of, question)
    wholes = list(every_configuration(of))
    assert wholes
    for whole in wholes:
        layout = split(
            restrict(of, whole.values),
            lambda case: (case.layout("page").size, case.layout("page").field("_refcount").offset),
        )
        expected = {setting.abi: answer for setting, answer in layout}[whole.abi.name]
        assert matching(cases, whole) == [expected]


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("flags", set()),
        ("rcu_head.func", set()),
        ("small", {"OPTIONAL"}),
        ("_refcount", {"LOCK_INSIDE", "SMP", "DEBUG"}),
        ("memcg_data", {"MEMCG", "LOCK_INSIDE", "SMP", "DEBUG"}),
        ("nothing.like.that", set()),
    ],
)
def test_a_place_asks_only_for_what_it_depends_on(field: str, asked: set[str]) -> None:
    cases = split(space(SYMBOLS, (), PAGE, ["x86_64"]), lambda case: case.place(FieldRef("page", field)))
    assert {name for setting, _ in cases for name, _ in setting.symbols} <= asked
    if asked:
        assert len(cases) > 1


def test_symbols_that_do_not_matter_cost_nothing() -> None:
    names = " ".join(f"S{i}" for i in range(200))
    calls = []

    def question(case: Case) -> bool:
        calls.append(case)
        return case.symbol("S7") and case.symbol("S150")

    cases = split(space(names, ["S3 -> S4", "S7 -> S100"], "", ["x86_64"]), question)
    assert sorted(answer for _, answer in cases) == [False, False, True]
    assert len(calls) == 3


def test_a_symbol_whose_answers_agree_is_left_out() -> None:
    def question(case: Case) -> bool:
        case.symbol("A")
        return case.symbol("B")

    cases = split(space("A B", (), "", ["x86_64"]), question)
    assert cases == ((Setting("x86_64", (("B", False),)), False), (Setting("x86_64", (("B", True),)), True))


def test_an_undeclared_symbol_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        split(space("A"), lambda case: case.symbol("B"))


def test_restrict_fixes_symbols() -> None:
    of = restrict(space("A B C", ["A -> B"]), {"A": True})
    assert {dict(s.symbols)["B"] for s, _ in split(of, lambda c: (c.symbol("A"), c.symbol("B")))} == {True}
    assert {answer for _, answer in split(of, lambda c: (c.symbol("A"), c.symbol("B")))} == {(True, True)}
    with pytest.raises(InputError) as refused:
        restrict(of, {"CC": True, "B": False})
    assert [(d.code, d.help) for d in refused.value.diagnostics] == [("CA221", "did you mean `C`?")]


@pytest.mark.parametrize(
    ("requirements", "fixed", "clash"),
    [
        (["A -> B", "C", "!B", "A", "D -> C"], {}, ["A -> B", "!B", "A"]),
        (["A || B", "!A || !B", "A <-> B"], {}, ["A || B", "!A || !B", "A <-> B"]),
        (["A -> B", "C"], {"A": True, "B": False}, ["A -> B"]),
        (["sizeof(long) == 4", "sizeof(long) == 8"], {}, ["sizeof(long) == 4", "sizeof(long) == 8"]),
        (["A -> B", "C"], {}, []),
    ],
)
def test_conflict_is_a_smallest_one(requirements: list[str], fixed: Mapping[str, bool], clash: list[str]) -> None:
    of = restrict(space("A B C D", requirements), fixed)
    assert [r.span.source.text for r in conflict(of)] == clash
    diagnostic = contradiction(of)
    assert (diagnostic is not None) == bool(clash)
    assert bool(split(of, lambda case: case.abi.name)) != bool(clash)
    if diagnostic is not None:
        assert diagnostic.code == "CA220"
        assert len(diagnostic.notes) == len(clash) - 1


def test_requirements_on_sizes_choose_the_target() -> None:
    of = space("A", ["sizeof(long) == 8 || A"])
    assert split(of, lambda case: case.symbol("A")) == (
        (Setting("ppc64le", (("A", False),)), False),
        (Setting("ppc64le", (("A", True),)), True),
        (Setting("ppc32", (("A", True),)), True),
    )


MISSING = """
#ifndef SMP
typedef struct { int slock; } arch_spinlock_t;
#endif
typedef struct { arch_spinlock_t raw_lock; } spinlock_t;
"""


def test_a_size_is_asked_for_only_where_the_other_requirements_hold() -> None:
    apart = "sizeof(spinlock_t) > sizeof(long)"
    without = space("SMP A", ["!SMP", f"A <-> {apart}"], MISSING, ["ppc32"])
    assert split(without, lambda case: case.symbol("A")) == ((Setting("ppc32", (("A", False),)), False),)
    with pytest.raises(InputError) as caught:
        split(space("SMP A", [f"A <-> {apart}"], MISSING, ["ppc32"]), lambda case: case.symbol("A"))
    assert {d.code for d in caught.value.diagnostics} == {"CA206"}
