"""Answers kept for later runs with what they rest on, which is checked again before any of them is given.

What an answer rests on are the certificates that Z3 accepted and the runs that were replayed. That these belong to
the model is known from where the answer is kept: in a store of this very program, under the digest of the model and
of what was asked about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from modelcheck.diagnostics import InputError
from modelcheck.engine.recall import Recall, script_key
from modelcheck.model.digest import digest_of
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.replay import replay
from modelcheck.replay.world import ReplayError
from modelcheck.report.json_fields import Fields
from modelcheck.report.json_report import result_object
from modelcheck.report.json_results import read_result
from modelcheck.solver.certificate import Script, z3_version
from modelcheck.store import Store
from modelcheck.verdict import Finding, Result, Verdict


def subject(surroundings: str, lifecycle: Lifecycle, *asked: object) -> str:
    """The key of an answer: the digest of all that it depends on; for `surroundings` see `Shared`."""
    return digest_of("answer", z3_version(), surroundings, lifecycle, *asked)


def keep(store: Store, key: str, result: Result, scripts: Sequence[Script]) -> None:
    """Keep an answer and what Z3 accepted for it; one that rests on no more than a search is not kept."""
    if not _rests_on_something(result):
        return
    certificates = [Script(each.smtlib, each.queries) for each in result.certificates]
    others = [script for script in scripts if script not in certificates]
    for script in (*certificates, *others):
        store.put(script_key(script), script.text)
    store.put(
        key,
        {
            "result": result_object(result, scripts=False),
            "certificates": [_reference(script) for script in certificates],
            "others": [_reference(script) for script in others],
        },
    )


def checked_again(
    store: Store, key: str, unit: Unit, lifecycle: Lifecycle, accepted: Store | None, rlimit: int
) -> Result | None:
    """A kept answer, after Z3 has accepted every script anew and every run has been replayed; None without one.

    `accepted` has what Z3 accepted in this run, `rlimit` bounds its work for each question. An answer that does not
    stand up to it is thrown away.
    """
    entry = store.get(key)
    if entry is None:
        return None
    try:
        result, scripts = _read(store, Fields(entry, "entry", "a kept answer"))
    except InputError:
        store.drop(key)
        return None
    recall = Recall(accepted=accepted)
    named = result.arch, result.kernel, result.lifecycle, result.proposal
    if (
        named == (unit.name, unit.kernel, lifecycle.name, lifecycle.proposal)
        and _rests_on_something(result)
        and all(_replays(unit, lifecycle, finding) for finding in result.findings)
        and all(recall.certified(script.text, script.queries, rlimit).accepted for script in scripts)
    ):
        return result
    store.drop(key)
    return None


def _rests_on_something(result: Result) -> bool:
    """Is it proved, or refuted by a run?"""
    if result.verdict is Verdict.SAFE:
        return bool(result.certificates) and not (result.findings or result.undecided)
    return result.verdict is Verdict.UNSAFE and bool(result.findings)


def _replays(unit: Unit, lifecycle: Lifecycle, finding: Finding) -> bool:
    run = finding.counterexample
    try:
        again = replay(unit, lifecycle, run.schedule)
    except ReplayError:
        return False
    return again == run and (finding.rule, finding.summary) == (run.hazard.rule, run.hazard.message)


def _reference(script: Script) -> dict[str, object]:
    return {"script": script_key(script), "queries": script.queries}


def _read(store: Store, entry: Fields) -> tuple[Result, list[Script]]:
    result = read_result(entry.object("result"))
    certificates = list(_scripts(store, entry, "certificates"))
    if [each.queries for each in certificates] != [each.queries for each in result.certificates]:
        entry.fail("it has other certificates")
    proofs = zip(result.certificates, certificates, strict=True)
    result = replace(result, certificates=tuple(replace(proof, smtlib=script.text) for proof, script in proofs))
    return result, [*certificates, *_scripts(store, entry, "others")]


def _scripts(store: Store, entry: Fields, which: str) -> Iterator[Script]:
    for key, queries in entry.each(which, lambda each: (each.text("script"), each.integer("queries"))):
        text = store.get(key)
        if not isinstance(text, str) or script_key(Script(text, queries)) != key:
            entry.fail("a script is missing")
        yield Script(text, queries)
