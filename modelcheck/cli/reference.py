"""What the report of a counterexample looks up: rule titles, layouts in its configuration, the command to replay it."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.cli.options import CheckOptions
from modelcheck.cli.reading import Loaded
from modelcheck.cli.traces import replay_command
from modelcheck.configurations.space import Setting, Space
from modelcheck.diagnostics import InputError
from modelcheck.layout.placed import StructLayout
from modelcheck.model.declarations import Abi
from modelcheck.model.unit import Unit
from modelcheck.report.verdicts import Reference
from modelcheck.rules import rule
from modelcheck.trace import Schedule
from modelcheck.verdict import Finding, Result


def reference_for(
    loaded: Loaded, options: CheckOptions | None, names: Mapping[tuple[Result, Finding], str]
) -> Reference:
    """Everything a report about this unit looks up; `options` None means that nothing is to be replayed."""

    def replay(result: Result, finding: Finding) -> str:
        return replay_command(loaded, result, names[result, finding], options) if options else ""

    return Reference(
        title=lambda identifier: rule(identifier).title,
        layout=lambda schedule, struct: layout_in(loaded.unit, schedule, struct),
        replay=replay,
        word=lambda name: abi_of(loaded.unit, name).word,
    )


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
