"""What can be said on the command line, as typed values.

Every command has a parser of its own, so that names and options may be mixed in any order.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.matrix.survey import Shard

Colour = Literal["auto", "always", "never"]
FORMATS = ("text", "json")
MATRIX_FORMATS = ("text", "json", "markdown", "html", "summary")
_EVERYTHING = "also the paths of what is SAFE, and in JSON the SMT-LIB of every proof"


@dataclass(frozen=True)
class Command:
    """A word that may stand first, and what it does in one line."""

    name: str
    arguments: str
    does: str


COMMANDS = (
    Command("check", "[ARCH|FILE...]", "decide every life cycle of architectures or files (none: all architectures)"),
    Command("layout", "ARCH|FILE", "draw a struct byte by byte for one configuration: who shares bytes with whom"),
    Command("explain", "[RULE|CODE]", "what a rule or an error code means; without a name, the catalogue"),
    Command("litmus", "[FILE|DIR...]", "run small cases and compare with the verdict each of them states"),
    Command("compare", "ARCH", "compare a model with a real kernel, field by field"),
    Command("matrix", "[ARCH|FILE...]", "architectures, levels and paths against kernels and proposals, in one table"),
    Command("merge", "REPORT.json...", "join the reports of the shards of a matrix into one"),
    Command("replay", "TRACE.json", "run a saved counterexample in the interpreter, step by step"),
)


class UsageError(InputError):
    """The command line cannot be understood."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__([Diagnostic("CA601", message, help=help)])


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        words = message.split(": ", 1)[1].split() if message.startswith("unrecognized arguments: ") else []
        if words:
            option = next((word for word in words if word.startswith("-")), words[0]).split("=", 1)[0]
            known = [name for action in self._actions for name in action.option_strings]
            near = did_you_mean(option, known)
            raise UsageError(f"there is no option `{option}`", near or f"`{self.prog} --help` lists them")
        raise UsageError(message[:1].lower() + message[1:], f"see `{self.prog} --help`")


@dataclass(frozen=True)
class Output:
    """How results are shown: formats with their file ("" for standard output), colour, how much."""

    formats: tuple[tuple[str, str], ...]
    colour: Colour
    quiet: bool
    verbose: bool


@dataclass(frozen=True)
class CheckOptions:
    """`check` and `litmus`. `timeout` is in seconds; `budget` multiplies what an engine may spend.

    `cache` is the folder in which answers are kept for later runs ("" for the user's own), None for none.
    """

    names: tuple[str, ...]
    kernels: tuple[str, ...]
    levels: tuple[str, ...]
    lifecycles: tuple[str, ...]
    proposals: tuple[str, ...]
    config: tuple[str, ...]
    engine: str
    budget: int
    timeout: int
    jobs: int
    cache: str | None
    traces: str
    output: Output


@dataclass(frozen=True)
class MatrixOptions:
    """`matrix`. `check.kernels` is empty for all; with `every_proposal`, `check.proposals` is empty.

    `gaps`: nothing is checked, only what is not modelled is listed.
    """

    check: CheckOptions
    every_proposal: bool
    shard: Shard | None
    gaps: bool


@dataclass(frozen=True)
class MergeOptions:
    """`merge`."""

    files: tuple[str, ...]
    output: Output


@dataclass(frozen=True)
class LayoutOptions:
    """`layout`. Without `structs`, those that the life cycles name."""

    name: str
    kernel: str
    structs: tuple[str, ...]
    abi: str
    config: tuple[str, ...]
    output: Output


@dataclass(frozen=True)
class CompareOptions:
    """`compare`. `btf` is a file with raw BTF or an ELF file with a `.BTF` section."""

    name: str
    kernel: str
    btf: str
    output: Output


@dataclass(frozen=True)
class ExplainOptions:
    """`explain`."""

    name: str
    output: Output


