"""Compares what the engine says of a unit with what the oracle sees of it, configuration by configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcheck.engine import check
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.replay import replay
from modelcheck.semantics.flow import constants_of
from modelcheck.verdict import Result, Verdict
from tests.oracle import Outcome, explore
from tests.oracle.configurations import Instance, condition_holds, instances

DECIDED = (Verdict.SAFE, Verdict.VACUOUS, Verdict.UNSAFE)


@dataclass(frozen=True)
class Comparison:
    """The engine's result, how many instances the oracle went through, and every point in which the two differ.

    `undecided`: the engine did not decide everything, and says so. `rules` are the hazards that the oracle saw.
    """

    result: Result
    instances: int
    differences: tuple[str, ...]
    undecided: bool
    rules: frozenset[str]


def compare(unit: Unit, lifecycle: Lifecycle, *, tables: int = 2, limit: int = 20_000) -> Comparison:
    """Ask both. `limit` bounds the oracle's states; what it did not see to the end it says nothing negative about."""
    proposals = (lifecycle.proposal,) if lifecycle.proposal else ()
    (result,) = check(unit, lifecycles=[lifecycle.name], proposals=proposals)
    seen = [(i, _explore(lifecycle, i, limit)) for i in instances(unit, lifecycle, tables)]
    differences = [d for i, outcome in seen for d in _differences(result, i, outcome)]
    differences += _not_replayed(unit, lifecycle, result)
    differences += _happening(lifecycle, result, [outcome for _, outcome in seen])
    rules = frozenset(rule for _, outcome in seen for rule in outcome.rules)
    return Comparison(result, len(seen), tuple(differences), undecided(result), rules)


def undecided(result: Result) -> bool:
    """Did the engine leave something open?"""
    return bool(result.undecided) or result.verdict not in (*DECIDED, Verdict.NOT_APPLICABLE) or any(
        p.verdict not in DECIDED for p in result.paths
    )


def _explore(lifecycle: Lifecycle, instance: Instance, limit: int) -> Outcome:
    configuration = instance.configuration
    return explore(
        lifecycle, configuration, configuration.layout, instance.tables, instance.constants, limit=limit
    )


def _differences(result: Result, instance: Instance, outcome: Outcome) -> list[str]:
    claimed = {f.rule for f in result.findings if condition_holds(f.condition.text, instance)}
    found = []
    if result.verdict in (Verdict.SAFE, Verdict.VACUOUS, Verdict.NOT_APPLICABLE) and outcome.hazards:
        found.append(f"{instance}: {result.verdict.value}, but {_shown(outcome)}")
    elif not undecided(result) and not outcome.rules <= claimed:
        found.append(f"{instance}: only {sorted(claimed)} said to happen, but {_shown(outcome)}")
    if outcome.complete and not claimed <= outcome.rules:
        extra = sorted(claimed - outcome.rules)
        found.append(f"{instance}: {extra} said to happen, but the oracle sees {sorted(outcome.rules)}")
    if result.verdict is Verdict.UNSAFE and condition_holds(result.condition.text, instance) != bool(claimed):
        found.append(f"{instance}: the verdict's condition `{result.condition.text}` is not that of the findings")
    return found


def _happening(lifecycle: Lifecycle, result: Result, outcomes: Sequence[Outcome]) -> list[str]:
    """What never happens does not; and all else does, where the oracle sees everything that there is to see."""
    if result.verdict not in (Verdict.SAFE, Verdict.VACUOUS):
        return []
    executed = {step for outcome in outcomes for step in outcome.executed}
    paths = [*lifecycle.paths, *(c.path for c in lifecycle.creates), *(a.path for a in lifecycle.actions)]
    words = {
        (path.name, index): f"`{node.text}` in {path.name} ({node.span.place})"
        for path in paths
        for index, node in enumerate(path.nodes)
    }
    never = {step for step, text in words.items() if text in result.unreached}
    found = [f"{words[step]} is said never to happen, but it does" for step in executed & never]
    if all(outcome.complete for outcome in outcomes) and not constants_of(lifecycle):
        silent = words.keys() - executed - never
        found += [f"{words[step]} is not said never to happen, but it does not" for step in silent]
    return found


def _shown(outcome: Outcome) -> str:
    return "; ".join(f"{rule} in {entry}: {' / '.join(run)}" for (rule, entry), run in sorted(outcome.runs.items()))


def _not_replayed(unit: Unit, lifecycle: Lifecycle, result: Result) -> list[str]:
    found = []
    for finding in result.findings:
        again = replay(unit, lifecycle, finding.counterexample.schedule)
        if again != finding.counterexample:
            found.append(f"{finding.rule}: the counterexample replays to something else")
        if again.hazard.rule != finding.rule:
            found.append(f"{finding.rule}: the counterexample ends in {again.hazard.rule}")
    return found
