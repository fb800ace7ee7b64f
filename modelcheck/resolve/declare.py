"""Configuration, constants, targets and layouts: everything that a unit declares besides its life cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal, get_args

from modelcheck.diagnostics import Diagnostic, Diagnostics, Note, did_you_mean
from modelcheck.layout.check import check_declarations
from modelcheck.model.conditions import (
    TRUE,
    All,
    Any,
    Condition,
    Constant,
    ConstantCase,
    Not,
    Requirement,
    Symbol,
    SymbolSet,
    symbols_in,
)
from modelcheck.model.declarations import Abi, BitFields, Declarations, Scalar, TypeDefinition
from modelcheck.resolve.fields import FieldTable
from modelcheck.resolve.world import World
from modelcheck.source import Span
from modelcheck.syntax import ast
from modelcheck.syntax.cdecl import expand_declarations, parse_declarations
from modelcheck.syntax.conditions import expand, symbol_name, undeclared_symbols

_BIT_FIELDS: dict[str, BitFields] = {way: way for way in get_args(BitFields)}
_SCALARS = {
    "char": "char",
    "short": "short",
    "int": "int",
    "long": "long",
    "long_long": "long long",
    "pointer": "pointer",
}

# How many abbreviations may build on each other, and how many names one may come to stand for.
_MAX_DEFINES = 16
_MAX_SIZE = 1000
# Each pair of a choice gives a condition.
_MAX_CHOICE = 32


def declare(items: Sequence[ast.Item], report: Diagnostics) -> World:
    """The world of a unit. Everything wrong is reported."""
    places: dict[str, Span] = {}
    symbols, requirements = _symbols(items, places, report)
    defines = _defines(items, symbols, places, report)
    fields = FieldTable(Declarations())
    world = World(symbols, defines, {}, (), (), Declarations(), fields, report)
    for item in items:
        if isinstance(item, ast.RequireItem):
            requirements.append(Requirement(world.condition(item.condition), item.citation, item.span))
    constants = {c.name: c for c in (_constant(i, world, places) for i in items if isinstance(i, ast.ConstItem))}
    declarations = read_declarations([i for i in items if isinstance(i, ast.LayoutItem)], world)
    for diagnostic in check_declarations(declarations, [r.condition for r in requirements]):
        report.add(diagnostic)
    return World(
        symbols,
        defines,
        constants,
        tuple(requirements),
        _abis(items, report),
        declarations,
        FieldTable(declarations),
        report,
    )


def _declare(name: ast.Name, what: str, places: dict[str, Span], report: Diagnostics) -> bool:
    """Remember where a name is declared; report a second declaration."""
    if name.text in places:
        note = Note("the first one is here", places[name.text])
        report.add(Diagnostic("CA042", f"the {what} `{name.text}` is declared twice", name.span, notes=(note,)))
        return False
    places[name.text] = name.span
    return True


def _symbols(
    items: Sequence[ast.Item], places: dict[str, Span], report: Diagnostics
) -> tuple[dict[str, Symbol], list[Requirement]]:
    symbols: dict[str, Symbol] = {}
    requirements: list[Requirement] = []
    for item in items:
        if not isinstance(item, ast.SymbolItem):
            continue
        kind = "runtime" if item.kind == "runtime" else "config"
        for name in item.names:
            text = symbol_name(name.text)
            before = symbols.get(text)
            if before is None:
                symbols[text] = Symbol(text, "runtime" if kind == "runtime" else "config", name.span)
                places[text] = name.span
            elif before.kind != kind:
                note = Note(f"here it is `{before.kind}`", before.span)
                report.add(
                    Diagnostic("CA042", f"`{text}` is declared as `config` and as `runtime`", name.span, notes=(note,))
                )
        if item.kind == "choice" and len(item.names) > _MAX_CHOICE:
            report.add(Diagnostic("CA043", f"a `choice` has at most {_MAX_CHOICE} symbols", item.span))
        elif item.kind == "choice":
            chosen = [SymbolSet(symbol_name(n.text)) for n in item.names]
            exclusive = tuple(Not(All(pair)) for pair in combinations(chosen, 2))
            requirements.append(Requirement(All((Any(tuple(chosen)), *exclusive)), item.citation, item.span))
    return symbols, requirements


def _defines(
    items: Sequence[ast.Item], symbols: Mapping[str, Symbol], places: dict[str, Span], report: Diagnostics
) -> dict[str, Condition]:
    found: dict[str, ast.DefineItem] = {}
    for item in items:
        if isinstance(item, ast.DefineItem) and _declare(item.name, "abbreviation", places, report):
            found[item.name.text] = item
    expanded: dict[str, Condition] = {}
    sizes: dict[str, int] = {}
    open_names: list[str] = []

    def visit(name: str) -> None:
        if name in expanded:
            return
        item = found[name]
        if name in open_names or len(open_names) >= _MAX_DEFINES:
            message = f"`{name}` is defined by itself" if name in open_names else "too many `define`s in a row"
            report.add(Diagnostic("CA044", message, item.name.span))
            expanded[name] = TRUE
            return
        open_names.append(name)
        for use in item.condition.names:
            if use.kind == "symbol" and use.name in found:
                visit(use.name)
        open_names.pop()
        for diagnostic in undeclared_symbols(item.condition.names, [*symbols, *found]):
            report.add(diagnostic)
        if name not in expanded and sum(sizes.get(u.name, 1) for u in item.condition.names) > _MAX_SIZE:
            report.add(Diagnostic("CA044", f"`{name}` stands for too large a condition", item.name.span))
            expanded[name] = TRUE
        expanded.setdefault(name, expand(item.condition.condition, expanded))
        sizes[name] = sum(1 for _ in symbols_in(expanded[name]))

    for name in found:
        visit(name)
    return expanded


def _constant(item: ast.ConstItem, world: World, places: dict[str, Span]) -> Constant:
    report = world.report
    _declare(item.name, "constant", places, report)
    if item.relation.text != ">=":
        report.add(
            Diagnostic(
                "CA043",
                "a constant is given by its smallest value",
                item.relation.span,
                help=f"write `const {item.name.text} >= {item.minimum}`",
            )
        )
    cases: list[ConstantCase] = []
    for index, case in enumerate(item.cases):
        if case.condition is None and index + 1 < len(item.cases):
            report.add(Diagnostic("CA043", "`otherwise` must be the last case", case.span))
        for value in case.values:
            if value < item.minimum:
                message = f"`{item.name.text}` cannot be {value}: it is at least {item.minimum}"
                report.add(Diagnostic("CA043", message, case.span))
        cases.append(ConstantCase(TRUE if case.condition is None else world.condition(case.condition), case.values))
    return Constant(item.name.text, item.minimum, tuple(cases), item.citation, item.span)


def _abis(items: Sequence[ast.Item], report: Diagnostics) -> tuple[Abi, ...]:
    known: dict[str, Abi] = {}
    places: dict[str, Span] = {}
    for item in items:
        if isinstance(item, ast.AbiItem) and _declare(item.name, "abi", places, report):
            known[item.name.text] = _abi(item, report)
    used: dict[str, Abi] = {}
    for item in items:
        for name in item.names if isinstance(item, ast.UseAbiItem) else ():
            if name.text in known:
                used[name.text] = known[name.text]
            else:
                helps = did_you_mean(name.text, known) or "declare it, or include a file from `archs/abi`"
                report.add(Diagnostic("CA040", f"there is no abi `{name.text}`", name.span, help=helps))
    return tuple(used.values())


def _abi(item: ast.AbiItem, report: Diagnostics) -> Abi:
    order = item.byte_order
    if order is None or order.text not in ("little", "big"):
        span = item.name.span if order is None else order.span
        message = f"the abi `{item.name.text}` needs `byte_order little;` or `byte_order big;`"
        report.add(Diagnostic("CA041", message, span))
    bit_fields: BitFields = "by_type"
    if item.bit_fields is not None:
        if item.bit_fields.text in _BIT_FIELDS:
            bit_fields = _BIT_FIELDS[item.bit_fields.text]
        else:
            helps = did_you_mean(item.bit_fields.text, _BIT_FIELDS) or "say " + ", ".join(f"`{b}`" for b in _BIT_FIELDS)
            message = f"`{item.bit_fields.text}` is no way in which bit-fields lie"
            report.add(Diagnostic("CA041", message, item.bit_fields.span, help=helps))
    scalars: dict[str, Scalar] = {}
    for name, scalar in item.scalars:
        if name.text not in _SCALARS:
            message = f"`{name.text}` is not a scalar type of an abi"
            helps = did_you_mean(name.text, _SCALARS) or "an abi has " + ", ".join(f"`{s}`" for s in _SCALARS)
            report.add(Diagnostic("CA041", message, name.span, help=helps))
            continue
        if _SCALARS[name.text] in scalars:
            report.add(Diagnostic("CA041", f"`{name.text}` is given twice", name.span))
        powers = (1, 2, 4, 8, 16)
        if scalar.size not in powers or scalar.align not in powers:
            report.add(Diagnostic("CA041", f"size and alignment of `{name.text}` must be 1, 2, 4, 8 or 16", name.span))
        scalars[_SCALARS[name.text]] = scalar
    missing = [name for name, key in _SCALARS.items() if key not in scalars]
    if missing:
        shown = ", ".join(f"`{m}`" for m in missing)
        report.add(Diagnostic("CA041", f"the abi `{item.name.text}` does not say {shown}", item.name.span))
    byte_order: Literal["little", "big"] = "big" if order is not None and order.text == "big" else "little"
    return Abi(item.name.text, byte_order, scalars, item.span, bit_fields)


def read_declarations(layouts: Sequence[ast.LayoutItem], world: World) -> Declarations:
    """The C declarations of all layouts; their conditions name declared symbols only, abbreviations are expanded."""
    types: list[TypeDefinition] = []
    for layout in layouts:
        read = parse_declarations(layout.body.source, layout.body.start, layout.body.end)
        for diagnostic in (*read.diagnostics, *undeclared_symbols(read.names, [*world.symbols, *world.defines])):
            world.report.add(diagnostic)
        types += read.types
    return expand_declarations(types, world.defines)
