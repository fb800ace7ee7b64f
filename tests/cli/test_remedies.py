"""Which proposals are said to make a life cycle safe, and how to check it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.cli.reading import Loaded, read_files, read_models
from modelcheck.cli.remedies import remedies_for
from modelcheck.verdict import Result, Verdict
from tests.report.pages import MODEL
from tests.report.samples import UNSAFE


def asked(loaded: Loaded, lifecycle: str) -> Result:
    return replace(UNSAFE, arch=loaded.unit.name, kernel=loaded.unit.kernel, lifecycle=lifecycle, proposal="")


@pytest.fixture(scope="module")
def powerpc() -> Loaded:
    return read_models(["powerpc"], ["7.2"]).loaded[0]


@pytest.fixture
def case(tmp_path: Path) -> Loaded:
    file = tmp_path / "case.litmus"
    file.write_text(MODEL, encoding="utf-8")
    return read_files([file]).loaded[0]


def test_what_the_authors_of_a_proposal_state(powerpc: Loaded) -> None:
    asking = remedies_for(powerpc, (), all_proposals=True)
    found = {each.proposal: each for each in asking(asked(powerpc, "pte_fragment"))}
    remedy = found["frag_destroy_by_rcu"]
    assert not remedy.is_proved
    assert "the file of the proposal states" in remedy.sentence
    wanted = "check-arch check powerpc --lifecycle pte_fragment --kernel 7.2 --proposal frag_destroy_by_rcu"
    assert remedy.command == wanted
    # It is stated to be unsafe.
    assert "direct_rcu_head" not in found


def test_what_was_proved_beside_it(powerpc: Loaded) -> None:
    today = asked(powerpc, "pte_fragment")
    proved = replace(today, proposal="gather_rcu_head", verdict=Verdict.SAFE)
    other = replace(proved, lifecycle="pmd_fragment", proposal="rcu_tables")
    found = remedies_for(powerpc, (today, proved, other), all_proposals=True)(today)
    assert [each.proposal for each in found if each.is_proved] == ["gather_rcu_head"]
    assert found[0].sentence.endswith("it is proved safe")


def test_a_proposal_is_no_remedy_for_itself(powerpc: Loaded) -> None:
    result = replace(asked(powerpc, "pte_fragment"), proposal="frag_destroy_by_rcu")
    found = remedies_for(powerpc, (), all_proposals=True)(result)
    assert "frag_destroy_by_rcu" not in [each.proposal for each in found]


def test_a_life_cycle_that_nobody_mends(powerpc: Loaded) -> None:
    assert remedies_for(powerpc, (), all_proposals=True)(asked(powerpc, "pgd_page")) == ()


def test_a_file_brings_its_own(case: Loaded) -> None:
    (remedy,) = remedies_for(case, (), all_proposals=True)(asked(case, "at_once"))
    assert (remedy.proposal, remedy.title) == ("wait", "wait before it is freed")
    assert remedy.command == f"check-arch check {case.file} --lifecycle at_once --proposal wait"
    assert remedies_for(case, (), all_proposals=True)(asked(case, "overlay")) == ()
