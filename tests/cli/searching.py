"""An engine for tests of the command line: it finds a shortest run into a hazard with the interpreter, or says SAFE."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.replay import apply, enabled, replay, world_of
from modelcheck.trace import Counterexample, Move, Schedule
from modelcheck.verdict import Condition, Finding, PathVerdict, Result, Stats, Verdict


def find_run(unit: Unit, lifecycle: Lifecycle, symbols: Mapping[str, bool], constant: int) -> Counterexample | None:
    """Breadth first, in the first ABI, with one value for all constants."""
    constants = tuple((c.name, max(c.minimum, constant)) for c in unit.constants)
    empty = Schedule(unit.abis[0].name, tuple(sorted(symbols.items())), constants, ())
    world = world_of(unit, lifecycle, empty)
    queue: deque[tuple[Any, tuple[Move, ...]]] = deque([(world.initial(), ())])
    seen = {world.initial()}
    while queue:
        state, moves = queue.popleft()
        for move in enabled(world, state):
            outcome = apply(world, state, move)
            run = (*moves, move)
            if outcome.hazard is not None:
                return replay(unit, lifecycle, Schedule(empty.abi, empty.symbols, constants, run))
            if outcome.state not in seen:
                seen.add(outcome.state)
                queue.append((outcome.state, run))
    return None


def check(
    unit: Unit, *, lifecycles: tuple[str, ...], proposals: tuple[str, ...], fixed: Mapping[str, bool | int], **_: Any
) -> tuple[Result, ...]:
    """As `modelcheck.engine.check`."""
    found = []
    for lifecycle in unit.proposed if proposals else unit.lifecycles:
        if lifecycle.name not in lifecycles or (proposals and lifecycle.proposal not in proposals):
            continue
        symbols = {name: value for name, value in fixed.items() if isinstance(value, bool)}
        run = find_run(unit, lifecycle, symbols, 2)
        verdict = Verdict.SAFE if run is None else Verdict.UNSAFE
        findings = ()
        paths = ()
        if run is not None:
            findings = (Finding(run.hazard.rule, run.path, Condition(), run.hazard.message, run),)
            paths = (PathVerdict(run.path, "", Verdict.UNSAFE, (run.hazard.rule,), Condition()),)
        found.append(
            Result(
                unit.name, unit.kernel, lifecycle.name, lifecycle.title, lifecycle.level, lifecycle.proposal, verdict,
                Condition(), "A search over two tables.", paths, findings, (), (), (), Stats(1, 1, 0, 0, 0),
                lifecycle.span.place,
            )
        )  # fmt: skip
    return tuple(found)
