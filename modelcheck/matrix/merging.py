"""The surveys of all shards as the one survey that they are parts of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NoReturn

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.matrix.plan import share, version_key
from modelcheck.matrix.survey import Fault, Shard, Stated, Survey, Task, task_of


def merged(parts: Sequence[tuple[str, Survey]]) -> Survey:
    """One survey of all its shards, each with a name for diagnostics; a survey that is no shard is taken as it is.

    What comes out is what a run without shards would have given. Raises InputError (CA609) where shards are missing,
    overlap, were interrupted, or answer different questions about different models.
    """
    if len(parts) == 1 and parts[0][1].shard is None:
        return parts[0][1]
    first_name, first = parts[0]
    for name, part in parts:
        if part.shard is None:
            _refuse(f"{name} is no shard: it is a whole matrix already")
        _same(first_name, first, name, part)
    _complete([(name, part.shard) for name, part in parts if part.shard is not None])
    for name, part in parts:
        _answered(name, part)
    order = {task: index for index, task in enumerate(first.tasks)}
    surveys = [part for _, part in parts]
    return replace(
        first,
        shard=None,
        results=tuple(sorted((r for s in surveys for r in s.results), key=lambda r: order[task_of(r)])),
        undecided=tuple(sorted((u for s in surveys for u in s.undecided), key=lambda u: order[u.task])),
        stated=stated_in_order(each for survey in surveys for each in survey.stated),
        faults=faults_in_order(each for survey in surveys for each in survey.faults),
        waived=tuple(sorted((w for s in surveys for w in s.waived), key=lambda w: order[w.task])),
    )


def stated_in_order(stated: Iterable[Stated]) -> tuple[Stated, ...]:
    """Stated verdicts by model, then by where they are stated."""
    return tuple(
        sorted(stated, key=lambda s: (version_key(s.kernel), s.arch, s.at.file, s.at.line, s.at.column, s.at.end_line))
    )


def faults_in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Every fault once, by where it is."""
    return tuple(sorted(set(faults), key=lambda f: ("" if f.at is None else f.at.text, f.code, f.message)))


def _same(first_name: str, first: Survey, name: str, part: Survey) -> None:
    for what, here, there in (
        ("options", first.question, part.question),
        ("proposals", first.proposals, part.proposals),
        ("models", first.subjects, part.subjects),
        ("life cycles", first.tasks, part.tasks),
        ("gaps", first.gaps, part.gaps),
    ):
        if here != there:
            _refuse(f"{name} is about other {what} than {first_name}", "compute all shards from the same files")


def _complete(shards: Sequence[tuple[str, Shard]]) -> None:
    of = shards[0][1].of
    names: dict[int, str] = {}
    for name, shard in shards:
        if shard.of != of:
            _refuse(f"{shards[0][0]} is one of {of} shards, {name} is one of {shard.of}")
        if not 1 <= shard.index <= of:
            _refuse(f"{name} is shard {shard.index} of {of}: there is no such shard")
        if shard.index in names:
            _refuse(f"{name} is shard {shard.index} of {of}, and so is {names[shard.index]}")
        names[shard.index] = name
    missing = [str(index) for index in range(1, of + 1) if index not in names]
    if missing:
        which = f"shard {missing[0]} is" if len(missing) == 1 else f"shards {', '.join(missing)} are"
        _refuse(f"of {of} shards, {which} missing", f"compute it with `--shard {missing[0]}/{of}`")


def _answered(name: str, part: Survey) -> None:
    wanted = list(share(part.tasks, part.shard))
    found: list[Task] = [*map(task_of, part.results), *(each.task for each in part.undecided)]
    if len(found) != len(wanted) or set(found) != set(wanted):
        _refuse(f"{name} does not hold the answers of its shard, but others")
    interrupted = [each for each in part.undecided if each.interrupted]
    if interrupted:
        message = f"{name} was interrupted: {interrupted[0].task.text} was not decided"
        _refuse(message if len(interrupted) == 1 else f"{message}, and {len(interrupted) - 1} more", "run it again")


def _refuse(message: str, help: str = "") -> NoReturn:
    raise InputError([Diagnostic("CA609", message, help=help)])
