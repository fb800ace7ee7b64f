"""The short answer says what the answers say."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.matrix.overlay import Answer, Group, Obstacle, Reply, groups_of, is_untouched
from modelcheck.matrix.survey import LifecycleSubject, Proposal, Subject, Survey, Task, task_of
from modelcheck.report import matrix_summary
from modelcheck.verdict import Condition, Finding, PathVerdict, Result, Verdict
from tests.matrix.models import survey
from tests.report.samples import SAFE, UNSAFE

FOUND = UNSAFE.findings[0]


def group(found: Survey, arch: str, lifecycle: str, kernel: str) -> Group:
    here = [
        each
        for each in groups_of(found)
        if any((t.arch, t.lifecycle) == (arch, lifecycle) and kernel in t.kernels for t in each.tables)
    ]
    (only,) = here
    return only


def test_of_real_answers() -> None:
    tiny = group(survey(), "tiny", "pte", "1.0")
    assert tiny.tables[0].kernels == ("1.0", "1.1")
    assert [answer.reply for answer in tiny.answers] == [Reply.YES, Reply.REFUSED]
    (queued, counted) = group(survey(), "wide", "pte", "1.1").answers
    assert queued == Answer(Reply.NO, (), (Obstacle("OV103", "page.rcu_head", ""),))
    assert counted.reply is Reply.REFUSED
    assert "pt_count" in counted.reason
    pmd = group(survey(), "tiny", "pmd", "1.1")
    assert is_untouched(pmd)
    assert not is_untouched(tiny)


def about(today: Result, proposed: Result | None) -> Survey:
    """A hand-made survey of one life cycle, today and with proposal `p`."""
    lifecycle = LifecycleSubject("pte_fragment", "", "pte", ("p",), ())
    subject = Subject("powerpc", "", "6.12", "powerpc", "", (lifecycle,))
    results = [replace(today, proposal="")] + ([replace(proposed, proposal="p")] if proposed else [])
    tasks = (Task("6.12", "powerpc", "pte_fragment", ""), Task("6.12", "powerpc", "pte_fragment", "p"))
    assert {task_of(each) for each in results} <= set(tasks)
    return replace(
        survey(),
        subjects=(subject,),
        proposals=(Proposal("p", "", "p"),),
        tasks=tasks,
        results=tuple(results),
        stated=(),
    )


def made(today: Result, proposed: Result | None) -> Answer:
    """The answer to proposal `p`."""
    ((answer,),) = [each.answers for each in groups_of(about(today, proposed))]
    return answer


def unsafe(*findings: Finding, when: str = "A", proved: bool = True) -> Result:
    certificates = SAFE.certificates if proved else ()
    return replace(UNSAFE, findings=findings, condition=Condition(when), certificates=certificates)


def finding(path: str, when: str) -> Finding:
    return replace(FOUND, path=path, condition=Condition(when))


def test_elsewhere_it_works_only_if_that_is_proved() -> None:
    assert made(SAFE, unsafe(finding("a", "A"))).proved_elsewhere
    assert not made(SAFE, unsafe(finding("a", "A"), proved=False)).proved_elsewhere
    doubtful = PathVerdict("b", "", Verdict.UNKNOWN, (), Condition())
    assert not made(SAFE, replace(unsafe(finding("a", "A")), paths=(doubtful,))).proved_elsewhere
    everywhere = made(SAFE, unsafe(finding("a", ""), when=""))
    assert (everywhere.conditions, everywhere.proved_elsewhere) == ((), False)


def test_hazards_of_today_are_not_laid_at_the_door_of_the_proposal() -> None:
    today = unsafe(finding("a", "A"))
    same = made(today, unsafe(finding("a", "A")))
    assert same == Answer(Reply.AS_TODAY, ("A",), (), True, ("OV103",))
    everywhere = unsafe(finding("a", ""), when="")
    assert made(everywhere, everywhere) == Answer(Reply.AS_TODAY, today=("OV103",))
    assert not made(today, unsafe(finding("a", "A"), proved=False)).proved_elsewhere
    more = made(today, unsafe(finding("a", "A"), finding("b", "B"), when="A || B"))
    assert (more.reply, more.conditions, more.today) == (Reply.NO, ("B",), ("OV103",))


def test_what_is_wrong_today_hides_no_yes_elsewhere() -> None:
    found = unsafe(finding("a", "A"))
    page = matrix_summary.page(about(found, found), lambda rule: rule)
    assert "| no worse than today (OV103) when `A`; **yes** elsewhere |" in page
    page = matrix_summary.page(about(found, replace(found, certificates=())), lambda rule: rule)
    assert "| no worse than today (OV103) when `A` |" in page


def test_a_hazard_in_more_configurations_is_a_new_one() -> None:
    wider = made(unsafe(finding("a", "A && B")), unsafe(finding("a", "A")))
    assert (wider.reply, wider.conditions, wider.today) == (Reply.NO, ("A",), ())


def test_without_an_answer_nothing_is_claimed() -> None:
    assert made(SAFE, None).reply is Reply.UNDECIDED
    for verdict in (Verdict.UNKNOWN, Verdict.BOUNDED):
        answer = made(SAFE, replace(SAFE, verdict=verdict, reason="because"))
        assert (answer.reply, answer.reason) == (Reply.UNDECIDED, f"{verdict.value}: because")
    assert made(SAFE, replace(SAFE, verdict=Verdict.NOT_APPLICABLE)).reply is Reply.REFUSED
    never = ("`call_rcu(page.rcu_head, [free])` in out (a.proposal:3:4)",) * 2
    idle = made(SAFE, replace(SAFE, verdict=Verdict.VACUOUS, unreached=never))
    assert (idle.reply, idle.reason) == (Reply.IDLE, "`call_rcu(page.rcu_head, [free])` in out")
