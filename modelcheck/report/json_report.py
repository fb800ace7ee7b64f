"""The answers for a program: one JSON object, described by `schema/check-arch-1.schema.json`.

The schema is a public interface. What is added keeps its number; what changes meaning gets the next one. The same
answers give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, cast

from modelcheck import __version__
from modelcheck.diagnostics import Diagnostic
from modelcheck.report.expectations import Outcome
from modelcheck.report.footing import footing_object
from modelcheck.source import Span
from modelcheck.trace import Counterexample, Move, Schedule, Step
from modelcheck.verdict import Certificate, Condition, Finding, PathVerdict, Result

SCHEMA = "check-arch-1"

Json = dict[str, Any]


def schema() -> Json:
    """The JSON schema of `document`, as shipped."""
    text = files("modelcheck.report").joinpath("schema", f"{SCHEMA}.schema.json").read_text(encoding="utf-8")
    return cast(Json, json.loads(text))


def document(
    results: Iterable[Result], outcomes: Iterable[Outcome] = (), diagnostics: Iterable[Diagnostic] = ()
) -> Json:
    """All of it as one object."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "check-arch", "version": __version__},
        "results": [result_object(each) for each in results],
        "expectations": [_outcome(each) for each in outcomes],
        "diagnostics": [diagnostic_object(each) for each in diagnostics],
    }


def dumps(value: Json) -> str:
    """The text of a report, with a newline at its end."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def result_object(result: Result, *, scripts: bool = True) -> Json:
    """The answer for one life cycle; without `scripts`, the proofs come without their SMT-LIB, which is most of it."""
    return {
        "arch": result.arch,
        "kernel": result.kernel,
        "lifecycle": result.lifecycle,
        "title": result.title,
        "level": result.level,
        "proposal": result.proposal,
        "verdict": result.verdict.value,
        "condition": condition_object(result.condition),
        "rule": result.findings[0].rule if result.findings else "",
        "summary": result.reason,
        "place": result.place,
        "paths": [_path(each) for each in result.paths],
        "findings": [_finding(each) for each in result.findings],
        "undecided": [{"rule": each.rule, "path": each.path, "why": each.why} for each in result.undecided],
        "certificates": [_certificate(each, scripts) for each in result.certificates],
        "unreached": list(result.unreached),
        "stats": {
            "classes": result.stats.classes,
            "configurations": result.stats.configurations,
            "abstract_states": result.stats.abstract_states,
            "concrete_states": result.stats.concrete_states,
            "depth": result.stats.depth,
        },
    }


def diagnostic_object(diagnostic: Diagnostic) -> Json:
    """What is wrong with an input."""
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "at": _span(diagnostic.span),
        "label": diagnostic.label,
        "notes": [{"message": note.message, "at": _span(note.span)} for note in diagnostic.notes],
        "help": diagnostic.help,
    }


def counterexample_object(run: Counterexample) -> Json:
    """A run: its numbers, its steps for a reader, and its schedule for the interpreter."""
    return {
        "path": run.path,
        "tables": run.tables,
        "cpus": run.cpus,
        "readers": run.readers,
        "hazard": {
            "rule": run.hazard.rule,
            "message": run.hazard.message,
            "field": run.hazard.field,
            "clobbered_by": run.hazard.clobbered_by,
        },
        "steps": [_step(each) for each in run.steps],
        "schedule": _schedule(run.schedule),
    }


def condition_object(condition: Condition) -> Json:
    """Where a verdict holds."""
    return {"text": condition.text, "assignments": [dict(each) for each in condition.assignments]}


def _path(path: PathVerdict) -> Json:
    return {
        "path": path.path,
        "source": path.citation,
        "verdict": path.verdict.value,
        "rules": list(path.rules),
        "condition": condition_object(path.condition),
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "path": finding.path,
        "condition": condition_object(finding.condition),
        "summary": finding.summary,
        "counterexample": counterexample_object(finding.counterexample),
    }


def _step(step: Step) -> Json:
    return {
        "number": step.number,
        "actor": step.actor,
        "action": step.what,
        "path": step.path,
        "source": step.citation,
        "place": step.place,
        "changes": [{"what": c.what, "before": c.before, "after": c.after} for c in step.changes],
    }


def _schedule(schedule: Schedule) -> Json:
    return {
        "abi": schedule.abi,
        "symbols": dict(schedule.symbols),
        "constants": dict(schedule.constants),
        "moves": [_move(each) for each in schedule.moves],
    }


def _move(move: Move) -> Json:
    return {
        "kind": move.kind,
        "actor": move.actor,
        "detail": move.detail,
        "table": move.table,
        "choice": move.choice,
    }


def _certificate(certificate: Certificate, scripts: bool) -> Json:
    found: Json = {
        "configuration": certificate.configuration,
        "method": certificate.method,
        "laws": [{"text": law.text, "smtlib": law.smtlib} for law in certificate.laws],
        "clauses": list(certificate.clauses),
        "checked_by": list(certificate.checked_by),
        "queries": certificate.queries,
    }
    if certificate.footing is not None:
        found["footing"] = footing_object(certificate.footing, scripts=scripts)
    return found | ({"smtlib": certificate.smtlib} if scripts else {})


def _outcome(outcome: Outcome) -> Json:
    wanted = outcome.expectation
    return {
        "lifecycle": wanted.lifecycle,
        "proposal": wanted.proposal,
        "verdict": wanted.verdict,
        "rules": list(wanted.rules),
        "condition": wanted.condition,
        "met": outcome.met,
        "message": outcome.sentence,
        "at": _span(wanted.span),
    }


def _span(span: Span | None) -> Json | None:
    if span is None:
        return None
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(max(span.start, span.end))
    return {"file": span.source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column}
