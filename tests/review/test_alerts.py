"""Every thing to say is one alert, with a fingerprint of its own that unrelated edits leave alone."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.diagnostics import Diagnostic
from modelcheck.report.expectations import outcomes
from modelcheck.review.alert import Kind
from modelcheck.review.alerts import alerts_of
from modelcheck.review.fingerprint import operation
from modelcheck.source import SourceText, Span
from modelcheck.trace import Counterexample
from modelcheck.verdict import Condition, Result, Verdict
from tests.report.samples import SAFE, UNKNOWN, UNSAFE, VACUOUS
from tests.report.test_verdicts import stated


def prints(result: Result) -> list[str]:
    return [alert.fingerprint for alert in alerts_of([result])]


def test_a_finding() -> None:
    first, *_ = alerts_of([UNSAFE])
    assert first.kind is Kind.FINDING
    assert (first.rule, first.path, first.severity) == ("OV103", "pte_free_defer", "error")
    assert first.place == "archs/6.12/powerpc.arch:43:9"
    assert first.citation == first.entry == "arch/powerpc/mm/pgtable-frag.c:pte_free_defer"
    assert first.subject == "powerpc pte_fragment with rcu_head_per_table, Linux 6.12"
    assert first.is_open


def test_what_is_safe_is_nothing_to_say() -> None:
    assert alerts_of([SAFE, replace(SAFE, verdict=Verdict.NOT_APPLICABLE)]) == ()


def test_what_is_open_beside_a_finding() -> None:
    both = replace(UNSAFE, undecided=(*UNKNOWN.undecided, replace(UNKNOWN.undecided[0], why="and more")))
    *_, last = alerts_of([both])
    assert (last.kind, last.rule, last.path) == (Kind.UNKNOWN, "OV105", "pmd_free_tlb")
    assert last.message.endswith("; and more")


def test_no_answer_at_all() -> None:
    (alert,) = alerts_of([replace(UNKNOWN, undecided=())])
    assert (alert.kind, alert.message) == (Kind.UNKNOWN, UNKNOWN.reason)
    (alert,) = alerts_of([replace(UNKNOWN, undecided=(), verdict=Verdict.BOUNDED)])
    assert alert.kind is Kind.BOUNDED


def test_a_step_that_never_happens_is_known_without_its_line() -> None:
    here, there = (replace(VACUOUS, unreached=(f"`free_page` in release (a.arch:{line}:9)",)) for line in (7, 8))
    (alert,) = alerts_of([here])
    assert (alert.kind, alert.message) == (Kind.VACUOUS, "`free_page` in release can never happen")
    assert alert.place == "a.arch:7:9"
    assert prints(here) == prints(there)
    assert prints(here) != prints(replace(VACUOUS, unreached=("`write x` in release (a.arch:7:9)",)))


def test_expectations() -> None:
    (met,) = alerts_of([UNKNOWN], outcomes([replace(stated("UNKNOWN"), lifecycle="pmd_fragment")], [UNKNOWN]))
    assert met.expected
    found = alerts_of([UNSAFE], outcomes([replace(stated("UNSAFE", "OV102"), proposal=UNSAFE.proposal)], [UNSAFE]))
    assert [(alert.rule, alert.expected) for alert in found] == [("OV103", False), ("OV102", True), ("OV103", False)]
    *_, last = alerts_of([UNSAFE], outcomes([replace(stated("SAFE"), proposal=UNSAFE.proposal)], [UNSAFE]))
    assert last.kind is Kind.EXPECTATION
    assert last.message.startswith("expected SAFE, got UNSAFE")
    (lonely,) = alerts_of([], outcomes([stated("SAFE")], []))
    assert lonely.kind is Kind.EXPECTATION


def test_errors() -> None:
    source = SourceText("a.arch", "arch a;\n")
    (alert,) = alerts_of([], errors=[Diagnostic("CA010", "bad", Span(source, 5, 6), help="do better")])
    assert (alert.kind, alert.rule, alert.place, alert.help) == (Kind.ERROR, "CA010", "a.arch:1:6", "do better")


def moved(run: Counterexample) -> Counterexample:
    return replace(
        run,
        steps=tuple(replace(each, place="elsewhere.arch:1:1", number=each.number + 9) for each in run.steps),
        tables=run.tables + 3,
        hazard=replace(run.hazard, message="in other words"),
    )


def test_unrelated_edits_leave_fingerprints_alone() -> None:
    other = replace(
        UNSAFE,
        title="another title",
        reason="another reason",
        place="elsewhere.arch:99:1",
        condition=Condition("SMP"),
        paths=UNSAFE.paths[:1],
        findings=tuple(
            replace(f, condition=Condition("SMP"), summary="other words", counterexample=moved(f.counterexample))
            for f in UNSAFE.findings
        ),
    )
    assert prints(other) == prints(UNSAFE)
    assert len(set(prints(UNSAFE))) == len(UNSAFE.findings)


def test_what_a_fingerprint_is_made_of() -> None:
    known = set(prints(UNSAFE))
    for change in ({"arch": "m68k"}, {"kernel": "7.2"}, {"lifecycle": "pmd"}, {"proposal": ""}):
        assert known.isdisjoint(prints(replace(UNSAFE, **change)))  # type: ignore[arg-type]
    run = UNSAFE.findings[0].counterexample
    for other in (
        replace(run, steps=(replace(run.steps[-1], what="free_page"),)),
        replace(run, steps=(replace(run.steps[-1], citation="mm/memory.c:other"),)),
        replace(run, hazard=replace(run.hazard, clobbered_by="page.lru")),
    ):
        finding = replace(UNSAFE.findings[0], counterexample=other)
        assert known.isdisjoint(prints(replace(UNSAFE, findings=(finding,))))


def test_a_hazard_of_a_state_does_not_depend_on_the_last_step() -> None:
    def last(rule: str, what: str) -> list[str]:
        run = UNSAFE.findings[0].counterexample
        run = replace(run, steps=(*run.steps, replace(run.steps[-1], what=what)))
        return prints(replace(UNSAFE, findings=(replace(UNSAFE.findings[0], rule=rule, counterexample=run),)))

    assert last("OV108", "free_page") == last("OV108", "set_flag(PG_active)")
    assert last("OV105", "free_page") != last("OV105", "set_flag(PG_active)")


def test_operations_have_neither_outcomes_nor_numbers_of_tables() -> None:
    assert operation("if (dec_and_test(pt_frag_refcount)): 16 -> 15, not zero") == "if (dec_and_test(pt_frag_refcount))"
    assert operation("unmap of table 3 (installed)") == operation("unmap of table 0 (fresh)") == "unmap of table"
    assert operation("comes into table 12") == "comes into table"


def test_what_nothing_tells_apart_is_told_apart_by_order() -> None:
    twice = replace(UNSAFE, findings=UNSAFE.findings[:1] * 2)
    first, second = prints(twice)
    assert first != second
    assert first == prints(UNSAFE)[0]
