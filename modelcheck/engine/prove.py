"""Proofs for any number of tables: laws, reachability in {0, 1, many}, an invariant mined from it, checked on its
own."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.engine.abstraction import AbstractReach
from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Allowed, Invariant, smtlib_script
from modelcheck.engine.explicit import Site
from modelcheck.engine.family import fixed_flags
from modelcheck.engine.mining import MiningError, mine_invariant
from modelcheck.engine.refinement import Outlook, Spot
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import YES, Formula, IsSet, conjunction, negate
from modelcheck.solver.certificate import CheckOutcome, check_with_z3
from modelcheck.solver.induction import GaveUpError


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
    reach: AbstractReach
    in_the_way: frozenset[Spot]
    reason: str


def prove(system: System, outlook: Outlook, allowed: frozenset[Spot], budget: Budget) -> Attempt:
    """Prove that no hazard but the `allowed` ones can happen, for all values of the parameters."""
    reach = outlook.reach
    in_the_way = (outlook.real | outlook.spurious | creation_spots(system)) - allowed
    if not reach.complete:
        return Attempt(None, reach, in_the_way, "the abstraction has too many states")
    if in_the_way:
        return Attempt(None, reach, in_the_way, "the abstraction {0, 1, many} is too coarse")
    excused = allowances(system, allowed)
    try:
        invariant = mine_invariant(
            system, outlook.merged.meaning, outlook.reduced, reach, excused, rlimit=budget.rlimit
        )
    except MiningError as failure:
        return Attempt(None, reach, in_the_way, str(failure))
    except GaveUpError as failure:
        return Attempt(None, reach, in_the_way, f"Z3 gave up: {failure}")
    script, queries = smtlib_script(invariant)
    outcome = check_with_z3(script, queries)
    if not outcome.accepted:
        return Attempt(None, reach, in_the_way, f"Z3 accepted only {outcome.answered} of {queries} conditions")
    return Attempt(Proof(invariant, script, (outcome,), "laws and {0, 1, many}"), reach, in_the_way, "")


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
