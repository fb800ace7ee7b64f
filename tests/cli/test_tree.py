"""`--tree`: commands that take the structs from a kernel tree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from modelcheck.cli.options import CHECK_FORMATS, MATRIX_FORMATS
from tests.cli.conftest import Said
from tests.tree.test_units import HEADER, MODEL, OTHERS

Say = Callable[..., Said]

MOVED = HEADER.replace("struct rcu_head rcu_head; void *mapping;", "struct rcu_head rcu_head; atomic_t refs;").replace(
    "#endif\n    atomic_t refs;", "#endif\n"
)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model and a tree `linux` beside it, in an otherwise empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Path("toy.arch").write_text(MODEL, encoding="utf-8")
    patch(HEADER)
    Path("linux/arch/xtensa/include/asm").mkdir(parents=True)
    Path("linux/arch/xtensa/include/asm/Kbuild").touch()
    return "toy.arch"


def patch(header: str) -> None:
    Path("linux/include/linux").mkdir(parents=True, exist_ok=True)
    Path("linux/include/linux/mm_types.h").write_text(header, encoding="utf-8")


def test_the_verdict_is_about_the_tree(say: Say, model: str) -> None:
    said = say("check", model, "--tree", "linux", "-j", "0")
    assert (said.status, said.err) == (0, "")
    assert "structs as the headers of linux declare them" in said.out
    patch(MOVED)
    said = say("check", model, "--tree", "linux", "-j", "0")
    assert said.status == 1
    assert "OV101" in said.out
    # The bytes are the tree's: the counter lies over the first word of the rcu_head.
    assert "page.rcu_head  [next--][func--]  bytes 4..11" in said.out
    assert "page.refs      [cou...]          bytes 4..7" in said.out
    assert re.search(r"replay .* --tree linux", said.out)
    # Without the tree, the model's own struct is meant.
    assert say("check", model, "-j", "0").status == 0


def test_every_report_says_whose_structs_they_are(say: Say, model: str) -> None:
    for name in CHECK_FORMATS:
        told = say("check", model, "--tree", "linux", "-j", "0", "--format", name).out
        assert name == "gitlab" or "structs as the headers of linux declare them" in told, name
        assert "structs as" not in say("check", model, "-j", "0", "--format", name).out


def test_what_a_proof_stands_on_is_open_in_a_page_that_was_asked_for_it(say: Say, model: str) -> None:
    shown = "<details open><summary>What is proved"
    assert shown in say("check", model, "-j", "0", "--explain-proof", "--format", "html").out
    assert shown not in say("check", model, "-j", "0", "--format", "html").out


@pytest.mark.parametrize("name", MATRIX_FORMATS)
def test_a_matrix_says_whose_structs_they_are(say: Say, model: str, name: str) -> None:
    Path(model).write_text(MODEL + OTHERS, encoding="utf-8")
    words = ("matrix", model, "-j", "0", "--format", name)
    found, plain = say(*words, "--tree", "linux").out, say(*words).out
    if name == "json":
        assert [json.loads(each)["matrix"]["question"]["tree"] for each in (found, plain)] == ["linux", ""]
    else:
        assert "tructs as the headers of linux declare them" in found
        assert "tructs as" not in plain


def test_a_merged_matrix_says_whose_structs_they_are(say: Say, model: str) -> None:
    Path(model).write_text(MODEL + OTHERS, encoding="utf-8")
    for part in ("1", "2"):
        told = f"json:{part}.json"
        say("matrix", model, "--tree", "linux", "-j", "0", "--shard", f"{part}/2", "--format", told)
    assert "structs as the headers of linux declare them" in say("merge", "1.json", "2.json").out


def test_a_comment_changes_no_byte(say: Say, model: str) -> None:
    before = say("check", model, "--tree", "linux", "-j", "0", "--no-cache")
    patch(HEADER.replace("struct page {", "/* one\n * more\n */\nstruct page { // all pages"))
    after = say("check", model, "--tree", "linux", "-j", "0", "--no-cache")
    assert (before.status, before.out, before.err) == (after.status, after.out, after.err)


def test_more_is_told_on_request(say: Say, model: str) -> None:
    told = "the model does not know `MORE`"
    assert told in say("check", model, "--tree", "linux", "-j", "0", "-v").out
    assert told not in say("check", model, "--tree", "linux", "-j", "0").out


def test_a_saved_run_is_replayed_on_the_tree(say: Say, model: str) -> None:
    patch(MOVED)
    say("check", model, "--tree", "linux", "-j", "0", "--save-traces", "traces", "-q")
    (trace,) = (str(file) for file in Path("traces").iterdir())
    assert say("replay", trace, "--tree", "linux").status == 1
    assert say("replay", trace).status == 2


NO_SLAB = "this tree has no `struct slab`"


def without_slab(model: str) -> None:
    Path(model).write_text(MODEL + OTHERS, encoding="utf-8")
    Path("linux/mm").mkdir()
    Path("linux/mm/slab.h").write_text("struct other { int a; };\n", encoding="utf-8")


def test_what_the_tree_cannot_have_is_named_and_the_rest_is_checked(say: Say, model: str) -> None:
    without_slab(model)
    said = say("check", model, "--tree", "linux", "-j", "0")
    assert (said.status, said.err) == (0, "")
    assert re.search(rf"NOT APPLICABLE +xtensa object.*\n +{NO_SLAB}", said.out)
    assert re.search(r"SAFE +xtensa table", said.out) and re.search(r"SAFE +xtensa plain", said.out)
    results = json.loads(say("check", model, "--tree", "linux", "-j", "0", "--format", "json").out)["results"]
    assert [(each["lifecycle"], each["verdict"]) for each in results] == [
        ("table", "SAFE"), ("plain", "SAFE"), ("object", "NOT APPLICABLE"),
    ]  # fmt: skip
    assert [each["summary"] for each in results if each["lifecycle"] == "object"] == [NO_SLAB]


@pytest.mark.parametrize("name", [each for each in CHECK_FORMATS if each != "gitlab"])
def test_every_report_names_what_the_tree_cannot_have(say: Say, model: str, name: str) -> None:
    without_slab(model)
    told = say("check", model, "--tree", "linux", "-j", "0", "--format", name).out
    assert "struct slab" in told and "object" in told


@pytest.mark.parametrize("command", ["check", "matrix"])
def test_only_what_the_tree_cannot_have(say: Say, model: str, command: str) -> None:
    without_slab(model)
    said = say(command, model, "--tree", "linux", "-j", "0", "--lifecycle", "object")
    assert said.status == 2
    assert "CA414" in said.err and "which `object` needs" in said.err
    said = say(command, model, "--tree", "linux", "-j", "0", "--lifecycle", "object", "--lifecycle", "plain")
    assert (said.status, said.err) == (0, "")
    assert say(command, model, "--tree", "linux", "-j", "0", "--lifecycle", "plain").status == 0


def test_a_matrix_has_a_cell_for_what_the_tree_cannot_have(say: Say, model: str) -> None:
    without_slab(model)
    document = json.loads(say("matrix", model, "--tree", "linux", "-j", "0", "--format", "json").out)
    whole = [row for row in document["matrix"]["rows"] if row["lifecycle"] == "object" and not row["path"]]
    cells = [cell for row in whole for cell in row["cells"]]
    assert next((cell["verdict"], cell["summary"]) for cell in cells) == ("NOT APPLICABLE", NO_SLAB)


def test_what_is_emitted_is_about_the_tree(say: Say, model: str, tmp_path: Path) -> None:
    again = "check-arch emit {} toy.arch --tree linux"
    said = say("emit", "asserts", model, "--tree", "linux", "-j", "0")
    assert (said.status, again.format("asserts") in said.out) == (0, True)
    patch(MOVED)
    said = say("emit", "asserts", model, "--tree", "linux", "-j", "0")
    assert "refs" in said.out.split("static_assert", 1)[1], "where the tree lets two fields share bytes, it is said"
    # The model's own struct has no counterexample; the tree's has one, which no litmus test of the kernel can say.
    assert "has no counterexample" in say("emit", "litmus", model, "-j", "0").err
    said = say("emit", "litmus", model, "--tree", "linux", "-j", "0")
    assert (said.status, "CA610" in said.err, "OV101" in said.err) == (2, True, True)
    say("check", model, "--tree", "linux", "-j", "0", "--save-traces", "traces", "-q")
    (trace,) = map(str, Path("traces").iterdir())
    assert "CA610" in say("emit", "litmus", trace, "--tree", "linux").err
    assert "CA607" in say("emit", "litmus", trace).err


def test_a_litmus_test_says_which_tree_it_is_about(say: Say, model: str) -> None:
    early = MODEL.replace("path free_it { call_rcu(rcu_head, release); }", "path free_it { goto release; }")
    Path(model).write_text(early, encoding="utf-8")
    said = say("emit", "litmus", model, "--tree", "linux", "-j", "0")
    assert (said.status, said.err) == (0, "")
    told = " ".join(said.out.replace("\n *", " ").split())
    assert "emit litmus toy.arch --lifecycle table --tree linux --rule OV105" in told


def test_layout(say: Say, model: str) -> None:
    said = say("layout", model, "--tree", "linux", "--config", "MORE=y", "--format", "json")
    (struct,) = json.loads(said.out)["structs"]
    assert "more" in [field["path"] for field in struct["fields"]]


def test_matrix(say: Say, model: str) -> None:
    patch(MOVED)
    said = say("matrix", model, "--tree", "linux", "--today", "-j", "0", "-q")
    assert said.status == 1


def test_compare(say: Say, model: str) -> None:
    said = say("compare", model, "--tree", "linux")
    assert said.status == 5
    assert said.out.startswith("DRIFT  xtensa 7.2 does not describe linux\n")
    assert json.loads(say("compare", model, "--tree", "linux", "--format", "json").out)["verdict"] == "DRIFT"
    assert say("compare", model, "--tree", "linux", "-q").out == "DRIFT  xtensa 7.2 does not describe linux\n"


@pytest.mark.parametrize("command", ["check", "layout", "compare", "matrix"])
def test_what_is_wrong_with_a_tree(say: Say, model: str, command: str) -> None:
    said = say(command, model, "--tree", "nowhere")
    assert said.status == 2
    assert "CA410" in said.err and "Traceback" not in said.err
    patch("struct page { int @ a; };")
    said = say(command, model, "--tree", "linux")
    assert said.status == 2
    assert "CA415" in said.err and "include/linux/mm_types.h:1:19" in said.err


def test_the_trees_version_chooses_the_models(say: Say, model: str) -> None:
    Path("linux/Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n", encoding="utf-8")
    said = say("compare", "xtensa", "--tree", "linux", "-q")
    assert said.out == "DRIFT  xtensa 6.12 does not describe linux\n"
    said = say("compare", "xtensa", "--tree", "linux", "--kernel", "7.2", "-q")
    assert said.out == "DRIFT  xtensa 7.2 does not describe linux\n"
