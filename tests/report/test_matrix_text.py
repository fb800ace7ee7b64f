"""A matrix on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

from modelcheck.matrix.survey import Proposal, Survey, Undecided
from modelcheck.matrix.table import matrix_of
from modelcheck.report import matrix_gaps, matrix_text
from modelcheck.report.page import plain
from tests.matrix.models import survey
from tests.report.goldens import assert_golden


def shown(found: Survey, columns: int = 100, *, everything: bool = False) -> str:
    return plain(matrix_text.text(found, matrix_of(found), columns, everything=everything))


def test_it_reads_well() -> None:
    assert_golden("matrix", shown(survey()))


def test_with_every_path() -> None:
    assert_golden("matrix_full", shown(survey(), everything=True))


def test_a_part() -> None:
    text = shown(survey(2, 3))
    assert text.startswith("part 2 of 3\n")
    assert "not decided [" in text
    assert "it is in another shard" in text


def many_kernels() -> Survey:
    """The models, as if there were nine more kernels that are like 1.1."""
    whole = survey()
    more = [f"10.{minor}" for minor in range(9)]
    new = [each for each in whole.subjects if each.kernel == "1.1"]
    answers = [each for each in whole.results if each.kernel == "1.1"]
    return replace(
        whole,
        subjects=(*whole.subjects, *(replace(each, kernel=kernel) for kernel in more for each in new)),
        results=(*whole.results, *(replace(each, kernel=kernel) for kernel in more for each in answers)),
    )


def test_it_fits() -> None:
    for columns in (80, 100):
        for found in (survey(), survey(1, 2), many_kernels()):
            for everything in (False, True):
                lines = shown(found, columns, everything=everything).splitlines()
                assert max(map(len, lines)) <= columns


def test_kernels_that_do_not_fit_come_below() -> None:
    text = shown(many_kernels())
    heads = [line.split()[4:] for line in text.splitlines() if line.startswith("architecture")]
    today = heads[: len(heads) // 3]
    assert len(today) > 1
    assert [kernel for head in today for kernel in head] == ["1.0", "1.1", *(f"10.{minor}" for minor in range(9))]


def test_every_number_is_explained_once() -> None:
    text = shown(survey())
    used = set(re.findall(r"\S \[(\d+)\]", text))
    explained = re.findall(r"^ *\[(\d+)\] ", text, re.MULTILINE)
    assert used == set(explained)
    assert len(explained) == len(set(explained))


def test_what_was_not_decided_and_not_met() -> None:
    whole = survey()
    left = Undecided(whole.tasks[0], "the run was interrupted", True, False)
    stated = tuple(replace(each, met=False, message="expected it else") for each in whole.stated)
    text = shown(replace(whole, results=whole.results[1:], undecided=(left,), stated=stated))
    assert "1 life cycle not decided" in text
    assert "the run was interrupted" in text
    assert "not as expected: tiny 1.0 pte: expected it else" in text
    assert "wide-1.1.arch:" in text


def test_nothing_but_safe_needs_no_excuse() -> None:
    whole = survey()
    safe = tuple(each for each in whole.results if each.verdict.value == "SAFE")
    assert "`expect`" not in shown(replace(whole, results=safe))
    assert "`expect`" in shown(whole)


def test_a_proposal_that_changes_nothing_has_no_table() -> None:
    whole = survey()
    idle = replace(whole, proposals=(*whole.proposals, Proposal("idle", "nothing", "idle")))
    text = shown(idle)
    assert "Changing nothing here: idle\n" in text
    assert "idle: nothing" not in text


def test_gaps() -> None:
    whole = survey()
    vast = [replace(each, arch="vast") for each in whole.subjects if (each.arch, each.kernel) == ("tiny", "1.1")]
    whole = replace(whole, subjects=(*whole.subjects, *vast))
    assert_golden("matrix_gaps", plain(matrix_gaps.text(whole)) + "\n" + matrix_gaps.markdown(whole))
    none = replace(survey(), gaps=())
    assert plain(matrix_gaps.text(none)) == "No model states a gap.\n"
