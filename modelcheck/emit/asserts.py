"""`static_assert` lines: fields that must share no byte, because a proof stands on it or because a hazard follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from modelcheck.configurations.minimal import minimal_condition
from modelcheck.configurations.space import Case, Space
from modelcheck.configurations.split import split
from modelcheck.emit.ctext import comment, guarded, preprocessed
from modelcheck.footing import together
from modelcheck.model.declarations import FieldRef
from modelcheck.model.unit import Unit
from modelcheck.verdict import Condition, Finding, Result, Verdict

_LAYOUT_RULES = ("OV101", "OV102", "OV103")


@dataclass(frozen=True)
class Assertion:
    """Two fields that must share no byte, where, and why: `proofs` are the life cycles whose proof stands on it,
    `findings` the hazards that follow where it fails."""

    one: FieldRef
    other: FieldRef
    condition: Condition
    proofs: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where assertions come from: the model's file, and what to type to write them again."""

    program: str
    model: str
    command: str


def assertions_of(unit: Unit, results: Sequence[Result]) -> tuple[Assertion, ...]:
    """What these results say of the layout, by the fields' names; findings first."""
    space = Space.of(unit)
    found: list[Assertion] = []
    for (one, other), where in sorted(_clashes(results).items()):
        texts = tuple(dict.fromkeys(_finding_text(result, finding) for result, finding in where))
        conditions = [finding.condition for _, finding in where]
        found.append(Assertion(one, other, _any_of(conditions), (), texts))
    for (one, other), names in sorted(_freedoms(results).items()):
        found.append(Assertion(one, other, _where_apart(space, one, other), tuple(names), ()))
    return tuple(found)


def _clashes(results: Iterable[Result]) -> dict[tuple[FieldRef, FieldRef], list[tuple[Result, Finding]]]:
    """Findings in which one field is lost to another."""
    found: dict[tuple[FieldRef, FieldRef], list[tuple[Result, Finding]]] = {}
    for result in results:
        for finding in result.findings:
            hazard = finding.counterexample.hazard
            if finding.rule in _LAYOUT_RULES and hazard.field and hazard.clobbered_by not in ("", hazard.field):
                found.setdefault(_pair(hazard.field, hazard.clobbered_by), []).append((result, finding))
    return found


def _freedoms(results: Iterable[Result]) -> dict[tuple[FieldRef, FieldRef], list[str]]:
    """Pairs of fields that share no byte, where the proof of a SAFE life cycle uses that."""
    found: dict[tuple[FieldRef, FieldRef], list[str]] = {}
    for result in results:
        footings = tuple(each.footing for each in result.certificates if each.footing is not None)
        if result.verdict is not Verdict.SAFE or not footings:
            continue
        for fact in together(footings).used:
            if fact.kind == "apart":
                found.setdefault(_pair(*fact.fields), []).append(_name(result))
    return found


def _pair(one: str, other: str) -> tuple[FieldRef, FieldRef]:
    first, second = sorted(FieldRef(*name.split(".", 1)) for name in (one, other))
    return first, second


def _any_of(conditions: Sequence[Condition]) -> Condition:
    """Where one of the conditions holds; everywhere, if one of them says nothing."""
    if any(not condition.assignments for condition in conditions):
        return Condition()
    found = tuple(dict.fromkeys(each for condition in conditions for each in condition.assignments))
    return Condition(" || ".join(dict.fromkeys(condition.text for condition in conditions)), found)


def _where_apart(space: Space, one: FieldRef, other: FieldRef) -> Condition:
    """The configurations in which both fields exist and share no byte; the model says nothing against the others."""

    def apart(case: Case) -> bool:
        places = case.place(one), case.place(other)
        return places[0] is not None and places[1] is not None and not places[0].overlaps(places[1])

    answers = split(space, apart)
    return minimal_condition(space, [s for s, yes in answers if yes], [s for s, yes in answers if not yes])


def _name(result: Result) -> str:
    level = f" (level {result.level})" if result.level else ""
    proposal = f" with {result.proposal}" if result.proposal else ""
    return f"{result.lifecycle}{proposal}{level}"


def _finding_text(result: Result, finding: Finding) -> str:
    return f"{finding.rule} in {_name(result)}, on the path {finding.path}: {finding.summary}"