@dataclass(frozen=True)
class ReplayOptions:
    """`replay`. `model` says which architecture or file to run on, if not the one that the trace names.

    `proposals` are files with what-ifs that the model does not know by itself.
    """

    traces: tuple[str, ...]
    model: str
    proposals: tuple[str, ...]
    output: Output


def check_options(arguments: Sequence[str], command: Literal["check", "litmus"] = "check") -> CheckOptions:
    """Read the arguments of `check` or `litmus`. Raises `UsageError`."""
    if command == "check":
        parser = _parser(command, "Decide, for every life cycle, whether its fields may be overlaid as they are.")
        names = "architectures of the newest kernel, or .arch and .litmus files; none: all architectures"
        parser.add_argument("names", nargs="*", metavar="ARCH|FILE", help=names)
        what = parser.add_argument_group("what to check")
        what.add_argument("--kernel", action="append", metavar="VERSION", help="kernel of the models; may be repeated")
        what.add_argument("--level", action="append", metavar="LEVELS", help="only these levels: pte,pmd,...")
        what.add_argument("--lifecycle", action="append", metavar="NAME", help="only this life cycle; may be repeated")
        proposal = "apply a what-if, by its name or from a file; may be repeated"
        what.add_argument("--proposal", action="append", metavar="NAME|FILE", help=proposal)
        config = "fix a symbol, or a constant, or all symbols from a .config file; may be repeated"
        what.add_argument("--config", action="append", metavar="SYM=y|n|VALUE", help=config)
    else:
        parser = _parser(command, "Run small self-contained cases and compare with the verdict in each of them.")
        names = ".litmus files, or folders with them; none: ./tests/litmus"
        parser.add_argument("names", nargs="*", metavar="FILE|DIR", help=names)
    how = _add_how(parser)
    traces = "save every counterexample there, for `check-arch replay`"
    how.add_argument("--save-traces", "--trace-dir", default="", metavar="DIR", help=traces)
    _add_output(parser)
    return _check_options(parser.parse_intermixed_args(list(arguments)))


def matrix_options(arguments: Sequence[str]) -> MatrixOptions:
    """Read the arguments of `matrix`. Raises `UsageError`."""
    description = (
        "Every architecture, level, life cycle and path, against kernels and proposals. Without options: all "
        "architectures of all kernels, today's code and all proposals."
    )
    epilog = (
        "exit status: as of `check`, the worst verdict decides; but a verdict that a model's own `expect` states is no "
        "news and does not count. `summary` is a table of Markdown that says in short where each proposal works, when, "
        "and what stands in its way elsewhere."
    )
    parser = _parser("matrix", description, epilog)
    names = "architectures, or .arch and .litmus files; none: all architectures"
    parser.add_argument("names", nargs="*", metavar="ARCH|FILE", help=names)
    what = parser.add_argument_group("what to check")
    kernel = "only this kernel; may be repeated (default: all there are models of)"
    what.add_argument("--kernel", action="append", metavar="VERSION", help=kernel)
    what.add_argument("--level", action="append", metavar="LEVELS", help="only these levels: pte,pmd,...")
    what.add_argument("--lifecycle", action="append", metavar="NAME", help="only this life cycle; may be repeated")
    which = what.add_mutually_exclusive_group()
    proposal = "today's code and this what-if, by its name or from a file; may be repeated"
    which.add_argument("--proposal", action="append", metavar="NAME|FILE", help=proposal)
    every = "today's code and every proposal there is (the default)"
    which.add_argument("--all-proposals", action="store_true", help=every)
    which.add_argument("--today", action="store_true", help="only today's code")
    shard = "only part I of N; `check-arch merge` joins the JSON reports of all parts"
    what.add_argument("--shard", type=_shard, default=None, metavar="I/N", help=shard)
    gaps = "check nothing; list what is known and not modelled, and architectures without a model"
    what.add_argument("--gaps", action="store_true", help=gaps)
    _add_how(parser)
    _add_output(parser, MATRIX_FORMATS, _EVERYTHING)
    found = parser.parse_intermixed_args(list(arguments))
    return MatrixOptions(
        check=_check_options(found, MATRIX_FORMATS),
        every_proposal=not found.proposal and not found.today,
        shard=found.shard,
        gaps=found.gaps,
    )


