"""k-induction: after so many steps without a hazard the next one cannot meet one either, wherever the run began.

Only the step is sought here. That the first steps are free of hazards, and that the lemmas hold, is for the
certificate to show (`engine.kinductive`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcheck.semantics import smtlib
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import Formula
from modelcheck.semantics.unrolling import Danger, Unrolling
from modelcheck.solver.commands import GaveUpError
from modelcheck.solver.session import Session


@dataclass(frozen=True)
class KInductionAnswer:
    """The least `k` for which the step holds; None: there is none up to `tried`.

    `k` states that follow each other, all different and none of them with a hazard, have no hazardous successor.
    `spent` is in Z3's units of work; `reason` says why the search ended, where `k` is None.
    """

    k: int | None
    tried: int
    spent: int
    reason: str


def find_k(
    system: System, lemmas: Sequence[Formula], hazards: Sequence[Danger], *, depth: int, rlimit: int
) -> KInductionAnswer:
    """Look for the least k up to `depth`. `lemmas` hold in every reachable state (parameters' bounds among them)."""
    unrolling = Unrolling(system, hazards)
    session = Session(rlimit)
    facts = [*smtlib.typing(system.variables), *(smtlib.formula(lemma) for lemma in lemmas)]
    over = " ".join(smtlib.parameter(v) for v in system.variables)
    tried = -1
    try:
        session.tell([f"(define-fun known ({over}) Bool {smtlib.conjunction(facts)})", *unrolling.functions])
        session.tell(unrolling.parameters())
        for k in range(depth + 1):
            session.tell(unrolling.declarations(k))
            session.tell([f"(assert {unrolling.applied('known', k)})"])
            if k:
                session.tell([f"(assert (not {unrolling.applied('hazard', k - 1)}))"])
                session.tell([f"(assert {unrolling.step_to(k)})"])
                session.tell(f"(assert {unrolling.differ(earlier, k)})" for earlier in range(k))
            if not session.satisfiable(unrolling.applied("hazard", k)):
                return KInductionAnswer(k, k, session.spent, "")
            session.forget()
            tried = k
    except GaveUpError as failure:
        return KInductionAnswer(None, tried, session.spent, f"Z3 gave up at k = {tried + 1}: {failure}")
    return KInductionAnswer(None, tried, session.spent, f"not inductive up to k = {tried}")
