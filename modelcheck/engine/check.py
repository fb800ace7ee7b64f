"""From a unit to results: the code of every life cycle is analysed, and what is known of it is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from modelcheck.configurations.space import Space, contradiction, restrict
from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.engine.analysis import Analysis, Inquiry, Proved, Shared, analyse, happens_in
from modelcheck.engine.assemble import assemble
from modelcheck.engine.budget import Budget
from modelcheck.engine.constants import constant_range, with_values
from modelcheck.engine.portfolio import ENGINES
from modelcheck.engine.recall import Recall
from modelcheck.footing import Footing
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.solver.certificate import Script
from modelcheck.store import Store
from modelcheck.verdict import Result, Verdict, without_search

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
    accepted: Store | None = None,
    shared: Shared | None = None,
    evidence: Callable[[Result, Sequence[Script]], None] = lambda result, scripts: None,
) -> tuple[Result, ...]:
    """Check a unit's life cycles as they are, or under each of `proposals` instead if any is named.

    `lifecycles` and `levels` restrict what is checked (None: everything). `fixed` gives symbols (bool) and constants
    (int) a value. `engine` is `auto`, or names one way to a proof (see `engine.portfolio`). `store` holds what
    was worked out before; it saves time and changes nothing. `explain` is asked about the proofs. `accepted` is where
    the processes of a run note which certificates were accepted in it: nothing from before may be there. `shared` is
    what other checks of this unit left behind. `evidence` is told what a solver accepted for each result. Results come
    in the unit's order.

    Raises:
        InputError: contradictory requirements, an unknown symbol or engine (CA223), or a step that touches a field
            that does not exist.
    """
    if engine not in ENGINES:
        message = f"there is no engine `{engine}`; there are {', '.join(ENGINES)}"
        raise InputError([Diagnostic("CA223", message, help=did_you_mean(engine, ENGINES))])
    given = dict(fixed or {})
    names = {c.name for c in unit.constants}
    common = shared or Shared(unit)
    space = restrict(common.space, {n: bool(v) for n, v in given.items() if n not in names})
    clash = contradiction(space)
    if clash is not None:
        raise InputError([clash])
    values = {n: int(v) for n, v in given.items() if n in names}
    inquiry = Inquiry(constant_range(unit, values), engine, budget or Budget())
    everything = replace(inquiry, constants=constant_range(unit, {}))
    whole, unit = unit, with_values(unit, values)
    results = []
    why_absent = {id(each.lifecycle): each.reason for each in unit.absent}
    for lifecycle in selected(unit, lifecycles, levels, proposals):
        if id(lifecycle) in why_absent:
            results.append(without_search(unit, lifecycle, Verdict.NOT_APPLICABLE, why_absent[id(lifecycle)]))
            continue

        def work(lifecycle: Lifecycle = lifecycle) -> Analysis:
            recall = Recall(store, accepted=accepted)
            found = analyse(unit, lifecycle, space, inquiry, recall, progress)
            if not given:
                return found
            return found.among(partial(happens_in, whole, lifecycle, common.space, everything, recall))

        found = common.analysis(lifecycle, (given, inquiry), work)
        result = assemble(unit, lifecycle, space, found.parts, found.answers, found.happenings)
        if explain is not None and found.proofs:
            progress(f"{lifecycle.name}: what its proof stands on")
            footings = explain(unit, lifecycle, space, found.proofs, inquiry.budget.rlimit)
            explained = zip(result.certificates, footings, strict=True)
            result = replace(result, certificates=tuple(replace(each, footing=footing) for each, footing in explained))
        evidence(result, found.scripts)
        results.append(result)
    return tuple(results)


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