def merge_options(arguments: Sequence[str]) -> MergeOptions:
    """Read the arguments of `merge`. Raises `UsageError`."""
    description = (
        "Join the reports that `check-arch matrix --shard I/N --format json:FILE` wrote, and show them as `matrix` "
        "would."
    )
    parser = _parser("merge", description)
    files = "the reports of all shards, or one whole report to show it in another format"
    parser.add_argument("files", nargs="+", metavar="REPORT.json", help=files)
    _add_output(parser, MATRIX_FORMATS, _EVERYTHING)
    found = parser.parse_intermixed_args(list(arguments))
    return MergeOptions(files=tuple(found.files), output=_output(found, MATRIX_FORMATS))


def _add_how(parser: _Parser) -> argparse._ArgumentGroup:
    how = parser.add_argument_group("how")
    how.add_argument("--engine", default="auto", metavar="NAME", help="which engine decides (default: auto)")
    budget = "how much more than usual an engine may spend before it answers UNKNOWN (default: 1)"
    how.add_argument("--budget", type=_positive, default=1, metavar="TIMES", help=budget)
    timeout = "a safety net: give up on one life cycle after that many seconds (default: 3600)"
    how.add_argument("--timeout", type=_positive, default=3600, metavar="SECONDS", help=timeout)
    jobs = "how many processes work at once (default: one for each CPU); 0: all in this process"
    how.add_argument("-j", "--jobs", type=_natural, default=_cpus(), metavar="N", help=jobs)
    cache = how.add_mutually_exclusive_group()
    folder = "where answers are kept for later runs (default: check-arch in $XDG_CACHE_HOME or ~/.cache)"
    cache.add_argument("--cache-dir", default="", metavar="DIR", help=folder)
    cache.add_argument("--no-cache", action="store_true", help="answer anew, and keep nothing")
    return how


def _check_options(found: argparse.Namespace, formats: Sequence[str] = FORMATS) -> CheckOptions:
    return CheckOptions(
        names=tuple(found.names),
        kernels=_words(getattr(found, "kernel", None)),
        levels=_words(getattr(found, "level", None)),
        lifecycles=_words(getattr(found, "lifecycle", None)),
        proposals=tuple(getattr(found, "proposal", None) or ()),
        config=tuple(getattr(found, "config", None) or ()),
        engine=found.engine,
        budget=found.budget,
        timeout=found.timeout,
        jobs=found.jobs,
        cache=None if found.no_cache else found.cache_dir,
        traces=getattr(found, "save_traces", ""),
        output=_output(found, formats),
    )


def layout_options(arguments: Sequence[str]) -> LayoutOptions:
    """Read the arguments of `layout`. Raises `UsageError`."""
    parser = _parser("layout", "Draw a struct byte by byte for one configuration: who shares bytes with whom.")
    parser.add_argument("name", metavar="ARCH|FILE", help="an architecture, or a file of the language")
    parser.add_argument("--kernel", default="", metavar="VERSION", help="kernel of the model (default: the newest)")
    parser.add_argument("--struct", action="append", metavar="NAME", help="this struct; may be repeated")
    parser.add_argument("--abi", default="", metavar="NAME", help="the target (default: the first of the architecture)")
    config = "fix a symbol, or all from a .config file; may be repeated. What is not fixed is n where that is allowed"
    parser.add_argument("--config", action="append", metavar="SYM=y|n|VALUE", help=config)
    _add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return LayoutOptions(
        name=found.name,
        kernel=found.kernel,
        structs=_words(found.struct),
        abi=found.abi,
        config=tuple(found.config or ()),
        output=_output(found),
    )


