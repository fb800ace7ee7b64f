"""The short answer as a table of Markdown that can be quoted: where each proposal works, and what is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import compress

from modelcheck import __version__
from modelcheck.matrix.overlay import Answer, Group, Obstacle, Reply, Tables, groups_of, is_untouched
from modelcheck.matrix.survey import Survey
from modelcheck.report.markdown import code, prose, table
from modelcheck.report.matrix_words import kernel_name, missing_architectures
from modelcheck.report.wording import capital, structs_of

Titles = Callable[[str], str]


def page(survey: Survey, title: Titles) -> str:
    """The table, what its columns mean, and what it does not cover; `title` is what a rule says, in a few words."""
    return "\n".join(_lines(survey, title)) + "\n"


def _lines(survey: Survey, title: Titles) -> Iterator[str]:
    groups = groups_of(survey)
    shown = [group for group in groups if not is_untouched(group)]
    if not survey.proposals:
        yield "No proposal was asked about."
        return
    # A proposal that concerns nothing here has no column.
    columns = range(len(survey.proposals))
    busy = [any(group.answers[i].reply is not Reply.UNTOUCHED for group in groups) for i in columns]
    asked = list(compress(survey.proposals, busy))
    if not asked:
        yield "No proposal changes anything here."
        return
    kernels = {subject.kernel for subject in survey.subjects}
    several = len(kernels) > 1
    head = ("level", "tables", *(code(proposal.name) for proposal in asked))
    told = [replace(group, answers=tuple(compress(group.answers, busy))) for group in shown]
    yield from table(head, [_row(group, title, several) for group in told])
    yield ""
    for proposal in asked:
        yield f"* {code(proposal.name)}: {prose(proposal.title or 'no title')}."
    rest = [group for group in groups if is_untouched(group)]
    if rest:
        names = _tables([tables for group in rest for tables in group.tables], several)
        yield from ("", f"Untouched by {'it' if len(survey.proposals) == 1 else 'all of them'}: {names}.")
    missing = missing_architectures(survey)
    if missing:
        yield ""
        for kernel, names in missing.items():
            yield f"No model of Linux {prose(kernel_name(kernel))} yet for {prose(names)}."
    about = f", for Linux {prose(*kernels)}" if len(kernels) == 1 and "" not in kernels else ""
    yield ""
    if survey.question.tree:
        yield from (f"{prose(capital(structs_of(survey.question.tree)))}.", "")
    yield f"By check-arch {__version__}{about}. Every yes is proved, every no has a run that can be replayed."


def _row(group: Group, title: Titles, with_kernels: bool) -> tuple[str, ...]:
    answers = (_answer(answer, title) for answer in group.answers)
    return group.level or "-", _tables(group.tables, with_kernels), *answers


def _tables(tables: Sequence[Tables], with_kernels: bool) -> str:
    """`powerpc` `pte_fragment` (6.12, 7.2), by architecture; without the kernels where there is only one."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for each in tables:
        found.setdefault((each.arch, each.kernels), []).append(code(each.lifecycle))
    parts = []
    for (arch, kernels), names in found.items():
        versions = ", ".join(kernel for kernel in kernels if kernel and with_kernels)
        parts.append(f"{prose(arch)} {', '.join(names)}" + (f" ({versions})" if versions else ""))
    return "; ".join(parts)


def _answer(answer: Answer, title: Titles) -> str:
    match answer.reply:
        case Reply.YES:
            return "**yes**"
        case Reply.UNTOUCHED:
            return "untouched"
        case Reply.REFUSED:
            return f"not applicable: {prose(answer.reason)}"
        case Reply.IDLE:
            return f"not put to the test: {prose(answer.reason)} can never happen"
        case Reply.UNDECIDED:
            return f"undecided: {prose(answer.reason)}"
    where = " or ".join(code(condition) for condition in answer.conditions)
    if answer.reply is Reply.AS_TODAY:
        said = f"no worse than today ({', '.join(answer.today)})" + (f" when {where}" if where else "")
        return said + ("; **yes** elsewhere" if answer.proved_elsewhere else "")
    said = f"**no** when {where}: " if where else "**no**: "
    said += _obstacles(answer.obstacles, title)
    if answer.conditions:
        said += "; **yes** elsewhere" if answer.proved_elsewhere and not answer.today else ""
        said += "; elsewhere undecided" if not answer.proved_elsewhere else ""
    return said + (f"; and {', '.join(answer.today)} as today" if answer.today else "")


def _obstacles(obstacles: Sequence[Obstacle], title: Titles) -> str:
    rules: dict[str, list[str]] = {}
    for each in obstacles:
        fields = code(each.field) + (f" lost to {code(each.lost_to)}" if each.lost_to and each.field else "")
        rules.setdefault(each.rule, []).append(fields)
    return "; ".join(
        f"{title(rule)} ({', '.join(part for part in (rule, *fields) if part)})" for rule, fields in rules.items()
    )
