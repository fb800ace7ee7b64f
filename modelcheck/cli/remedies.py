"""Which proposals are known to make a life cycle safe: those proved in this run, and those whose authors say so."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from modelcheck.cli.catalogue import shipped
from modelcheck.cli.reading import Loaded
from modelcheck.diagnostics import InputError
from modelcheck.model.unit import ProposalInfo, Unit
from modelcheck.report.advice import Remedy
from modelcheck.verdict import Result, Verdict


def remedies_for(
    loaded: Loaded, results: Sequence[Result], *, all_proposals: bool
) -> Callable[[Result], tuple[Remedy, ...]]:
    """What to ask about a life cycle of this unit; `results` are all answers of the run.

    With `all_proposals` also those that come with the program, which are read when the first question is asked; that
    takes longer than anything else that a report needs.
    """

    @cache
    def units() -> tuple[Unit, ...]:
        return (loaded.unit, *(_with_shipped_proposals(loaded) if all_proposals else ()))

    def remedies(result: Result) -> tuple[Remedy, ...]:
        infos = {info.name: info for unit in units() for info in unit.proposals}
        proved = [
            each.proposal
            for each in results
            if (each.arch, each.kernel, each.lifecycle) == (result.arch, result.kernel, result.lifecycle)
            and each.verdict is Verdict.SAFE
        ]
        stated = [name for unit in units() for name in _stated(unit, result.lifecycle)]
        found = [name for name in dict.fromkeys([*proved, *stated]) if name not in ("", result.proposal)]
        return tuple(
            Remedy(name, infos[name].title, _command(loaded, result, infos[name]), name in proved) for name in found
        )

    return remedies


def _stated(unit: Unit, lifecycle: str) -> Iterator[str]:
    """The proposals whose authors say that they make a life cycle safe, in every configuration."""
    applied = {each.proposal for each in unit.proposed if each.name == lifecycle}
    for each in unit.expectations:
        if (each.lifecycle, each.verdict, each.condition) == (lifecycle, "SAFE", "") and each.proposal in applied:
            yield each.proposal


def _with_shipped_proposals(loaded: Loaded) -> Iterator[Unit]:
    from modelcheck.resolve import load_unit

    if not loaded.is_shipped:
        return
    known = {each.name for each in loaded.unit.proposals}
    folder = shipped().folder / "proposals"
    extra = tuple(folder / f"{name}.proposal" for name in shipped().proposals() if name not in known)
    # A proposal that cannot be read together with this model says nothing about it.
    with suppress(InputError):
        yield load_unit(loaded.file, extra=extra)


def _command(loaded: Loaded, result: Result, proposal: ProposalInfo) -> str:
    words = ["check-arch", "check", loaded.name, "--lifecycle", result.lifecycle]
    if loaded.is_shipped and result.kernel:
        words += ["--kernel", result.kernel]
    file = proposal.span.source.name
    by_name = proposal.name in shipped().proposals() or Path(file) == loaded.file
    return shlex.join([*words, "--proposal", proposal.name if by_name else file])
