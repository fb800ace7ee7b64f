"""`check-arch layout`: a struct drawn byte by byte, for one configuration."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelcheck import __version__
from modelcheck.cli import exits
from modelcheck.cli.arguments import Output, add_output, add_tree, listed, output_of, parser_for
from modelcheck.cli.configuring import read_settings
from modelcheck.cli.outputs import deliver
from modelcheck.cli.trees import read_one
from modelcheck.configurations.space import Space, contradiction, restrict
from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.layout.placed import StructLayout
from modelcheck.model.declarations import Abi, FieldRef
from modelcheck.model.unit import Unit
from modelcheck.report.byte_map import holes, neighbours, size_line, struct
from modelcheck.report.columns import fill
from modelcheck.report.page import Line, Piece, indent, line


@dataclass(frozen=True)
class LayoutOptions:
    """`layout`. Without `structs`, those that the life cycles name; `tree` is the kernel tree they are read from."""

    name: str
    kernel: str
    structs: tuple[str, ...]
    abi: str
    config: tuple[str, ...]
    output: Output
    tree: str = ""


def layout_options(arguments: Sequence[str]) -> LayoutOptions:
    """Read the arguments of `layout`. Raises `UsageError`."""
    parser = parser_for("layout", "Draw a struct byte by byte for one configuration: who shares bytes with whom.")
    parser.add_argument("name", metavar="ARCH|FILE", help="an architecture, or a file of the language")
    parser.add_argument("--kernel", default="", metavar="VERSION", help="kernel of the model (default: the newest)")
    parser.add_argument("--struct", action="append", metavar="NAME", help="this struct; may be repeated")
    parser.add_argument("--abi", default="", metavar="NAME", help="the target (default: the first of the architecture)")
    config = "fix a symbol, or all from a .config file; may be repeated. What is not fixed is n where that is allowed"
    parser.add_argument("--config", action="append", metavar="SYM=y|n|VALUE", help=config)
    add_tree(parser)
    add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return LayoutOptions(
        name=found.name,
        kernel=found.kernel,
        structs=listed(found.struct),
        abi=found.abi,
        config=tuple(found.config or ()),
        output=output_of(found),
        tree=found.tree,
    )


@dataclass(frozen=True)
class _Drawn:
    """What is drawn: structs in one configuration. `deciding` are the symbols that these layouts asked for."""

    unit: Unit
    abi: Abi
    structs: tuple[StructLayout, ...]
    deciding: tuple[tuple[str, bool], ...]
    used: tuple[FieldRef, ...]


def run(words: Sequence[str]) -> int:
    """Run the command; the exit status. Raises InputError."""
    options = layout_options(words)
    settings = read_settings(options.config)
    unit = read_one(options.name, options.kernel, options.tree).unit
    wrong = settings.check([unit])
    if wrong:
        raise InputError(wrong)
    abi = _abi(unit, options.abi)
    fixed = {name: value for name, value in settings.for_unit(unit).items() if isinstance(value, bool)}
    space = restrict(dataclasses.replace(Space.of(unit), abis=(abi,)), fixed)
    target = space.target(abi.name)
    symbols = target.complete({})
    if symbols is None:
        clash = contradiction(space)
        raise InputError([clash or Diagnostic("CA220", f"no configuration of {unit.name} is admitted on {abi.name}")])
    used = tuple(sorted({field for lifecycle in unit.lifecycles for field in fields_in(lifecycle)}))
    structs = _structs(unit, options, used)
    asked: dict[str, bool] = {}

    def ask(name: str) -> bool:
        asked[name] = symbols.get(name, False)
        return asked[name]

    layouts = tuple(target.layouts.layout(name, ask) for name in structs)
    drawn = _Drawn(unit, abi, layouts, tuple(sorted(asked.items())), used)
    deliver(options.output, lambda columns: _text(drawn, options, columns), lambda: _json(drawn))
    return exits.OK


def fields_in(value: object) -> Iterator[FieldRef]:
    """Every field that a part of a model names."""
    if isinstance(value, FieldRef):
        yield value
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from fields_in(each)
    elif dataclasses.is_dataclass(value) and not hasattr(value, "source"):
        for each in dataclasses.fields(value):
            yield from fields_in(getattr(value, each.name))


def _abi(unit: Unit, name: str) -> Abi:
    if not name:
        return unit.abis[0]
    known = [abi.name for abi in unit.abis]
    for abi in unit.abis:
        if abi.name == name:
            return abi
    hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
    raise InputError([Diagnostic("CA605", f"{unit.name} is not compiled for `{name}`", help=hint)])


def _structs(unit: Unit, options: LayoutOptions, used: Sequence[FieldRef]) -> list[str]:
    known = sorted({d.name for d in unit.declarations.types if d.tag in ("struct", "union")})
    for name in options.structs:
        if name not in known:
            raise InputError(
                [Diagnostic("CA605", f"{unit.name} declares no struct `{name}`", help=did_you_mean(name, known))]
            )
    named = [lifecycle.struct for lifecycle in unit.lifecycles] + [field.struct for field in used]
    return list(options.structs or sorted(set(named)) or known)


def _text(drawn: _Drawn, options: LayoutOptions, columns: int) -> Iterator[Line]:
    word = drawn.abi.word
    by_struct = {
        layout.name: frozenset(f.path for f in drawn.used if f.struct == layout.name) for layout in drawn.structs
    }
    if drawn.deciding and not options.output.quiet:
        shown = ", ".join(f"{name}={'y' if value else 'n'}" for name, value in drawn.deciding)
        for each in fill(f"{shown}  (`--config SYM=y` changes them)", columns, first="with ", rest="     "):
            yield line(Piece(each, "dim"))
        yield ()
    for layout in drawn.structs:
        yield size_line(layout, drawn.abi.name)
        if not options.output.quiet:
            yield ()
            yield from indent(struct(layout, word, by_struct[layout.name], columns - 2), 2)
            yield ()
    if options.output.quiet:
        return
    present = {(layout.name, field.path) for layout in drawn.structs for field in layout.fields}
    touched = [(f.struct, f.path) for f in drawn.used if (f.struct, f.path) in present]
    if touched:
        said = f" fields that life cycles of {drawn.unit.name} touch, and what lies there too:"
        yield line(Piece("*", "accent"), said)
        yield from indent(neighbours(drawn.structs, touched, columns - 2), 2)


def _json(drawn: _Drawn) -> str:
    document: dict[str, Any] = {
        "schema": "check-arch-layout-1",
        "tool": {"name": "check-arch", "version": __version__},
        "arch": drawn.unit.name,
        "kernel": drawn.unit.kernel,
        "abi": drawn.abi.name,
        "symbols": dict(drawn.deciding),
        "structs": [
            {
                "name": layout.name,
                "size": layout.size,
                "align": layout.align,
                "holes": [{"start": start, "end": end} for start, end in holes(layout)],
                "fields": [
                    {
                        "path": field.path,
                        "type": field.type,
                        "offset_bits": field.offset_bits,
                        "size_bits": field.size_bits,
                        "bit_field": field.bit_field,
                    }
                    for field in layout.fields
                ],
            }
            for layout in drawn.structs
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