def c_file(unit: Unit, results: Sequence[Result], source: Source) -> str:
    """A C file that compiles in a kernel as long as the assertions hold."""
    assertions = assertions_of(unit, results)
    lines = [*_header(unit, source), "", "#include <linux/build_bug.h>", "#include <linux/stddef.h>"]
    lines += _declaring(assertions)
    for assertion in assertions:
        lines += ["", *_written(unit, assertion)]
    for text in _unsaid(results):
        lines += ["", *comment([text])]
    return "\n".join(lines) + "\n"


def _declaring(assertions: Iterable[Assertion]) -> Iterator[str]:
    """The headers of Linux that declare the structs; those of other structs are the reader's to add."""
    structs = sorted({field.struct for each in assertions for field in (each.one, each.other)})
    yield from sorted({_HEADERS[name] for name in structs if name in _HEADERS})
    unknown = [name for name in structs if name not in _HEADERS]
    if unknown:
        yield from comment([f"Include what declares {', '.join(unknown)}, too."])


_HEADERS = {
    "page": "#include <linux/mm_types.h>",
    "ptdesc": "#include <linux/mm_types.h>",
    "folio": "#include <linux/mm_types.h>",
    # Of mm/ itself: the file belongs there then.
    "slab": '#include "slab.h"',
}


def _unsaid(results: Iterable[Result]) -> Iterator[str]:
    """Life cycles of which the file says nothing although it might."""
    for result in results:
        reasons = [each.footing.reason for each in result.certificates if each.footing and each.footing.reason]
        if result.verdict not in (Verdict.SAFE, Verdict.UNSAFE, Verdict.NOT_APPLICABLE):
            yield f"Nothing is said of {_name(result)}, which is {result.verdict.value}: {result.reason}"
        elif result.verdict is Verdict.SAFE and reasons:
            yield f"What the proof of {_name(result)} stands on is not known: {reasons[0]}"


def _header(unit: Unit, source: Source) -> Iterator[str]:
    kernel = f", Linux {unit.kernel}" if unit.kernel else ""
    yield "// SPDX-License-Identifier: GPL-2.0"
    yield from comment(
        [
            f"Fields that must share no byte: {unit.name}{kernel}.",
            "",
            f"Written by {source.program} from the model {source.model}:",
            source.command,
            "",
            "An assertion is here because a proof stands on it, or because a hazard was found where it fails. That "
            "all of them hold proves nothing: `check-arch check --explain-proof` says what else a proof stands on.",
        ]
    )


def _written(unit: Unit, assertion: Assertion) -> Iterator[str]:
    condition = preprocessed(unit, assertion.condition)
    said = [f"Proofs stand on it: {', '.join(assertion.proofs)}."] if assertion.proofs else []
    said += [f"Fails today: {text}." for text in assertion.findings]
    if condition.remarks:
        said.append(f"It matters only when {' and '.join(condition.remarks)}, which no static assertion can ask.")
    yield from comment(said)
    bits = [field for field in (assertion.one, assertion.other) if _is_bit_field(unit, field)]
    if bits:
        yield from comment([f"{bits[0]} is a bit-field, of which C does not tell the offset: look after it by hand."])
        return
    yield from guarded(condition.text, _assertion(unit, assertion.one, assertion.other))


def _assertion(unit: Unit, one: FieldRef, other: FieldRef) -> Iterator[str]:
    a, b = (f"{_tag(unit, field.struct)} {field.struct}, {field.path}" for field in (one, other))
    yield f"static_assert(offsetofend({a}) <= offsetof({b}) ||"
    yield f"\t      offsetofend({b}) <= offsetof({a}),"
    yield f'\t      "{one} and {other} must share no byte");'


def _tag(unit: Unit, name: str) -> str:
    return next((each.tag for each in unit.declarations.types if each.name == name and each.tag), "struct")


def _is_bit_field(unit: Unit, field: FieldRef) -> bool:
    """Is it a bit-field in some configuration?"""

    def bits(case: Case) -> bool:
        place = case.place(field)
        return place is not None and place.bit_field

    return any(answer for _, answer in split(Space.of(unit), bits))
