"""What proofs stand on: the step in which a litmus case differs from its hazardous twin is in it, what is not in it can
be left out, and nothing in it is there without need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from modelcheck.data import data_folder
from modelcheck.engine import check
from modelcheck.engine.budget import Budget
from modelcheck.engine.classes import answer_group
from modelcheck.footing import Footing, Kind
from modelcheck.proofs import explain
from modelcheck.proofs.questions import Questions
from modelcheck.proofs.relaxed import FactKey, RelaxedStep
from modelcheck.proofs.search import Needed, search
from modelcheck.resolve import load_text, load_unit
from modelcheck.solver.certificate import check_with_z3
from modelcheck.verdict import Verdict
from tests.engine.agreement import compare
from tests.engine.sampling import sample
from tests.proofs.explained import CASES, explained, footing, litmus_unit, safe_footing
from tests.proofs.leaving_out import leave_out
from tests.proofs.overlaying import overlaid
from tests.strategies.lifecycles import models

# The safe case, its twin, and what the safe one has that the twin has not (or has elsewhere, or otherwise).
PAIRS: tuple[tuple[str, str, Kind, str], ...] = (
    ("count-dropped-and-tested-in-one-step", "count-dropped-and-tested-in-two-steps", "test", "if (dec_and_test("),
    ("count-starts-at-the-number-of-tables", "count-starts-one-too-high", "effect", "pt_frag_refcount = TABLES"),
    ("early-table-with-count", "early-table-without-count", "effect", "pt_frag_refcount = 1"),
    ("flag-cleared-at-exit", "flag-left-set-at-free", "effect", "clear_flag(PG_active)"),
    ("last-fragment-queues-flag-before-drop", "flag-set-after-drop", "effect", "set_flag(PG_active)"),
    ("freed-after-grace-period", "freed-at-once-under-a-reader", "waits", "call_rcu("),
    ("grace-period-after-unhook", "grace-period-before-unhook", "waits", "grace_period"),
    ("ipi-waits-for-an-irq-off-reader", "ipi-does-not-wait-for-an-rcu-reader", "waits", "ipi_sync"),
    ("lock-destroyed-after-grace-period", "lock-destroyed-before-grace-period", "waits", "call_rcu("),
    ("table-memory-reused-after-grace-period", "table-memory-reused-before-grace-period", "waits", "grace_period"),
    ("last-sibling-frees-page", "page-freed-while-sibling-in-use", "test", "if (dec_and_test("),
    ("page-type-cleared-before-free", "page-type-cleared-after-free", "effect", "page_type = none"),
    ("unlinked-before-free", "freed-while-linked", "effect", "list_del("),
    ("unlinked-before-queueing", "queued-while-linked", "effect", "list_del("),
    ("pointer-cleared-before-the-destructor", "pointer-left-where-the-destructor-looks-for-a-lock", "effect", "write "),
    ("hung-from-a-listed-page-freed-after-unlisting", "hung-from-a-listed-page-freed-before-unlisting", "effect",
     "listed = false"),
    ("list-changed-in-callback-under-its-lock", "list-changed-in-callback-without-its-lock", "context",
     "lock(context_lock)"),
    ("callback-leaves-it-to-a-work-item", "callback-sleeps", "context", "queue_work"),
    ("callback-takes-a-lock-that-is-held-with-softirqs-off", "callback-takes-a-lock-that-is-held-with-softirqs-on",
     "context", "lock_bh(context_lock)"),
    ("callback-has-a-reference-to-its-mm", "callback-needs-an-mm-that-may-be-gone", "effect", "if (dec_and_test("),
    ("counter-behind-rcu-head", "counter-in-second-word-of-rcu-head", "apart", "rcu_head"),
    ("device-page-linked-beside-pgmap", "device-page-linked-over-pgmap", "apart", "pgmap"),
    ("fragment-count-beside-shifted-dma-address", "fragment-count-over-upper-half-of-dma-address", "apart",
     "pp_frag_count"),
    ("slab-cache-before-a-debugging-rcu-head", "slab-cache-under-a-debugging-rcu-head", "apart", "slab_cache"),
)  # fmt: skip


@pytest.mark.parametrize(("safe", "twin", "kind", "text"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_what_tells_a_safe_case_from_its_twin_is_used(safe: str, twin: str, kind: Kind, text: str) -> None:
    assert any(e.verdict == "UNSAFE" for e in litmus_unit(twin).expectations)
    found = [fact.text for fact in safe_footing(safe).used if fact.kind == kind]
    assert any(text in each for each in found), found


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_what_is_not_needed_can_be_left_out_all_at_once(path: Path) -> None:
    unit = load_unit(path)
    for lifecycle in (*unit.lifecycles, *unit.proposed):
        result = explained(unit, lifecycle)
        if result.verdict is not Verdict.SAFE:
            continue
        left = leave_out(unit, lifecycle, footing(result))
        pool = left.unit.proposed if lifecycle.proposal else left.unit.lifecycles
        changed = next(e for e in pool if (e.name, e.proposal) == (lifecycle.name, lifecycle.proposal))
        again = compare(left.unit, changed, tables=2, limit=30_000)
        # Steps that can no longer be come to make it VACUOUS.
        assert again.result.verdict in (Verdict.SAFE, Verdict.VACUOUS), again.result.reason
        assert not again.differences


def test_of_the_cases_enough_has_something_to_leave_out() -> None:
    cases = [path.stem for path in CASES if [e.verdict for e in litmus_unit(path.stem).expectations] == ["SAFE"]]
    left = [leave_out(litmus_unit(c), litmus_unit(c).lifecycles[0], safe_footing(c)).statements for c in cases]
    assert sum(bool(number) for number in left) >= 10
    assert sum(left) >= 30


def test_random_models_stay_safe_without_what_is_not_needed() -> None:
    tried = 0

    @sample(25)
    @given(models())
    def leaves_out(text: str) -> None:
        nonlocal tried
        unit = load_text(text)
        if check(unit)[0].verdict is not Verdict.SAFE:
            return
        left = leave_out(unit, unit.lifecycles[0], footing(explained(unit, unit.lifecycles[0])))
        tried += bool(left.statements)
        (again,) = check(left.unit)
        assert again.verdict in (Verdict.SAFE, Verdict.VACUOUS), f"{again.reason}\n{text}"

    leaves_out()
    assert tried >= 3


@pytest.mark.parametrize("case", ["last-fragment-queues-flag-before-drop", "half-page-linked-or-queued"])
def test_each_fact_is_needed_by_these_clauses(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver does not accept the certificate without it: no fact is reported that this proof could do without."""
    accepted: list[FactKey] = []
    tried: list[FactKey] = []
    made = explain._Explanation._script

    def without_each(self: explain._Explanation, needed: Needed, left_out: tuple[FactKey, ...]) -> tuple[str, int]:
        for fact in needed.facts:
            fewer = Needed(needed.clauses, tuple(other for other in needed.facts if other != fact))
            script, queries = made(self, fewer, left_out)
            tried.append(fact)
            accepted.extend([fact] if check_with_z3(script, queries).accepted else [])
        return made(self, needed, left_out)

    monkeypatch.setattr(explain._Explanation, "_script", without_each)
    unit = litmus_unit(case)
    explained(unit, unit.lifecycles[0])
    assert len(tried) >= 8
    assert not accepted


