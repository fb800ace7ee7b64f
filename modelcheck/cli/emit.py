"""`check-arch emit`: what can be handed to a kernel tree, written from the answers about one model."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modelcheck import __version__
from modelcheck.cli import exits
from modelcheck.cli.answers import Answers, answer, jobs_of, proposal_names, unknown_names
from modelcheck.cli.arguments import Parser, UsageError, parser_for
from modelcheck.cli.catalogue import find_proposals, shipped
from modelcheck.cli.check import finish
from modelcheck.cli.configuring import Settings
from modelcheck.cli.options import CheckOptions, add_how, check_options_of
from modelcheck.cli.reading import Loaded, read_models
from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.emit import asserts
from modelcheck.verdict import Verdict

_USAGE = """\
usage: check-arch emit asserts ARCH|FILE [options]    fields that must share no byte, as static_assert lines in C

`check-arch emit asserts --help` lists the options.
"""
KINDS = ("asserts",)


@dataclass(frozen=True)
class EmitOptions:
    """`emit`. `check.names` is one name. `output` is a file, "" for standard output."""

    check: CheckOptions
    output: str


def run(words: Sequence[str]) -> int:
    """Run the command; the exit status. Raises InputError."""
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(_USAGE)
        return exits.OK if words else exits.USAGE
    if words[0] not in KINDS:
        hint = did_you_mean(words[0], KINDS) or f"there are: {', '.join(KINDS)}"
        raise UsageError(f"nothing that can be emitted is called `{words[0]}`", hint)
    return _asserts(words[1:])


def _add_model(parser: Parser) -> None:
    parser.add_argument("names", nargs=1, metavar="ARCH|FILE", help="an architecture, or a file of the language")
    what = parser.add_argument_group("what to check")
    what.add_argument("--kernel", action="append", metavar="VERSION", help="kernel of the model (default: the newest)")
    what.add_argument("--lifecycle", action="append", metavar="NAME", help="only this life cycle; may be repeated")
    what.add_argument("--level", action="append", metavar="LEVELS", help="only these levels: pte,pmd,...")
    proposal = "apply a what-if, by its name or from a file; may be repeated"
    what.add_argument("--proposal", action="append", metavar="NAME|FILE", help=proposal)
    amount = parser.add_argument_group("what is shown")
    amount.add_argument("-o", "--output", default="", metavar="FILE", help="write there, not to standard output")
    amount.add_argument("-q", "--quiet", action="store_true", help="do not show how far the work is")


def _options(parser: Parser, arguments: Sequence[str]) -> EmitOptions:
    found = parser.parse_intermixed_args(list(arguments))
    found.format, found.color, found.verbose = None, "auto", False
    return EmitOptions(check_options_of(found), found.output)


def assert_options(arguments: Sequence[str]) -> EmitOptions:
    """Read the arguments of `emit asserts`. Raises `UsageError`."""
    parser = parser_for(
        "emit asserts",
        "Write static_assert lines that fail to compile once two fields share a byte that must not: those that the "
        "proof of a SAFE life cycle stands on, and those whose hazards were found.",
        "exit status: 0 if every life cycle was decided, 3 if not (the file says of which nothing is known).",
    )
    _add_model(parser)
    add_how(parser)
    options = _options(parser, arguments)
    return replace(options, check=replace(options.check, explain=True))


def _asserts(words: Sequence[str]) -> int:
    options = assert_options(words)
    loaded, answers = _answered(options.check)
    results = answers.of(loaded)
    source = asserts.Source(f"check-arch {__version__}", loaded.name, _command("asserts", loaded, options.check))
    deliver_text(asserts.c_file(loaded.unit, results, source), options.output)
    open_ones = [r for r in results if r.verdict in (Verdict.UNKNOWN, Verdict.BOUNDED)]
    status = exits.UNDECIDED if open_ones else exits.OK
    return finish(answers, answers.diagnostics, [status], options.check)


def _answered(options: CheckOptions) -> tuple[Loaded, Answers]:
    """The model that is meant, and what there is to say of it. Raises InputError."""
    files = find_proposals(options.proposals, shipped())
    if files.diagnostics:
        raise InputError(files.diagnostics)
    read = read_models(options.names, options.kernels, files.files)
    if read.diagnostics:
        raise InputError(read.diagnostics)
    if len(read.loaded) != 1:
        raise UsageError(f"`{options.names[0]}` names {len(read.loaded)} models", "name one kernel with `--kernel`")
    (loaded,) = read.loaded
    proposals = proposal_names(options.proposals, [loaded.unit])
    wrong = unknown_names([loaded.unit], options, proposals)
    if wrong:
        raise InputError(wrong)
    jobs = jobs_of(loaded.unit, options, proposals, Settings({}, None))
    return loaded, answer([(loaded, job) for job in jobs], options)


def _command(kind: str, loaded: Loaded, options: CheckOptions) -> str:
    """What to type to have the same written again."""
    words = ["check-arch", "emit", kind, loaded.name]
    if loaded.is_shipped and loaded.unit.kernel:
        words += ["--kernel", loaded.unit.kernel]
    chosen = ("--lifecycle", options.lifecycles), ("--level", options.levels), ("--proposal", options.proposals)
    return shlex.join([*words, *(word for option, values in chosen for value in values for word in (option, value))])


def deliver_text(text: str, file: str) -> None:
    """Write a text to a file, or to standard output. Raises InputError where that fails."""
    if not file:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Diagnostic("CA602", f"cannot write `{file}`: {why}")]) from error
