"""k-induction as a certificate: what a solver has to answer `unsat` for it to count, over the original system.

In order: no creation leads to a hazard; laws and clauses hold initially and every step keeps them; the first k
states of a run are free of hazards; k different states that follow each other and are free of hazards have no
hazardous successor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelcheck.engine.certificate import Allowed, Invariant, smtlib_script
from modelcheck.semantics.system import System
from modelcheck.semantics.unrolling import LEAK, Danger, Unrolling


@dataclass(frozen=True)
class KInductionCertificate:
    """`lemmas` are laws and clauses that hold in every reachable state; with them the rest is `k`-inductive."""

    lemmas: Invariant
    k: int
    script: str
    queries: int


def k_induction_certificate(lemmas: Invariant, hazards: tuple[Danger, ...], k: int) -> KInductionCertificate:
    """The certificate that the `hazards` cannot happen. Nothing is believed of `k` and the lemmas: the queries
    decide."""
    script, queries = smtlib_script(replace(lemmas, allowed=lemmas.allowed | _everything(lemmas.system)))
    if not hazards:
        return KInductionCertificate(lemmas, k, script, queries)
    unrolling = Unrolling(lemmas.system, hazards)
    lines = [*unrolling.functions, *_first_states(unrolling, k), *_step(unrolling, k)]
    return KInductionCertificate(lemmas, k, script + "\n".join(lines) + "\n", queries + k + 1)


def _first_states(unrolling: Unrolling, k: int) -> Iterator[str]:
    yield "(push 1)"
    for state in range(k):
        yield from _chained(unrolling, state)
        if not state:
            yield f"(assert {unrolling.applied('initial', 0)})"
        yield from _question(f"safe: after {state} steps", unrolling.applied("hazard", state))
    yield "(pop 1)"


def _step(unrolling: Unrolling, k: int) -> Iterator[str]:
    yield "(push 1)"
    for state in range(k + 1):
        yield from _chained(unrolling, state)
        yield from (f"(assert {unrolling.differ(earlier, state)})" for earlier in range(state))
        if state < k:
            yield f"(assert (not {unrolling.applied('hazard', state)}))"
    yield from _question(f"safe: after {k} states without a hazard", unrolling.applied("hazard", k))
    yield "(pop 1)"


def _chained(unrolling: Unrolling, state: int) -> Iterator[str]:
    """A state in the invariant that follows the one before. The first part of the script declared the parameters."""
    yield from unrolling.declarations(state)
    yield f"(assert {unrolling.applied('invariant', state)})"
    if state:
        yield f"(assert {unrolling.step_to(state)})"


def _question(what: str, text: str) -> Iterator[str]:
    yield from (f"(push 1) ; {what}", f"(assert {text})", "(check-sat)", "(pop 1)")


def _everything(system: System) -> frozenset[Allowed]:
    return frozenset(
        [
            *(Allowed(h.rule, t.label.path) for t in system.transitions for h in t.hazards),
            *(Allowed(h.rule, LEAK) for h in system.state_hazards),
        ]
    )
