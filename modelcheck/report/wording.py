"""Words that several renderers share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from modelcheck.report.page import Style
from modelcheck.trace import Schedule
from modelcheck.verdict import Condition, Result, Verdict

STYLES: dict[Verdict, Style] = {
    Verdict.SAFE: "good",
    Verdict.UNSAFE: "bad",
    Verdict.UNKNOWN: "doubt",
    Verdict.BOUNDED: "doubt",
    Verdict.VACUOUS: "doubt",
    Verdict.NOT_APPLICABLE: "dim",
}


def count(number: int, one: str, many: str = "") -> str:
    """`1 table`, `2 tables`, `no table`."""
    if number == 0:
        return f"no {one}"
    return f"{number} {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def structs_of(tree: str) -> str:
    """Whose structs were taken, where they are those of a kernel tree: a sentence without a full stop."""
    return f"structs as the headers of {tree} declare them"


def listing(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def capital(text: str) -> str:
    """The text as the start of a sentence."""
    return text[:1].upper() + text[1:]


def holds_where(condition: Condition) -> str:
    """A condition as it follows a verdict: `when PTE_FRAG_NR >= 2`; empty where the verdict holds everywhere.

    A text that brings its own word (`unless X`) is left as it is.
    """
    if not condition.text:
        return ""
    return condition.text if condition.text.split()[0] in ("when", "unless", "where") else f"when {condition.text}"


def named(result: Result) -> str:
    """The life cycle, and the proposal that was applied to it."""
    return f"{result.lifecycle} with {result.proposal}" if result.proposal else result.lifecycle


# More symbols than this are only listed where all of them are wanted.
_FEW = 8


def configuration(schedule: Schedule, condition: Condition, *, everything: bool = False) -> str:
    """Where a schedule runs, as one would type it: `ppc64le, PPC_64K_PAGES=y, PTE_FRAG_NR=2`.

    Of many symbols only those that `condition` names and those that are `y` are listed, unless `everything` is.
    """
    parts = [schedule.abi] if schedule.abi else []
    named = set(re.findall(r"\w+", condition.text))
    all_ = everything or len(schedule.symbols) <= _FEW
    listed = [(name, value) for name, value in schedule.symbols if all_ or value or name in named]
    parts.extend(f"{name}={'y' if value else 'n'}" for name, value in listed)
    parts.extend(f"{name}={value}" for name, value in schedule.constants)
    rest = len(schedule.symbols) - len(listed)
    return ", ".join(parts) + (f" ({count(rest, 'other symbol')} n)" if rest else "")


def numbers(tables: int, cpus: int, readers: int) -> str:
    """`2 tables, 2 CPUs, no reader`."""
    return ", ".join((count(tables, "table"), count(cpus, "CPU"), count(readers, "reader")))