def compare_options(arguments: Sequence[str]) -> CompareOptions:
    """Read the arguments of `compare`. Raises `UsageError`."""
    parser = _parser("compare", "Compare a model with the type information of a real kernel, field by field.")
    parser.add_argument("name", metavar="ARCH", help="an architecture, or a file of the language")
    parser.add_argument("--kernel", default="", metavar="VERSION", help="kernel of the model (default: the newest)")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--running", action="store_true", help="the kernel that runs here: /sys/kernel/btf/vmlinux")
    which.add_argument("--btf", default="", metavar="FILE", help="a file with raw BTF, of any architecture")
    which.add_argument("--vmlinux", default="", metavar="FILE", help="an uncompressed vmlinux with a .BTF section")
    _add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    btf = "/sys/kernel/btf/vmlinux" if found.running else found.btf or found.vmlinux
    return CompareOptions(name=found.name, kernel=found.kernel, btf=btf, output=_output(found))


def explain_options(arguments: Sequence[str]) -> ExplainOptions:
    """Read the arguments of `explain`. Raises `UsageError`."""
    parser = _parser("explain", "What a rule (OV101) or an error code (CA210) means.")
    parser.add_argument("name", nargs="?", default="", metavar="RULE|CODE", help="without it, the catalogue")
    _add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return ExplainOptions(name=found.name, output=_output(found))


def replay_options(arguments: Sequence[str]) -> ReplayOptions:
    """Read the arguments of `replay`. Raises `UsageError`."""
    parser = _parser("replay", "Run saved counterexamples in an interpreter that uses no solver, step by step.")
    parser.add_argument("traces", nargs="+", metavar="TRACE.json", help="files from `check --save-traces DIR`")
    model = "run it on this architecture or file, not on the one that the trace names"
    parser.add_argument("--model", default="", metavar="ARCH|FILE", help=model)
    proposal = "a file with the what-if that the trace is about; may be repeated"
    parser.add_argument("--proposal", action="append", metavar="FILE", help=proposal)
    _add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return ReplayOptions(
        traces=tuple(found.traces),
        model=found.model,
        proposals=tuple(found.proposal or ()),
        output=_output(found),
    )


def _parser(command: str, description: str, epilog: str = "") -> _Parser:
    return _Parser(prog=f"check-arch {command}", description=description, epilog=epilog or None, allow_abbrev=False)


def _add_output(
    parser: _Parser,
    formats: Sequence[str] = FORMATS,
    verbose: str = "every counterexample, every clause of a proof",
) -> None:
    shown = parser.add_argument_group("what is shown")
    listed = f"{', '.join(formats[:-1])} or {formats[-1]}, to standard output or to a file; may be repeated"
    shown.add_argument("--format", action="append", metavar="NAME[:FILE]", help=listed)
    amount = shown.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="one line for each answer")
    amount.add_argument("-v", "--verbose", action="store_true", help=verbose)
    colour = "auto, always or never (default: auto, which also heeds NO_COLOR)"
    shown.add_argument("--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN", help=colour)


def _output(found: argparse.Namespace, known: Sequence[str] = FORMATS) -> Output:
    formats = []
    for text in found.format or ["text"]:
        name, _, file = text.partition(":")
        if name not in known:
            hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
            raise UsageError(f"there is no format `{name}`", hint)
        formats.append((name, file))
    if len([file for _, file in formats if not file]) > 1:
        hint = "send one of them to a file: `--format json:FILE`"
        raise UsageError("two formats would both go to standard output", hint)
    return Output(tuple(formats), found.color, found.quiet, found.verbose)


def _words(values: Sequence[str] | None) -> tuple[str, ...]:
    words = [word.strip() for value in values or () for word in value.split(",")]
    return tuple(dict.fromkeys(word for word in words if word))


def _shard(text: str) -> Shard:
    index, slash, of = text.partition("/")
    if not slash or not 1 <= _natural(index) <= _natural(of):
        raise argparse.ArgumentTypeError(f"`{text}` is not a part like 1/4")
    return Shard(int(index), int(of))


def _positive(text: str) -> int:
    number = _natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"`{text}` is not a number")
    return int(text)


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
