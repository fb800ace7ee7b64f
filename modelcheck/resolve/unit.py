"""A unit from its files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TypeVar

from modelcheck.diagnostics import Diagnostic, Diagnostics, Note, did_you_mean
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Expectation, ExpectedVerdict, Gap, ProposalInfo, Unit
from modelcheck.resolve.checks import check_lifecycle, check_uses
from modelcheck.resolve.declare import declare
from modelcheck.resolve.impossible import without_impossible
from modelcheck.resolve.lifecycle import resolve_lifecycle
from modelcheck.resolve.merge import Expanded, expand
from modelcheck.resolve.possible import check_possible
from modelcheck.resolve.proposal import apply_proposal
from modelcheck.resolve.sources import PlacedItem, gather, shipped_proposals, shown
from modelcheck.rules.catalogue import all_rules
from modelcheck.source import SourceText, Span
from modelcheck.syntax import ast, read

_Declared = TypeVar("_Declared", ast.LifecycleDeclaration, ast.ProposalItem)
_VERDICTS: tuple[ExpectedVerdict, ...] = ("SAFE", "UNSAFE", "UNKNOWN", "VACUOUS")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)+")


def load_unit(path: Path, *, extra: Sequence[Path] = (), top: Path | None = None) -> Unit:
    """The unit that a file describes; `extra` files count as included at its end.

    Files below the folder `top` are named from there on in everything that is said of them. Raises `InputError` with
    everything found wrong.
    """
    return _resolve(read(path, shown(path, top)), path, extra, top)


def load_text(text: str, name: str = "<text>") -> Unit:
    """The unit that a text describes; its includes are looked for in the shipped `archs/`. Raises `InputError`."""
    return _resolve(SourceText(name, text.removeprefix("\ufeff")), None, ())


def _resolve(source: SourceText, path: Path | None, extra: Sequence[Path], top: Path | None = None) -> Unit:
    report = Diagnostics()
    sources = gather(source, path, extra, report, top)
    # Names that a file with a syntax error would have declared are not known: do not complain about them.
    report.finish()
    items = tuple(p.item for p in sources.items)
    world = declare(items, report)
    header = _header(source, items, report)
    if not world.abis:
        report.add(
            Diagnostic(
                "CA030", "it is not said which targets this is compiled for", header[3], help="add `use abi NAME;`"
            )
        )
    allocator = _allocator(sources.items, report)
    declarations = _unique([i for i in items if isinstance(i, ast.LifecycleDeclaration)], "life cycle", report)
    expanded = {n: expand(declarations, n, report) for n, d in declarations.items() if not d.template}
    lifecycles = tuple(resolve_lifecycle(e, world, allocator, report) for e in expanded.values())
    proposals = _unique([i for i in items if isinstance(i, ast.ProposalItem)], "proposal", report)
    proposed: list[Lifecycle] = []
    infos: list[ProposalInfo] = []
    for proposal in proposals.values():
        refused: list[tuple[str, str]] = []
        for each in expanded.values():
            applied = apply_proposal(proposal, each, world, allocator, report)
            if applied.lifecycle is not None:
                proposed.append(applied.lifecycle)
            elif applied.reason:
                refused.append((each.declaration.name.text, applied.reason))
        infos.append(ProposalInfo(proposal.name.text, proposal.title, proposal.name.span, tuple(refused)))
    expectations = _expectations(sources.items, header[2], expanded, proposals, report)
    report.finish()
    unit = Unit(
        name=header[0],
        title=header[1],
        kernel=header[2],
        abis=world.abis,
        declarations=world.declarations,
        symbols=tuple(world.symbols.values()),
        requirements=world.requirements,
        constants=tuple(world.constants.values()),
        lifecycles=lifecycles,
        proposals=tuple(infos),
        proposed=tuple(proposed),
        expectations=expectations,
        litmus=next((i.sentence.text for i in items if isinstance(i, ast.LitmusItem)), ""),
        files=sources.files,
        gaps=_gaps(items, report),
    )
    for lifecycle, each in zip(lifecycles, expanded.values(), strict=True):
        check_uses(lifecycle, world.fields, each.own, report)
    unit = without_impossible(unit, {name: each.own for name, each in expanded.items()}, world.fields)
    for lifecycle in (*unit.lifecycles, *unit.proposed):
        check_lifecycle(lifecycle, world.fields, report)
    check_possible(unit, world.fields, report)
    report.finish()
    return unit


def _header(source: SourceText, items: Sequence[ast.Item], report: Diagnostics) -> tuple[str, str, str, Span]:
    """Name, title, kernel version, and a place to point at."""
    start = Span(source, 0, 0)
    arches = [i for i in items if isinstance(i, ast.ArchItem)]
    cases = [i for i in items if isinstance(i, ast.LitmusItem)]
    kernels = [i for i in items if isinstance(i, ast.KernelItem)]
    pairs: list[tuple[ast.Item, ast.Item]] = [
        *((arches[0], a) for a in arches[1:]),
        *((cases[0], c) for c in cases[1:]),
        *((kernels[0], k) for k in kernels[1:] if k.version.text != kernels[0].version.text),
    ]
    for first, again in pairs:
        note = Note("the first one is here", first.span)
        report.add(Diagnostic("CA031", "this was said before, and differently", again.span, notes=(note,)))
    if not arches and not cases:
        report.add(
            Diagnostic(
                "CA030",
                "this is neither an architecture nor a litmus case",
                start,
                help='add `arch NAME "title";`, or `litmus "...";`',
            )
        )
    if arches and not kernels:
        report.add(
            Diagnostic(
                "CA030", "it is not said which kernel this describes", arches[0].span, help='add `kernel "6.12";`'
            )
        )
    kernel = kernels[0].version.text if kernels else ""
    if arches:
        return arches[0].name.text, arches[0].title, kernel, arches[0].span
    name = PurePath(source.name).stem
    return name, name, kernel, cases[0].span if cases else start


def _unique(found: Sequence[_Declared], what: str, report: Diagnostics) -> dict[str, _Declared]:
    out: dict[str, _Declared] = {}
    for item in found:
        before = out.setdefault(item.name.text, item)
        if before is not item:
            note = Note("the first one is here", before.name.span)
            report.add(
                Diagnostic("CA042", f"the {what} `{item.name.text}` is declared twice", item.name.span, notes=(note,))
            )
    return out


def _allocator(items: Sequence[PlacedItem], report: Diagnostics) -> ast.AllocatorItem | None:
    found = [(p.distance, p.item) for p in items if isinstance(p.item, ast.AllocatorItem)]
    if not found:
        return None
    nearest = min(distance for distance, _ in found)
    first, *others = [item for distance, item in found if distance == nearest]
    for other in others:
        note = Note("the first one is here", first.span)
        report.add(Diagnostic("CA042", "the allocator is described twice", other.span, notes=(note,)))
    return first


def _expectations(
    items: Sequence[PlacedItem],
    kernel: str,
    lifecycles: dict[str, Expanded],
    proposals: dict[str, ast.ProposalItem],
    report: Diagnostics,
) -> tuple[Expectation, ...]:
    out: list[Expectation] = []
    # Files that are of one kernel: the one that is checked, and those that say so. All others may be shared.
    of_one = {p.item.span.source.name for p in items if isinstance(p.item, ast.KernelItem | ast.LitmusItem)}
    stated = [
        (item, placed.extra)
        for placed in items
        if isinstance(item := placed.item, ast.ExpectItem)
        and (not item.kernels or _is_about(item, kernel, item.span.source.name in of_one, report))
    ]
    own = {_subject(item) for item, extra in stated if item.proposal is not None and not extra}
    for item, extra in stated:
        if extra and _subject(item) in own:
            continue
        if item.lifecycle.text not in lifecycles:
            if extra:
                continue
            _unknown("CA046", f"there is no life cycle `{item.lifecycle.text}`", item.lifecycle, lifecycles, report)
        if item.proposal is not None and item.proposal.text not in proposals:
            if item.proposal.text in shipped_proposals():
                continue
            _unknown("CA047", f"there is no proposal `{item.proposal.text}`", item.proposal, proposals, report)
        verdict = item.verdict.text
        if verdict not in _VERDICTS:
            _unknown("CA048", f"`{verdict}` is not a verdict", item.verdict, _VERDICTS, report)
        for rule in item.rules:
            known = [r.id for r in all_rules()]
            if rule.text not in known:
                _unknown("CA049", f"there is no rule `{rule.text}`", rule, known, report)
        out.append(
            Expectation(
                item.lifecycle.text,
                "" if item.proposal is None else item.proposal.text,
                next((v for v in _VERDICTS if v == verdict), "SAFE"),
                tuple(r.text for r in item.rules),
                item.condition,
                item.reason,
                item.span,
            )
        )
    return tuple(out)


def _subject(item: ast.ExpectItem) -> tuple[str, str]:
    """The life cycle that an expectation is about, and the proposal ("" for none)."""
    return item.lifecycle.text, "" if item.proposal is None else item.proposal.text


def _is_about(item: ast.ExpectItem, kernel: str, of_one: bool, report: Diagnostics) -> bool:
    """Is an expectation that is limited to kernels about this one? In a file that is of one kernel it has to be."""
    known: dict[str, ast.Name] = {}
    for version in item.kernels:
        before = known.setdefault(version.text, version)
        if before is not version:
            note = Note("the first time is here", before.span)
            message = f"the kernel `{version.text}` is named twice"
            report.add(Diagnostic("CA050", message, version.span, notes=(note,)))
        elif not _VERSION.fullmatch(version.text):
            message = f"`{version.text}` is not the version of a kernel"
            report.add(Diagnostic("CA050", message, version.span, help='write it as in `kernel "6.12";`'))
    if kernel in known:
        return True
    if of_one:
        span = Span(item.span.source, item.kernels[0].span.start, item.kernels[-1].span.end)
        message = f"this never counts: the file describes {f'Linux {kernel}' if kernel else 'no kernel'}"
        help_ = "leave `in kernel` out, or state this in a file that several kernels share"
        report.add(Diagnostic("CA051", message, span, help=help_))
    return False


def _gaps(items: Sequence[ast.Item], report: Diagnostics) -> tuple[Gap, ...]:
    out: dict[str, Gap] = {}
    for item in items:
        if not isinstance(item, ast.GapItem):
            continue
        for text in (item.what, item.why):
            if not text.text.strip():
                report.add(Diagnostic("CA045", "a gap says what is not modelled, and why", text.span))
        before = out.setdefault(item.what.text, Gap(item.what.text, item.why.text, item.citation, item.span))
        if before.span is not item.span:
            note = Note("the first one is here", before.span)
            report.add(Diagnostic("CA042", f"the gap `{item.what.text}` is stated twice", item.span, notes=(note,)))
    return tuple(out.values())


def _unknown(
    code: str,
    message: str,
    name: ast.Name,
    known: Sequence[str] | dict[str, Expanded] | dict[str, ast.ProposalItem],
    report: Diagnostics,
) -> None:
    report.add(Diagnostic(code, message, name.span, help=did_you_mean(name.text, known)))
