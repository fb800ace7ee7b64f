"""Measures the ways to an answer side by side: repetitions interleaved, each in a process of its own, CPU time only."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.cpu import Run, run
from tests.benchmarks.one_run import READERS
from tests.benchmarks.promela import promela
from tests.benchmarks.spin import MISSING, verify
from tests.benchmarks.subjects import ROOT, Loaded, Subject, load

WAYS = ("engine, any number", "engine", "SPIN", "SPIN, two at a time", "oracle")
ANY = 0
# CPU seconds below this are noise.
CLOCK = 0.01
_LIMIT = 300


@dataclass(frozen=True)
class Point:
    """A way to an answer, for a number of tables (`ANY`: for all numbers)."""

    way: str
    tables: int


@dataclass(frozen=True)
class Cost:
    """What it cost at least, of all repetitions.

    `whole`: CPU seconds of all processes; `search`: of the search itself, without starting up or compiling. `memory`:
    MiB at the peak.
    """

    verdict: str
    states: int
    whole: float
    search: float
    memory: float

    def least(self, other: Cost) -> Cost:
        """The smaller of each. The least is what is left when a busy machine disturbs some repetitions."""
        return Cost(
            self.verdict if self.verdict == other.verdict else f"{self.verdict} and {other.verdict}",
            self.states,
            min(self.whole, other.whole),
            min(self.search, other.search),
            min(self.memory, other.memory),
        )


def points(engine: Iterable[int], spin_tables: int, oracle_tables: int) -> Iterator[Point]:
    """What is to be measured: the engine for these numbers, the oracle from 1 up, and SPIN if it is on this machine."""
    yield Point("engine, any number", ANY)
    yield from (Point("engine", n) for n in engine)
    if not MISSING:
        for way in ("SPIN", "SPIN, two at a time"):
            yield from (Point(way, n) for n in range(1, spin_tables + 1))
    yield from (Point("oracle", n) for n in range(1, oracle_tables + 1))


def measure(
    subject: Subject, chosen: Iterable[Point], repetitions: int, progress: Callable[[str], None] = lambda _: None
) -> dict[Point, Cost]:
    """Measure every point, `repetitions` times, one round after the other."""
    loaded = load(subject)
    costs: dict[Point, Cost] = {}
    for number in range(1, repetitions + 1):
        for point in chosen:
            progress(f"{subject.name}, round {number}: {point.way}, {point.tables or 'any number of'} tables")
            cost = _once(subject, loaded, point)
            costs[point] = costs[point].least(cost) if point in costs else cost
    return costs


def _once(subject: Subject, loaded: Loaded, point: Point) -> Cost:
    match point.way:
        case "SPIN" | "SPIN, two at a time":
            return _spin(loaded, point.tables, 0 if point.way == "SPIN" else 2)
        case "oracle":
            return _python("oracle", subject.name, str(point.tables))
        case _:
            return _python("engine", subject.name, str(point.tables))


def _spin(loaded: Loaded, tables: int, busy: int) -> Cost:
    model = promela(
        loaded.lifecycle, loaded.configuration, loaded.constants(tables), tables, readers=READERS, busy=busy
    )
    with tempfile.TemporaryDirectory() as folder:
        answer = verify(model, Path(folder), cpu_limit=_LIMIT, memory_limit=4000)
    return Cost(answer.verdict, answer.states, answer.built + answer.searched, answer.searched, answer.memory)


def _python(*arguments: str) -> Cost:
    done = program("-m", "tests.benchmarks.one_run", *arguments)
    if done.status:
        raise RuntimeError(done.output)
    answer = json.loads(done.output)
    return Cost(answer["verdict"], answer["states"], done.cpu, answer["cpu"], done.memory)


def program(*arguments: str) -> Run:
    """This interpreter on this project, in a process of its own."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return run([sys.executable, *arguments], ROOT, cpu_limit=_LIMIT, environment={"PYTHONPATH": os.pathsep.join(paths)})


@dataclass(frozen=True)
class StartUp:
    """`check-arch` in one process, the least of all repetitions.

    CPU seconds of the whole of it (`whole`), of only importing the solver and the parser (`libraries`), and of only
    deciding (`deciding`); peak memory of the whole in MiB.
    """

    whole: float
    libraries: float
    deciding: float
    memory: float

    @property
    def ratio(self) -> float:
        """The whole relative to what is left when nothing is wasted: the libraries, and deciding."""
        return self.whole / (self.libraries + self.deciding)


def start_up(name: str, repetitions: int) -> StartUp:
    """Measure the whole program on an architecture or a file of the project.

    All in one process (`-j 0`), so that nothing escapes the count, and with nothing kept from other runs.
    """
    rounds = []
    for _ in range(repetitions):
        whole = program("-m", "modelcheck", name, "-j", "0", "-q", "--no-cache")
        libraries = program("-m", "tests.benchmarks.one_run", "imports")
        deciding = program("-m", "tests.benchmarks.one_run", "deciding", name)
        if whole.status not in (0, 1) or libraries.status or deciding.status:
            raise RuntimeError(whole.output + libraries.output + deciding.output)
        rounds.append((whole.cpu, libraries.cpu, json.loads(deciding.output)["cpu"], whole.memory))
    return StartUp(*(min(column) for column in zip(*rounds, strict=True)))


def runs_after_each_other(name: str, repetitions: int) -> tuple[float, float]:
    """CPU seconds of the whole program with nothing kept from other runs, and of a second run after it; the least."""
    rounds = []
    for _ in range(repetitions):
        with tempfile.TemporaryDirectory() as folder:
            words = ("-m", "modelcheck", name, "-j", "0", "-q", "--cache-dir", folder)
            first, second = program(*words), program(*words)
        if first.status not in (0, 1) or (second.status, second.output) != (first.status, first.output):
            raise RuntimeError(first.output + second.output)
        rounds.append((first.cpu, second.cpu))
    return min(first for first, _ in rounds), min(second for _, second in rounds)
