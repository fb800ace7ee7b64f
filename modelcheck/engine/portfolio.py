"""The other ways to a proof or a run, for when reachability in {0, 1, many} gives up: each in turn, in a fixed order.

Nothing found here is believed: an invariant or a k-induction counts once its certificate was checked on its own, a
run once it was followed step by step. Budgets are counted in states and in Z3's units of work, so that the answer
is the same every time; what may crash or hang is done in child processes, whose time limit is only the net below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Allowed, Invariant, allowed_where, invariant_facts, smtlib_script
from modelcheck.engine.coding import Decoder, MisfitError, encoded_invariant, integer, items, number
from modelcheck.engine.explicit import Run, Site
from modelcheck.engine.following import happens
from modelcheck.engine.houdini import houdini, unallowed
from modelcheck.engine.kinductive import k_induction_certificate
from modelcheck.engine.laws import ConservationLaw
from modelcheck.engine.prove import Proof
from modelcheck.engine.recall import Recall, in_order
from modelcheck.engine.reduced import Interval, parameter_intervals
from modelcheck.semantics.booleans import over_booleans
from modelcheck.semantics.horn import Horn, over_integers
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import NO, YES, Formula, negate
from modelcheck.semantics.unrolling import dangers
from modelcheck.solver.bounded import BoundedRun, bounded_search
from modelcheck.solver.certificate import check_with_z3
from modelcheck.solver.isolated import NoAnswer, run_isolated
from modelcheck.solver.kinduction import find_k
from modelcheck.solver.spacer import ask_spacer

ENGINES: Mapping[str, str] = {
    "auto": "the abstraction, and where it gives up all the others in turn",
    "abstraction": "laws, reachability with every count none, one or many, an invariant mined from it",
    "houdini": "laws, and small clauses that hold in all states known, as far as they are inductive",
    "bounded": "all runs of so many steps for any number of tables; finds runs, proves nothing",
    "k-induction": "laws, and that k steps without a hazard are followed by another",
    "spacer": "an invariant from Z3's Spacer, on Booleans for the counts, then on integers with the laws",
}
"""What `--engine` takes, with a line of help each."""

ALL_SITES = Site("", "")
"""In the doubtful sites: any hazard that is not excused may happen."""

_NET = 600.0
"""Seconds after which a child process is taken to hang."""


@dataclass(frozen=True)
class Effort:
    """What one engine did, for an honest UNKNOWN. `detail` says what came of it.

    `states` were looked at one by one; `depth` is how many steps from the beginning no doubtful hazard is met (-1:
    nothing is known); `spent` is in Z3's units of work, 0 where that was not counted.
    """

    engine: str
    detail: str
    states: int = 0
    depth: int = -1
    spent: int = 0


@dataclass(frozen=True)
class Outcome:
    """A checked proof, or runs to doubtful sites, or neither; and in any case what was tried, in order."""

    proof: Proof | None
    runs: tuple[tuple[Site, Run], ...]
    efforts: tuple[Effort, ...]

    @property
    def depth(self) -> int:
        """No run of so many steps meets a hazard that is still in doubt (-1: nothing is known)."""
        return max((effort.depth for effort in self.efforts), default=-1)

    @property
    def reason(self) -> str:
        """Why there is no proof and no run, for people."""
        return "; ".join(f"{effort.engine}: {effort.detail}" for effort in self.efforts)


def try_everything(
    system: System,
    laws: tuple[ConservationLaw, ...],
    parameters: Mapping[str, Interval],
    excused: frozenset[Allowed],
    doubtful: frozenset[Site],
    budget: Budget,
    engine: str,
    recall: Recall | None = None,
) -> Outcome:
    """Prove that no hazard but the `excused` can happen, or find runs to the `doubtful` sites.

    `engine` is one of `ENGINES`; `auto` is everything but the abstraction, which is tried elsewhere, and so
    `abstraction` is nothing here. Where runs are found, nothing is proved: what they show has to be excused first.

    Raises:
        KeyError: there is no such engine.
    """
    attempt = _Attempt(
        Invariant(system, laws, (), parameter_intervals(system, parameters), excused), parameters, doubtful, budget
    )
    asked = recall or Recall()
    question = (in_order(parameters.items()), in_order(excused), in_order(doubtful), budget, engine)
    key = asked.question("otherwise", system, *question)
    if attempt.recalled(asked, key):
        return Outcome(attempt.proof, (), tuple(attempt.efforts))
    for way in _WAYS[engine]:
        way(attempt)
        if attempt.proof is not None or attempt.runs:
            break
    if attempt.proof is not None:
        kept = encoded_invariant(attempt.proof.invariant)
        asked.keep(key, {**kept, "method": attempt.proof.method, "k": attempt.k})
    elif not attempt.runs:
        asked.keep(key, {"efforts": [[e.engine, e.detail, e.states, e.depth, e.spent] for e in attempt.efforts]})
    return Outcome(attempt.proof, tuple(attempt.runs), tuple(attempt.efforts))


def _effort(entry: object) -> Effort:
    match entry:
        case [str(engine), str(detail), states, depth, spent]:
            return Effort(engine, detail, integer(states), integer(depth), integer(spent))
    raise MisfitError("not an effort")


@dataclass
class _Attempt:
    """`lemmas` are laws and, once something is known to be inductive, clauses."""

    lemmas: Invariant
    parameters: Mapping[str, Interval]
    doubtful: frozenset[Site]
    budget: Budget
    proof: Proof | None = None
    k: int | None = None
    runs: list[tuple[Site, Run]] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)

    def recalled(self, recall: Recall, key: str) -> bool:
        """Is there a proof from another time that stands up to being checked, or was all of it tried in vain?

        That it was makes a doubt and nothing else.
        """
        found = recall.take(key, lambda entry: self._decoded(Decoder(self.lemmas.system), entry))
        if found is None:
            return False
        if isinstance(found, list):
            self.efforts = found
            return True
        invariant, method, k = found
        if k is None:
            self._check(invariant, method)
        else:
            self._check_k(invariant, method, k)
        if self.proof is None:
            recall.reject(key)
        return self.proof is not None

    def _decoded(self, decoder: Decoder, entry: object) -> tuple[Invariant, str, int | None] | list[Effort]:
        match entry:
            case {"efforts": efforts}:
                return [_effort(each) for each in items(efforts)]
        laws, clauses = decoder.laws_and_clauses(entry)
        match entry:
            case {"method": str(method), "k": k}:
                invariant = replace(self.lemmas, laws=laws, clauses=clauses)
                return invariant, method, None if k is None else number(k, self.budget.depth + 1)
        raise MisfitError("not a proof")

    # ---------------------------------------------------------------------------------------------- proofs

    def houdini(self) -> None:
        """Small clauses."""
        budget = self.budget
        answer = houdini(
            self.lemmas.system,
            self.lemmas.laws,
            self.parameters,
            self.lemmas.allowed,
            states=budget.concrete_states // 3,
            tables=budget.tables,
            questions=budget.concrete_states // 15,
            rlimit=budget.rlimit,
        )
        detail = answer.reason
        if answer.invariant is not None and not answer.safe:
            self.lemmas = answer.invariant
            detail += f" ({len(answer.invariant.clauses)} clauses are)"
        elif answer.invariant is not None:
            detail = self._check(answer.invariant, "laws and Houdini")
        self.efforts.append(Effort("houdini", detail, states=answer.states))

    def k_induction(self) -> None:
        """k steps without a hazard."""
        system, budget = self.lemmas.system, self.budget
        facts, hazards = invariant_facts(self.lemmas), unallowed(self.lemmas)
        found = run_isolated(_NET, find_k, system, facts, hazards, depth=budget.depth, rlimit=budget.rlimit)
        if isinstance(found, NoAnswer):
            self.efforts.append(Effort("k-induction", found.reason))
            return
        answer = found.value
        detail = answer.reason
        if answer.k is not None:
            detail = self._check_k(self.lemmas, f"laws and k-induction, k = {answer.k}", answer.k)
        self.efforts.append(Effort("k-induction", detail, spent=answer.spent))

    def spacer(self) -> None:
        """Spacer, on both readings."""
        for reading, horn in self._readings():
            found = run_isolated(_NET, ask_spacer, horn, max(1, self.budget.rlimit // 2))
            if isinstance(found, NoAnswer):
                detail = found.reason
            elif found.value.clauses is None:
                detail = found.value.reason
            else:
                clauses = (*self.lemmas.clauses, *found.value.clauses)
                detail = self._check(replace(self.lemmas, clauses=clauses), f"laws and Spacer on {reading}")
            self.efforts.append(Effort("spacer", f"on {reading}: {detail}"))
            if self.proof is not None:
                return

    def _readings(self) -> Iterator[tuple[str, Horn]]:
        system = self.lemmas.system
        facts, hazards = invariant_facts(self.lemmas), unallowed(self.lemmas)
        eliminated = {law.dependent: law.expression for law in self.lemmas.laws if not law.dependent.startswith("#")}
        yield "Booleans", over_booleans(system, eliminated, facts, hazards)
        yield "integers", over_integers(system, facts, hazards)

    def _check(self, invariant: Invariant, method: str) -> str:
        return self._check_script(invariant, *smtlib_script(invariant), method)

    def _check_k(self, lemmas: Invariant, method: str, k: int) -> str:
        self.k = k
        certificate = k_induction_certificate(lemmas, unallowed(lemmas), k)
        return self._check_script(lemmas, certificate.script, certificate.queries, method)

    def _check_script(self, invariant: Invariant, script: str, queries: int, method: str) -> str:
        found = run_isolated(_NET, check_with_z3, script, queries, self.budget.rlimit)
        if isinstance(found, NoAnswer):
            return found.reason
        if not found.value.accepted:
            return f"Z3 accepted only {found.value.answered} of {queries} conditions"
        self.proof = Proof(invariant, script, (found.value,), method)
        return "proved"

    # ------------------------------------------------------------------------------------------------ runs

    def bounded(self) -> None:
        """A run to each doubtful site, as far as there is one."""
        system, budget = self.lemmas.system, self.budget
        left = self._wanted()
        spent = 0
        while True:
            creation = [n for n, h in enumerate(system.creation_hazards) if Site(h.rule, f"create {h.name}") in left]
            found = run_isolated(
                _NET,
                bounded_search,
                system,
                invariant_facts(self.lemmas),
                dangers(system, self._within(left)),
                creation,
                depth=budget.depth,
                rlimit=budget.rlimit,
            )
            if isinstance(found, NoAnswer):
                self.efforts.append(Effort("bounded", found.reason, spent=spent))
                return
            answer = found.value
            spent += answer.spent
            if answer.run is None:
                detail = f"{len(self.runs)} runs; " if self.runs else ""
                detail += f"no{' other' if self.runs else ''} hazard within {answer.depth} steps"
                detail += f"; {answer.reason}" if answer.reason else ""
                self.efforts.append(Effort("bounded", detail, depth=answer.depth, spent=spent))
                return
            site, run = run_of(system, answer.run)
            if not happens(system, run):
                self.efforts.append(Effort("bounded", "Z3 showed a run that is none", spent=spent))
                return
            self.runs.append((site, run))
            left -= {site}

    def _wanted(self) -> frozenset[Site]:
        if ALL_SITES not in self.doubtful:
            return self.doubtful
        system = self.lemmas.system
        sites = [Site(h.rule, t.label.path) for t in system.transitions for h in t.hazards]
        sites += [Site(h.rule, "leak") for h in system.state_hazards]
        sites += [Site(h.rule, f"create {h.name}") for h in system.creation_hazards]
        return frozenset(s for s in sites if allowed_where(self.lemmas, s.rule, s.path) != YES)

    def _within(self, sites: frozenset[Site]) -> Callable[[str, str], Formula]:
        """Where hazards at these sites are not excused."""

        def counts(rule: str, path: str) -> Formula:
            return negate(allowed_where(self.lemmas, rule, path)) if Site(rule, path) in sites else NO

        return counts


_WAYS: Mapping[str, tuple[Callable[[_Attempt], None], ...]] = {
    # Cheap ones first; lemmas found on the way help those that follow.
    "auto": (_Attempt.houdini, _Attempt.bounded, _Attempt.k_induction, _Attempt.spacer),
    "abstraction": (),
    "houdini": (_Attempt.houdini,),
    "bounded": (_Attempt.bounded,),
    "k-induction": (_Attempt.k_induction,),
    "spacer": (_Attempt.spacer,),
}


def run_of(system: System, found: BoundedRun) -> tuple[Site, Run]:
    """A run that Z3 found as the engine's runs are, and the site to which it leads."""
    if found.danger is None:
        hazard = system.creation_hazards[found.initial]
        return Site(hazard.rule, f"create {hazard.name}"), Run(found.parameters, None, (), 0, False, hazard)
    initial = system.initial[found.initial]
    danger = found.danger
    if danger.transition < 0:
        site = Site(system.state_hazards[danger.hazard].rule, "leak")
        return site, Run(found.parameters, initial, found.transitions, danger.hazard, True)
    last = system.transitions[danger.transition]
    site = Site(last.hazards[danger.hazard].rule, last.label.path)
    transitions = (*found.transitions, danger.transition)
    return site, Run(found.parameters, initial, transitions, danger.hazard, False)
