"""What the report of a counterexample looks up: rule titles, layouts in its configuration, the command to replay it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from modelcheck.cli.options import CheckOptions
from modelcheck.cli.portable import from_here
from modelcheck.cli.reading import Loaded
from modelcheck.cli.remedies import remedies_for
from modelcheck.cli.traces import replay_command
from modelcheck.configurations.space import Setting, Space
from modelcheck.diagnostics import InputError
from modelcheck.layout.placed import StructLayout
from modelcheck.model.declarations import Abi
from modelcheck.model.unit import Unit
from modelcheck.replay.configured import world_of
from modelcheck.replay.frames import Film, film
from modelcheck.replay.world import ReplayError
from modelcheck.report.verdicts import Reference
from modelcheck.rules import rule
from modelcheck.trace import Schedule
from modelcheck.verdict import Finding, Result


def reference_for(
    loaded: Loaded,
    options: CheckOptions | None,
    names: Mapping[tuple[Result, Finding], str],
    results: Sequence[Result] = (),
) -> Reference:
    """Everything a report about this unit looks up.

    `options` None means that nothing is to be replayed; `results` are what else was found out in this run.
    """

    def replay(result: Result, finding: Finding) -> tuple[str, ...]:
        return replay_command(loaded, result, names[result, finding], options) if options else ()

    return Reference(
        title=lambda identifier: rule(identifier).title,
        avoided=lambda identifier: " ".join(rule(identifier).avoided.split()),
        layout=lambda schedule, struct: layout_in(loaded.unit, schedule, struct),
        replay=replay,
        word=lambda name: abi_of(loaded.unit, name).word,
        runtime=frozenset(symbol.name for symbol in loaded.unit.symbols if symbol.kind == "runtime"),
        remedies=remedies_for(loaded, results, all_proposals=options is not None and _thorough(options)),
    )


def _thorough(options: CheckOptions) -> bool:
    return options.output.verbose or any(name == "html" for name, _ in options.output.formats)


def film_of(loaded: Loaded, result: Result, finding: Finding) -> Film | None:
    """The page after every step of a counterexample; None where the model does not allow the run."""
    unit = loaded.unit
    found = [each for each in (*unit.lifecycles, *unit.proposed) if each.name == result.lifecycle]
    lifecycle = next((each for each in found if each.proposal == result.proposal), None)
    if lifecycle is None:
        return None
    schedule = finding.counterexample.schedule
    try:
        return film(world_of(unit, lifecycle, schedule), schedule)
    except (ReplayError, InputError):
        return None


def place_in(place: str) -> tuple[str, str]:
    """A place in a model (`file:line:column`) as it is shown (`file:line`), and the text of that line.

    The text is empty where the file cannot be read.
    """
    name, number, _ = place.rsplit(":", 2)
    try:
        text = Path(name).read_text(encoding="utf-8").splitlines()[int(number) - 1].strip()
    except (OSError, UnicodeDecodeError, IndexError):
        text = ""
    return f"{from_here(name)}:{number}", text


def layout_in(unit: Unit, schedule: Schedule, struct: str) -> StructLayout | None:
    """The struct in the configuration of a schedule, None where it is not declared there."""
    setting = Setting(abi_of(unit, schedule.abi).name, tuple(sorted(schedule.symbols)))
    try:
        return Space.of(unit).configuration(setting).layout(struct)
    except (InputError, ValueError):
        return None


def abi_of(unit: Unit, name: str) -> Abi:
    """The target of that name, or the first one."""
    return next((abi for abi in unit.abis if abi.name == name), unit.abis[0])
