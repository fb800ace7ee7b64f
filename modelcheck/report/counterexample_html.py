"""The answers for some life cycles as one self-contained HTML page in which every counterexample can be walked through.

The page is complete without its script, and as a printed list: the script only redraws the bytes after another step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelcheck.footing import together
from modelcheck.replay.frames import Film
from modelcheck.report.advice import Remedy, elsewhere
from modelcheck.report.expectations import Outcome
from modelcheck.report.footing import footing_lines
from modelcheck.report.fragment import fragment
from modelcheck.report.html_frame import KINDS, render
from modelcheck.report.html_run import RunView, run_view
from modelcheck.report.page import plain
from modelcheck.report.verdicts import Reference, main_laws, tally
from modelcheck.report.wording import count, holds_where, listing, numbers
from modelcheck.report.wording import named as name_of
from modelcheck.trace import Counterexample
from modelcheck.verdict import Certificate, Condition, Finding, Result, Verdict

# More architectures than these are counted and not named.
_FEW = 4
# Columns of what is shown as it would be in a terminal.
_WIDTH = 96


@dataclass(frozen=True)
class Evidence:
    """What the page looks up beside the `reference`.

    `film` - the page after every step of a finding's run (None where that cannot be replayed); `place` - a place in the
    model (`file:line:column`) as it is shown, and the text of that line; `brief` - a text without the folders in which
    files of models happen to lie on this machine; `known` - of each finding of an answer its fingerprint, and what is
    known of it beside (that it is waived, or expected).
    """

    reference: Reference
    film: Callable[[Result, Finding], Film | None]
    place: Callable[[str], tuple[str, str]]
    brief: Callable[[str], str]
    known: Callable[[Result], Sequence[tuple[str, ...]]]


@dataclass(frozen=True)
class Change:
    """What else a page says where it is about a change of models or of a kernel tree.

    `outcome` - whether it passes, and why, in a sentence; `lists` - sentences under headings; `command` - what to type
    to see it again.
    """

    passes: bool
    outcome: str
    lists: Sequence[tuple[str, Sequence[str]]]
    command: str


@dataclass(frozen=True)
class _Source:
    """A line of the model, and the steps of the run that are read from it."""

    place: str
    text: str
    steps: str


@dataclass(frozen=True)
class _Finding:
    number: int
    rule: str
    title: str
    message: str
    path: str
    citation: str
    where: str
    target: str
    numbers: str
    constants: tuple[tuple[str, int], ...]
    fragment: tuple[str, ...]
    run: RunView
    sources: tuple[_Source, ...]
    avoided: str
    commands: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True)
class _Answer:
    """A life cycle; `anchor` is where its section is."""

    anchor: str
    result: Result
    kind: str
    name: str
    about: str
    where: str
    place: str
    findings: tuple[_Finding, ...]
    proofs: tuple[str, ...]
    laws: tuple[str, ...]
    footing: str
    remedies: tuple[Remedy, ...]
    elsewhere: str
    kinds: Mapping[str, str]
    unreached: tuple[str, ...]


def page(
    answers: Sequence[tuple[Result, Evidence]],
    outcomes: Sequence[Outcome] = (),
    notes: Sequence[str] = (),
    change: Change | None = None,
) -> str:
    """The whole page; `notes` are sentences about what could not be answered."""
    shown: list[_Answer] = []
    for result, evidence in answers:
        findings = sum(len(answer.findings) for answer in shown)
        shown.append(_answer(result, evidence, len(shown) + 1, findings))
    results = [result for result, _ in answers]
    rules = {finding.rule: finding.title for answer in shown for finding in answer.findings}
    return render(
        "counterexamples.html",
        styles=("base.css", "counterexamples.css"),
        script="counterexamples.js",
        title=_title(results) if change is None else "A change, and the shared bytes of struct page",
        asked=_asked(results),
        answered=_answered(results) if change is None else "This page shows what one change makes new or worse.",
        change=change,
        tally=plain([tally(results)]).strip() if results else "",
        answers=shown,
        has_kernels=len({result.kernel for result in results}) > 1,
        has_archs=len({result.arch for result in results}) > 1,
        rules=sorted(rules.items()),
        missed=[outcome for outcome in outcomes if not outcome.met],
        met=sum(outcome.met for outcome in outcomes),
        notes=notes,
    )


def _title(results: Sequence[Result]) -> str:
    return f"Shared bytes of struct page: {_subject(results)}" if results else "Shared bytes of struct page"


def _subject(results: Sequence[Result]) -> str:
    named = list(dict.fromkeys(result.arch for result in results))
    archs = listing(named) if len(named) <= _FEW else count(len(named), "architecture")
    if len(results) == 1:
        archs = f"{archs} {results[0].lifecycle}"
    kernels = [kernel for kernel in dict.fromkeys(result.kernel for result in results) if kernel]
    proposals = [name for name in dict.fromkeys(result.proposal for result in results) if name]
    text = archs + (f", Linux {listing(kernels)}" if kernels else "")
    return text + (f", with the proposal{'s' * (len(proposals) > 1)} {listing(proposals)}" if proposals else "")


def _asked(results: Sequence[Result]) -> str:
    """What was asked, for someone who never heard of it."""
    where = f" ({_subject(results)})" if results else ""
    return (
        f"Many fields of struct page share bytes, and check-arch asks of a model of the kernel's code{where}: can some "
        "configuration, and some timing of CPUs, lockless readers and RCU callbacks, make it use a field whose bytes "
        "hold something else, or give a page back too early, twice or never?"
    )


def _answered(results: Sequence[Result]) -> str:
    found = Counter(result.verdict for result in results)
    total, bad, good = len(results), found[Verdict.UNSAFE], found[Verdict.SAFE]
    if not total:
        return "No life cycle was checked."
    runs = sum(len(result.findings) for result in results)
    shown = "a run shows" if runs == 1 else f"{count(runs, 'run')} show"
    if total == 1 and bad + good == 1:
        return f"Yes, as {shown} below step by step." if bad else "No, and that is proved."
    asked = count(total, "life cycle") + " of pages"
    if not bad:
        if good == total:
            return f"No: {asked}, all of them proved safe."
        return f"Not that we know: of {asked} none was refuted, and {good} {'is' if good == 1 else 'are'} proved safe."
    parts = [f"{bad} of {asked} can go wrong, as {shown} below step by step"]
    parts += [f"{good} {'is' if good == 1 else 'are'} proved safe"] if good else []
    rest = total - bad - good
    parts += [f"{rest} {'remains' if rest == 1 else 'remain'} open"] if rest else []
    return f"Yes: {'; '.join(parts)}."


def _bare(condition: Condition) -> str:
    """A condition for a column that is headed `when`."""
    return holds_where(condition).removeprefix("when ")


def _answer(result: Result, evidence: Evidence, number: int, findings_before: int) -> _Answer:
    reference = evidence.reference
    findings = tuple(
        _finding(result, finding, evidence, findings_before + index, known)
        for index, (finding, known) in enumerate(
            zip(result.findings, evidence.known(result), strict=True), start=1
        )
    )
    kernel, level = f"Linux {result.kernel}" * bool(result.kernel), f"level {result.level}" * bool(result.level)
    return _Answer(
        anchor=f"lifecycle-{number}",
        result=result,
        kind=KINDS[result.verdict],
        name=name_of(result),
        about=", ".join(part for part in (result.arch, kernel, level) if part),
        where=_bare(result.condition),
        place=evidence.place(result.place)[0] if result.place else "",
        findings=findings,
        proofs=tuple(_proof(each) for each in result.certificates),
        footing=_footing(result),
        laws=tuple(main_laws([law.text for each in result.certificates for law in each.laws])),
        remedies=tuple(reference.remedies(result)) if findings else (),
        elsewhere=elsewhere(result),
        kinds={path.path: KINDS[path.verdict] for path in result.paths},
        unreached=tuple(map(evidence.brief, result.unreached)) if result.verdict is Verdict.VACUOUS else (),
    )


def _finding(
    result: Result, finding: Finding, evidence: Evidence, number: int, known: tuple[str, ...]
) -> _Finding:
    run, reference = finding.counterexample, evidence.reference
    schedule = run.schedule
    view = run_view(
        run,
        evidence.film(result, finding),
        lambda struct: reference.layout(schedule, struct),
        reference.word(schedule.abi),
        lambda place: evidence.place(place)[0],
    )
    return _Finding(
        number=number,
        rule=finding.rule,
        title=reference.title(finding.rule),
        message=run.hazard.message,
        path=finding.path,
        citation=next((p.citation for p in result.paths if p.path == finding.path), ""),
        where=_bare(finding.condition),
        target=schedule.abi,
        numbers=numbers(run.tables, run.cpus, run.readers),
        constants=schedule.constants,
        fragment=fragment(schedule, finding.condition, reference.runtime),
        run=view,
        sources=tuple(_sources(run, evidence)),
        avoided=reference.avoided(finding.rule),
        commands=tuple(reference.replay(result, finding)),
        known=known,
    )


def _sources(run: Counterexample, evidence: Evidence) -> Iterator[_Source]:
    steps: dict[str, list[str]] = {}
    for step in run.steps:
        if step.place:
            steps.setdefault(step.place, []).append(str(step.number))
    found = [(*evidence.place(place), ", ".join(taken)) for place, taken in steps.items()]
    yield from (_Source(place, text, taken) for place, text, taken in found if text)


def _footing(result: Result) -> str:
    """What the proofs stand on, where that was asked."""
    found = tuple(each.footing for each in result.certificates if each.footing is not None)
    return plain(footing_lines(together(found), _WIDTH)) if found else ""


def _proof(certificate: Certificate) -> str:
    judges = listing(certificate.checked_by) or "nobody"
    return (
        f"{certificate.configuration or 'Every configuration'}: {count(len(certificate.clauses), 'clause')}, "
        f"{certificate.method}; checked again from scratch by {judges} "
        f"({count(certificate.queries, 'query', 'queries')})"
    )
