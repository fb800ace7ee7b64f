"""A survey from the JSON text that `json_survey` wrote.

| code | the file |
|---|---|
| CA608 | is no report of `check-arch matrix`, or one of another version |
"""

from __future__ import annotations

import json

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
from modelcheck.report.json_fields import Fields
from modelcheck.report.json_report import SCHEMA
from modelcheck.report.json_results import read_result


def read_survey(text: str, name: str) -> Survey:
    """The survey in a text; `name` is how diagnostics call the file. Raises InputError (CA608) for any other text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError([Diagnostic("CA608", f"{name}: this is not JSON: {error}")]) from error
    document = Fields(value, "the report", name)
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
        results=document.each("results", read_result),
        undecided=matrix.each("undecided", _undecided),
        stated=document.each("expectations", _stated),
        faults=document.each("diagnostics", _fault),
        waived=matrix.each("waived", _waived),
    )


def _question(f: Fields) -> Question:
    return Question(
        levels=f.texts("levels"),
        lifecycles=f.texts("lifecycles"),
        engine=f.text("engine"),
        budget=f.integer("budget"),
        scripts=f.boolean("scripts"),
        tree=f.text("tree"),
    )


def _subject(f: Fields) -> Subject:
    return Subject(
        arch=f.text("arch"),
        title=f.text("title"),
        kernel=f.text("kernel"),
        input=f.text("input"),
        digest=f.text("digest"),
        lifecycles=f.each("lifecycles", _lifecycle),
    )


def _lifecycle(f: Fields) -> LifecycleSubject:
    return LifecycleSubject(
        name=f.text("lifecycle"),
        title=f.text("title"),
        level=f.text("level"),
        proposals=f.texts("proposals"),
        refusals=f.each("refused", lambda r: Refusal(r.text("proposal"), r.text("summary"))),
    )


def _proposal(f: Fields) -> Proposal:
    return Proposal(f.text("proposal"), f.text("title"), f.text("input"))


def _gap(f: Fields) -> Gap:
    return Gap(f.text("kernel"), f.text("arch"), f.text("what"), f.text("why"), f.text("source"), f.text("place"))


def _task(f: Fields) -> Task:
    return Task(f.text("kernel"), f.text("arch"), f.text("lifecycle"), f.text("proposal"))


def _undecided(f: Fields) -> Undecided:
    return Undecided(_task(f), f.text("summary"), f.boolean("interrupted"), f.boolean("at_fault"))


def _waived(f: Fields) -> Waived:
    return Waived(_task(f), f.text("fingerprint"), f.text("what"), f.text("why"), f.boolean("settled"))


def _stated(f: Fields) -> Stated:
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


def _fault(f: Fields) -> Fault:
    notes = f.each("notes", lambda note: (note.text("message"), _place(note.object("at"))))
    return Fault(f.text("code"), f.text("message"), f.maybe("at", _place), f.text("label"), notes, f.text("help"))


def _place(f: Fields) -> Place:
    numbers = (f.integer(key) for key in ("line", "column", "end_line", "end_column"))
    return Place(f.text("file"), *numbers)