def test_a_search_that_forgets_a_fact_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is believed of the search: what it says is asked once more."""

    def forgetful(*given: object) -> Needed:
        needed = search(*given)  # type: ignore[arg-type]
        return Needed(needed.clauses, needed.facts[1:])

    monkeypatch.setattr(explain, "search", forgetful)
    unit = litmus_unit("last-fragment-queues-flag-before-drop")
    (found,) = [each.footing for each in explained(unit, unit.lifecycles[0]).certificates]
    assert found is not None
    assert found.reason.startswith("Z3")
    assert not found.used


def test_the_answer_is_the_same_every_time() -> None:
    unit = litmus_unit("half-page-linked-or-queued")
    again: list[Footing] = [footing(explained(unit, unit.lifecycles[0])) for _ in range(2)]
    assert again[0] == again[1] == safe_footing("half-page-linked-or-queued")


def test_without_the_wish_nothing_is_explained() -> None:
    (result,) = check(litmus_unit("last-sibling-frees-page"))
    assert result.certificates
    assert all(each.footing is None for each in result.certificates)


def test_it_says_why_it_cannot_tell() -> None:
    """A proof by k-induction has no invariant that excludes hazards by itself."""
    (result,) = check(litmus_unit("last-sibling-frees-page"), engine="k-induction", explain=explain.footings_of)
    assert result.verdict is Verdict.SAFE
    (found,) = [each.footing for each in result.certificates]
    assert found is not None
    assert "do not by themselves exclude" in found.reason


def test_a_relaxation_that_takes_nothing_away_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If effects stayed when they are to be taken away, none would seem to be needed; leaving them out shows it."""
    made = Questions.broken

    def too_kind(self: Questions, step: RelaxedStep, clauses: Sequence[int]) -> list[str]:
        return made(self, replace(step, effect=None), clauses)

    monkeypatch.setattr(Questions, "broken", too_kind)
    unit = litmus_unit("last-fragment-queues-flag-before-drop")
    found = footing(explained(unit, unit.lifecycles[0]))
    (again,) = check(leave_out(unit, unit.lifecycles[0], found).unit)
    assert again.verdict is Verdict.UNSAFE


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_fields_that_need_not_be_apart_may_overlap_all_at_once(path: Path) -> None:
    unit = load_unit(path)
    for lifecycle in (*unit.lifecycles, *unit.proposed):
        result = explained(unit, lifecycle)
        if result.verdict is not Verdict.SAFE:
            continue
        apart = {frozenset(fact.fields) for fact in footing(result).used if fact.kind == "apart"}
        for group in overlaid(unit, lifecycle, apart):
            for _, answer in answer_group(unit, lifecycle, group, Budget(), "auto"):
                assert not answer.refuted
                assert not answer.doubtful


