"""Waivers and formats, as a user of `check` meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from modelcheck.cli import reviewing
from modelcheck.cli.arguments import UsageError
from modelcheck.cli.catalogue import Catalogue
from modelcheck.cli.reading import Loaded, read_files
from modelcheck.cli.reviewing import repeated, subject_of, waivers_for
from modelcheck.cli.today import today
from modelcheck.report.formats.registry import NAMES
from modelcheck.report.json_report import schema
from modelcheck.verdict import Verdict
from tests.cli.conftest import CASE, FakeEngine, Said

Say = Callable[..., Said]
NOW = str(int(datetime(2026, 11, 25, tzinfo=UTC).timestamp()))


@pytest.fixture(autouse=True)
def _a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", NOW)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def fingerprints(say: Say, case: str) -> list[str]:
    alerts = json.loads(say(case, "-j", "0", "--format", "json").out)["review"]["alerts"]
    return [alert["fingerprint"] for alert in alerts if alert["kind"] != "expectation"]


def waive(*fingerprints: str, expires: str = "2027-01-31") -> str:
    entry = '[[waiver]]\nfingerprint = "{}"\nreason = "known"\nowner = "J. Doe"\nexpires = {}\n'
    Path("w.toml").write_text("".join(entry.format(each, expires) for each in fingerprints), encoding="utf-8")
    return "w.toml"


def test_what_is_waived_does_not_fail_and_is_told(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["second"] = Verdict.UNSAFE
    assert say(case, "-j", "0").status == 1
    found = fingerprints(say, case)
    assert len(found) == 3
    some = say(case, "-j", "0", "--waivers", waive(*found[:2]))
    assert some.status == 1
    every = say(case, "-j", "0", "--waivers", waive(*found))
    assert every.status == 0
    assert " ".join(every.out.split()).count("waived until 2027-01-31 by J. Doe: known") == 3
    assert "waived until" in say(case, "-j", "0", "-q", "--waivers", "w.toml").out


def matrix(say: Say, case: str, *words: str) -> Said:
    return say("matrix", case, "--today", "-j", "0", *words)


def test_what_is_waived_does_not_fail_a_matrix(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["second"] = Verdict.UNSAFE
    assert matrix(say, case).status == 1
    found = fingerprints(say, case)
    some = matrix(say, case, "--waivers", waive(*found[:2]))
    assert some.status == 1, "something of the life cycle is not waived"
    assert " ".join(some.out.split()).count("waived until 2027-01-31 by J. Doe: known") == 2
    file = waive(*found)
    assert matrix(say, case, "--waivers", file).status == 0
    for name in ("text", "markdown", "html", "json"):
        told = " ".join(matrix(say, case, "--waivers", file, "--format", name).out.split())
        assert all(each in told for each in found), name
        assert told.count("waived until 2027-01-31 by J. Doe: known") == 3, name
        assert "waived until" not in matrix(say, case, "--format", name).out
    assert "waived until" in matrix(say, case, "--waivers", file, "-q").out
    # The verdict itself is what it is.
    document = json.loads(matrix(say, case, "--waivers", file, "--format", "json").out)
    assert "UNSAFE" in {each["verdict"] for each in document["results"]}
    jsonschema.validate(document, schema())


def test_shards_of_a_matrix_keep_what_is_waived(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["second"] = Verdict.UNSAFE
    file = waive(*fingerprints(say, case))
    for part in ("1", "2"):
        matrix(say, case, "--waivers", file, "--shard", f"{part}/2", "--format", f"json:{part}.json")
    merged = say("merge", "1.json", "2.json")
    assert (merged.status, "waived until" in merged.out) == (0, True)


def test_a_faulty_waiver_of_a_matrix(say: Say, case: str, engine: FakeEngine) -> None:
    said = matrix(say, case, "--waivers", waive("0123456789abcdef"))
    assert (said.status, "waiver" in said.err) == (6, True)
    assert matrix(say, case, "--waivers", "w.toml", "--lifecycle", "second").status == 0, "it may be about another one"
    engine.verdicts["second"] = Verdict.UNSAFE
    said = matrix(say, case, "--waivers", waive(*fingerprints(say, case), expires="2026-01-31"))
    assert (said.status, "expired" in said.err) == (1, True)
    assert matrix(say, case, "--waivers", "nowhere.toml").status == 2


def test_the_page_for_a_browser_shows_waivers(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["second"] = Verdict.UNKNOWN
    file = waive(*fingerprints(say, case), "0123456789abcdef")
    page = say(case, "-j", "0", "--waivers", file, "--format", "html").out
    assert "waived until 2027-01-31 by J. Doe: known" in page
    assert "CA806, unused waiver at w.toml:6:1" in page


def test_an_undecided_life_cycle_can_be_waived(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["second"] = Verdict.UNKNOWN
    assert say(case, "-j", "0", "--waivers", waive(*fingerprints(say, case))).status == 0


@pytest.mark.parametrize(("expires", "status"), [("2026-11-25", 0), ("2026-11-24", 1)])
def test_the_day_comes_from_the_environment(
    say: Say, case: str, engine: FakeEngine, expires: str, status: int
) -> None:
    engine.verdicts["second"] = Verdict.UNSAFE
    said = say(case, "-j", "0", "--waivers", waive(*fingerprints(say, case), expires=expires))
    assert said.status == status
    assert ("CA805" in said.out) == bool(status)


def test_a_faulty_waiver_has_a_status_of_its_own(say: Say, case: str, engine: FakeEngine) -> None:
    said = say(case, "-j", "0", "--waivers", waive("0123456789abcdef"))
    assert said.status == 6
    assert "CA806" in said.out
    assert "w.toml:1:1" in said.out
    assert say(case, "-j", "0", "-q", "--waivers", "w.toml").status == 6
    # What is wrong with the models counts for more.
    engine.verdicts["second"] = Verdict.UNKNOWN
    assert say(case, "-j", "0", "--waivers", "w.toml").status == 3


def test_what_was_left_aside_may_need_its_waiver(say: Say, case: str, engine: FakeEngine) -> None:
    file = waive("0123456789abcdef")
    assert say(case, "-j", "0", "--waivers", file, "--lifecycle", "first").status == 0
    assert say(case, "-j", "0", "--waivers", file, "--config", "SMP=y").status == 0


def test_a_file_of_waivers_that_cannot_be_used(say: Say, case: str, engine: FakeEngine) -> None:
    assert say(case, "-j", "0", "--waivers", "none.toml").status == 2
    Path("bad.toml").write_text("[[waiver]\n", encoding="utf-8")
    said = say(case, "-j", "0", "--waivers", "bad.toml")
    assert said.status == 2
    assert "bad.toml:1:" in said.err
    assert engine.asked == []


def test_the_file_beside_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "case.litmus").write_text(CASE, encoding="utf-8")
    (loaded,) = read_files([tmp_path / "case.litmus"]).loaded
    ours = Loaded(loaded.unit, loaded.file, "powerpc", True)
    monkeypatch.setattr(reviewing, "shipped", lambda: Catalogue(tmp_path / "archs"))
    assert waivers_for("", [ours]).entries == ()
    monkeypatch.chdir(tmp_path)
    waive("0123456789abcdef")
    Path("w.toml").rename("waivers.toml")
    assert [each.place for each in waivers_for("", [ours]).entries] == ["waivers.toml:1:1"]
    assert waivers_for("", [loaded]).entries == ()


def test_every_format_in_one_run(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["second"] = Verdict.UNSAFE
    words = [word for name in NAMES for word in ("--format", f"{name}:out.{name}")]
    said = say(case, "-j", "0", *words)
    assert (said.status, said.out) == (1, "")
    texts = {name: Path(f"out.{name}").read_text(encoding="utf-8") for name in NAMES}
    for found in fingerprints(say, case):
        assert [name for name, text in texts.items() if found not in text] == []
    assert Xml.fromstring(texts["junit"]).get("failures") == "1"
    assert json.loads(texts["sarif"])["runs"][0]["invocations"][0]["exitCode"] == 1
    assert texts["text"] == say(case, "-j", "0").out


@pytest.mark.parametrize("name", NAMES)
def test_every_format_on_standard_output(say: Say, case: str, engine: FakeEngine, name: str) -> None:
    say(case, "-j", "0", "--format", f"{name}:file")
    assert say(case, "-j", "0", "--format", name).out == Path("file").read_text(encoding="utf-8")


def test_files_are_named_from_here(say: Say, case: str, engine: FakeEngine) -> None:
    engine.verdicts["first"] = Verdict.UNKNOWN
    out = say(str(Path(case).absolute()), "-j", "0", "--format", "terse").out
    assert "case.litmus:21:1: WARNING: EXPECTATION: expected SAFE, got UNKNOWN" in out


def test_the_page_of_a_job(say: Say, case: str, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    Path("page.md").write_text("before\n", encoding="utf-8")
    assert say(case, "-j", "0").status == 0
    assert Path("page.md").read_text(encoding="utf-8") == "before\n"
    assert say(case, "-j", "0", "--format", "github").status == 0
    assert Path("page.md").read_text(encoding="utf-8").startswith("before\n## check-arch: case\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "nowhere/page.md")
    assert "cannot write `nowhere/page.md`" in say(case, "-j", "0", "--format", "github").err


def test_errors_reach_reports_even_where_nothing_can_be_checked(say: Say, case: str, engine: FakeEngine) -> None:
    Path("bad.litmus").write_text(CASE.replace("free_page;", "free_pag;"), encoding="utf-8")
    said = say("bad.litmus", "-j", "0", "--format", "text", "--format", "junit:out.xml", "--format", "json:out.json")
    assert (said.status, said.out) == (2, "")
    assert "bad.litmus:18:" in said.err
    assert Xml.parse("out.xml").getroot().get("errors") == "1"
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["diagnostics"]


def test_help_names_formats_and_statuses(say: Say) -> None:
    out = " ".join(say("check", "--help").out.split())
    assert all(f"{name} (" in out for name in NAMES)
    assert "6 a waiver that is expired" in out
    assert "6 faulty waiver" in say("--help").out


def test_formats_that_there_are_not(say: Say, case: str, engine: FakeEngine) -> None:
    assert "did you mean `sarif`?" in say(case, "--format", "sarf").err
    assert say(case, "--format", "terse", "--format", "ktap").status == 2
    assert say("litmus", case, "--format", "sarif").status == 2


def test_today() -> None:
    assert today({"SOURCE_DATE_EPOCH": "86399"}).isoformat() == "1970-01-01"
    assert today({"SOURCE_DATE_EPOCH": "86400"}).isoformat() == "1970-01-02"
    assert today({}).year >= 2026
    for odd in ("yesterday", "9" * 30):
        with pytest.raises(UsageError):
            today({"SOURCE_DATE_EPOCH": odd})


def test_the_command_that_shows_it_again() -> None:
    shown = ["--format", "sarif:x", "--format=json", "-q", "-j", "2", "--color", "never"]
    assert repeated("check", ["a b.arch", *shown, "--config", "SMP=y"]) == "check-arch check 'a b.arch' --config SMP=y"


def test_what_was_looked_at(case: str) -> None:
    (one,) = read_files([Path(case)]).loaded
    assert subject_of([one]) == "case"
    assert subject_of([]) == ""
