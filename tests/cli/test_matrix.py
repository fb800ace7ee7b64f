"""`matrix` and `merge`: what is asked, what is shown, what the status is, and that shards make no difference."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from modelcheck.cli.catalogue import shipped
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.report.json_report import schema
from modelcheck.verdict import Verdict
from tests.cli.conftest import PYTHON, FakeEngine, Said
from tests.cli.test_process import ENVIRONMENT
from tests.matrix.models import NAMES, write_models

Say = Callable[..., Said]
FORMATS = ("text", "json", "markdown", "html", "summary")


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three small models, in an otherwise empty working directory."""
    monkeypatch.chdir(tmp_path)
    write_models(tmp_path)


PROPOSALS = ("--proposal", "queue_each", "--proposal", "count_all")


def everything(folder: str) -> list[str]:
    Path(folder).mkdir()
    return [word for name in FORMATS for word in ("--format", f"{name}:{folder}/{name}")]


def contents(folder: str) -> dict[str, bytes]:
    return {name: (Path(folder) / name).read_bytes() for name in FORMATS}


# ------------------------------------------------------------------------------------------ with the real engine


def test_answers_beside_the_models_leave_nothing_to_work_out_and_change_nothing(say: Say) -> None:
    anew = say("matrix", *NAMES, *PROPOSALS, "-j", "0", "--no-cache", "--format", "json")
    written = say("matrix", *NAMES, *PROPOSALS, "-j", "0", "--cache-dir", "one", "--write-answers", "--format", "json")
    assert (written.out, written.err) == (anew.out, "")
    assert not list(Path("one").rglob("*.entry"))
    files = {Path(name).with_suffix(".answers.xz") for name in NAMES}
    before = {file: file.read_bytes() for file in files}
    again = say("matrix", *NAMES, *PROPOSALS, "-j", "0", "--cache-dir", "two", "--format", "json")
    assert again.out == anew.out
    assert not list(Path("two").glob("questions-*/*/*.entry"))
    # They are taken over where they still fit, and are the same bytes then.
    say("matrix", *NAMES, *PROPOSALS, "-j", "0", "--cache-dir", "three", "--write-answers", "--format", "json")
    assert {file: file.read_bytes() for file in files} == before
    # Whoever wants no cache does not want them either, and what is damaged is worked out.
    for file in files:
        file.write_bytes(b"damaged")
    worked_out = say("matrix", *NAMES, *PROPOSALS, "-j", "0", "--cache-dir", "four", "--format", "json")
    assert worked_out.out == anew.out
    assert list(Path("four").glob("questions-*/*/*.entry"))


@pytest.mark.parametrize("narrowed", [["--shard", "1/2"], ["--level", "pte"], ["--no-cache"], ["--gaps"]])
def test_answers_are_written_for_whole_models(narrowed: list[str], say: Say) -> None:
    said = say("matrix", *NAMES, "--write-answers", *narrowed)
    assert said.status == 2
    assert "whole models" in said.err


