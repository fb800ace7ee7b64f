"""From a unit to results: splits the configurations into classes, answers each, and puts the answers together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from modelcheck.configurations.space import Space, contradiction, restrict
from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.engine.assemble import assemble
from modelcheck.engine.budget import Budget
from modelcheck.engine.classes import ClassAnswer, answer_group
from modelcheck.engine.constants import constant_range, with_values
from modelcheck.engine.grouping import LifecycleClass, classify
from modelcheck.engine.groups import Group, groups_of
from modelcheck.engine.happening import happenings
from modelcheck.engine.portfolio import ENGINES
from modelcheck.engine.prove import Proof
from modelcheck.engine.recall import Recall
from modelcheck.footing import Footing
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.store import Store
from modelcheck.verdict import Result, Verdict, without_search

Proved = tuple[Sequence[LifecycleClass], Proof]
"""A proof, and the classes of configurations that it is about."""
Explain = Callable[[Unit, Lifecycle, Space, Sequence[Proved], int], Sequence[Footing]]
"""Says what each proof about a life cycle stands on, within a limit on Z3's work for each question."""


def check(
    unit: Unit,
    *,
    lifecycles: Sequence[str] | None = None,
    levels: Sequence[str] | None = None,
    proposals: Sequence[str] = (),
    fixed: Mapping[str, bool | int] | None = None,
    engine: str = "auto",
    budget: Budget | None = None,
    progress: Callable[[str], None] = lambda _: None,
    store: Store | None = None,
    explain: Explain | None = None,
    space: Space | None = None,
) -> tuple[Result, ...]:
    """Check a unit's life cycles as they are, or under each of `proposals` instead if any is named.

    `lifecycles` and `levels` restrict what is checked (None: everything). `fixed` gives symbols (bool) and constants
    (int) a value. `engine` is `auto`, or names one way to a proof (see `engine.portfolio`). `store` holds what
    was worked out before; it saves time and changes nothing. `explain` is asked about the proofs. `space` is the
    unit's, where somebody has it already: it remembers layouts. Results come in the unit's order.

    Raises:
        InputError: contradictory requirements, an unknown symbol or engine (CA223), or a step that touches a field
            that does not exist.
    """
    if engine not in ENGINES:
        message = f"there is no engine `{engine}`; there are {', '.join(ENGINES)}"
        raise InputError([Diagnostic("CA223", message, help=did_you_mean(engine, ENGINES))])
    chosen = budget or Budget()
    given = dict(fixed or {})
    names = {c.name for c in unit.constants}
    space = restrict(space or Space.of(unit), {n: bool(v) for n, v in given.items() if n not in names})
    clash = contradiction(space)
    if clash is not None:
        raise InputError([clash])
    values = {n: int(v) for n, v in given.items() if n in names}
    constants = constant_range(unit, values)
    unit = with_values(unit, values)
    recall = Recall(store)
    results = []
    why_absent = {id(each.lifecycle): each.reason for each in unit.absent}
    for lifecycle in selected(unit, lifecycles, levels, proposals):
        if id(lifecycle) in why_absent:
            results.append(without_search(unit, lifecycle, Verdict.NOT_APPLICABLE, why_absent[id(lifecycle)]))
            continue
        progress(f"{lifecycle.name}: configurations")
        found = classify(unit, lifecycle, space)
        answers: list[tuple[LifecycleClass, ClassAnswer]] = []
        proofs: list[Proved] = []
        groups = list(groups_of(found.classes, constants))
        for group in groups:
            progress(f"{lifecycle.name}: {len(group.classes)} of {len(found.classes)} classes")
            answered = answer_group(unit, lifecycle, group, chosen, engine, recall)
            answers.extend(answered)
            proofs.extend(_proofs(group, answered))
        ask = partial(happenings, groups, chosen, recall)
        result = assemble(unit, lifecycle, space, found.parts, answers, ask, chosen_values=bool(values))
        if explain is not None and proofs:
            progress(f"{lifecycle.name}: what its proof stands on")
            explained = zip(result.certificates, explain(unit, lifecycle, space, proofs, chosen.rlimit), strict=True)
            result = replace(result, certificates=tuple(replace(each, footing=footing) for each, footing in explained))
        results.append(result)
    return tuple(results)


def _proofs(group: Group, answered: Iterable[tuple[LifecycleClass, ClassAnswer]]) -> Iterator[Proved]:
    """Every proof about a group, with the classes that it is about: one, or all of them together."""
    for here, answer in answered:
        one = [here] if any(here is each for each in group.classes) else group.classes
        yield from ((one, proved.proof) for proved in answer.proofs)


def selected(
    unit: Unit, lifecycles: Sequence[str] | None, levels: Sequence[str] | None, proposals: Sequence[str]
) -> Iterable[Lifecycle]:
    """The life cycles that a check is about."""
    absent = tuple(each.lifecycle for each in unit.absent)
    pool = (*unit.proposed, *absent) if proposals else (*unit.lifecycles, *absent)
    for lifecycle in pool:
        if (lifecycle.proposal not in proposals) if proposals else lifecycle.proposal:
            continue
        if (lifecycles is None or lifecycle.name in lifecycles) and (levels is None or lifecycle.level in levels):
            yield lifecycle
