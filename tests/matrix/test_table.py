"""From a survey to rows, columns and cells."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from modelcheck.matrix.survey import LifecycleSubject, Subject, Survey
from modelcheck.matrix.table import Cell, Column, Standing, in_order, levels_of, matrix_of, select
from modelcheck.verdict import Verdict
from tests.matrix.models import survey

WORDS = st.lists(st.sampled_from("abcdefg"), unique=True)


def cell(found: Survey, arch: str, lifecycle: str, path: str, kernel: str, proposal: str = "") -> Cell:
    matrix = matrix_of(found)
    (row,) = [row for row in matrix.rows if (row.arch, row.lifecycle, row.path) == (arch, lifecycle, path)]
    return row.cells[matrix.columns.index(Column(kernel, proposal))]


def test_rows_and_columns() -> None:
    matrix = matrix_of(survey())
    assert [(row.arch, row.level, row.lifecycle, row.path) for row in matrix.rows] == [
        ("tiny", "pte", "pte", ""),
        ("tiny", "pte", "pte", "pte_free_tlb"),
        ("tiny", "pmd", "pmd", ""),
        ("tiny", "pmd", "pmd", "pmd_free"),
        ("wide", "pte", "pte", ""),
        ("wide", "pte", "pte", "pte_free_tlb"),
    ]
    assert [(column.proposal, column.kernel) for column in matrix.columns] == [
        (proposal, kernel) for proposal in ("", "queue_each", "count_all") for kernel in ("1.0", "1.1")
    ]
    assert all(len(row.cells) == len(matrix.columns) for row in matrix.rows)
    assert matrix.rows[1].citation == "mm/mmu_gather.c:tlb_remove_table"


def test_every_way_to_an_answer() -> None:
    assert cell(survey(), "tiny", "pte", "", "1.0").verdict is Verdict.SAFE
    unsafe = cell(survey(), "tiny", "pmd", "pmd_free", "1.1")
    assert (unsafe.standing, unsafe.verdict, unsafe.rules) == (Standing.ANSWERED, Verdict.UNSAFE, ("OV105",))
    assert unsafe.condition.text == "SMP"
    assert "reader 0 (walker) is inside" in unsafe.reason
    assert cell(survey(), "tiny", "pmd", "", "1.0").standing is Standing.ABSENT
    assert cell(survey(), "wide", "pte", "", "1.0").reason == "there is no model of wide 1.0"
    today = cell(survey(), "tiny", "pmd", "", "1.1", "queue_each")
    assert (today.standing, today.verdict) == (Standing.AS_TODAY, Verdict.UNSAFE)
    refused = cell(survey(), "wide", "pte", "", "1.1", "count_all")
    assert (refused.standing, refused.verdict) == (Standing.REFUSED, Verdict.NOT_APPLICABLE)
    assert "pt_count" in refused.reason
    assert cell(survey(), "wide", "pte", "", "1.1", "queue_each").rules == ("OV103",)


def test_a_cell_points_at_the_full_result() -> None:
    found = survey()
    for row in matrix_of(found).rows:
        for each in row.cells:
            if each.result is not None:
                result = found.results[each.result]
                assert (result.arch, result.lifecycle) == (row.arch, row.lifecycle)
                assert each.verdict is not Verdict.UNSAFE or result.verdict is Verdict.UNSAFE


def test_it_is_total() -> None:
    """A matrix comes of any survey, whatever is missing."""
    whole = survey()
    for number in range(len(whole.results)):
        some = replace(whole, results=whole.results[:number])
        matrix = matrix_of(some)
        undecided = [c for row in matrix.rows if not row.path for c in row.cells if c.standing is Standing.UNDECIDED]
        assert undecided
        assert all(each.verdict is None and each.reason for each in undecided)
    assert matrix_of(replace(whole, subjects=(), results=())).rows == ()


def test_what_no_proposal_touches_is_as_today_even_if_that_is_not_known() -> None:
    whole = survey()
    without = replace(whole, results=tuple(each for each in whole.results if each.lifecycle != "pmd"))
    assert cell(without, "tiny", "pmd", "", "1.1").standing is Standing.UNDECIDED
    assert cell(without, "tiny", "pmd", "", "1.1", "queue_each").standing is Standing.AS_TODAY


def test_other_shards_are_said_to_be_elsewhere() -> None:
    part = matrix_of(survey(1, 2))
    reasons = {each.reason for row in part.rows for each in row.cells if each.standing is Standing.UNDECIDED}
    assert reasons == {"it is in another shard"}


@given(st.lists(WORDS, max_size=4))
def test_a_common_order_has_everything_once_and_the_first_as_it_is(sequences: list[list[str]]) -> None:
    merged = in_order(sequences)
    assert sorted(merged) == sorted({word for sequence in sequences for word in sequence})
    if sequences:
        assert [word for word in merged if word in sequences[0]] == sequences[0]


def test_what_is_new_comes_behind_its_neighbour() -> None:
    assert in_order(["abd", "xabcd"]) == ("x", "a", "b", "c", "d")


def test_levels_are_in_the_order_that_models_agree_on() -> None:
    few, folded, many = (
        Subject("x", "", "1.0", "x", "", tuple(LifecycleSubject(name, "", name, (), ()) for name in names))
        for names in (("pte", "pmd", "pgd"), ("pte", "pgd", "pte"), ("pte", "pmd", "pud", "p4d", "pgd", "stage2"))
    )
    assert levels_of([few, folded, many]) == ("pte", "pmd", "pud", "p4d", "pgd", "stage2")
    assert levels_of([]) == ()


def test_a_selection_keeps_rows() -> None:
    matrix = matrix_of(survey())
    part = select(matrix, lambda column: column.kernel == "1.1")
    assert {column.kernel for column in part.columns} == {"1.1"}
    assert [len(row.cells) for row in part.rows] == [3] * len(matrix.rows)
