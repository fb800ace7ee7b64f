"""What the README shows is true."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from modelcheck.cli import exits, main
from modelcheck.cli.catalogue import find_proposals, shipped
from modelcheck.cli.commands import COMMANDS
from modelcheck.cli.options import CHECK_FORMATS
from modelcheck.model.operations import CallRcu
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text, load_unit
from modelcheck.review.waivers import waivers_in
from modelcheck.source import SourceText

FILE = Path(__file__).resolve().parents[1] / "README.md"
README = FILE.read_text(encoding="utf-8")
(MODEL,) = re.findall(r"```\n(litmus .*?)```", README, re.DOTALL)


def stated(block: re.Pattern[str], said: str) -> str:
    """What the README says there; with CHECK_ARCH_ACCEPT in the environment, what was `said`, from then on."""
    readme = FILE.read_text(encoding="utf-8")
    if os.environ.get("CHECK_ARCH_ACCEPT"):
        readme = block.sub(lambda _: said, readme)
        FILE.write_text(readme, encoding="utf-8")
    (text,) = block.findall(readme)
    return str(text)


def test_the_tutorial_is_a_model() -> None:
    unit = load_text(MODEL, "README.md")
    (lifecycle,) = unit.lifecycles
    assert isinstance(lifecycle.path("pte_free").nodes[0].operation, CallRcu)
    assert [(e.lifecycle, e.verdict) for e in unit.expectations] == [("pte_page", "SAFE")]


def test_it_is_safe_until_the_change_that_is_suggested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "first.litmus"
    file.write_text(MODEL, encoding="utf-8")
    assert main([str(file), "-j", "0", "-q"]) == 0
    file.write_text(MODEL.replace("call_rcu(rcu_head, release)", "goto release"), encoding="utf-8")
    assert main([str(file), "-j", "0"]) == 1
    out = capsys.readouterr().out
    assert "OV105" in out
    assert "reader 0 (walker)" in out


def test_commands_and_statuses() -> None:
    named = set(re.findall(r"check-arch (\w+)", README))
    assert named & {command.name for command in COMMANDS} >= {"layout", "explain", "compare", "litmus"}
    for status in (exits.USAGE, exits.DRIFT, exits.WAIVERS, exits.INTERNAL, exits.INTERRUPTED):
        assert re.search(rf"\b{status}\b", README)


def test_formats_and_the_waiver() -> None:
    (section,) = re.findall(r"^## Reports.*?(?=^## )", README, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", section.split("`--format`")[0])) == set(CHECK_FORMATS)
    (text,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    waivers = waivers_in(SourceText("waivers.toml", text))
    assert not waivers.faults
    assert len(waivers.entries) == 1


# ---------------------------------------------------------------------- the answer to the question of May 2023

(COMMAND,) = re.findall(r"^`check-arch (matrix .*--format summary)` says:$", README, re.MULTILINE)
BLOCK = re.compile(r"(?<=<!-- answer: begin -->\n).*?(?=<!-- answer: end -->)", re.DOTALL)
(KERNEL,) = re.findall(r"--kernel (\S+)", COMMAND)
PROPOSALS = re.findall(r"--proposal (\S+)", COMMAND)


def answers() -> Iterator[tuple[str, str, str, str]]:
    """Architecture, life cycle, proposal and what the table says of them."""
    (text,) = BLOCK.findall(README)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    starts = [i for i, token in enumerate(tokens) if token.type == "tr_open"]
    cells = [
        [token.content for token in tokens[start:end] if token.type == "inline"]
        for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True)
    ]
    head, *rows = cells
    assert head[2:4] == [f"`{name}`" for name in PROPOSALS]
    for row in rows:
        for group in row[1].split("; "):
            arch, *lifecycles = group.replace(",", "").split()
            for lifecycle in lifecycles:
                yield from ((arch, lifecycle.strip("`"), name, row[2 + i]) for i, name in enumerate(PROPOSALS))


@cache
def unit(arch: str) -> Unit:
    proposals = find_proposals(PROPOSALS, shipped())
    return load_unit(shipped().model(arch, KERNEL), extra=proposals.files)


def test_the_answer_is_about_what_there_is() -> None:
    found = list(answers())
    assert len(found) > 10
    for arch, lifecycle, proposal, said in found:
        assert lifecycle in {each.name for each in unit(arch).lifecycles}
        changed = (lifecycle, proposal) in {(each.name, each.proposal) for each in unit(arch).proposed}
        refused = {name for each in unit(arch).proposals if each.name == proposal for name, _ in each.not_applicable}
        assert said.startswith("untouched") == (not changed and lifecycle not in refused), (arch, lifecycle, proposal)
        if lifecycle in refused:
            assert said.startswith("not applicable")


def test_the_answer_says_what_the_models_stand_by() -> None:
    stated = 0
    for arch, lifecycle, proposal, said in answers():
        for each in unit(arch).expectations:
            if (each.lifecycle, each.proposal) == (lifecycle, proposal):
                stated += 1
                word = {"SAFE": "**yes**", "UNSAFE": "**no", "UNKNOWN": "undecided", "VACUOUS": "not put to the test"}
                assert said.startswith(word[each.verdict]) or "today" in said, (arch, lifecycle, proposal)
                assert all(rule in said for rule in each.rules)
    assert stated > 3


@pytest.mark.timeout(0)
def test_the_answer_is_what_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    main(COMMAND.split())
    out = capsys.readouterr().out
    assert stated(BLOCK, out) == out


# --------------------------------------------------------------------------------------------- the counterexample

VERSION = re.compile(r"Z3 [0-9.]+")
SHOWN = re.compile(r"(?<=```\n)UNSAFE .*?(?=```\n<!-- counterexample: end -->)", re.DOTALL)


def test_the_counterexample_is_what_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["powerpc", "--lifecycle", "pte_fragment", "-j", "0"]) == 1
    # Everything up to what the first hazard comes to; the advice and the other hazards are left out.
    (begin, end), *_ = re.findall(r"^(UNSAFE.*?)(^ +OV\d+: .*?\n)", capsys.readouterr().out, re.MULTILINE | re.DOTALL)
    assert VERSION.sub("Z3", stated(SHOWN, begin + end)) == VERSION.sub("Z3", begin + end)


# ---------------------------------------------------------------------------------------- what a proof stands on

FOOTING = re.compile(r"(?<=<!-- footing: begin -->\n```\n).*?(?=```\n<!-- footing: end -->)", re.DOTALL)


def test_what_the_proof_stands_on(capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = FOOTING.findall(README)
    (case,) = re.findall(r"`(tests/litmus/\S+\.litmus)`, the protocol", README)
    assert main([str(FILE.parent / case), "-j", "0", "--explain-proof"]) == 0
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    first = said.index(shown.splitlines()[0])
    wanted = [line.strip() for line in shown.splitlines()]
    assert said[first : first + len(wanted)] == wanted
