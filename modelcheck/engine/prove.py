"""Proofs for any number of tables: laws, reachability in {0, 1, many}, an invariant mined from it, checked on its own."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.engine.abstraction import AbstractReach
from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Allowed, Invariant, smtlib_script
from modelcheck.engine.explicit import Site
from modelcheck.engine.mining import MiningFailed, mine_invariant
from modelcheck.engine.refinement import Outlook
from modelcheck.semantics.system import System
from modelcheck.solver.certificate import CheckOutcome, check_with_z3
from modelcheck.solver.induction import GaveUp


@dataclass(frozen=True)
class Proof:
    """An invariant that a solver accepted in a fresh context."""

    invariant: Invariant
    script: str
    outcomes: tuple[CheckOutcome, ...]
    method: str


@dataclass(frozen=True)
class Attempt:
    """What came of trying to prove: `proof` if it worked, else why not, and which sites stand in the way."""

    proof: Proof | None
    reach: AbstractReach
    in_the_way: frozenset[Site]
    reason: str


def prove(system: System, outlook: Outlook, allowed: frozenset[Site], budget: Budget) -> Attempt:
    """Prove that no hazard but those at the `allowed` sites can happen, for all values of the parameters."""
    reach = outlook.reach
    creation = {Site(h.rule, f"create {h.name}") for h in system.creation_hazards}
    in_the_way = (outlook.real | outlook.spurious | creation) - allowed
    if not reach.complete:
        return Attempt(None, reach, in_the_way, "the abstraction has too many states")
    if in_the_way:
        return Attempt(None, reach, in_the_way, "the abstraction {0, 1, many} is too coarse")
    excused = frozenset(Allowed(site.rule, site.path) for site in allowed)
    try:
        invariant = mine_invariant(
            system, outlook.merged.meaning, outlook.reduced, reach, excused, rlimit=budget.rlimit
        )
    except MiningFailed as failure:
        return Attempt(None, reach, in_the_way, str(failure))
    except GaveUp as failure:
        return Attempt(None, reach, in_the_way, f"Z3 gave up: {failure}")
    script, queries = smtlib_script(invariant)
    outcome = check_with_z3(script, queries)
    if not outcome.accepted:
        return Attempt(None, reach, in_the_way, f"Z3 accepted only {outcome.answered} of {queries} conditions")
    return Attempt(Proof(invariant, script, (outcome,), "laws and {0, 1, many}"), reach, in_the_way, "")
