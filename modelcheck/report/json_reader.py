"""A survey from the JSON text that `json_survey` wrote.

| code | the file |
|---|---|
| CA608 | is no report of `check-arch matrix`, or one of another version |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn, TypeVar, get_args

from modelcheck import __version__
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.matrix.survey import (
    Fault,
    Gap,
    LifecycleSubject,
    Place,
    Proposal,
    Question,
    Refusal,
    Shard,
    Stated,
    Subject,
    Survey,
    Task,
    Undecided,
    Waived,
)
from modelcheck.report.json_report import SCHEMA
from modelcheck.trace import Change, Counterexample, Hazard, Move, MoveKind, Schedule, Step
from modelcheck.verdict import Certificate, Condition, Finding, Law, OpenHazard, PathVerdict, Result, Stats, Verdict

_T = TypeVar("_T")
_E = TypeVar("_E", bound=Enum)
_KINDS: dict[str, MoveKind] = {kind: kind for kind in get_args(MoveKind)}


def read_survey(text: str, name: str) -> Survey:
    """The survey in a text; `name` is how diagnostics call the file. Raises InputError (CA608) for any other text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError([Diagnostic("CA608", f"{name}: this is not JSON: {error}")]) from error
    document = _Fields(value, "the report", name)
    if document.value.get("schema") != SCHEMA or not isinstance(document.value.get("matrix"), dict):
        hint = "`check-arch matrix --format json:FILE` writes one"
        raise InputError([Diagnostic("CA608", f"{name}: this is not the JSON report of a matrix", help=hint)])
    version = document.object("tool").text("version")
    if version != __version__:
        hint = "read it with the version that wrote it, or compute it again"
        message = f"{name}: it was written by check-arch {version}; this is {__version__}"
        raise InputError([Diagnostic("CA608", message, help=hint)])
    matrix = document.object("matrix")
    return Survey(
        question=_question(matrix.object("question")),
        subjects=matrix.each("models", _subject),
        proposals=matrix.each("proposals", _proposal),
        gaps=matrix.each("gaps", _gap),
        tasks=matrix.each("tasks", _task),
        shard=matrix.maybe("shard", lambda f: Shard(f.integer("index"), f.integer("of"))),
        results=document.each("results", _result),
        undecided=matrix.each("undecided", _undecided),
        stated=document.each("expectations", _stated),
        faults=document.each("diagnostics", _fault),
        waived=matrix.each("waived", _waived),
    )


@dataclass(frozen=True)
class _Fields:
    """A JSON object, `where` in the file; everything taken out of it has the type that is asked for."""

    given: object
    where: str
    name: str

    @property
    def value(self) -> Mapping[str, object]:
        return self.given if isinstance(self.given, dict) else self.fail(f"{self.where} is not an object")

    def fail(self, message: str) -> NoReturn:
        raise InputError([Diagnostic("CA608", f"{self.name}: this is not the JSON report of a matrix: {message}")])

    def take(self, key: str, kind: type[_T]) -> _T:
        found = self.value.get(key)
        # For JSON, true is no number.
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            self.fail(f"`{self.where}.{key}` is missing or has another type")
        return found

    def text(self, key: str) -> str:
        return self.take(key, str)

    def integer(self, key: str) -> int:
        return self.take(key, int)

    def boolean(self, key: str) -> bool:
        return self.take(key, bool)

    def chosen(self, key: str, kind: type[_E]) -> _E:
        text = self.text(key)
        found = next((each for each in kind if each.value == text), None)
        return found if found is not None else self.fail(f"`{self.where}.{key}` cannot be `{text}`")

    def texts(self, key: str) -> tuple[str, ...]:
        found = [each for each in self.take(key, list) if isinstance(each, str)]
        return tuple(found) if len(found) == len(self.take(key, list)) else self.fail(f"`{self.where}.{key}`")

    def object(self, key: str) -> _Fields:
        return _Fields(self.take(key, dict), f"{self.where}.{key}", self.name)

    def maybe(self, key: str, read: Callable[[_Fields], _T]) -> _T | None:
        return None if self.value.get(key) is None else read(self.object(key))

    def each(self, key: str, read: Callable[[_Fields], _T]) -> tuple[_T, ...]:
        found = self.take(key, list)
        return tuple(read(_Fields(each, f"{self.where}.{key}[{i}]", self.name)) for i, each in enumerate(found))

    def pairs(self, key: str, kind: type[_T]) -> tuple[tuple[str, _T], ...]:
        inside = self.object(key)
        return tuple((name, inside.take(name, kind)) for name in inside.value)


# -------------------------------------------------------------------------------------------------- the question


