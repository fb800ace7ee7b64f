"""The configuration of a run as a fragment of a .config file, to be copied."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from modelcheck.trace import Schedule
from modelcheck.verdict import Condition


def fragment(schedule: Schedule, condition: Condition, runtime: Collection[str]) -> tuple[str, ...]:
    """The lines of the fragment: first what `condition` names, then the rest of where the run was shown.

    `runtime` are the symbols that are decided at boot. They, the target and the constants are comments, as they cannot
    be configured.
    """
    named = set(re.findall(r"\w+", condition.text))
    symbols = dict(schedule.symbols)
    configured = [name for name in symbols if name not in runtime]
    first = [name for name in configured if name in named]
    rest = [name for name in configured if name not in named]
    lines = [f"# Target: {schedule.abi}"] if schedule.abi else []
    if first:
        lines += ["# What it depends on:", *_settings(first, symbols)]
    if rest:
        lines += ["# The rest of the configuration it was shown in:" if first else "# Shown in:"]
        lines += [line for value in (True, False) for line in _settings(rest, symbols, value)]
    boot = [name for name in symbols if name in runtime]
    if boot:
        lines += ["# Decided at boot:", *(f"#   {name}: {'yes' if symbols[name] else 'no'}" for name in boot)]
    if schedule.constants:
        lines += ["# Constants there:", *(f"#   {name} = {value}" for name, value in schedule.constants)]
    return tuple(lines)


def _settings(names: Collection[str], symbols: dict[str, bool], only: bool | None = None) -> Iterator[str]:
    for name in names:
        if only is None or symbols[name] is only:
            yield f"CONFIG_{name}=y" if symbols[name] else f"# CONFIG_{name} is not set"
