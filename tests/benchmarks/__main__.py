"""`python -m tests.benchmarks`: measures, and prints the tables of the README."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping

from tests.benchmarks.measure import ANY, CLOCK, WAYS, Cost, Point, measure, points, runs_after_each_other, start_up
from tests.benchmarks.spin import MISSING
from tests.benchmarks.subjects import SUBJECTS, subject


def table(costs: Mapping[Point, Cost]) -> Iterator[str]:
    """The costs, and what each is relative to one table the same way, as lines of Markdown."""
    yield "| way | tables | verdict | states | x | CPU s, search | x | CPU s, whole | x | MiB |"
    yield "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|"
    for way in WAYS:
        mine = sorted((p for p in costs if p.way == way), key=lambda p: p.tables)
        for point in mine:
            cost, one = costs[point], costs[mine[0]]
            tables = "any" if point.tables == ANY else point.tables
            yield (
                f"| {way} | {tables} | {cost.verdict} | {cost.states} | {times(cost.states, one.states)} "
                f"| {cost.search:.2f} | {times(cost.search, one.search)} "
                f"| {cost.whole:.2f} | {times(cost.whole, one.whole)} | {cost.memory:.0f} |"
            )


def times(cost: float, one: float) -> str:
    """The ratio; nothing where the clock is too coarse for one."""
    return f"{cost / one:.1f}" if one >= CLOCK else ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Cost against number of tables.")
    names = [s.name for s in SUBJECTS]
    parser.add_argument("--subject", choices=names, action="append", help="only this one; may be repeated")
    parser.add_argument("--spin", type=int, default=5, metavar="N", help="tables for SPIN: 1 to N (default: 5)")
    numbers = "1,2,3,4,5,6,16,256"
    parser.add_argument(
        "--engine", default=numbers, metavar="N,...", help=f"tables for the engine (default: {numbers})"
    )
    parser.add_argument("--oracle", type=int, default=3, metavar="N", help="tables for the oracle: 1 to N (default: 3)")
    parser.add_argument("--repetitions", type=int, default=3, metavar="N", help="rounds (default: 3)")
    parser.add_argument("--no-start-up", action="store_true", help="do not measure starting up")
    options = parser.parse_args()
    if MISSING:
        print(f"without SPIN: {MISSING}", file=sys.stderr)
    chosen = list(points(map(int, options.engine.split(",")), options.spin, options.oracle))
    for name in options.subject or names:
        one = subject(name)
        costs = measure(one, chosen, options.repetitions, lambda text: print(text, file=sys.stderr))
        print(f"\n### {one.name}: {one.title}\n", *table(costs), sep="\n")
    if not options.no_start_up:
        print("\n### `check-arch`, all in one process\n")
        print("| of | CPU s, whole | importing z3 and lark | deciding | whole / (importing + deciding) | MiB |")
        print("|---|---:|---:|---:|---:|---:|")
        for name in ("powerpc", SUBJECTS[0].file):
            found = start_up(name, options.repetitions)
            seconds = f"{found.whole:.2f} | {found.libraries:.2f} | {found.deciding:.2f}"
            print(f"| {name} | {seconds} | {found.ratio:.2f} | {found.memory:.0f} |")
        print("\n### A second run, which finds what the first one kept\n")
        print("| of | CPU s, first | second | second / first |", "|---|---:|---:|---:|", sep="\n")
        first, second = runs_after_each_other("powerpc", options.repetitions)
        print(f"| powerpc | {first:.2f} | {second:.2f} | {second / first:.2f} |")


if __name__ == "__main__":
    main()