def test_shards_processes_and_the_order_of_names_make_no_difference(say: Say) -> None:
    whole = say("matrix", *NAMES, *PROPOSALS, "-j", "0", *everything("whole"))
    assert whole.status == 1
    for index in (1, 2, 3):
        part = say("matrix", *NAMES, *PROPOSALS, "-j", "0", "--shard", f"{index}/3", "--format", f"json:{index}.json")
        assert part.err == ""
        jsonschema.validate(json.loads(Path(f"{index}.json").read_text(encoding="utf-8")), schema())
    merged = say("merge", "2.json", "3.json", "1.json", *everything("merged"))
    assert (merged.status, merged.err) == (1, "")
    assert contents("merged") == contents("whole")
    # In processes of their own, as a user runs it.
    words = ["matrix", *reversed(NAMES), *PROPOSALS, "-j", "2", *everything("again")]
    again = subprocess.run([*PYTHON, *words], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (1, "")
    assert contents("again") == contents("whole")
    say("merge", "whole/json", *everything("once_more"))
    assert contents("once_more") == contents("whole")


def test_what_the_models_state_is_no_news(say: Say) -> None:
    assert say("matrix", "wide-1.1.arch", *PROPOSALS, "-j", "0").status == 0
    text = Path("wide-1.1.arch").read_text(encoding="utf-8")
    Path("wide-1.1.arch").write_text(text.replace("expect pte with queue_each UNSAFE OV103;", ""), encoding="utf-8")
    said = say("matrix", "wide-1.1.arch", *PROPOSALS, "-j", "0")
    assert said.status == 1
    assert "UNSAFE wide 1.1 pte with queue_each OV103" in said.out


def test_a_verdict_that_is_stated_otherwise_is_news(say: Say) -> None:
    text = Path("wide-1.1.arch").read_text(encoding="utf-8")
    Path("wide-1.1.arch").write_text(text.replace("UNSAFE OV103;", "UNSAFE OV105;"), encoding="utf-8")
    said = say("matrix", "wide-1.1.arch", *PROPOSALS, "-j", "0")
    assert said.status == 1
    assert "not as expected: wide 1.1 pte with queue_each: expected UNSAFE OV105" in said.out


# ------------------------------------------------------------------------------------ with answers that are chosen


def asked(engine: FakeEngine) -> list[tuple[str, str]]:
    return [(each["lifecycles"][0], "".join(each["proposals"])) for each in engine.asked]


def test_without_options_it_is_today_and_every_proposal(say: Say, engine: FakeEngine) -> None:
    assert say("matrix", "tiny-1.1.arch", "-j", "0").status == 0
    today = [("pte", ""), ("pmd", "")]
    # The shipped proposals find the roles of the model, too.
    assert set(asked(engine)) >= {*today, ("pte", "queue_each"), ("pte", "gather_rcu_head")}
    assert asked(engine)[0] == today[0]
    before = asked(engine)
    engine.asked.clear()
    say("matrix", "tiny-1.1.arch", "-j", "0", "--all-proposals")
    assert asked(engine) == before


def test_only_today_and_only_some(say: Say, engine: FakeEngine) -> None:
    say("matrix", "tiny-1.1.arch", "-j", "0", "--today")
    assert asked(engine) == [("pte", ""), ("pmd", "")]
    engine.asked.clear()
    say("matrix", "tiny-1.1.arch", "-j", "0", "--level", "pte", "--proposal", "queue_each")
    assert asked(engine) == [("pte", ""), ("pte", "queue_each")]
    engine.asked.clear()
    say("matrix", *NAMES, "-j", "0", "--lifecycle", "pmd", "--today", "--budget", "3")
    assert asked(engine) == [("pmd", "")]


def test_a_proposal_from_a_file_is_asked_for_by_the_file(say: Say, engine: FakeEngine) -> None:
    text = 'proposal at_once "without waiting" { replace [gather] { goto [release]; } }'
    Path("mine.proposal").write_text(text, encoding="utf-8")
    engine.verdicts["pte"] = Verdict.UNSAFE
    out = say("matrix", "tiny-1.1.arch", "-j", "0", "--proposal", "mine.proposal", "--format", "html").out
    assert "check-arch check tiny-1.1.arch --lifecycle pte --proposal mine.proposal" in out
    assert ("pte", "at_once") in asked(engine)


def test_every_kernel_that_is_shipped(say: Say, engine: FakeEngine) -> None:
    out = say("matrix", "powerpc", "-j", "0", "--today", "--format", "json").out
    columns = json.loads(out)["matrix"]["columns"]
    kernels = [kernel for kernel in shipped().kernels() if "powerpc" in shipped().architectures(kernel)]
    assert [column["kernel"] for column in columns] == kernels
    assert "/archs/" not in out
    assert '"archs/' in out
    engine.asked.clear()
    out = say("matrix", "powerpc", "-j", "0", "--today", "--kernel", "7.2", "--format", "json").out
    assert json.loads(out)["matrix"]["columns"] == [{"kernel": "7.2", "proposal": ""}]


@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.SAFE, 0), (Verdict.UNSAFE, 1), (Verdict.BOUNDED, 3), (Verdict.VACUOUS, 4)]
)
def test_the_worst_verdict_that_is_not_stated_decides(
    say: Say, engine: FakeEngine, verdict: Verdict, status: int
) -> None:
    engine.verdicts["pmd"] = verdict
    assert say("matrix", "tiny-1.1.arch", "-j", "0", "--today").status == status
    # `expect pte SAFE` is not met.
    engine.verdicts = {"pte": verdict}
    assert say("matrix", "tiny-1.1.arch", "-j", "0", "--today").status == status


def test_quiet_is_one_line_each(say: Say, engine: FakeEngine) -> None:
    engine.verdicts["pte"] = Verdict.UNSAFE
    out = say("matrix", "tiny-1.1.arch", "-j", "0", "--today", "-q").out.splitlines()
    assert [line.split()[0] for line in out[:2]] == ["UNSAFE", "SAFE"]
    assert out[2].startswith("not as expected: tiny 1.1 pte: expected SAFE, got UNSAFE")


def test_ctrl_c_leaves_what_is_known(say: Say, engine: FakeEngine) -> None:
    engine.error = KeyboardInterrupt()
    said = say("matrix", "tiny-1.1.arch", "-j", "0", "--today", "--shard", "1/1", "--format", "json:part.json")
    assert said.status == 130
    assert "interrupted; 2 life cycles not decided" in said.err
    refused = say("merge", "part.json")
    assert refused.status == 2
    assert "part.json was interrupted: tiny 1.1 pte was not decided, and 1 more" in refused.err


def test_a_fault_of_the_program_is_told_by_merge_too(say: Say, engine: FakeEngine) -> None:
    engine.error = RuntimeError("a bad day")
    for said in (
        say("matrix", "tiny-1.1.arch", "-j", "0", "--today", "--shard", "1/1", "--format", "json:part.json"),
        say("merge", "part.json"),
    ):
        assert said.status == 70
        assert "tiny 1.1 pte: check-arch failed: RuntimeError: a bad day" in said.err
        assert "Traceback" not in said.err


