"""The answers for some life cycles as one self-contained HTML page in which every counterexample can be walked through.

The page is complete without its script, and as a printed list: the script only redraws the bytes after another step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelcheck.replay.frames import Film
from modelcheck.report.advice import Remedy, elsewhere
from modelcheck.report.expectations import Outcome
from modelcheck.report.fragment import fragment
from modelcheck.report.html_frame import KINDS, render
from modelcheck.report.html_run import RunView, run_view
from modelcheck.report.page import plain
from modelcheck.report.verdicts import Reference, tally
from modelcheck.report.wording import count, holds_where, listing, named, numbers
from modelcheck.trace import Counterexample
from modelcheck.verdict import Certificate, Finding, Result, Verdict


@dataclass(frozen=True)
class Evidence:
    """What the page looks up beside the `reference`.

    `film` - the page after every step of a finding's run (None where that cannot be replayed); `place` - a place in the
    model (`file:line:column`) as it is shown, and the text of that line.
    """

    reference: Reference
    film: Callable[[Result, Finding], Film | None]
    place: Callable[[str], tuple[str, str]]


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
    command: tuple[str, ...]


@dataclass(frozen=True)
class _Proof:
    """A proof in a sentence, and its conservation laws."""

    text: str
    laws: tuple[str, ...]


@dataclass(frozen=True)
class _Answer:
    """A life cycle; `anchor` is where its section is."""

    anchor: str
    result: Result
    kind: str
    name: str
    about: str
    where: str
    rules: tuple[tuple[str, int], ...]
    place: str
    findings: tuple[_Finding, ...]
    proofs: tuple[_Proof, ...]
    remedies: tuple[Remedy, ...]
    elsewhere: str
    kinds: Mapping[str, str]


def page(
    answers: Sequence[tuple[Result, Evidence]], outcomes: Sequence[Outcome] = (), notes: Sequence[str] = ()
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
        title=_title(results),
        asked=_asked(results),
        answered=_answered(results),
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
    archs = listing(dict.fromkeys(result.arch for result in results))
    kernels = [kernel for kernel in dict.fromkeys(result.kernel for result in results) if kernel]
    proposals = [f"`{name}`" for name in dict.fromkeys(result.proposal for result in results) if name]
    text = archs + (f", Linux {listing(kernels)}" if kernels else "")
    return text + (f", with the proposal{'s' * (len(proposals) > 1)} {listing(proposals)}" if proposals else "")


def _asked(results: Sequence[Result]) -> str:
    """What was asked, for someone who never heard of it."""
    where = f" ({_subject(results)})" if results else ""
    return (
        "In struct page and what lies over it, such as struct ptdesc, many fields share bytes; asked was, for a model "
        f"of the kernel's code{where}, whether any configuration and any timing of CPUs, lockless readers and RCU "
        "callbacks lets a field be used while its bytes hold something else, or lets the page be given back too early, "
        "twice or never."
    )


def _answered(results: Sequence[Result]) -> str:
    found = Counter(result.verdict for result in results)
    total, bad, good = len(results), found[Verdict.UNSAFE], found[Verdict.SAFE]
    if not total:
        return "No life cycle was checked."
    asked = count(total, "life cycle") + " of pages"
    if not bad:
        head = f"The answer is no: all of {asked} were proved safe" if good == total else f"Of {asked} none was refuted"
        return f"{head}."
    runs = sum(len(result.findings) for result in results)
    head = f"The answer is yes: of {asked}, {bad} can go wrong, by {count(runs, 'run')} shown below step by step"
    parts = [f"{good} are proved safe" if good > 1 else "1 is proved safe"] if good else []
    parts += [f"{total - bad - good} remain open"] if total > bad + good else []
    return f"{head}; {listing(parts)}." if parts else f"{head}."


def _answer(result: Result, evidence: Evidence, number: int, findings_before: int) -> _Answer:
    reference = evidence.reference
    findings = tuple(
        _finding(result, finding, evidence, findings_before + index)
        for index, finding in enumerate(result.findings, start=1)
    )
    kernel, level = f"Linux {result.kernel}" * bool(result.kernel), f"level {result.level}" * bool(result.level)
    return _Answer(
        anchor=f"lifecycle-{number}",
        result=result,
        kind=KINDS[result.verdict],
        name=named(result),
        about=", ".join(part for part in (result.arch, kernel, level) if part),
        where=holds_where(result.condition),
        rules=tuple((finding.rule, finding.number) for finding in findings),
        place=evidence.place(result.place)[0] if result.place else "",
        findings=findings,
        proofs=tuple(_proof(each) for each in result.certificates),
        remedies=tuple(reference.remedies(result)) if findings else (),
        elsewhere=elsewhere(result),
        kinds={path.path: KINDS[path.verdict] for path in result.paths},
    )


def _finding(result: Result, finding: Finding, evidence: Evidence, number: int) -> _Finding:
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
        where=holds_where(finding.condition),
        target=schedule.abi,
        numbers=numbers(run.tables, run.cpus, run.readers),
        constants=schedule.constants,
        fragment=fragment(schedule, finding.condition, reference.runtime),
        run=view,
        sources=tuple(_sources(run, evidence)),
        avoided=reference.avoided(finding.rule),
        command=tuple(part.strip() for part in reference.replay(result, finding).split("; ") if part),
    )


def _sources(run: Counterexample, evidence: Evidence) -> Iterator[_Source]:
    steps: dict[str, list[str]] = {}
    for step in run.steps:
        if step.place:
            steps.setdefault(step.place, []).append(str(step.number))
    found = [(*evidence.place(place), ", ".join(taken)) for place, taken in steps.items()]
    yield from (_Source(place, text, taken) for place, text, taken in found if text)


def _proof(certificate: Certificate) -> _Proof:
    judges = listing(certificate.checked_by) or "nobody"
    text = (
        f"{certificate.configuration or 'Every configuration'}: {count(len(certificate.clauses), 'clause')}, "
        f"{certificate.method}; checked again from scratch by {judges} "
        f"({count(certificate.queries, 'query', 'queries')})"
    )
    return _Proof(text, tuple(law.text for law in certificate.laws))
