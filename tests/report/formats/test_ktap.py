"""KTAP, read as the kernel's documentation describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings

from modelcheck.report.formats.ktap import render
from modelcheck.review.review import Review
from tests.report.formats.samples import CHECK, EMPTY, GATE
from tests.strategies.reviews import reviews

# As KUnit's parser has it: a description holds no `#`.
RESULT = re.compile(r"(ok|not ok) ([0-9]+) ([^#]*?)( # .*)?")


@dataclass(frozen=True)
class Parsed:
    name: str
    passed: bool
    directive: str
    subtests: tuple[Parsed, ...]


def parse(text: str) -> tuple[Parsed, ...]:
    """The tests of a protocol; fails where it is none."""
    lines = iter(text.splitlines())
    return _tests(lines, next(lines), 0)


def _tests(lines: Iterator[str], version: str, indent: int) -> tuple[Parsed, ...]:
    margin = " " * indent
    assert version == f"{margin}KTAP version 1"
    found: list[Parsed] = []
    subtests: tuple[Parsed, ...] = ()
    line = next(lines)
    header = re.fullmatch(rf"{margin}# Subtest: (.*)", line)
    assert bool(header) == bool(indent)
    plan = re.fullmatch(rf"{margin}1\.\.(\d+)", next(lines) if header else line)
    assert plan
    while len(found) < int(plan[1]):
        line = next(lines)
        if line == f"{margin}  KTAP version 1":
            subtests = _tests(lines, line, indent + 2)
        elif not line.startswith(f"{margin}# "):
            assert line.startswith(margin)
            result = RESULT.fullmatch(line.removeprefix(margin))
            assert result, line
            assert int(result[2]) == len(found) + 1
            found.append(Parsed(result[3], result[1] == "ok", (result[4] or "").removeprefix(" # "), subtests))
            subtests = ()
    if not indent:
        assert all(line.startswith("# ") for line in lines)
    return tuple(found)


@pytest.mark.parametrize("review", [EMPTY, CHECK, GATE])
def test_it_can_be_read(review: Review) -> None:
    for suite in parse(render(review)):
        assert suite.subtests
        assert suite.passed == all(test.passed for test in suite.subtests)


@given(reviews())
@settings(max_examples=60, deadline=None)
def test_any_review_can_be_read(review: Review) -> None:
    suites = parse(render(review))
    failing = any(alert.fails for alert in review.alerts) or review.waiver_faults
    assert all(suite.passed for suite in suites) == (not failing)
    for suite in suites:
        names = [test.name for test in suite.subtests]
        assert all(name.strip() for name in names)


def test_what_is_known_is_expected_to_fail() -> None:
    waived = replace(CHECK, alerts=tuple(alert for alert in CHECK.alerts if alert.waiver), waiver_faults=())
    (suite,) = parse(render(waived))
    assert suite.name == "powerpc-6.12"
    assert suite.passed
    assert suite.subtests[0].directive == "XFAIL waived until 2027-01-31"
