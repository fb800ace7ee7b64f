"""The short answer: for which tables each proposal works, when, and what stands in its way elsewhere.

Life cycles that get the same answers stand together, whatever their architecture and kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modelcheck.matrix.plan import version_key
from modelcheck.matrix.survey import LifecycleSubject, Subject, Survey, Task, task_of
from modelcheck.matrix.table import levels_of
from modelcheck.verdict import Finding, Result, Verdict


class Reply(Enum):
    """May it be done?"""

    YES = "yes"
    NO = "no"
    # Every hazard is there today too: the proposal adds none.
    AS_TODAY = "as today"
    # The proposal replaces nothing here.
    UNTOUCHED = "untouched"
    REFUSED = "not applicable"
    # Steps of the proposal can never happen here, so that it is not put to the test.
    IDLE = "idle"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Obstacle:
    """A hazard that the proposal brings: rule, the field that suffers, and the field it is lost to ("" if none)."""

    rule: str
    field: str
    lost_to: str


@dataclass(frozen=True)
class Answer:
    """What comes of a proposal for a life cycle.

    For NO and AS_TODAY: `conditions` are where (any of them; empty: everywhere), `obstacles` what is in the way that is
    not today, and `proved_elsewhere` says whether it works in all other configurations. `today` are rules that are
    broken today as well. `reason` is a sentence where there is no answer.
    """

    reply: Reply
    conditions: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    proved_elsewhere: bool = False
    today: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Tables:
    """A life cycle of an architecture, and the kernels in which it gets the same answers, oldest first."""

    arch: str
    lifecycle: str
    kernels: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Life cycles of one level that get the same answer to every proposal."""

    level: str
    tables: tuple[Tables, ...]
    answers: tuple[Answer, ...]


def groups_of(survey: Survey) -> tuple[Group, ...]:
    """All life cycles, grouped by their answers to the proposals; the levels in the order in which models have them."""
    results = {task_of(result): result for result in survey.results}
    reasons = {each.task: each.why for each in survey.undecided}
    found: dict[tuple[str, tuple[Answer, ...]], dict[tuple[str, str], list[str]]] = {}
    subjects = sorted(survey.subjects, key=lambda each: (each.arch, version_key(each.kernel)))
    levels = levels_of(subjects)
    for subject in subjects:
        for lifecycle in subject.lifecycles:
            answers = tuple(
                _answer(subject, lifecycle, proposal.name, results, reasons) for proposal in survey.proposals
            )
            tables = found.setdefault((lifecycle.level, answers), {})
            tables.setdefault((subject.arch, lifecycle.name), []).append(subject.kernel)
    groups = [
        Group(level, tuple(Tables(arch, name, tuple(kernels)) for (arch, name), kernels in tables.items()), answers)
        for (level, answers), tables in found.items()
    ]
    return tuple(sorted(groups, key=lambda group: levels.index(group.level)))


def is_untouched(group: Group) -> bool:
    """Does no proposal concern these life cycles?"""
    return all(answer.reply is Reply.UNTOUCHED for answer in group.answers)


def _answer(
    subject: Subject,
    lifecycle: LifecycleSubject,
    proposal: str,
    results: dict[Task, Result],
    reasons: dict[Task, str],
) -> Answer:
    for refusal in lifecycle.refusals:
        if refusal.proposal == proposal:
            return Answer(Reply.REFUSED, reason=refusal.reason)
    if proposal not in lifecycle.proposals:
        return Answer(Reply.UNTOUCHED)
    task = Task(subject.kernel, subject.arch, lifecycle.name, proposal)
    result = results.get(task)
    if result is None:
        return Answer(Reply.UNDECIDED, reason=reasons.get(task, "it is in another shard"))
    match result.verdict:
        case Verdict.SAFE:
            return Answer(Reply.YES)
        case Verdict.NOT_APPLICABLE:
            return Answer(Reply.REFUSED, reason=result.reason)
        case Verdict.VACUOUS:
            steps = dict.fromkeys(text.rpartition(" (")[0] or text for text in result.unreached)
            return Answer(Reply.IDLE, reason="; ".join(steps))
        case Verdict.UNSAFE:
            today = results.get(Task(subject.kernel, subject.arch, lifecycle.name, ""))
            return _refuted(result, today)
        case verdict:
            return Answer(Reply.UNDECIDED, reason=f"{verdict.value}: {result.reason}")


def _refuted(result: Result, today: Result | None) -> Answer:
    known = {_hazard(finding) for finding in today.findings} if today is not None else set()
    new = [finding for finding in result.findings if _hazard(finding) not in known]
    old = tuple(sorted({finding.rule for finding in result.findings if _hazard(finding) in known}))
    # Without a certificate, or with a path that is in doubt, nothing is known of the other configurations.
    proved = bool(result.certificates) and all(path.verdict is not Verdict.UNKNOWN for path in result.paths)
    if new and old:
        conditions = tuple(dict.fromkeys(finding.condition.text for finding in new))
        conditions = () if "" in conditions else conditions
    else:
        conditions = (result.condition.text,) if result.condition.text else ()
    obstacles = sorted({_obstacle(finding) for finding in new}, key=lambda each: (each.rule, each.field, each.lost_to))
    reply = Reply.NO if new else Reply.AS_TODAY
    return Answer(reply, conditions, tuple(obstacles), bool(conditions) and proved, old)


def _hazard(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.path, finding.condition.text


def _obstacle(finding: Finding) -> Obstacle:
    hazard = finding.counterexample.hazard
    return Obstacle(finding.rule, hazard.field, hazard.clobbered_by)
