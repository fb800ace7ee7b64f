"""`check-arch emit`, and `check --explain-proof`, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelcheck.verdict import Verdict
from tests.cli.conftest import FakeEngine
from tests.cli.test_layout import Say
from tests.emit.litmus_runner import can_happen, read

LITMUS = Path(__file__).resolve().parent.parent / "litmus"
SAFE = str(LITMUS / "counter-behind-rcu-head.litmus")
OVERLAID = str(LITMUS / "counter-in-second-word-of-rcu-head.litmus")
ONE_RUN = str(LITMUS / "freed-at-once-under-a-reader.litmus")
MANY_RUNS = str(LITMUS / "count-dropped-and-tested-in-two-steps.litmus")


def test_without_a_kind_it_says_what_there_is(say: Say) -> None:
    said = say("emit")
    assert said.status == 2
    assert "emit asserts" in said.out
    assert "emit litmus" in said.out
    assert say("emit", "--help").status == 0
    assert say("emit", "asserts", "--help").status == 0
    assert say("emit", "litmus", "--help").status == 0


def test_a_kind_that_is_not_there(say: Say) -> None:
    said = say("emit", "assert", SAFE)
    assert said.status == 2
    assert "CA601" in said.err
    assert "asserts" in said.err


def test_assertions_on_standard_output(say: Say) -> None:
    said = say("emit", "asserts", SAFE, "-q", "-j", "0")
    assert said.status == 0
    assert said.out.startswith("// SPDX-License-Identifier: GPL-2.0\n")
    assert "check-arch emit asserts" in said.out
    assert "static_assert(offsetofend(struct page, pt_frag_refcount) <= offsetof(struct page, rcu_head) ||" in said.out


def test_assertions_in_a_file(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "asserts.c"
    said = say("emit", "asserts", OVERLAID, "-q", "-j", "0", "-o", str(file))
    assert (said.status, said.out) == (0, "")
    assert "Fails today: OV101" in file.read_text()


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ([SAFE, "--lifecycle", "pte_fragmnt"], "CA605", "did you mean `pte_fragment`?"),
        ([SAFE, "-o", "/nowhere/at/all.c"], "CA602", "cannot write"),
        (["powerpcc"], "CA603", "powerpc"),
        ([SAFE, "--outptu", "x"], "CA601", "--output"),
    ],
)
def test_bad_usage(say: Say, words: list[str], code: str, text: str) -> None:
    said = say("emit", "asserts", *words, "-q", "-j", "0")
    assert said.status == 2
    assert code in said.err
    assert text in said.err


def test_what_is_not_decided_is_a_status(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["first"] = Verdict.UNKNOWN
    said = say("emit", "asserts", case, "-q", "-j", "0")
    assert said.status == 3
    assert "Nothing is said of first" in said.out


def test_a_run_on_standard_output(say: Say) -> None:
    said = say("emit", "litmus", ONE_RUN, "-q", "-j", "0")
    assert said.status == 0
    assert can_happen(read(said.out))


def test_several_runs_want_a_folder(say: Say, tmp_path: Path) -> None:
    said = say("emit", "litmus", MANY_RUNS, "-q", "-j", "0")
    assert said.status == 2
    assert "counterexamples" in said.err
    assert "-o DIR/" in said.err
    said = say("emit", "litmus", MANY_RUNS, "-q", "-j", "0", "-o", f"{tmp_path}/runs/")
    assert said.status == 0
    files = sorted((tmp_path / "runs").glob("*.litmus"))
    assert len(files) >= 3
    assert all(read(file.read_text()).name == file.stem for file in files)


def test_one_rule_of_several(say: Say) -> None:
    said = say("emit", "litmus", MANY_RUNS, "--rule", "OV104", "-q", "-j", "0")
    assert said.status == 0
    assert "OV104" in said.out.splitlines()[0]


def test_what_cannot_be_said_says_why(say: Say) -> None:
    said = say("emit", "litmus", OVERLAID, "-q", "-j", "0")
    assert said.status == 2
    assert "CA610" in said.err
    assert "bytes that two fields share" in " ".join(said.err.split())
    assert said.out == ""


def test_without_a_counterexample_there_is_nothing_to_write(say: Say) -> None:
    said = say("emit", "litmus", SAFE, "-q", "-j", "0")
    assert said.status == 2
    assert "has no counterexample" in said.err


def test_a_saved_run(say: Say, tmp_path: Path) -> None:
    say("check", ONE_RUN, "-q", "-j", "0", "--save-traces", str(tmp_path))
    (trace,) = tmp_path.glob("*.json")
    said = say("emit", "litmus", str(trace))
    assert said.status == 0
    assert can_happen(read(said.out))
    assert say("emit", "litmus", str(tmp_path / "none.json")).status == 2


def test_a_proof_is_explained_on_request(say: Say, tmp_path: Path) -> None:
    plain = say("check", SAFE, "-j", "0")
    assert "The proof stands on" not in plain.out
    file = tmp_path / "report.json"
    said = say("check", SAFE, "-j", "0", "--explain-proof", "--format", "text", "--format", f"json:{file}")
    assert said.status == 0
    assert "The proof stands on" in said.out
    assert "It does not need" in said.out
    (certificate,) = json.loads(file.read_text())["results"][0]["certificates"]
    assert {fact["kind"] for fact in certificate["footing"]["stands_on"]} >= {"effect", "apart", "waits"}
