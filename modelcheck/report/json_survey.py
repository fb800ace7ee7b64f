"""A survey and its matrix for a program: the report of `json_report`, and what belongs to the matrix beside it."""

from __future__ import annotations

from modelcheck import __version__
from modelcheck.matrix.survey import (
    Fault,
    Gap,
    LifecycleSubject,
    Place,
    Proposal,
    Question,
    Stated,
    Subject,
    Survey,
    Task,
    Undecided,
    Waived,
)
from modelcheck.matrix.table import Cell, Matrix, Row
from modelcheck.report.json_report import SCHEMA, Json, condition_object, result_object


def survey_document(survey: Survey, matrix: Matrix) -> Json:
    """All of it as one object; `json_reader.read_survey` reads it back."""
    shard = survey.shard
    return {
        "schema": SCHEMA,
        "tool": {"name": "check-arch", "version": __version__},
        "results": [result_object(each, scripts=survey.question.scripts) for each in survey.results],
        "expectations": [_stated(each) for each in survey.stated],
        "diagnostics": [_fault(each) for each in survey.faults],
        "matrix": {
            "question": _question(survey.question),
            "models": [_subject(each) for each in survey.subjects],
            "proposals": [_proposal(each) for each in survey.proposals],
            "gaps": [_gap(each) for each in survey.gaps],
            "tasks": [_task(each) for each in survey.tasks],
            "shard": None if shard is None else {"index": shard.index, "of": shard.of},
            "undecided": [_undecided(each) for each in survey.undecided],
            "waived": [_waived(each) for each in survey.waived],
            "columns": [{"kernel": each.kernel, "proposal": each.proposal} for each in matrix.columns],
            "rows": [_row(each) for each in matrix.rows],
        },
    }


def _question(question: Question) -> Json:
    return {
        "levels": list(question.levels),
        "lifecycles": list(question.lifecycles),
        "engine": question.engine,
        "budget": question.budget,
        "scripts": question.scripts,
        "tree": question.tree,
    }


def _subject(subject: Subject) -> Json:
    return {
        "kernel": subject.kernel,
        "arch": subject.arch,
        "title": subject.title,
        "input": subject.input,
        "digest": subject.digest,
        "lifecycles": [_lifecycle(each) for each in subject.lifecycles],
    }


def _lifecycle(lifecycle: LifecycleSubject) -> Json:
    return {
        "lifecycle": lifecycle.name,
        "title": lifecycle.title,
        "level": lifecycle.level,
        "proposals": list(lifecycle.proposals),
        "refused": [{"proposal": each.proposal, "summary": each.reason} for each in lifecycle.refusals],
    }


def _proposal(proposal: Proposal) -> Json:
    return {"proposal": proposal.name, "title": proposal.title, "input": proposal.input}


def _gap(gap: Gap) -> Json:
    return {
        "kernel": gap.kernel,
        "arch": gap.arch,
        "what": gap.what,
        "why": gap.why,
        "source": gap.citation,
        "place": gap.place,
    }


def _task(task: Task) -> Json:
    return {"kernel": task.kernel, "arch": task.arch, "lifecycle": task.lifecycle, "proposal": task.proposal}


def _undecided(undecided: Undecided) -> Json:
    return {
        **_task(undecided.task),
        "summary": undecided.why,
        "interrupted": undecided.interrupted,
        "at_fault": undecided.at_fault,
    }


def _waived(waived: Waived) -> Json:
    return {
        **_task(waived.task),
        "fingerprint": waived.fingerprint,
        "what": waived.what,
        "why": waived.why,
        "settled": waived.settled,
    }


def _row(row: Row) -> Json:
    return {
        "arch": row.arch,
        "level": row.level,
        "lifecycle": row.lifecycle,
        "path": row.path,
        "title": row.title,
        "source": row.citation,
        "cells": [_cell(each) for each in row.cells],
    }


def _cell(cell: Cell) -> Json:
    return {
        "standing": cell.standing.value,
        "verdict": "" if cell.verdict is None else cell.verdict.value,
        "rules": list(cell.rules),
        "condition": condition_object(cell.condition),
        "summary": cell.reason,
        "result": cell.result,
    }


def _stated(stated: Stated) -> Json:
    return {
        "kernel": stated.kernel,
        "arch": stated.arch,
        "lifecycle": stated.lifecycle,
        "proposal": stated.proposal,
        "verdict": stated.verdict,
        "rules": list(stated.rules),
        "condition": stated.condition,
        "met": stated.met,
        "message": stated.message,
        "reason": stated.reason,
        "at": _place(stated.at),
    }


def _fault(fault: Fault) -> Json:
    return {
        "code": fault.code,
        "message": fault.message,
        "at": None if fault.at is None else _place(fault.at),
        "label": fault.label,
        "notes": [{"message": message, "at": _place(place)} for message, place in fault.notes],
        "help": fault.help,
    }


def _place(place: Place) -> Json:
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }
