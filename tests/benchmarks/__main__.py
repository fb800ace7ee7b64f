"""`python -m tests.benchmarks`: measures, and prints the tables of the README."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping

from tests.benchmarks.measure import ANY, WAYS, Cost, Point, measure, points, start_up
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
                f"| {way} | {tables} | {cost.verdict} | {cost.states} | {cost.states / max(one.states, 1):.1f} "
                f"| {cost.search:.2f} | {cost.search / one.search:.1f} "
                f"| {cost.whole:.2f} | {cost.whole / one.whole:.1f} | {cost.memory:.0f} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Cost against number of tables.")
    names = [s.name for s in SUBJECTS]
    parser.add_argument("--subject", choices=names, action="append", help="only this one; may be repeated")
    parser.add_argument("--spin", type=int, default=5, metavar="N", help="tables for SPIN: 1 to N (default: 5)")
    parser.add_argument("--engine", type=int, default=6, metavar="N", help="the same for the engine (default: 6)")
    parser.add_argument("--oracle", type=int, default=3, metavar="N", help="the same for the oracle (default: 3)")
    parser.add_argument("--repetitions", type=int, default=3, metavar="N", help="rounds (default: 3)")
    parser.add_argument("--no-start-up", action="store_true", help="do not measure `check-arch powerpc`")
    options = parser.parse_args()
    if MISSING:
        print(f"without SPIN: {MISSING}", file=sys.stderr)
    chosen = list(points(options.spin, options.engine, options.oracle))
    for name in options.subject or names:
        one = subject(name)
        costs = measure(one, chosen, options.repetitions, lambda text: print(text, file=sys.stderr))
        print(f"\n### {one.name}: {one.title}\n", *table(costs), sep="\n")
    if not options.no_start_up:
        found = start_up("powerpc", options.repetitions)
        print("\n### `check-arch powerpc`, all in one process\n")
        print("| CPU s, whole | importing z3 and lark | deciding | whole / (importing + deciding) | MiB |")
        print("|---:|---:|---:|---:|---:|")
        print(
            f"| {found.whole:.2f} | {found.libraries:.2f} | {found.deciding:.2f} | {found.ratio:.2f} | {found.memory:.0f} |"
        )


if __name__ == "__main__":
    main()
