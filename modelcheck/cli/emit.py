"""`check-arch emit`: what can be handed to a kernel tree, written from the answers about one model."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modelcheck import __version__
from modelcheck.cli import exits
from modelcheck.cli.answers import Answers, answer, get_ready, jobs_of, proposal_names, unknown_names
from modelcheck.cli.arguments import Parser, UsageError, add_tree, listed, parser_for
from modelcheck.cli.catalogue import find_proposals, is_file_name, shipped
from modelcheck.cli.check import finish
from modelcheck.cli.configuring import Settings
from modelcheck.cli.options import CheckOptions, add_how, check_options_of
from modelcheck.cli.outputs import complain
from modelcheck.cli.reading import Loaded, read_models
from modelcheck.cli.replay import ReplayOptions, replayed
from modelcheck.cli.trees import kernels_for, with_tree
from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.emit import asserts
from modelcheck.emit.interleaving import UnsayableError, litmus_test
from modelcheck.emit.memory_model import text_of
from modelcheck.model.program import Lifecycle
from modelcheck.trace import Counterexample
from modelcheck.verdict import Verdict

_USAGE = """\
usage: check-arch emit asserts ARCH|FILE [options]              fields that must share no byte, as static_assert in C
       check-arch emit litmus TRACE.json|ARCH|FILE [options]    a counterexample for tools/memory-model of the kernel

