"""Answers that are kept with what they rest on: given again only after all of it was checked again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelcheck import evidence
from modelcheck.engine import check
from modelcheck.engine.analysis import Shared
from modelcheck.engine.recall import Recall
from modelcheck.evidence import checked_again, keep, subject
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text, load_unit
from modelcheck.solver.certificate import CheckOutcome, Script
from modelcheck.store import Folder
from modelcheck.verdict import Result, Verdict

ROOT = Path(__file__).parent.parent
LITMUS = ROOT / "tests" / "litmus"
SAFE = "last-fragment-queues-flag-before-drop"
UNSAFE = "flag-set-after-drop"
KEY = "ab" * 32

Entry = dict[str, Any]


@cache
def answered(name: str) -> tuple[Unit, Lifecycle, Result, tuple[Script, ...]]:
    unit = load_unit(LITMUS / f"{name}.litmus")
    told: list[tuple[Result, Sequence[Script]]] = []
    check(unit, evidence=lambda result, scripts: told.append((result, scripts)))
    ((result, scripts),) = told
    return unit, unit.lifecycles[0], result, tuple(scripts)


def kept(name: str, folder: Path) -> Folder:
    _, _, result, scripts = answered(name)
    store = Folder(folder)
    keep(store, KEY, result, scripts)
    return store


def asked_again(name: str, store: Folder, rlimit: int = 0) -> Result | None:
    unit, lifecycle, _, _ = answered(name)
    return checked_again(store, KEY, unit, lifecycle, None, rlimit)


@pytest.mark.parametrize("name", [SAFE, UNSAFE])
def test_what_was_kept_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    result = answered(name)[2]
    again = asked_again(name, kept(name, tmp_path))
    assert again == result
    assert again is not result
    assert again is not None
    assert [each.smtlib for each in again.certificates] == [each.smtlib for each in result.certificates]


def test_all_scripts_are_put_to_the_solver_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, result, scripts = answered(SAFE)
    store = kept(SAFE, tmp_path)
    put: list[str] = []
    real = Recall.certified

    def certified(self: Recall, script: str, queries: int, rlimit: int = 0) -> CheckOutcome:
        put.append(script)
        return real(self, script, queries, rlimit)

    monkeypatch.setattr(Recall, "certified", certified)
    assert asked_again(SAFE, store) is not None
    assert {*put} == {*(each.smtlib for each in result.certificates), *(each.text for each in scripts)}
    assert put


def test_all_runs_are_replayed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = answered(UNSAFE)[2]
    store = kept(UNSAFE, tmp_path)
    replayed = []
    real = evidence.replay
    monkeypatch.setattr(evidence, "replay", lambda *rest: replayed.append(rest[2]) or real(*rest))
    assert asked_again(UNSAFE, store) is not None
    assert replayed == [finding.counterexample.schedule for finding in result.findings]


def test_what_the_solver_does_not_accept_within_its_limit_is_not_believed(tmp_path: Path) -> None:
    store = kept(SAFE, tmp_path)
    assert asked_again(SAFE, store, rlimit=1) is None
    assert store.get(KEY) is None


# ------------------------------------------------------------------------------------------------ forged entries


def weaker(store: Folder, entry: Entry) -> None:
    """A certificate of which a fact was left out."""
    reference = entry["certificates"][0]
    text = store.get(reference["script"])
    assert isinstance(text, str)
    lines = text.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if "|invariant|" in line and "(assert" in line)
    forged = Script("".join(lines[:at] + lines[at + 1 :]), reference["queries"])
    store.put(evidence.script_key(forged), forged.text)
    reference["script"] = evidence.script_key(forged)


def other_text(store: Folder, entry: Entry) -> None:
    """Another text under the key of a script."""
    store.put(entry["certificates"][0]["script"], "(check-sat)")


def fewer_queries(store: Folder, entry: Entry) -> None:
    entry["certificates"][0]["queries"] = 0


def script_gone(store: Folder, entry: Entry) -> None:
    store.drop(entry["certificates"][0]["script"])


def no_certificates(store: Folder, entry: Entry) -> None:
    entry["certificates"] = entry["result"]["certificates"] = []


def called_unsafe(store: Folder, entry: Entry) -> None:
    entry["result"]["verdict"] = "UNSAFE"


def called_safe(store: Folder, entry: Entry) -> None:
    entry["result"]["verdict"] = "SAFE"


def called_vacuous(store: Folder, entry: Entry) -> None:
    entry["result"]["verdict"] = "VACUOUS"


def no_findings(store: Folder, entry: Entry) -> None:
    entry["result"]["findings"] = []


def shorter_run(store: Folder, entry: Entry) -> None:
    run = entry["result"]["findings"][0]["counterexample"]
    run["schedule"]["moves"].pop()
    run["steps"].pop()


def other_step(store: Folder, entry: Entry) -> None:
    entry["result"]["findings"][0]["counterexample"]["steps"][0]["action"] = "something else"


def other_rule(store: Folder, entry: Entry) -> None:
    entry["result"]["findings"][0]["rule"] = "OV101"


def other_lifecycle(store: Folder, entry: Entry) -> None:
    entry["result"]["lifecycle"] = "another"


def wrong_type(store: Folder, entry: Entry) -> None:
    entry["result"]["findings"] = {}


Forge = Callable[[Folder, Entry], None]
FORGED: list[tuple[str, Forge]] = [
    *((SAFE, forge) for forge in (weaker, other_text, fewer_queries, script_gone, no_certificates)),
    *((SAFE, forge) for forge in (called_unsafe, called_vacuous, other_lifecycle, wrong_type)),
    *((UNSAFE, forge) for forge in (called_safe, no_findings, shorter_run, other_step, other_rule, called_vacuous)),
]


@pytest.mark.parametrize(("name", "forge"), FORGED, ids=lambda each: getattr(each, "__name__", each))
def test_an_entry_that_does_not_stand_up_to_it_is_thrown_away(name: str, forge: Forge, tmp_path: Path) -> None:
    store = kept(name, tmp_path)
    entry: Any = store.get(KEY)
    forge(store, entry)
    store.put(KEY, entry)
    assert asked_again(name, store) is None
    assert store.get(KEY) is None


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.BOUNDED, Verdict.VACUOUS, Verdict.NOT_APPLICABLE])
def test_what_rests_on_a_search_alone_is_not_kept(verdict: Verdict, tmp_path: Path) -> None:
    _, _, result, scripts = answered(SAFE)
    keep(Folder(tmp_path), KEY, replace(result, verdict=verdict), scripts)
    assert not [*tmp_path.rglob("*.entry")]


# ------------------------------------------------------------------------------------------------------- keys


KEYS = """
from pathlib import Path
from modelcheck.engine.analysis import Shared
from modelcheck.evidence import subject
from modelcheck.resolve import load_text, load_unit
for name in {names!r}:
    unit = load_unit(Path(name))
    print(*(subject(Shared(unit).surroundings, each, (), "auto", 1) for each in unit.lifecycles))
"""


def test_another_process_finds_it_under_the_same_key() -> None:
    names = ["archs/6.1/s390.arch", *(f"tests/litmus/{name}.litmus" for name in (SAFE, UNSAFE))]

    def keys(seed: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", KEYS.format(names=names)]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    found = keys("1")
    assert found == keys("2")
    assert len({*found.split()}) == len(found.split()) > 3


def test_every_word_of_a_life_cycle_is_part_of_the_key() -> None:
    text = (LITMUS / f"{UNSAFE}.litmus").read_text(encoding="utf-8")

    def key(changed: str, *asked: object) -> str:
        unit = load_text(changed, "case.litmus")
        return subject(Shared(unit).surroundings, unit.lifecycles[0], *asked)

    assert key(text) == key(text + "\n// a remark at the end\n")
    changes = [
        text.replace("PTE_FRAG_NR >= 1", "PTE_FRAG_NR >= 2"),
        text.replace("pointer 8:8", "pointer 8:4"),
        "// a remark that moves every line\n" + text,
    ]
    assert all(changed != text for changed in changes)
    found = [key(text), *(key(changed) for changed in changes), key(text, "spacer"), key(text, "auto")]
    assert len({*found}) == len(found)
