"""`check`: which answers are asked for, how they are shown, what the status is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.engine.budget import Budget
from modelcheck.report.json_report import schema
from modelcheck.verdict import Verdict
from tests.cli.conftest import CASE, FakeEngine, Said

Say = Callable[..., Said]


def test_a_file_means_check(say: Say, case: str, engine: FakeEngine) -> None:
    assert say(case, "-j", "0").out == say("check", case, "-j", "0").out
    assert [each["lifecycles"] for each in engine.asked] == [("first",), ("second",)] * 2


@pytest.mark.parametrize(
    ("verdict", "status"),
    [(Verdict.SAFE, 0), (Verdict.UNSAFE, 1), (Verdict.UNKNOWN, 3), (Verdict.BOUNDED, 3), (Verdict.VACUOUS, 4),
     (Verdict.NOT_APPLICABLE, 0)],
)  # fmt: skip
def test_the_verdict_decides_the_status(
    say: Say, case: str, engine: FakeEngine, verdict: Verdict, status: int
) -> None:
    engine.verdicts["second"] = verdict
    assert say(case, "-j", "0").status == status


def test_options_reach_the_engine(say: Say, case: str, engine: FakeEngine) -> None:
    said = say(case, "-j", "0", "--lifecycle", "first", "--config", "SMP=y", "--config", "CONFIG_PTE_FRAG_NR=4",
               "--engine", "search", "--budget", "3")  # fmt: skip
    assert said.status == 0
    (asked,) = engine.asked
    assert asked["lifecycles"] == ("first",)
    assert asked["fixed"] == {"PTE_FRAG_NR": 4, "SMP": True}
    assert (asked["engine"], asked["budget"]) == ("search", Budget().scaled(3))


def test_a_config_file_decides_every_symbol(say: Say, case: str, engine: FakeEngine) -> None:
    Path("dot.config").write_text("CONFIG_SMP=y\n# CONFIG_NUMA is not set\nCONFIG_HZ=250\n", encoding="utf-8")
    assert say(case, "-j", "0", "--config", "dot.config").status == 0
    assert engine.asked[0]["fixed"] == {"MEMCG": False, "SMP": True}


def test_quiet_is_one_line_each(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["first"] = Verdict.UNSAFE
    out = say(case, "-j", "0", "-q").out.splitlines()
    assert out[0].startswith("UNSAFE")
    assert out[1].startswith("SAFE")
    assert out[2].startswith("not as expected: first: expected SAFE, got UNSAFE")


def test_an_expectation_that_is_not_met_is_shown(say: Say, case: str, engine: FakeEngine) -> None:
    assert "1 expectation of the model is met" in say(case, "-j", "0").out
    engine.verdicts["first"] = Verdict.UNKNOWN
    said = say(case, "-j", "0")
    assert "case.litmus:21:" in said.out
    assert said.status == 3


def test_no_expectation_counts_in_a_fixed_configuration(say: Say, case: str, engine: FakeEngine) -> None:
    assert "expectation" not in say(case, "-j", "0", "--config", "SMP=n").out


def test_json(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["first"] = Verdict.UNSAFE
    said = say(case, "-j", "0", "--format", "json")
    document = json.loads(said.out)
    jsonschema.validate(document, schema())
    assert [(r["lifecycle"], r["verdict"]) for r in document["results"]] == [("first", "UNSAFE"), ("second", "SAFE")]
    assert document["expectations"][0]["met"] is False


def test_text_and_json_at_once(say: Say, case: str, engine: FakeEngine) -> None:
    said = say(case, "-j", "0", "--format", "text", "--format", "json:out.json")
    assert said.out.startswith("SAFE")
    assert said.out == say(case, "-j", "0").out
    assert Path("out.json").read_text(encoding="utf-8") == say(case, "-j", "0", "--format", "json").out


def test_saved_traces_and_the_command_to_replay_them(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["first"] = Verdict.UNSAFE
    said = say(case, "-j", "0", "--save-traces", "kept")
    for file in sorted(Path("kept").iterdir()):
        assert f"check-arch replay {file}\n" in said.out or "also" in said.out
        assert json.loads(file.read_text(encoding="utf-8"))["lifecycle"] == "first"
    assert len(list(Path("kept").iterdir())) == 3
    lines = [each.strip() for each in say(case, "-j", "0").out.splitlines()]
    saving = lines.index("check-arch check case.litmus --lifecycle first -q --save-traces traces")
    assert lines[saving + 1].startswith("check-arch replay traces/")


def test_colour_only_when_wanted(say: Say, case: str, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = say(case, "-j", "0").out
    assert "\x1b" not in plain
    assert "\x1b[" in say(case, "-j", "0", "--color", "always").out
    assert say(case, "-j", "0", "--color", "never").out == plain


def test_a_fault_of_the_program_is_one_line(say: Say, case: str, engine: FakeEngine) -> None:
    engine.error = RuntimeError("a bad\nday")
    said = say(case, "-j", "0")
    assert said.status == 70
    assert "RuntimeError: a bad day" in said.err
    assert "Traceback" not in said.err
    assert "CHECK_ARCH_DEBUG=1" in said.err


def test_what_the_engine_rejects_is_a_diagnostic(say: Say, case: str, engine: FakeEngine) -> None:
    engine.error = InputError([Diagnostic("CA220", "no configuration is admitted")])
    said = say(case, "-j", "0", "--format", "json")
    assert said.status == 2
    assert said.err.startswith("error[CA220]: no configuration is admitted")
    assert len(json.loads(said.out)["diagnostics"]) == 1


def test_good_files_are_checked_beside_bad_ones(say: Say, case: str, engine: FakeEngine) -> None:
    Path("bad.litmus").write_text(CASE.replace("free_page;", "free_pag;"), encoding="utf-8")
    said = say("bad.litmus", case, "-j", "0")
    assert said.status == 2
    assert "bad.litmus:18:" in said.err
    assert said.out.count("SAFE  ") >= 2


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["powerpcc"], "did you mean `powerpc`?"),
        (["powerpc", "--kernel", "1.0"], "there is no model of kernel 1.0"),
        (["chek", "case.litmus"], "did you mean `check`?"),
        (["explian"], "did you mean `explain`?"),
        (["nowhere.arch"], "there is no file `nowhere.arch`"),
        (["case.litmus", "--lifecycle", "frist"], "did you mean `first`?"),
        (["case.litmus", "--level", "ptee"], "did you mean `pte`?"),
        (["case.litmus", "--proposal", "nothing"], "has a proposal `nothing`"),
        (["case.litmus", "--config", "SMPP=y"], "did you mean `SMP`?"),
        (["case.litmus", "--config", "SMP=3"], "`SMP` is y or n"),
        (["case.litmus", "--config", "PTE_FRAG_NR=0"], "`PTE_FRAG_NR` is at least 1, not 0"),
        (["case.litmus", "--config", "PTE_FRAG_NR=y"], "`PTE_FRAG_NR` is a number"),
        (["case.litmus", "--config", "SMP=maybe"], "write y, n or a number"),
        (["case.litmus", "--config", "SMP"], "to set a symbol, write `SMP=y`"),
        (["case.litmus", "--kernal", "6.12"], "did you mean `--kernel`?"),
        (["case.litmus", "--format", "jsn"], "did you mean `json`?"),
        (["case.litmus", "--format", "json", "--format", "text"], "both go to standard output"),
        (["case.litmus", "-j", "many"], "`many` is not a number"),
        (["case.litmus", "--budget", "0"], "must be at least 1"),
        (["case.litmus", "--color", "sometimes"], "sometimes"),
        (["case.litmus", "-q", "-v"], "not allowed with"),
        (["case.litmus", "--save-traces", "case.litmus/x"], "cannot save traces"),
        (["--versoin"], "did you mean `--version`?"),
    ],
)
def test_bad_usage(say: Say, case: str, engine: FakeEngine, words: list[str], wanted: str) -> None:
    said = say(*words)
    assert said.status == 2
    assert wanted in said.err
    assert said.err.startswith("error[CA6")
    assert said.out == ""
    assert engine.asked == []


def test_a_page_for_a_mail(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["first"] = Verdict.UNSAFE
    said = say(case, "-j", "0", "--format", "html:page.html", "--format", "text")
    assert said.status == 1
    assert "UNSAFE" in said.out
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert say(case, "-j", "0", "--format", "html").out == page


def test_a_page_is_not_silent_about_what_was_not_decided(say: Say, case: str, engine: FakeEngine) -> None:
    engine.error = InputError([Diagnostic("CA220", "no configuration is admitted")])
    assert "Not everything that was asked could be checked" in say(case, "-j", "0", "--format", "html").out
