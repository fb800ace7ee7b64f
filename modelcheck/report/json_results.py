"""Answers from the JSON objects that `json_report.result_object` made."""

from __future__ import annotations

from typing import get_args

from modelcheck.report.json_fields import Fields
from modelcheck.trace import Change, Counterexample, Hazard, Move, MoveKind, Schedule, Step
from modelcheck.verdict import Certificate, Condition, Finding, Law, OpenHazard, PathVerdict, Result, Stats, Verdict

_KINDS: dict[str, MoveKind] = {kind: kind for kind in get_args(MoveKind)}


def read_result(f: Fields) -> Result:
    """The answer for one life cycle, without the footing of its proofs. Raises InputError (CA608) for anything else."""
    return Result(
        arch=f.text("arch"),
        kernel=f.text("kernel"),
        lifecycle=f.text("lifecycle"),
        title=f.text("title"),
        level=f.text("level"),
        proposal=f.text("proposal"),
        verdict=f.chosen("verdict", Verdict),
        condition=_condition(f.object("condition")),
        reason=f.text("summary"),
        paths=f.each("paths", _path),
        findings=f.each("findings", _finding),
        undecided=f.each("undecided", lambda each: OpenHazard(each.text("rule"), each.text("path"), each.text("why"))),
        certificates=f.each("certificates", _certificate),
        unreached=f.texts("unreached"),
        stats=_stats(f.object("stats")),
        place=f.text("place"),
    )


def _condition(f: Fields) -> Condition:
    def assignment(each: Fields) -> tuple[tuple[str, str], ...]:
        return tuple((name, each.text(name)) for name in each.value)

    return Condition(f.text("text"), f.each("assignments", assignment))


def _path(f: Fields) -> PathVerdict:
    condition = _condition(f.object("condition"))
    return PathVerdict(f.text("path"), f.text("source"), f.chosen("verdict", Verdict), f.texts("rules"), condition)


def _finding(f: Fields) -> Finding:
    run = _counterexample(f.object("counterexample"))
    return Finding(f.text("rule"), f.text("path"), _condition(f.object("condition")), f.text("summary"), run)


def _counterexample(f: Fields) -> Counterexample:
    hazard = f.object("hazard")
    schedule = _schedule(f.object("schedule"))
    return Counterexample(
        schedule=schedule,
        steps=f.each("steps", lambda each: _step(each, schedule.moves)),
        hazard=Hazard(*(hazard.text(key) for key in ("rule", "message", "field", "clobbered_by"))),
        tables=f.integer("tables"),
        cpus=f.integer("cpus"),
        readers=f.integer("readers"),
        path=f.text("path"),
    )


def _schedule(f: Fields) -> Schedule:
    return Schedule(f.text("abi"), f.pairs("symbols", bool), f.pairs("constants", int), f.each("moves", _move))


def _move(f: Fields) -> Move:
    kind = _KINDS.get(f.text("kind"))
    if kind is None:
        f.fail(f"`{f.where}.kind` cannot be `{f.text('kind')}`")
    return Move(kind, f.text("actor"), f.text("detail"), f.integer("table"), f.integer("choice"))


def _step(f: Fields, moves: tuple[Move, ...]) -> Step:
    number = f.integer("number")
    if not 1 <= number <= len(moves):
        f.fail(f"`{f.where}.number` is no move of the schedule")
    return Step(
        number=number,
        move=moves[number - 1],
        actor=f.text("actor"),
        what=f.text("action"),
        path=f.text("path"),
        citation=f.text("source"),
        place=f.text("place"),
        changes=f.each("changes", lambda c: Change(c.text("what"), c.text("before"), c.text("after"))),
    )


def _certificate(f: Fields) -> Certificate:
    return Certificate(
        configuration=f.text("configuration"),
        laws=f.each("laws", lambda law: Law(law.text("text"), law.text("smtlib"))),
        clauses=f.texts("clauses"),
        method=f.text("method"),
        checked_by=f.texts("checked_by"),
        queries=f.integer("queries"),
        smtlib=f.text("smtlib") if "smtlib" in f.value else "",
    )


def _stats(f: Fields) -> Stats:
    return Stats(
        classes=f.integer("classes"),
        configurations=f.integer("configurations"),
        abstract_states=f.integer("abstract_states"),
        concrete_states=f.integer("concrete_states"),
        depth=f.integer("depth"),
    )
