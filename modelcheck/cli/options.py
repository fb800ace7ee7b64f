"""The options of the commands that check models: `check`, `litmus`, `matrix`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modelcheck.cli import exits
from modelcheck.cli.arguments import (
    FORMATS,
    Output,
    Parser,
    UsageError,
    add_output,
    add_tree,
    listed,
    natural,
    output_of,
    parser_for,
    positive,
)
from modelcheck.matrix.survey import Shard
from modelcheck.report.formats.registry import FORMATS as REVIEW_FORMATS
from modelcheck.report.formats.registry import NAMES

CHECK_FORMATS = (*NAMES, "html")
KERNEL = "kernel of the models (default: the newest, or the one of the tree); may be repeated"
MATRIX_FORMATS = ("text", "json", "markdown", "html", "summary")
EVERYTHING = "also the paths of what is SAFE, and in JSON the SMT-LIB of every proof"


@dataclass(frozen=True)
class CheckOptions:
    """`check` and `litmus`. `timeout` is in seconds; `budget` multiplies what an engine may spend.

    `waivers` is the file of waivers ("" for the one beside the models, if there is one).
    `cache` is the folder in which answers are kept for later runs ("" for the user's own), None for none. `explain`:
    what each proof stands on is worked out, too. `tree` is the kernel tree whose structs are taken, "" for the models'
    own.
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
    explain: bool = False
    waivers: str = ""
    tree: str = ""


@dataclass(frozen=True)
class MatrixOptions:
    """`matrix`. `check.kernels` is empty for all; with `every_proposal`, `check.proposals` is empty.

    `gaps`: nothing is checked, only what is not modelled is listed. `write_answers`: what the answers were worked out
    from is put beside the models.
    """

    check: CheckOptions
    every_proposal: bool
    shard: Shard | None
    gaps: bool
    write_answers: bool


def check_options(arguments: Sequence[str], command: Literal["check", "litmus"] = "check") -> CheckOptions:
    """Read the arguments of `check` or `litmus`. Raises `UsageError`."""
    formats: Sequence[str] = FORMATS
    if command == "check":
        formats = CHECK_FORMATS
        description = "Decide, for every life cycle, whether its fields may be overlaid as they are."
        parser = parser_for(command, description, epilog=f"{formats_in_words()} {exits.IN_WORDS}")
        names = "architectures of the newest kernel, or .arch and .litmus files; none: all architectures"
        parser.add_argument("names", nargs="*", metavar="ARCH|FILE", help=names)
        what = parser.add_argument_group("what to check")
        what.add_argument("--kernel", action="append", metavar="VERSION", help=KERNEL)
        what.add_argument("--level", action="append", metavar="LEVELS", help="only these levels: pte,pmd,...")
        what.add_argument("--lifecycle", action="append", metavar="NAME", help="only this life cycle; may be repeated")
        proposal = "apply a what-if, by its name or from a file; may be repeated"
        what.add_argument("--proposal", action="append", metavar="NAME|FILE", help=proposal)
        add_config(what)
        waivers = "findings to live with for a time (default: waivers.toml beside the models, if there is one)"
        what.add_argument("--waivers", default="", metavar="FILE", help=waivers)
        add_tree(what)
    else:
        parser = parser_for(command, "Run small self-contained cases and compare with the verdict in each of them.")
        names = ".litmus files, or folders with them; none: ./tests/litmus"
        parser.add_argument("names", nargs="*", metavar="FILE|DIR", help=names)
    how = add_how(parser)
    traces = "save every counterexample there, for `check-arch replay`"
    how.add_argument("--save-traces", "--trace-dir", default="", metavar="DIR", help=traces)
    stands = "say what each proof stands on: the statements that must stay, and those that it does not need"
    how.add_argument("--explain-proof", action="store_true", help=stands)
    add_output(parser, formats)
    return check_options_of(parser.parse_intermixed_args(list(arguments)), formats)


def matrix_options(arguments: Sequence[str]) -> MatrixOptions:
    """Read the arguments of `matrix`. Raises `UsageError`."""
    description = (
        "Every architecture, level, life cycle and path, against kernels and proposals. Without options: all "
        "architectures of all kernels, today's code and all proposals."
    )
    epilog = (
        "exit status: as of `check`, the worst verdict decides; but a verdict that a model's own `expect` states is no "
        "news and does not count, nor does what is waived. `summary` is a table of Markdown that says in short where "
        "each proposal works, when, and what stands in its way elsewhere."
    )
    parser = parser_for("matrix", description, epilog)
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
    waivers = "findings to live with for a time (default: waivers.toml beside the models, if there is one)"
    what.add_argument("--waivers", default="", metavar="FILE", help=waivers)
    add_tree(what)
    shard = "only part I of N; `check-arch merge` joins the JSON reports of all parts"
    what.add_argument("--shard", type=_shard, default=None, metavar="I/N", help=shard)
    gaps = "check nothing; list what is known and not modelled, and architectures without a model"
    what.add_argument("--gaps", action="store_true", help=gaps)
    how = add_how(parser)
    write = "put invariants and runs beside the models, in MODEL.answers.xz, where every later check begins with them"
    how.add_argument("--write-answers", action="store_true", help=write)
    add_output(parser, MATRIX_FORMATS, EVERYTHING)
    found = parser.parse_intermixed_args(list(arguments))
    narrowed = found.shard or found.level or found.lifecycle
    if found.write_answers and (narrowed or found.no_cache or found.gaps):
        hint = "leave out what narrows the question, and --no-cache"
        raise UsageError("`--write-answers` is about whole models", hint)
    return MatrixOptions(
        check=check_options_of(found, MATRIX_FORMATS),
        every_proposal=not found.proposal and not found.today,
        shard=found.shard,
        gaps=found.gaps,
        write_answers=found.write_answers,
    )


def add_config(group: argparse._ArgumentGroup) -> None:
    """Add the option that fixes symbols and constants."""
    text = "fix a symbol, or a constant, or all symbols from a .config file; may be repeated"
    group.add_argument("--config", action="append", metavar="SYM=y|n|VALUE", help=text)


def add_how(parser: Parser) -> argparse._ArgumentGroup:
    """Add the options that say how models are checked; their group."""
    how = parser.add_argument_group("how")
    how.add_argument("--engine", default="auto", metavar="NAME", help="which engine decides (default: auto)")
    budget = "how much more than usual an engine may spend before it answers UNKNOWN (default: 1)"
    how.add_argument("--budget", type=positive, default=1, metavar="TIMES", help=budget)
    timeout = "a safety net: give up on one life cycle after that many seconds (default: 3600)"
    how.add_argument("--timeout", type=positive, default=3600, metavar="SECONDS", help=timeout)
    jobs = "how many processes work at once (default: one for each CPU); 0: all in this process"
    how.add_argument("-j", "--jobs", type=natural, default=_cpus(), metavar="N", help=jobs)
    cache = how.add_mutually_exclusive_group()
    folder = "where answers are kept for later runs (default: check-arch in $XDG_CACHE_HOME or ~/.cache)"
    cache.add_argument("--cache-dir", default="", metavar="DIR", help=folder)
    cache.add_argument("--no-cache", action="store_true", help="answer anew, and keep nothing")
    return how


def check_options_of(found: argparse.Namespace, formats: Sequence[str] = FORMATS) -> CheckOptions:
    """What was found of the options of `check`; those that a command does not have are as if they were not given."""
    return CheckOptions(
        names=tuple(found.names),
        kernels=listed(getattr(found, "kernel", None)),
        levels=listed(getattr(found, "level", None)),
        lifecycles=listed(getattr(found, "lifecycle", None)),
        proposals=tuple(getattr(found, "proposal", None) or ()),
        config=tuple(getattr(found, "config", None) or ()),
        engine=found.engine,
        budget=found.budget,
        timeout=found.timeout,
        jobs=found.jobs,
        cache=None if found.no_cache else found.cache_dir,
        traces=getattr(found, "save_traces", ""),
        output=output_of(found, formats),
        explain=getattr(found, "explain_proof", False),
        waivers=getattr(found, "waivers", ""),
        tree=getattr(found, "tree", ""),
    )


def formats_in_words() -> str:
    """The formats of a review, and for whom each is."""
    known = [f"{each.name} ({each.does})" for each in REVIEW_FORMATS]
    return f"formats: {', '.join(known)}, html (a page on which runs are walked through)."


def _shard(text: str) -> Shard:
    index, slash, of = text.partition("/")
    if not slash or not 1 <= natural(index) <= natural(of):
        raise argparse.ArgumentTypeError(f"`{text}` is not a part like 1/4")
    return Shard(int(index), int(of))


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
