"""Numbers, lists and configurations in words."""

from __future__ import annotations

from modelcheck.report.wording import configuration, count, listing
from modelcheck.trace import Schedule
from modelcheck.verdict import Condition

MANY = Schedule("lp64", tuple((f"S{i}", i == 1) for i in range(12)), (("N", 2),), ())


def test_of_many_symbols_those_that_tell() -> None:
    assert configuration(MANY, Condition("!S7 && N >= 2")) == "lp64, S1=y, S7=n, N=2 (10 other symbols n)"
    assert configuration(MANY, Condition(), everything=True).count("=n") == 11


def test_counts() -> None:
    said = [count(n, "query", "queries") for n in (0, 1, 2, 1000)]
    assert said == ["no query", "1 query", "2 queries", "1,000 queries"]


def test_lists() -> None:
    assert [listing("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
