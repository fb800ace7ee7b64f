"""Counterexamples as files, and the command that runs each of them again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelcheck.cli.options import CheckOptions
from modelcheck.cli.reading import Loaded
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.replay.trace_file import Identification, to_json
from modelcheck.verdict import Finding, Result

FOLDER = "traces"
Names = Mapping[tuple[Result, Finding], str]


def file_names(results: Sequence[Result]) -> Names:
    """A name for the trace of every finding, made of what it is about; a number where that is not enough."""
    names: dict[tuple[Result, Finding], str] = {}
    taken: dict[str, int] = {}
    for result in results:
        for finding in result.findings:
            words = (result.arch, result.kernel, result.lifecycle, result.proposal, finding.rule, finding.path)
            stem = "-".join(re.sub(r"[^\w.]+", "_", word) for word in words if word)
            taken[stem] = taken.get(stem, 0) + 1
            names[result, finding] = f"{stem}.json" if taken[stem] == 1 else f"{stem}-{taken[stem]}.json"
    return names


def save(results: Sequence[tuple[Loaded, Result]], folder: str) -> None:
    """Write every counterexample into a folder, which is made if need be. Raises InputError where that fails."""
    names = file_names([result for _, result in results])
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for loaded, result in results:
            for finding in result.findings:
                identification = Identification(
                    loaded.name, result.kernel, result.lifecycle, result.proposal, finding.rule
                )
                text = to_json(finding.counterexample.schedule, identification)
                Path(folder, names[result, finding]).write_text(text, encoding="utf-8")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Diagnostic("CA602", f"cannot save traces in `{folder}`: {why}")]) from error


def replay_command(loaded: Loaded, result: Result, name: str, options: CheckOptions) -> tuple[str, ...]:
    """The commands to see a counterexample run again; where traces are not saved, the first one saves them.

    `name` is the file's name, from `file_names`.
    """
    replay = ["check-arch", "replay", str(Path(options.traces or FOLDER, name))]
    for proposal in options.proposals:
        if "/" in proposal or proposal.endswith(".proposal"):
            replay += ["--proposal", proposal]
    if options.tree:
        replay += ["--tree", options.tree]
    if options.traces:
        return (shlex.join(replay),)
    check = ["check-arch", "check", loaded.name, "--lifecycle", result.lifecycle]
    if loaded.is_shipped and result.kernel:
        check += ["--kernel", result.kernel]
    if options.tree:
        check += ["--tree", options.tree]
    for option, values in (("--proposal", options.proposals), ("--config", options.config)):
        for value in values:
            check += [option, value]
    return shlex.join([*check, "-q", "--save-traces", FOLDER]), shlex.join(replay)