@pytest.mark.parametrize(("arch", "name"), [("s390", "pmd"), ("arm64", "pte")])
def test_a_shipped_life_cycle_without_what_is_not_needed(arch: str, name: str) -> None:
    unit = load_unit(data_folder("archs") / "7.2" / f"{arch}.arch")
    lifecycle = next(each for each in unit.lifecycles if each.name == name)
    found = footing(explained(unit, lifecycle))
    left = leave_out(unit, lifecycle, found)
    assert left.statements >= 5
    (again,) = check(left.unit, lifecycles=[name])
    assert again.verdict is Verdict.SAFE
    apart = {frozenset(fact.fields) for fact in found.used if fact.kind == "apart"}
    for group in overlaid(unit, lifecycle, apart):
        for _, answer in answer_group(unit, lifecycle, group, Budget(), "auto"):
            assert not answer.refuted
            assert not answer.doubtful


def test_guards_are_cited_where_they_are_written() -> None:
    seen = set()
    for case in dict.fromkeys(safe for safe, *_ in PAIRS):
        lifecycle = litmus_unit(case).lifecycles[0]
        written = {
            (state.name, f"{t.name}: a table in `{state.name}`"): ("transition", t.citation, t.span.place)
            for state in lifecycle.states
            for t in state.transitions
        }
        for action in lifecycle.actions:
            written[action.name, f"{action.name} begins"] = ("action", action.path.citation, action.span.place)
        found = safe_footing(case)
        for fact in (*found.used, *found.unused):
            if fact.kind == "guard":
                kind, citation, place = written[fact.path, fact.text]
                assert (fact.citation, fact.place) == (citation, place)
                seen.add(kind)
    assert seen == {"transition", "action"}
