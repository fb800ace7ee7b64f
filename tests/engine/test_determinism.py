"""The same input gives the same answer: in one process, in another, whatever order sets of strings have there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import z3

from modelcheck.engine import check
from modelcheck.resolve import load_unit
from modelcheck.solver.certificate import check_with_z3
from modelcheck.solver.commands import run

LITMUS = Path(__file__).parent.parent / "litmus"
ROOT = Path(__file__).parents[2]
CASES = (
    "count-of-tables-never-born",
    "counter-in-second-word-of-rcu-head",
    "last-dropper-frees-at-once-though-earlier-table-did-not-wait",
    "lock-size-decides-where-it-lives",
    "queued-while-linked",
    "table-memory-reused-before-grace-period",
)
PRINT = """
import sys
from pathlib import Path
from modelcheck.engine import check
from modelcheck.resolve import load_unit
for name in sys.argv[1:]:
    for result in check(load_unit(Path(name))):
        print(result)
        for certificate in result.certificates:
            print(certificate.smtlib)
"""


@pytest.mark.parametrize("name", CASES)
def test_two_runs_in_one_process(name: str) -> None:
    unit = load_unit(LITMUS / f"{name}.litmus")
    first, second = check(unit), check(unit)
    assert first == second
    assert repr(first) == repr(second)
    again = check(load_unit(LITMUS / f"{name}.litmus"))
    assert repr(first) == repr(again)
    assert [c.smtlib for r in first for c in r.certificates] == [c.smtlib for r in again for c in r.certificates]


@pytest.mark.parametrize("name", CASES)
def test_a_limit_that_something_else_set_before_does_not_matter(name: str) -> None:
    unit = load_unit(LITMUS / f"{name}.litmus")
    first = check(unit)
    # Z3 takes the limit of one context for that of all that come later.
    context = z3.Context()
    run(context, "(set-option :rlimit 1)")
    try:
        assert all(check_with_z3(c.smtlib, c.queries).accepted for r in first for c in r.certificates)
        assert repr(check(unit)) == repr(first)
    finally:
        run(context, "(set-option :rlimit 0)")


def test_two_processes_with_other_hashes() -> None:
    answers = set()
    for seed in ("0", "4711"):
        done = subprocess.run(
            [sys.executable, "-c", PRINT, *(str(LITMUS / f"{name}.litmus") for name in CASES)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.add(done.stdout)
    assert len(answers) == 1
    assert all(f"arch='{name}'" in answers.copy().pop() for name in CASES)
