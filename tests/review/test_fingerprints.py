"""Fingerprints of real findings: all different, and the same after edits that are about something else."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from modelcheck.data import data_folder
from modelcheck.engine import check
from modelcheck.resolve import load_text, load_unit
from modelcheck.review.alerts import alerts_of, finding_fingerprints
from modelcheck.review.fingerprint import finding_words
from modelcheck.verdict import Result
from tests.strategies import lifecycles

LITMUS = Path(__file__).resolve().parents[1] / "litmus"
ARCHS = data_folder("archs")
# Models with several findings in a life cycle; and one of each rule.
SEVERAL = (
    "call-rcu-per-fragment",
    "slab-backed-table-queued",
    "freed-at-once-under-a-reader",
    "lock-destroyed-before-grace-period",
    "counter-in-second-word-of-rcu-head",
    "callback-sleeps",
)


@cache
def results_of(text: str) -> tuple[Result, ...]:
    return check(load_text(text, "case.litmus"))


def prints(text: str) -> list[str]:
    return [each for result in results_of(text) for each in finding_fingerprints(result)]


def distinct(results: tuple[Result, ...]) -> None:
    """No finding needs its number to be told from the others, and no two alerts of all have one fingerprint."""
    for result in results:
        words = [finding_words(finding) for finding in result.findings]
        assert len(set(words)) == len(words)
    found = [alert.fingerprint for alert in alerts_of(results)]
    assert len(set(found)) == len(found)


def text_of(name: str) -> str:
    return (LITMUS / f"{name}.litmus").read_text(encoding="utf-8").replace('include "', f'include "{LITMUS}/')


@pytest.mark.parametrize("name", SEVERAL)
def test_findings_of_litmus_cases_are_told_apart(name: str) -> None:
    results = results_of(text_of(name))
    assert any(result.findings for result in results)
    distinct(results)


def test_findings_of_shipped_models_are_told_apart() -> None:
    unit = load_unit(ARCHS / "7.2" / "x86.arch")
    results = check(unit, lifecycles=("early_memmap_table", "kernel_pte", "hotplug_table", "pae_kernel_pmd", "xen_pgd"))
    assert sum(len(result.findings) for result in results) >= 9
    distinct(results)


@given(lifecycles.models())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_findings_of_any_model_are_told_apart(text: str) -> None:
    distinct(check(load_text(text, "any.arch")))


OTHER = """
lifecycle somewhere_else "has nothing to do with it" on page level pmd {
    create { alloc_page; populate 1 -> installed; }
    state installed { unmap -> other_free; }
    path other_free { free_page; }
}
"""


def commented(text: str) -> str:
    return "// Lines that move all others.\n\n\n" + text.replace("    ", "  ")


def with_another_life_cycle(text: str) -> str:
    return text + OTHER


def with_another_symbol(text: str) -> str:
    return re.sub(r"^(use abi .*)$", r"\1\nconfig NOTHING_TO_DO_WITH_IT;", text, count=1, flags=re.MULTILINE)


def retitled(text: str) -> str:
    return re.sub(r'^litmus ".*?";', 'litmus "another sentence";', text, flags=re.MULTILINE | re.DOTALL)


def with_a_higher_minimum(text: str) -> str:
    return re.sub(r">= 1;", ">= 2;", text)


def without_expectation(text: str) -> str:
    return re.sub(r"^expect .*?;\n", "", text, flags=re.MULTILINE | re.DOTALL)


EDITS = (
    commented, with_another_life_cycle, with_another_symbol, retitled, with_a_higher_minimum, without_expectation,
)  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", SEVERAL[:3])
def test_unrelated_edits_change_no_fingerprint(name: str, edit: object) -> None:
    text = text_of(name)
    assert callable(edit)
    changed = edit(text)
    assert sorted(prints(changed)) == sorted(prints(text))
    assert prints(text)
