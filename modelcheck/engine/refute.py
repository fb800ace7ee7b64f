"""Concrete runs to hazards, shortest first: fewest CPUs, then fewest tables, then fewest steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from modelcheck.engine.budget import Budget
from modelcheck.engine.explicit import ExplicitSearch, Run, Site
from modelcheck.engine.reduced import Interval, parameter_intervals, small_parameters
from modelcheck.engine.tidying import with_fewer_switches
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import NO, Linear, Truth, substitute
from modelcheck.solver.path import PathAnswer, guard_range, parameter_range, symbolic_run


@dataclass(frozen=True)
class Refutation:
    """A run to a site, and for which values of the parameter it happens.

    `values` is None for a system without parameters, else what Z3 says of the run with the parameter left open.
    """

    site: Site
    run: Run
    values: PathAnswer | None

    @property
    def in_creation(self) -> bool:
        """Does the creation itself meet the hazard?"""
        return self.run.creation is not None


@dataclass(frozen=True)
class Refutations:
    """What was found; `states` were looked at. `exhausted`: the wanted sites left over were searched to the bounds."""

    found: tuple[Refutation, ...]
    states: int
    depth: int
    exhausted: bool


def creation_runs(system: System, parameters: Mapping[str, int]) -> dict[Site, Run]:
    """Hazards that the creation itself meets for these parameters."""
    given = {n: Linear(v) for n, v in parameters.items()}
    runs: dict[Site, Run] = {}
    for hazard in system.creation_hazards:
        site = Site(hazard.rule, f"create {hazard.name}")
        if site not in runs and substitute(hazard.guard, given) == Truth(True):
            runs[site] = Run(tuple(sorted(parameters.items())), None, (), 0, False, hazard)
    return runs


def refute(system: System, wanted: frozenset[Site], constants: Mapping[str, Interval], budget: Budget) -> Refutations:
    """Look for a run to each wanted site, with the constants from their least value up."""
    search = ExplicitSearch(system)
    left = set(wanted)
    found: dict[Site, Run] = {}
    states = depth = 0
    exhausted = True
    for busy in (*range(1, budget.busy + 1), None):
        for parameters in small_parameters(parameter_intervals(system, constants), budget.tables):
            if not left:
                break
            for site, run in creation_runs(system, parameters).items():
                if site in left:
                    found[site] = run
                    left.discard(site)
            result = search.search(parameters, limit=budget.concrete_states, busy=busy, wanted=frozenset(left))
            states += result.states
            depth = max(depth, result.depth)
            exhausted = result.exhausted
            for site, run in result.runs:
                if site in left:
                    found[site] = run
                    left.discard(site)
            if not result.exhausted and busy is None:
                break
    refutations: list[Refutation] = []
    for site in sorted(found, key=_key):
        run = found[site]
        fewer = _with_fewer_tables(system, search, site, run, constants, budget)
        if fewer is not None:
            refutations.extend(_for_more_tables(system, search, site, fewer, constants, budget))
        if fewer != run:
            refutations.extend(_for_more_tables(system, search, site, run, constants, budget))
    return Refutations(tuple(refutations), states, depth, exhausted)


def refutation_of(system: System, site: Site, run: Run, constants: Mapping[str, Interval]) -> Refutation:
    """A run that was found by other means, with the values of the parameter for which it happens."""
    return Refutation(site, run, _values(system, run, constants))


def _with_fewer_tables(
    system: System,
    search: ExplicitSearch,
    site: Site,
    run: Run,
    constants: Mapping[str, Interval],
    budget: Budget,
) -> Run | None:
    """A run to the site with a smaller value of the first parameter, which may need more CPUs; None if there is
    none."""
    if not run.parameters:
        return None
    name, value = run.parameters[0]
    low = constants[name].low if name in constants else value
    for smaller in range(low, value):
        parameters = {**dict(run.parameters), name: smaller}
        found = creation_runs(system, parameters).get(site)
        if found is None:
            result = search.search(parameters, limit=budget.concrete_states, wanted=frozenset({site}))
            found = dict(result.runs).get(site)
        if found is not None:
            return found
    return None


def _for_more_tables(
    system: System,
    search: ExplicitSearch,
    site: Site,
    run: Run,
    constants: Mapping[str, Interval],
    budget: Budget,
) -> Iterator[Refutation]:
    """The run, and, where it works for few values of the parameter only, runs for more, until one works for all from
    there on."""
    for _ in range(budget.tables):
        run = with_fewer_switches(search, run)
        values = _values(system, run, constants)
        yield Refutation(site, run, values)
        if values is None:
            return
        name = run.parameters[0][0]
        interval = constants.get(name)
        if values.contiguous and values.high == (interval.high if interval else None):
            return
        more = {**dict(run.parameters), name: run.parameters[0][1] + 1}
        if interval and interval.high is not None and more[name] > interval.high:
            return
        following = creation_runs(system, more).get(site)
        # With few actors at a time the tables come one after the other, and one table's steps can be repeated.
        for busy in (*range(1, budget.busy + 1), None):
            if following is None:
                result = search.search(more, limit=budget.concrete_states, busy=busy, wanted=frozenset({site}))
                following = dict(result.runs).get(site)
        if following is None:
            return
        run = following


def repeated_for(refutation: Refutation, constants: tuple[tuple[str, int], ...]) -> Run:
    """The run for other values of the parameters: the part that `values.repeated` names is run as often as they
    need."""
    run = refutation.run
    values = refutation.values
    if values is None or values.repeated is None:
        return replace(run, parameters=constants)
    begin, end = values.repeated
    more = constants[0][1] - run.parameters[0][1]
    transitions = (*run.transitions[:end], *(run.transitions[begin:end] * more), *run.transitions[end:])
    return replace(run, parameters=constants, transitions=transitions)


def _key(site: Site) -> tuple[str, str]:
    return site.rule, site.path


def _values(system: System, run: Run, constants: Mapping[str, Interval]) -> PathAnswer | None:
    """Leave the first parameter open, keep the others, and ask Z3 for which of its values the run happens."""
    if not run.parameters:
        return None
    name, value = run.parameters[0]
    fixed = {n: Linear(v) for n, v in run.parameters[1:]}
    minimum = next(v.minimum for v in system.variables if v.name == name)
    interval = constants.get(name, Interval(minimum))
    if run.initial is None:
        guard = substitute(run.creation.guard, fixed) if run.creation else NO
        return guard_range(guard, name, (value, interval.high))
    values = {n: v.substitute(fixed) for n, v in run.initial.values}
    values[name] = Linear(0, ((name, 1),))
    values.update(fixed)
    symbolic = symbolic_run(
        system, substitute(run.initial.guard, fixed), values, run.transitions, run.hazard, run.in_state
    )
    return parameter_range(system, symbolic, name, value, (interval.low, interval.high))
