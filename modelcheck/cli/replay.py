"""`check-arch replay`: a saved counterexample, run again by an interpreter that uses no solver."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck import __version__
from modelcheck.cli import exits
from modelcheck.cli.arguments import Output, add_output, add_tree, output_of, parser_for
from modelcheck.cli.catalogue import find_proposals, is_file_name, shipped
from modelcheck.cli.outputs import complain, deliver
from modelcheck.cli.reading import Loaded, read_files, read_models
from modelcheck.cli.reference import reference_for
from modelcheck.cli.trees import with_tree
from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.model.program import Lifecycle
from modelcheck.replay.run import replay
from modelcheck.replay.trace_file import Identification, from_json
from modelcheck.replay.world import ReplayError
from modelcheck.report.columns import fill
from modelcheck.report.fragment import fragment
from modelcheck.report.json_report import counterexample_object
from modelcheck.report.page import Line, Piece, line
from modelcheck.report.verdicts import run_of
from modelcheck.report.wording import configuration, numbers
from modelcheck.trace import Counterexample
from modelcheck.verdict import Condition


@dataclass(frozen=True)
class ReplayOptions:
    """`replay`. `model` says which architecture or file to run on, if not the one that the trace names.

    `proposals` are files with what-ifs that the model does not know by itself. `tree` is the kernel tree whose structs
    are taken, "" for the model's own.
    """

    traces: tuple[str, ...]
    model: str
    proposals: tuple[str, ...]
    output: Output
    tree: str = ""


def replay_options(arguments: Sequence[str]) -> ReplayOptions:
    """Read the arguments of `replay`. Raises `UsageError`."""
    parser = parser_for("replay", "Run saved counterexamples in an interpreter that uses no solver, step by step.")
    parser.add_argument("traces", nargs="+", metavar="TRACE.json", help="files from `check --save-traces DIR`")
    model = "run it on this architecture or file, not on the one that the trace names"
    parser.add_argument("--model", default="", metavar="ARCH|FILE", help=model)
    proposal = "a file with the what-if that the trace is about; may be repeated"
    parser.add_argument("--proposal", action="append", metavar="FILE", help=proposal)
    add_tree(parser)
    add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    return ReplayOptions(
        traces=tuple(found.traces),
        model=found.model,
        proposals=tuple(found.proposal or ()),
        output=output_of(found),
        tree=found.tree,
    )


@dataclass(frozen=True)
class Replayed:
    """A saved run that was run again: what it is about, and what it did."""

    file: str
    about: Identification
    loaded: Loaded
    lifecycle: Lifecycle
    run: Counterexample


def run(words: Sequence[str]) -> int:
    """Run the command: 1 if a trace meets its hazard (as it should), 2 if one cannot be run on the model."""
    options = replay_options(words)
    done: list[Replayed] = []
    wrong: list[Diagnostic] = []
    for file in options.traces:
        try:
            done.append(replayed(file, options))
        except InputError as error:
            wrong += [each for each in error.diagnostics if each not in wrong]
    deliver(options.output, lambda columns: _text(done, options, columns), lambda: _json(done))
    if wrong:
        complain(wrong, options.output.colour)
    return exits.worst([exits.USAGE] * bool(wrong) + [exits.UNSAFE] * bool(done))


def replayed(file: str, options: ReplayOptions) -> Replayed:
    """Run a saved counterexample again. Raises InputError if it cannot be read, or is not possible any longer."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError([Diagnostic("CA602", f"`{file}` is not a text in UTF-8")]) from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Diagnostic("CA602", f"cannot read `{file}`: {why}")]) from error
    schedule, about = from_json(text, file)
    loaded = _model(about, options)
    lifecycle = _lifecycle(loaded, about)
    try:
        found = replay(loaded.unit, lifecycle, schedule)
    except ReplayError as error:
        hint = "the model has changed since the run was saved; `check-arch check` finds out what is true now"
        if not options.tree:
            hint = f"a run over the structs of a kernel tree is replayed with `--tree DIR`; or {hint}"
        raise InputError([Diagnostic("CA607", f"{file}: {error}", help=hint)]) from error
    if found.hazard.rule != about.rule:
        message = f"{file}: the run was saved for {about.rule}, but meets {found.hazard.rule} now"
        raise InputError([Diagnostic("CA607", message)])
    return Replayed(file, about, loaded, lifecycle, found)


def _model(about: Identification, options: ReplayOptions) -> Loaded:
    name = options.model or about.input
    named = [about.proposal] if about.proposal and not is_file_name(about.proposal) else []
    extra = find_proposals([*named, *options.proposals], shipped())
    if extra.diagnostics:
        raise InputError(extra.diagnostics)
    if is_file_name(name):
        read = read_files([Path(name)], extra.files)
    else:
        read = read_models([name], [about.kernel] if about.kernel else [], extra.files)
    read = with_tree(read, options.tree)
    if read.diagnostics:
        raise InputError(read.diagnostics)
    return read.loaded[0]


def _lifecycle(loaded: Loaded, about: Identification) -> Lifecycle:
    candidates = loaded.unit.proposed if about.proposal else loaded.unit.lifecycles
    for each in candidates:
        if (each.name, each.proposal) == (about.lifecycle, about.proposal):
            return each
    hint = did_you_mean(about.lifecycle, [each.name for each in candidates])
    name = f"{about.lifecycle} with {about.proposal}" if about.proposal else about.lifecycle
    raise InputError([Diagnostic("CA607", f"{loaded.name} has no life cycle `{name}`", help=hint)])


def _text(done: Sequence[Replayed], options: ReplayOptions, columns: int) -> Iterator[Line]:
    for number, each in enumerate(done):
        run, about = each.run, each.about
        with_proposal = f" with {about.proposal}" if about.proposal else ""
        name = f"{each.loaded.unit.name} {about.lifecycle}{with_proposal}"
        kernel = f", Linux {about.kernel}" if about.kernel else ""
        if options.output.quiet:
            yield line(Piece(run.hazard.rule, "bad"), f"  {name}: {run.hazard.message}")
            continue
        if number:
            yield ()
        reference = reference_for(each.loaded, None, {})
        yield line(Piece(run.hazard.rule, "bad"), f"  {reference.title(run.hazard.rule)}")
        yield line("    ", Piece(name, "strong"), Piece(kernel, "dim"), f", on the path {run.path}" if run.path else "")
        symbols = configuration(run.schedule, Condition(), everything=options.output.verbose)
        shown = f"{symbols}; {numbers(run.tables, run.cpus, run.readers)}"
        yield from (line(text) for text in fill(shown, columns, first="    "))
        yield ()
        yield from run_of(run, reference, "full" if options.output.verbose else "normal", columns)
        if options.output.verbose:
            yield ()
            yield line("as a fragment of a .config:")
            yield from (line("  ", text) for text in fragment(run.schedule, Condition(), reference.runtime))


def _json(done: Sequence[Replayed]) -> str:
    document = {
        "schema": "check-arch-replay-1",
        "tool": {"name": "check-arch", "version": __version__},
        "runs": [
            {
                "file": each.file,
                "arch": each.loaded.unit.name,
                "kernel": each.about.kernel,
                "lifecycle": each.about.lifecycle,
                "proposal": each.about.proposal,
                "counterexample": counterexample_object(each.run),
            }
            for each in done
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