`check-arch emit asserts --help` and `check-arch emit litmus --help` list the options.
"""
KINDS = ("asserts", "litmus")


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
    return _asserts(words[1:]) if words[0] == "asserts" else _litmus(words[1:])


def _add_model(parser: Parser, metavar: str, help: str) -> None:
    parser.add_argument("names", nargs=1, metavar=metavar, help=help)
    what = parser.add_argument_group("what to check")
    kernel = "kernel of the model (default: the newest, or the one of the tree)"
    what.add_argument("--kernel", action="append", metavar="VERSION", help=kernel)
    what.add_argument("--lifecycle", action="append", metavar="NAME", help="only this life cycle; may be repeated")
    what.add_argument("--level", action="append", metavar="LEVELS", help="only these levels: pte,pmd,...")
    proposal = "apply a what-if, by its name or from a file; may be repeated"
    what.add_argument("--proposal", action="append", metavar="NAME|FILE", help=proposal)
    add_tree(what)
    amount = parser.add_argument_group("what is shown")
    amount.add_argument(
        "-o",
        "--output",
        default="",
        metavar="FILE",
        help="write there, not to standard output (litmus: a folder takes all)",
    )
    amount.add_argument("-q", "--quiet", action="store_true", help="do not show how far the work is")


def _options_of(found: argparse.Namespace) -> EmitOptions:
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
    _add_model(parser, "ARCH|FILE", "an architecture, or a file of the language")
    add_how(parser)
    options = _options_of(parser.parse_intermixed_args(list(arguments)))
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


def litmus_options(arguments: Sequence[str]) -> tuple[EmitOptions, tuple[str, ...]]:
    """Read the arguments of `emit litmus`; the rules that are asked for come second. Raises `UsageError`."""
    parser = parser_for(
        "emit litmus",
        "Write the interleaving of a counterexample as a litmus test of the Linux kernel's memory model, for herd7. "
        "Not everything can be said there: bytes that fields share, lists, leaks and interrupts cannot.",
        "exit status: 0 if all were written, 2 if one cannot be said that way (and it says why).",
    )
    _add_model(parser, "TRACE.json|ARCH|FILE", "a file from `check --save-traces`, or what is to be checked")
    parser.add_argument("--rule", action="append", metavar="RULE", help="only runs to this rule; may be repeated")
    add_how(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return _options_of(found), listed(found.rule)


@dataclass(frozen=True)
class _Run:
    """A counterexample and what it is about."""

    loaded: Loaded
    lifecycle: Lifecycle
    rule: str
    path: str
    run: Counterexample
    command: str

    @property
    def name(self) -> str:
        """The name of the test, and of its file."""
        unit, here = self.loaded.unit, self.lifecycle
        words = (unit.name, unit.kernel, here.name, here.proposal, self.rule, self.path)
        return "+".join(re.sub(r"[^\w.]+", "_", word) for word in words if word)

    def words(self) -> tuple[str, ...]:
        """What the test says of itself."""
        kernel = f", Linux {self.loaded.unit.kernel}" if self.loaded.unit.kernel else ""
        proposal = f" with {self.lifecycle.proposal}" if self.lifecycle.proposal else ""
        return (
            "Result: Sometimes",
            "",
            f"{self.loaded.unit.name} {self.lifecycle.name}{proposal}{kernel}, {self.rule} on the path {self.path}: "
            f"{self.run.hazard.message}.",
            "",
            f"Written by check-arch {__version__} from a run of the model: {self.command}",
        )


def _litmus(words: Sequence[str]) -> int:
    options, rules = litmus_options(words)
    (name,) = options.check.names
    answers = None
    if name.endswith(".json"):
        runs = [_saved(name, options.check)]
    else:
        loaded, answers = _answered(options.check)
        runs = list(_found(loaded, answers, options.check))
    runs = [each for each in runs if not rules or each.rule in rules]
    if not runs:
        raise UsageError(f"`{name}` has no counterexample" + (f" of {', '.join(rules)}" if rules else ""))
    folder = options.output.endswith("/") or Path(options.output or "?").is_dir()
    if len(runs) > 1 and not folder:
        shown = ", ".join(f"{each.lifecycle.name} {each.rule}" for each in runs[:3])
        hint = "choose with `--lifecycle` and `--rule`, or name a folder for all of them: `-o DIR/`"
        raise UsageError(f"`{name}` has {len(runs)} counterexamples ({shown}{', ...' if len(runs) > 3 else ''})", hint)
    wrong: list[Diagnostic] = []
    for each in runs:
        try:
            test = litmus_test(each.loaded.unit, each.lifecycle, each.run, each.name, each.words())
        except UnsayableError as error:
            where = f"{each.lifecycle.name}, {each.rule} on the path {each.path}"
            hint = f"`check-arch explain {each.rule}` says what it means; `check-arch replay` shows the run"
            message = f"{where}: this run cannot be said as a litmus test: {error}"
            wrong.append(Diagnostic("CA610", message, each.lifecycle.span, help=hint))
        else:
            deliver_text(text_of(test), str(_file(options.output, each)) if folder else options.output)
    if wrong:
        complain(wrong)
    status = exits.USAGE if wrong else exits.OK
    return finish(answers, answers.diagnostics, [status], options.check) if answers else status


def _file(folder: str, run: _Run) -> Path:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Diagnostic("CA602", f"cannot write into `{folder}`: {why}")]) from error
    return Path(folder, f"{run.name}.litmus")


def _saved(file: str, options: CheckOptions) -> _Run:
    proposals = tuple(each for each in options.proposals if is_file_name(each))
    found = replayed(file, ReplayOptions((file,), "", proposals, options.output, options.tree))
    command = shlex.join(["check-arch", "emit", "litmus", Path(file).name, *_tree(options)])
    return _Run(found.loaded, found.lifecycle, found.run.hazard.rule, found.run.path, found.run, command)


def _found(loaded: Loaded, answers: Answers, options: CheckOptions) -> Iterator[_Run]:
    for result in answers.of(loaded):
        pool = loaded.unit.proposed if result.proposal else loaded.unit.lifecycles
        lifecycle = next(e for e in pool if (e.name, e.proposal) == (result.lifecycle, result.proposal))
        for finding in result.findings:
            # Others may have been asked for with it: this is what writes it alone.
            one = replace(options, lifecycles=(result.lifecycle,), levels=())
            command = f"{_command('litmus', loaded, one)} --rule {finding.rule}"
            yield _Run(loaded, lifecycle, finding.rule, finding.path, finding.counterexample, command)


def _answered(options: CheckOptions) -> tuple[Loaded, Answers]:
    """The model that is meant, and what there is to say of it. Raises InputError."""
    get_ready(options)
    files = find_proposals(options.proposals, shipped())
    if files.diagnostics:
        raise InputError(files.diagnostics)
    kernels = kernels_for(options.tree, options.names, options.kernels)
    read = with_tree(read_models(options.names, kernels, files.files), options.tree)
    if read.diagnostics:
        raise InputError(read.diagnostics)
    if len(read.loaded) != 1:
        raise UsageError(f"`{options.names[0]}` names {len(read.loaded)} models", "name one kernel with `--kernel`")
    (loaded,) = read.loaded
    proposals = proposal_names(options.proposals, [loaded.unit])
    wrong = unknown_names([loaded.unit], options, proposals)
    if wrong:
        raise InputError(wrong)
    jobs = jobs_of(loaded, options, proposals, Settings({}, None))
    return loaded, answer([(loaded, job) for job in jobs], options)


def _command(kind: str, loaded: Loaded, options: CheckOptions) -> str:
    """What to type to have the same written again."""
    words = ["check-arch", "emit", kind, loaded.name]
    if loaded.is_shipped and loaded.unit.kernel:
        words += ["--kernel", loaded.unit.kernel]
    chosen = ("--lifecycle", options.lifecycles), ("--level", options.levels), ("--proposal", options.proposals)
    words += [word for option, values in chosen for value in values for word in (option, value)]
    return shlex.join([*words, *_tree(options)])


def _tree(options: CheckOptions) -> tuple[str, ...]:
    return ("--tree", options.tree) if options.tree else ()


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
