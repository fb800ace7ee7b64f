"""`check-arch explain`: what a rule or an error code means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelcheck import __version__
from modelcheck.cli import exits
from modelcheck.cli.arguments import Output, add_output, output_of, parser_for
from modelcheck.cli.codes import all_codes
from modelcheck.cli.outputs import deliver
from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.report.columns import fill
from modelcheck.report.page import Line, Piece, line
from modelcheck.rules import Rule, all_rules, rule


@dataclass(frozen=True)
class ExplainOptions:
    """`explain`."""

    name: str
    output: Output


def explain_options(arguments: Sequence[str]) -> ExplainOptions:
    """Read the arguments of `explain`. Raises `UsageError`."""
    parser = parser_for("explain", "What a rule (OV101) or an error code (CA210) means.")
    parser.add_argument("name", nargs="?", default="", metavar="RULE|CODE", help="without it, the catalogue")
    add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return ExplainOptions(name=found.name, output=output_of(found))


def run(words: Sequence[str]) -> int:
    """Run the command; the exit status. Raises InputError for an unknown name."""
    options = explain_options(words)
    name = options.name.upper()
    if not name:
        codes = all_codes()
        deliver(options.output, lambda columns: _catalogue(codes, options, columns), lambda: _json(all_rules(), codes))
    elif re.fullmatch(r"CA\d*", name):
        codes = all_codes()
        if name not in codes:
            hint = did_you_mean(name, codes) or "`check-arch explain` lists them"
            raise InputError([Diagnostic("CA901", f"there is no code `{options.name}`", help=hint)])
        meaning = {name: codes[name]}
        deliver(options.output, lambda columns: _code(name, codes[name], columns), lambda: _json((), meaning))
    else:
        found = rule(options.name)
        deliver(options.output, lambda columns: _rule(found, columns), lambda: _json((found,), {}))
    return exits.OK


def _json(rules: Sequence[Rule], codes: dict[str, str]) -> str:
    document = {
        "schema": "check-arch-explain-1",
        "tool": {"name": "check-arch", "version": __version__},
        "rules": [
            {
                "id": each.id,
                "title": each.title,
                "meaning": each.meaning,
                "why": each.why,
                "example": each.example,
                "avoided": each.avoided,
                "history": each.history,
            }
            for each in rules
        ],
        "codes": codes,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _catalogue(codes: dict[str, str], options: ExplainOptions, columns: int) -> Iterator[Line]:
    yield line(Piece("Hazards", "strong"), ", found in life cycles:")
    for each in all_rules():
        yield from _entry(each.id, each.title, columns)
    if not options.output.quiet:
        yield ()
        yield line(Piece("Errors", "strong"), ", found in inputs:")
        for code, meaning in codes.items():
            yield from _entry(code, meaning.replace("`", ""), columns)
    yield ()
    yield line("`check-arch explain OV101` says more about a hazard.")


def _entry(name: str, text: str, columns: int) -> Iterator[Line]:
    for number, each in enumerate(fill(text, columns, first=f"  {name}  ")):
        yield line("  ", Piece(name, "accent"), each[2 + len(name) :]) if number == 0 else line(each)


def _code(name: str, meaning: str, columns: int) -> Iterator[Line]:
    for number, each in enumerate(fill(f"{meaning}.", columns, first=f"{name}  ")):
        yield line(Piece(name, "accent"), each[len(name) :]) if number == 0 else line(each)
    yield ()
    yield line("The message of the error itself says what is meant, and shows the place.")


def _rule(found: Rule, columns: int) -> Iterator[Line]:
    yield line(Piece(found.id, "accent"), "  ", Piece(found.title, "strong"))
    for head, text in (("What it means", found.meaning), ("Why it is bad", found.why)):
        yield from _section(head, text, columns)
    yield ()
    yield line(Piece("Example", "strong"))
    for each in found.example.splitlines():
        yield line("    ", each) if each else ()
    if found.example_is_litmus:
        yield ()
        yield line(Piece("  (a whole case: saved as FILE.litmus, `check-arch litmus FILE.litmus` runs it)", "dim"))
    for head, text in (("How it is avoided", found.avoided), ("In the kernel's history", found.history)):
        yield from _section(head, text, columns)


def _section(head: str, text: str, columns: int) -> Iterator[Line]:
    yield ()
    yield line(Piece(head, "strong"))
    for block in re.split(r"\n\s*\n|\n(?=[*-] )", text.strip()):
        words = " ".join(block.split())
        margin = "  " if words[:2] in ("* ", "- ") else ""
        yield from (line(each) for each in fill(words, columns, first="  ", rest="  " + margin))
