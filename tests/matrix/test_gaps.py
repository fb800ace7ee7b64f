"""Levels about which a model is silent."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.matrix.gaps import SilentLevels, silent_levels
from modelcheck.matrix.survey import Gap, Survey
from tests.matrix.models import survey


def with_vast() -> Survey:
    """The survey with a fourth model that is like tiny in 1.1."""
    whole = survey()
    vast = [replace(each, arch="vast") for each in whole.subjects if (each.arch, each.kernel) == ("tiny", "1.1")]
    return replace(whole, subjects=(*whole.subjects, *vast))


def test_a_level_that_others_have() -> None:
    found = silent_levels(with_vast())
    assert found == (SilentLevels("tiny", ("1.0",), ("pmd",)), SilentLevels("wide", ("1.1",), ("pmd",)))


def test_kernels_that_lack_the_same_stand_together() -> None:
    whole = with_vast()
    (wide,) = [each for each in whole.subjects if each.arch == "wide"]
    more = replace(whole, subjects=(replace(wide, kernel="1.10"), *whole.subjects))
    assert SilentLevels("wide", ("1.1", "1.10"), ("pmd",)) in silent_levels(more)


def test_a_level_of_one_architecture_is_missed_nowhere() -> None:
    assert silent_levels(survey()) == ()


def test_a_gap_that_names_the_level_says_enough() -> None:
    whole = with_vast()
    named = replace(whole, gaps=(*whole.gaps, Gap("1.0", "tiny", "PMD and p4d", "folded", "", "")))
    assert silent_levels(named) == (SilentLevels("wide", ("1.1",), ("pmd",)),)


def test_a_life_cycle_of_several_levels_describes_those_that_its_title_names() -> None:
    whole = with_vast()
    both = [
        replace(each, lifecycles=(replace(each.lifecycles[0], title="a PTE or PMD table"), *each.lifecycles[1:]))
        if each.arch == "wide"
        else each
        for each in whole.subjects
    ]
    assert silent_levels(replace(whole, subjects=tuple(both))) == (SilentLevels("tiny", ("1.0",), ("pmd",)),)


def test_one_model_has_nobody_to_be_compared_with() -> None:
    whole = with_vast()
    assert all(silent_levels(replace(whole, subjects=(each,))) == () for each in whole.subjects)


def test_a_question_about_some_levels_leaves_the_others_out() -> None:
    whole = with_vast()
    assert silent_levels(replace(whole, question=replace(whole.question, levels=("pte",)))) == ()
