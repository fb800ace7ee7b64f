"""Counterexamples as litmus tests: they can be read, what they say can happen, and no longer once it is mended."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from modelcheck.data import data_folder
from modelcheck.emit.interleaving import UnsayableError, litmus_test
from modelcheck.emit.memory_model import text_of
from modelcheck.emit.witness import Literal
from modelcheck.engine import check
from modelcheck.resolve import load_unit
from tests.emit.litmus_runner import can_happen, read

LITMUS = Path(__file__).parent.parent / "litmus"
POWERPC = data_folder("archs") / "7.2" / "powerpc.arch"


@cache
def _said(file: Path, *lifecycles: str) -> tuple[tuple[str, str, str], ...]:
    """Rule and text of every run that can be said; rule and reason, with no text, of the others."""
    unit = load_unit(file)
    found = []
    for result in check(unit, lifecycles=lifecycles or None):
        lifecycle = next(each for each in unit.lifecycles if each.name == result.lifecycle)
        for finding in result.findings:
            try:
                test = litmus_test(unit, lifecycle, finding.counterexample, "a+test", ("Result: Sometimes",))
            except UnsayableError as error:
                found.append((finding.rule, "", str(error)))
            else:
                found.append((finding.rule, text_of(test), ""))
    return tuple(found)


def _everything() -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(LITMUS.glob("*.litmus")):
        yield from ((path.stem, *each) for each in _said(path))


def test_what_is_said_can_happen() -> None:
    texts = [(case, rule, text) for case, rule, text, _ in _everything() if text]
    assert len(texts) >= 15
    assert {rule for _, rule, _ in texts} >= {"OV104", "OV105", "OV106", "OV107", "OV109", "OV111"}
    assert not [(case, rule) for case, rule, text in texts if not can_happen(read(text))]


def test_what_is_not_said_has_a_reason() -> None:
    reasons = {rule: why for _, rule, text, why in _everything() if not text}
    assert reasons.keys() >= {"OV101", "OV102", "OV103", "OV108", "OV110"}
    assert all(reasons.values())


def test_a_finding_of_a_shipped_model() -> None:
    found = {rule: text for rule, text, _ in _said(POWERPC, "pte_fragment")}
    assert found.keys() == {"OV105", "OV109"}
    assert all(can_happen(read(text)) for text in found.values())
    assert "r0 = atomic_sub_and_test(15, pt_frag_refcount);" in found["OV105"]
    assert "\t// pte_frag_destroy()\n" in found["OV105"]


def _one(case: str, rule: str) -> str:
    return next(text for found, text, _ in _said(LITMUS / f"{case}.litmus") if found == rule and text)


MENDED = (
    # What frees waits for readers first.
    ("freed-at-once-under-a-reader", "OV105", "\tWRITE_ONCE(*page_freed, 1);",
     "\tsynchronize_rcu();\n\tWRITE_ONCE(*page_freed, 1);"),
    ("lock-destroyed-before-grace-period", "OV109", "\tWRITE_ONCE(*ptl_dead, 1);",
     "\tsynchronize_rcu();\n\tWRITE_ONCE(*ptl_dead, 1);"),
    ("table-memory-reused-before-grace-period", "OV105", "\tWRITE_ONCE(*memory0_freed, 1);",
     "\tsynchronize_rcu();\n\tWRITE_ONCE(*memory0_freed, 1);"),
    # The wait comes after the table is unhooked.
    ("grace-period-before-unhook", "OV105", "\tWRITE_ONCE(*page_freed, 1);",
     "\tsynchronize_rcu();\n\tWRITE_ONCE(*page_freed, 1);"),
)  # fmt: skip


@pytest.mark.parametrize(("case", "rule", "old", "new"), MENDED, ids=[each[0] for each in MENDED])
def test_and_cannot_happen_once_it_is_mended(case: str, rule: str, old: str, new: str) -> None:
    text = _one(case, rule)
    assert text.count(old) == 1
    assert can_happen(read(text))
    assert not can_happen(read(text.replace(old, new)))


def test_one_step_instead_of_two() -> None:
    text = _one("count-dropped-and-tested-in-two-steps", "OV106")
    two = "\tatomic_sub(1, _refcount);\n\tr0 = atomic_read(_refcount);\n\tif (!r0) {"
    assert text.count(two) == 2
    assert not can_happen(read(text.replace(two, "\tr0 = atomic_dec_and_test(_refcount);\n\tif (r0) {")))


def test_a_text_that_is_none_is_not_read() -> None:
    text = _one("freed-at-once-under-a-reader", "OV105")
    for old, new in (
        ("rcu_read_lock();", "rcu_lock();"),
        ("int page_freed = 0;", "long page_freed = 0;"),
        ("\tint r1;\n", ""),
        ("exists (", "exist ("),
        ("P1(", "P7("),
    ):
        assert old in text
        with pytest.raises(AssertionError):
            read(text.replace(old, new))


def test_what_nobody_reads_is_left_out() -> None:
    text = _one("flag-left-set-at-free", "OV107")
    assert "exiting" not in text
    assert not re.search(r"\{\n\s*\}", text.partition("P0")[2])


def test_lines_are_short() -> None:
    assert all(len(line.expandtabs(8)) <= 80 for _, _, text, _ in _everything() for line in text.splitlines())


def test_literals_in_c() -> None:
    assert Literal("x", "==", 0).test("r1") == "!r1"
    assert Literal("x", "!=", 0).test("r1") == "r1"
    assert Literal("x", ">=", 2).test("r1") == "r1 >= 2"


def _without_herd() -> str:
    if shutil.which("herd7") is None:
        return "herd7 is not installed"
    if not Path(os.environ.get("LINUX_MEMORY_MODEL", ""), "linux-kernel.cfg").is_file():
        return "LINUX_MEMORY_MODEL does not name the folder tools/memory-model of a kernel"
    return ""


@pytest.mark.skipif(bool(_without_herd()), reason=_without_herd())
def test_herd_says_the_same(tmp_path: Path) -> None:
    for number, (case, rule, text, _) in enumerate(each for each in _everything() if each[2]):
        file = tmp_path / f"{number}.litmus"
        file.write_text(text, encoding="utf-8")
        command = ["herd7", "-conf", "linux-kernel.cfg", str(file)]
        done = subprocess.run(
            command, cwd=os.environ["LINUX_MEMORY_MODEL"], capture_output=True, text=True, check=False
        )
        assert re.search(r"^Observation \S+ (Sometimes|Always)", done.stdout, re.MULTILINE), (case, rule, done)