def _question(f: _Fields) -> Question:
    return Question(
        levels=f.texts("levels"),
        lifecycles=f.texts("lifecycles"),
        engine=f.text("engine"),
        budget=f.integer("budget"),
        scripts=f.boolean("scripts"),
        tree=f.text("tree"),
    )


def _subject(f: _Fields) -> Subject:
    return Subject(
        arch=f.text("arch"),
        title=f.text("title"),
        kernel=f.text("kernel"),
        input=f.text("input"),
        digest=f.text("digest"),
        lifecycles=f.each("lifecycles", _lifecycle),
    )


def _lifecycle(f: _Fields) -> LifecycleSubject:
    return LifecycleSubject(
        name=f.text("lifecycle"),
        title=f.text("title"),
        level=f.text("level"),
        proposals=f.texts("proposals"),
        refusals=f.each("refused", lambda r: Refusal(r.text("proposal"), r.text("summary"))),
    )


def _proposal(f: _Fields) -> Proposal:
    return Proposal(f.text("proposal"), f.text("title"), f.text("input"))


def _gap(f: _Fields) -> Gap:
    return Gap(f.text("kernel"), f.text("arch"), f.text("what"), f.text("why"), f.text("source"), f.text("place"))


def _task(f: _Fields) -> Task:
    return Task(f.text("kernel"), f.text("arch"), f.text("lifecycle"), f.text("proposal"))


def _undecided(f: _Fields) -> Undecided:
    return Undecided(_task(f), f.text("summary"), f.boolean("interrupted"), f.boolean("at_fault"))


def _waived(f: _Fields) -> Waived:
    return Waived(_task(f), f.text("fingerprint"), f.text("what"), f.text("why"), f.boolean("settled"))


def _stated(f: _Fields) -> Stated:
    return Stated(
        kernel=f.text("kernel"),
        arch=f.text("arch"),
        lifecycle=f.text("lifecycle"),
        proposal=f.text("proposal"),
        verdict=f.text("verdict"),
        rules=f.texts("rules"),
        condition=f.text("condition"),
        met=f.boolean("met"),
        message=f.text("message"),
        reason=f.text("reason"),
        at=_place(f.object("at")),
    )


def _fault(f: _Fields) -> Fault:
    notes = f.each("notes", lambda note: (note.text("message"), _place(note.object("at"))))
    return Fault(f.text("code"), f.text("message"), f.maybe("at", _place), f.text("label"), notes, f.text("help"))


def _place(f: _Fields) -> Place:
    numbers = (f.integer(key) for key in ("line", "column", "end_line", "end_column"))
    return Place(f.text("file"), *numbers)


# --------------------------------------------------------------------------------------------------- the answers


def _result(f: _Fields) -> Result:
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


def _condition(f: _Fields) -> Condition:
    def assignment(each: _Fields) -> tuple[tuple[str, str], ...]:
        return tuple((name, each.text(name)) for name in each.value)

    return Condition(f.text("text"), f.each("assignments", assignment))


def _path(f: _Fields) -> PathVerdict:
    condition = _condition(f.object("condition"))
    return PathVerdict(f.text("path"), f.text("source"), f.chosen("verdict", Verdict), f.texts("rules"), condition)


def _finding(f: _Fields) -> Finding:
    run = _counterexample(f.object("counterexample"))
    return Finding(f.text("rule"), f.text("path"), _condition(f.object("condition")), f.text("summary"), run)


def _counterexample(f: _Fields) -> Counterexample:
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


def _schedule(f: _Fields) -> Schedule:
    return Schedule(f.text("abi"), f.pairs("symbols", bool), f.pairs("constants", int), f.each("moves", _move))


def _move(f: _Fields) -> Move:
    kind = _KINDS.get(f.text("kind"))
    if kind is None:
        f.fail(f"`{f.where}.kind` cannot be `{f.text('kind')}`")
    return Move(kind, f.text("actor"), f.text("detail"), f.integer("table"), f.integer("choice"))


def _step(f: _Fields, moves: tuple[Move, ...]) -> Step:
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


def _certificate(f: _Fields) -> Certificate:
    return Certificate(
        configuration=f.text("configuration"),
        laws=f.each("laws", lambda law: Law(law.text("text"), law.text("smtlib"))),
        clauses=f.texts("clauses"),
        method=f.text("method"),
        checked_by=f.texts("checked_by"),
        queries=f.integer("queries"),
        smtlib=f.text("smtlib") if "smtlib" in f.value else "",
    )


def _stats(f: _Fields) -> Stats:
    return Stats(
        classes=f.integer("classes"),
        configurations=f.integer("configurations"),
        abstract_states=f.integer("abstract_states"),
        concrete_states=f.integer("concrete_states"),
        depth=f.integer("depth"),
    )