def test_what_the_engine_rejects_is_told_by_merge_too(say: Say, engine: FakeEngine) -> None:
    engine.error = InputError([Diagnostic("CA220", "no configuration is admitted")])
    for said in (
        say("matrix", "tiny-1.1.arch", "-j", "0", "--today", "--shard", "1/1", "--format", "json:part.json"),
        say("merge", "part.json"),
    ):
        assert said.status == 2
        assert said.err.count("error[CA220]: no configuration is admitted") == 1


def test_good_files_are_shown_beside_bad_ones(say: Say, engine: FakeEngine) -> None:
    Path("bad.arch").write_text("kernel;", encoding="utf-8")
    said = say("matrix", "bad.arch", "tiny-1.1.arch", "-j", "0", "--today")
    assert said.status == 2
    assert "bad.arch:1:" in said.err
    assert "tiny" in said.out


# -------------------------------------------------------------------------------------------------------- gaps


def test_gaps_are_listed_without_checking(say: Say, engine: FakeEngine) -> None:
    said = say("matrix", "--gaps", *NAMES)
    assert said.status == 0
    assert said.out == "tiny 1.1\n  pud: folded | mostly\n    tiny-1.1.arch:38:1\n"
    assert engine.asked == []
    for name in FORMATS[1:]:
        assert "folded" in say("matrix", "--gaps", *NAMES, "--format", name).out
    document = json.loads(say("matrix", "--gaps", *NAMES, "--format", "json").out)
    jsonschema.validate(document, schema())
    assert document["results"] == []


def test_architectures_without_a_model_are_gaps(say: Say, engine: FakeEngine) -> None:
    out = say("matrix", "--gaps", "--kernel", "6.12", "--format", "json").out
    missing = {gap["arch"] for gap in json.loads(out)["matrix"]["gaps"] if not gap["what"]}
    known = set(shipped().kernel_architectures()["6.12"])
    assert missing == known - set(shipped().architectures("6.12"))
    assert say("matrix", "--gaps", "--kernel", "5.1").status == 2


def test_a_bad_model_does_not_hide_the_gaps_of_others(say: Say) -> None:
    Path("bad.arch").write_text("kernel;", encoding="utf-8")
    said = say("matrix", "--gaps", "bad.arch", *NAMES)
    assert said.status == 2
    assert "folded" in said.out


def test_every_shipped_model_is_of_an_architecture_that_the_kernel_has() -> None:
    known = shipped().kernel_architectures()
    listed = tomllib.loads((shipped().folder / "architectures.toml").read_text(encoding="utf-8"))
    for kernel in shipped().kernels():
        unknown = set(shipped().architectures(kernel)) - set(known[kernel]) - set(listed["generic"]["models"])
        assert not unknown, "list them in archs/architectures.toml, under `parts` or `generic`"


def test_ia64_left_after_6_1() -> None:
    known = shipped().kernel_architectures()
    assert {kernel for kernel, names in known.items() if "ia64" in names} == {"6.1"}
    assert set(known["6.12"]) == set(known["7.2"]) == set(known["6.1"]) - {"ia64"}


# --------------------------------------------------------------------------------------------------- bad usage


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["matrix", "powerpcc"], "did you mean `powerpc`?"),
        (["matrix", "--kernel", "5.1"], "there is no model of kernel 5.1"),
        (["matrix", "tiny-1.1.arch", "--lifecycle", "ptee"], "did you mean `pte`?"),
        (["matrix", "tiny-1.1.arch", "--proposal", "queue_eech"], "has a proposal `queue_eech`"),
        (["matrix", "--proposal", "a", "--today"], "not allowed with"),
        (["matrix", "--shard", "0/2"], "`0/2` is not a part like 1/4"),
        (["matrix", "--shard", "3/2"], "`3/2` is not a part like 1/4"),
        (["matrix", "--shard", "x/2"], "`x` is not a number"),
        (["matrix", "--shard", "2"], "`2` is not a part like 1/4"),
        (["matrix", "--format", "htm"], "did you mean `html`?"),
        (["check", "tiny-1.1.arch", "--format", "summary"], "there are: text, terse, json"),
        (["matrix", "--config", "SMP=y"], "there is no option `--config`"),
        (["merge"], "REPORT.json"),
        (["merge", "nowhere.json"], "cannot read `nowhere.json`"),
        (["merge", "tiny-1.1.arch"], "this is not JSON"),
        (["mtrix"], "did you mean `matrix`?"),
    ],
)
def test_bad_usage(say: Say, engine: FakeEngine, words: list[str], wanted: str) -> None:
    said = say(*words)
    assert said.status == 2
    assert wanted in said.err
    assert said.err.startswith("error[CA6")
    assert said.out == ""
    assert engine.asked == []


def test_two_models_of_one_architecture(say: Say, engine: FakeEngine) -> None:
    Path("copy.arch").write_bytes(Path("tiny-1.1.arch").read_bytes())
    said = say("matrix", "tiny-1.1.arch", "copy.arch")
    assert said.status == 2
    assert "tiny-1.1.arch and copy.arch both describe tiny 1.1" in said.err
