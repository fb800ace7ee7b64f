"""`check-arch merge`: the reports of the shards of a matrix, joined and shown as `matrix` would have shown them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck.cli.arguments import Output, add_output, output_of, parser_for
from modelcheck.cli.matrix import finish, show
from modelcheck.cli.options import EVERYTHING, MATRIX_FORMATS
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.matrix.merging import merged
from modelcheck.matrix.survey import Fault, Survey
from modelcheck.report.json_reader import read_survey


@dataclass(frozen=True)
class MergeOptions:
    """`merge`."""

    files: tuple[str, ...]
    output: Output


def merge_options(arguments: Sequence[str]) -> MergeOptions:
    """Read the arguments of `merge`. Raises `UsageError`."""
    description = (
        "Join the reports that `check-arch matrix --shard I/N --format json:FILE` wrote, and show them as `matrix` "
        "would."
    )
    parser = parser_for("merge", description)
    files = "the reports of all shards, or one whole report to show it in another format"
    parser.add_argument("files", nargs="+", metavar="REPORT.json", help=files)
    add_output(parser, MATRIX_FORMATS, EVERYTHING)
    found = parser.parse_intermixed_args(list(arguments))
    return MergeOptions(files=tuple(found.files), output=output_of(found, MATRIX_FORMATS))


def run(words: Sequence[str]) -> int:
    """Run the command; the exit status, which is that of the whole matrix. Raises InputError."""
    options = merge_options(words)
    survey = merged([(name, _read(name)) for name in options.files])
    show(survey, options.output)
    return finish(survey, [_diagnostic(fault) for fault in survey.faults], options.output)


def _read(name: str) -> Survey:
    try:
        text = Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError([Diagnostic("CA602", f"`{name}` is not a text in UTF-8")]) from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Diagnostic("CA602", f"cannot read `{name}`: {why}")]) from error
    return read_survey(text, name)


def _diagnostic(fault: Fault) -> Diagnostic:
    """A fault that another run met; the text that it points at is not here."""
    where = f"{fault.at.text}: " if fault.at is not None else ""
    return Diagnostic(fault.code, f"{where}{fault.message}", help=fault.help)
