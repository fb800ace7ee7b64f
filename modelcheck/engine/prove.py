"""Proofs for any number of tables: laws, reachability in {0, 1, many}, an invariant mined from it, checked on its
own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Allowed, Invariant, smtlib_script
from modelcheck.engine.coding import encoded_hint
from modelcheck.engine.explicit import Site
from modelcheck.engine.family import fixed_flags
from modelcheck.engine.mining import MiningError, mine_invariant
from modelcheck.engine.recall import Recall, View, in_order
from modelcheck.engine.reduced import Interval, parameter_intervals
from modelcheck.engine.refinement import Spot
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import YES, Formula, IsSet, conjunction, negate
from modelcheck.solver.certificate import CheckOutcome
from modelcheck.solver.commands import GaveUpError


@dataclass(frozen=True)
class Proof:
    """An invariant that a solver accepted in a fresh context."""

    invariant: Invariant
    script: str
    outcomes: tuple[CheckOutcome, ...]
    method: str


@dataclass(frozen=True)
class Attempt:
    """What came of trying to prove: `proof` if it worked, else why not, and which spots stand in the way."""

    proof: Proof | None
    in_the_way: frozenset[Spot]
    reason: str


def prove(
    system: System,
    parameters: Mapping[str, Interval],
    view: View,
    allowed: frozenset[Spot],
    budget: Budget,
    recall: Recall,
) -> Attempt:
    """Prove that no hazard but the `allowed` ones can happen, for these values of the parameters.

    Raises:
        StaleError: the view shows something else than is recalled of it.
    """
    outlook = view.outlook
    in_the_way = (outlook.real | outlook.spurious | creation_spots(system)) - allowed
    if not outlook.complete:
        return Attempt(None, in_the_way, "the abstraction has too many states")
    if in_the_way:
        return Attempt(None, in_the_way, "the abstraction {0, 1, many} is too coarse")
    excused = allowances(system, allowed)
    intervals = parameter_intervals(system, parameters)
    key = recall.question(
        "mine", system, intervals, in_order(excused), encoded_hint(outlook.hint), in_order(allowed), budget
    )
    if failed := recall.take(key, _failure):
        return Attempt(None, in_the_way, failed)
    known = recall.invariant(key, Invariant(system, (), (), intervals, excused))
    if known is not None:
        script, queries = smtlib_script(known)
        outcome = recall.certified(script, queries, budget.rlimit)
        if outcome.accepted:
            return Attempt(Proof(known, script, (outcome,), _METHOD), in_the_way, "")
        recall.reject(key)
    seen = view.see()
    try:
        invariant = mine_invariant(
            system, seen.merged.meaning, seen.reduced, seen.reach, excused, rlimit=budget.rlimit
        )
    except MiningError as failure:
        reason = str(failure)
    except GaveUpError as failure:
        reason = f"Z3 gave up: {failure}"
    else:
        script, queries = smtlib_script(invariant)
        outcome = recall.certified(script, queries)
        if outcome.accepted:
            recall.keep_invariant(key, invariant)
            return Attempt(Proof(invariant, script, (outcome,), _METHOD), in_the_way, "")
        reason = f"Z3 accepted only {outcome.answered} of {queries} conditions"
    recall.keep(key, {"failed": reason})
    return Attempt(None, in_the_way, reason)


_METHOD = "laws and {0, 1, many}"


def _failure(entry: object) -> str:
    """Why it failed before; empty if it did not."""
    match entry:
        case {"failed": str(reason)}:
            return reason
    return ""


def allowances(system: System, allowed: frozenset[Spot]) -> frozenset[Allowed]:
    """What a certificate that allows for these spots does not exclude."""
    names = fixed_flags(system)
    return frozenset(Allowed(s.site.rule, s.site.path, _where(names, s.flags)) for s in allowed)


def creation_spots(system: System) -> frozenset[Spot]:
    """The hazards that creations may meet, which is in every class of a family or in none."""
    return frozenset(Spot(Site(h.rule, f"create {h.name}")) for h in system.creation_hazards)


def _where(names: tuple[str, ...], flags: tuple[int, ...]) -> Formula:
    if not flags:
        return YES
    return conjunction(*(IsSet(n) if value else negate(IsSet(n)) for n, value in zip(names, flags, strict=True)))
