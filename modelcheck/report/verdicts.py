"""The answer for a person: verdict first, then where it holds, then why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from modelcheck.footing import together
from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.report.advice import Remedy
from modelcheck.report.byte_map import Bar, parts_of, shared, span_text
from modelcheck.report.columns import fill, pad, width
from modelcheck.report.counterexample import lanes, places
from modelcheck.report.expectations import Outcome
from modelcheck.report.footing import footing_lines
from modelcheck.report.fragment import fragment
from modelcheck.report.page import Line, Piece, indent, line
from modelcheck.report.wording import STYLES, capital, configuration, count, holds_where, listing, named, numbers
from modelcheck.trace import Counterexample, Schedule
from modelcheck.verdict import Certificate, Finding, PathVerdict, Result, Verdict

# Where in a path, in a law; and what the engine counts only for itself.
_PLACES = re.compile(r" \(at (?:waiting after )?`[^`]*`(?:, (?:waiting after )?`[^`]*`)*\)")
_BOOKKEEPING = ("in atomic block",)

Detail = Literal["brief", "normal", "full"]


@dataclass(frozen=True)
class Reference:
    """What the report looks up elsewhere.

    `title` - what a rule says, in a few words; `avoided` - how its hazard is avoided, in a paragraph; `layout` - a
    struct in the configuration of a schedule (None where it does not exist there); `replay` - the commands that run a
    counterexample again; `word` - bytes in a pointer of an ABI; `runtime` - the symbols that are decided at boot;
    `remedies` - what makes a life cycle safe.
    """

    title: Callable[[str], str]
    avoided: Callable[[str], str]
    layout: Callable[[Schedule, str], StructLayout | None]
    replay: Callable[[Result, Finding], Sequence[str]]
    word: Callable[[str], int]
    runtime: frozenset[str]
    remedies: Callable[[Result], Sequence[Remedy]]


def one_line(result: Result) -> Line:
    """The verdict of a life cycle in one line, for `-q`."""
    rules = ", ".join(_rules(result))
    parts = [f"  {result.kernel} {result.arch} {named(result)}".replace("   ", "  ")]
    where = holds_where(result.condition)
    if where:
        parts.append(f" {where}")
    if rules:
        parts.append(f" ({rules})")
    return line(Piece(f"{result.verdict.value:<7}", STYLES[result.verdict]), *parts)


def report(result: Result, reference: Reference, detail: Detail = "normal", columns: int = 100) -> list[Line]:
    """One life cycle. `brief` leaves out paths and proofs of what is SAFE; `full` shows every counterexample."""
    lines = _headline(result, columns)
    body: list[Line] = []
    where = holds_where(result.condition)
    if where:
        body += [line(Piece(text, "strong")) for text in fill(where, columns - 4)]
    elif result.verdict is Verdict.SAFE:
        body.append(line("in every configuration"))
    if result.reason:
        body += [line(text) for text in fill(result.reason, columns - 4)]
    if result.undecided:
        body += _open(result, detail, columns - 4)
    if result.verdict is Verdict.VACUOUS or (detail == "full" and result.unreached):
        body += _bullets("Never happens:", result.unreached, columns - 4)
    if detail != "brief" or result.verdict is not Verdict.SAFE:
        body += _paths(result.paths, columns - 4)
        body += _proofs(result, detail, columns - 4)
    footings = tuple(each.footing for each in result.certificates if each.footing is not None)
    if footings:
        footing = together(footings)
        if detail != "full":
            footing = replace(footing, laws=tuple(main_laws(footing.laws)))
        body += [(), *footing_lines(footing, columns - 4, places=detail == "full")]
    undecided = result.verdict in (Verdict.UNKNOWN, Verdict.BOUNDED)
    if undecided or (detail == "full" and result.verdict is not Verdict.NOT_APPLICABLE):
        body += [line(Piece(text, "dim")) for text in fill(_spent(result), columns - 4)]
    lines += indent(body, 4)
    seen: set[str] = set()
    rest: list[Finding] = []
    for finding in result.findings:
        if finding.rule in seen and detail != "full":
            rest.append(finding)
            continue
        seen.add(finding.rule)
        lines += [(), *indent(counterexample(result, finding, reference, detail, columns - 4), 4)]
    if rest:
        lines.append(())
        for finding in rest:
            text = f"{finding.path}: {finding.summary}"
            lines += [line(t) for t in fill(text, columns, first=f"    also {finding.rule} on ", rest=" " * 8)]
        lines.append(line(Piece("    (-v shows these runs too)", "dim")))
    if result.findings:
        lines += indent(_remedies(reference.remedies(result), columns - 4), 4)
    return lines


def counterexample(
    result: Result, finding: Finding, reference: Reference, detail: Detail, columns: int
) -> list[Line]:
    """A finding: rule, where, with which numbers, the run, the hazard in a sentence, the bytes, how to replay it."""
    run = finding.counterexample
    lines = [line(Piece(finding.rule, "bad"), "  ", Piece(reference.title(finding.rule), "strong"))]
    citation = next((p.citation for p in result.paths if p.path == finding.path), "")
    path = f"on the path {finding.path}" + (f"  ({citation})" if citation else "")
    lines += [line(text) for text in fill(path, columns, first="  ", rest="    ")]
    where = holds_where(finding.condition)
    if where:
        lines += [line(text) for text in fill(where, columns, first="  ")]
    symbols = configuration(run.schedule, finding.condition, everything=detail == "full")
    shown = f"shown with {symbols}; {numbers(run.tables, run.cpus, run.readers)}"
    lines += [line(text) for text in fill(shown, columns, first="  ", rest="    ")]
    lines += [(), *indent(run_of(run, reference, detail, columns - 2), 2)]
    if detail == "full":
        lines += [(), line("  as a fragment of a .config:")]
        lines += [line("    ", text) for text in fragment(run.schedule, finding.condition, reference.runtime)]
    commands = reference.replay(result, finding)
    if commands:
        lines += [(), line("  replay it:"), *(line("    ", Piece(command, "accent")) for command in commands)]
    return lines


def _remedies(remedies: Sequence[Remedy], columns: int) -> list[Line]:
    lines: list[Line] = []
    for remedy in remedies:
        lines += [(), *(line(text) for text in fill(f"{capital(remedy.sentence)}:", columns))]
        lines.append(line("  ", Piece(remedy.command, "accent")))
    return lines


def run_of(run: Counterexample, reference: Reference, detail: Detail, columns: int) -> list[Line]:
    """The lanes of a run, the hazard in a sentence, its bytes, how it is avoided, and the functions that took part."""
    hazard = run.hazard
    lines = lanes(run, columns, everything=detail == "full")
    lines.append(())
    lines += [line(Piece(text, "bad")) for text in fill(hazard.message, columns, first=f"{hazard.rule}: ", rest="  ")]
    drawing = _clobbered(run, reference)
    if drawing:
        lines += [(), *indent(drawing, 2)]
    lines += [(), *(line(t) for t in fill(reference.avoided(hazard.rule), columns, first="to avoid it: ", rest="  "))]
    where = places(run.steps, in_model=detail == "full")
    if where:
        lines.append(())
        lines += [line(Piece(t, "dim")) for text in where for t in fill(text, columns, rest="    ")]
    return lines


def summary(results: Sequence[Result], columns: int = 100) -> list[Line]:
    """A compact table of several results, and how many of each verdict."""
    rows = [(r.verdict.value, r.kernel, r.arch, named(r), _summary_remark(r)) for r in results]
    head = ("verdict", "kernel", "arch", "life cycle", "where, and which rules")
    widths = [max(width(row[i]) for row in [head, *rows]) + 2 for i in range(4)]
    lines = [line(Piece("".join(pad(cell, w) for cell, w in zip(head, widths, strict=False)) + head[4], "dim"))]
    for result, row in zip(results, rows, strict=True):
        used = sum(widths)
        remark = fill(row[4], max(30, columns - used)) if row[4] else [""]
        cells = "".join(pad(cell, w) for cell, w in zip(row[1:4], widths[1:], strict=True))
        lines.append(line(Piece(pad(row[0], widths[0]), STYLES[result.verdict]), cells, remark[0]))
        lines += [line(" " * used, text) for text in remark[1:]]
    return [*lines, tally(results)]


def tally(results: Sequence[Result]) -> Line:
    """`7 life cycles: 1 UNSAFE, 6 SAFE`."""
    found = Counter(result.verdict for result in results)
    order = (
        Verdict.UNSAFE, Verdict.VACUOUS, Verdict.UNKNOWN, Verdict.BOUNDED, Verdict.SAFE, Verdict.NOT_APPLICABLE,
    )  # fmt: skip
    parts: list[str | Piece] = [count(len(results), "life cycle") + ": "]
    for verdict in order:
        if found[verdict]:
            parts += ["" if len(parts) == 1 else ", ", Piece(f"{found[verdict]:,} {verdict.value}", STYLES[verdict])]
    return line(*parts)


def expected(outcomes: Sequence[Outcome], columns: int = 100) -> list[Line]:
    """The expectations of a file that were not met, each with its place and reason, or one line that all were."""
    missed = [outcome for outcome in outcomes if not outcome.met]
    if not outcomes:
        return []
    if not missed:
        verb = "is" if len(outcomes) == 1 else "are all"
        return [line(Piece(f"{count(len(outcomes), 'expectation')} of the model {verb} met", "dim"))]
    lines: list[Line] = []
    for outcome in missed:
        first, *rest = fill(f"not as expected: {outcome.name}: {outcome.sentence}", columns, rest="  ")
        lines += [line(Piece(first[:15], "doubt"), first[15:]), *(line(text) for text in rest)]
        lines.append(line("  ", Piece(outcome.expectation.span.place, "place")))
        if outcome.expectation.reason:
            lines += [line(t) for t in fill(outcome.expectation.reason, columns, first="  the model says: ", rest="  ")]
    return lines


def _headline(result: Result, columns: int) -> list[Line]:
    level = f", level {result.level}" if result.level else ""
    kernel = f", Linux {result.kernel}" if result.kernel else ""
    head = f"{result.verdict.value}  {result.arch} {named(result)}"
    pieces: list[str | Piece] = [
        Piece(result.verdict.value, STYLES[result.verdict]),
        "  ",
        Piece(f"{result.arch} {named(result)}", "strong"),
        Piece(f"{kernel}{level}", "dim"),
    ]
    if result.title in ("", result.lifecycle):
        return [line(*pieces)]
    if width(f"{head}{kernel}{level}: {result.title}") <= columns:
        return [line(*pieces, f": {result.title}")]
    return [line(*pieces), *(line(text) for text in fill(result.title, columns, first="    "))]


def _rules(result: Result) -> list[str]:
    return sorted({finding.rule for finding in result.findings})


def _summary_remark(result: Result) -> str:
    rules = ", ".join(_rules(result))
    where = holds_where(result.condition)
    return f"{where} ({rules})".strip() if rules else where


def _paths(paths: Sequence[PathVerdict], columns: int) -> list[Line]:
    if not paths:
        return []
    names = max(width(p.path) for p in paths) + 2
    verdicts = max(len(p.verdict.value) for p in paths) + 2
    lines: list[Line] = [()]
    for path in paths:
        remark = " ".join(part for part in (", ".join(path.rules), holds_where(path.condition)) if part)
        left = names + verdicts
        texts = fill(remark, max(30, columns - left)) if remark else [""]
        verdict = Piece(pad(path.verdict.value, verdicts), STYLES[path.verdict])
        place = Piece("" if remark else path.citation, "dim")
        lines.append(line(pad(path.path, names), verdict, texts[0], place))
        lines += [line(" " * left, text) for text in texts[1:]]
        if remark and path.citation:
            lines.append(line(" " * left, Piece(path.citation, "dim")))
    return lines


def _proofs(result: Result, detail: Detail, columns: int) -> list[Line]:
    if not result.certificates:
        return []
    lines: list[Line] = [()]
    if result.verdict is not Verdict.SAFE:
        lines.append(line("Elsewhere it is proved safe:"))
    laws = list(dict.fromkeys(law.text for certificate in result.certificates for law in certificate.laws))
    if detail != "full":
        laws = main_laws(laws) if result.verdict is Verdict.SAFE else []
    for text in laws:
        lines += [line(t) for t in fill(text, columns, first="law    ", rest=" " * 9)]
    if detail == "full":
        for certificate in result.certificates:
            lines += _proof(certificate, columns)
        return lines
    clauses = sum(len(certificate.clauses) for certificate in result.certificates)
    queries = sum(certificate.queries for certificate in result.certificates)
    judges = list(dict.fromkeys(judge for certificate in result.certificates for judge in certificate.checked_by))
    invariants = count(len(result.certificates), "inductive invariant")
    text = f"{invariants}, {count(clauses, 'clause')}; checked again from scratch by {listing(judges) or 'nobody'}"
    text += f" ({count(queries, 'query', 'queries')})"
    return lines + [line(t) for t in fill(text, columns, first="proof  ", rest=" " * 7)]


def main_laws(laws: Sequence[str]) -> list[str]:
    """The shortest law about each counter of the model, without the places in paths that it counts."""
    shortest: dict[str, str] = {}
    for text in laws:
        subject = text.partition(" = ")[0]
        short = _PLACES.sub("", text)
        if subject not in _BOOKKEEPING and len(short) < len(shortest.get(subject, short + " ")):
            shortest[subject] = short
    return list(shortest.values())


def _proof(certificate: Certificate, columns: int) -> list[Line]:
    judges = listing(certificate.checked_by) or "nobody"
    text = f"{certificate.configuration or 'every configuration'}: {certificate.method}, "
    text += f"{count(certificate.queries, 'query', 'queries')}, checked again by {judges}"
    lines = [line(t) for t in fill(text, columns, first="proof  ", rest=" " * 7)]
    for clause in certificate.clauses:
        lines += [line(Piece(t, "dim")) for t in fill(clause, columns, first="       ", rest=" " * 9)]
    return lines


def _open(result: Result, detail: Detail, columns: int) -> list[Line]:
    """What was not decided: beside a finding only what, unless everything is asked for."""
    if result.verdict is Verdict.UNSAFE and detail != "full":
        sites = dict.fromkeys(f"{each.rule} in {each.path}" if each.rule else each.why for each in result.undecided)
        return [line(text) for text in fill(f"Not decided: {', '.join(sites)} (-v says why)", columns)]
    items = [f"{each.rule} in {each.path}: {each.why}" if each.rule else each.why for each in result.undecided]
    return _bullets("Not decided:", items, columns)


def _bullets(head: str, items: Sequence[str], columns: int) -> list[Line]:
    if not items:
        return []
    lines: list[Line] = [line(head)]
    for item in items:
        lines += [line(text) for text in fill(item, columns, first="  - ")]
    return lines


def _spent(result: Result) -> str:
    stats = result.stats
    parts = [f"{count(stats.configurations, 'configuration')} in {count(stats.classes, 'class', 'classes')}"]
    if stats.abstract_states:
        parts.append(count(stats.abstract_states, "abstract state"))
    if stats.concrete_states:
        parts.append(f"{count(stats.concrete_states, 'concrete state')} up to depth {stats.depth}")
    return "looked at " + listing(parts)


def _clobbered(run: Counterexample, reference: Reference) -> list[Line]:
    hazard = run.hazard
    if not hazard.field:
        return []
    word = reference.word(run.schedule.abi)
    first = _placed(run.schedule, hazard.field, reference)
    second = _placed(run.schedule, hazard.clobbered_by, reference) if hazard.clobbered_by else None
    if first is None or second is None or hazard.field == hazard.clobbered_by or not first[1].overlaps(second[1]):
        return []
    bars = [
        Bar(hazard.field, first[1], first[2], span_text(first[1])),
        Bar(hazard.clobbered_by, second[1], second[2], span_text(second[1]), "mark"),
    ]
    return shared(bars, word)


def _placed(
    schedule: Schedule, name: str, reference: Reference
) -> tuple[StructLayout, PlacedField, tuple[PlacedField, ...]] | None:
    struct, _, path = name.partition(".")
    layout = reference.layout(schedule, struct)
    if layout is None:
        return None
    try:
        field = layout.field(path)
    except KeyError:
        return None
    return layout, field, parts_of(layout, field)
