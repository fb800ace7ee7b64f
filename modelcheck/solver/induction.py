"""Asks Z3 for states from which a candidate invariant is broken in one step.

Speaks SMT-LIB text with Z3's own command loop: building terms through the Python binding takes several times as long
as solving them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import z3

from modelcheck.semantics import smtlib
from modelcheck.semantics.system import System
from modelcheck.semantics.terms import Formula
from modelcheck.solver.commands import GaveUpError, run, values


class Induction:
    """An incremental solver that assumes the invariant so far; clauses are only ever added.

    Clauses and steps are known by number: each clause is a function of the variables it mentions, so that what it
    says after a step is that function applied to the new values.
    """

    def __init__(self, system: System, assumed: Iterable[Formula], guards: Sequence[Formula], rlimit: int) -> None:
        """`guards[t]`: where transition t happens without a hazard. `rlimit` bounds each query, in Z3's units of
        work."""
        self._context = z3.Context()
        self._guards = [smtlib.formula(guard) for guard in guards]
        self._new = [
            {name: smtlib.new_value(system, name, value) for name, value in t.updates} for t in system.transitions
        ]
        self._variables = system.variables
        self._clauses: list[smtlib.Function] = []
        lines = ["(set-option :produce-models true)", f"(set-option :rlimit {rlimit})"]
        lines.extend(smtlib.declare(v) for v in system.variables)
        lines.extend(f"(assert {fact})" for fact in smtlib.typing(system.variables))
        lines.extend(f"(assert {smtlib.formula(fact)})" for fact in assumed)
        run(self._context, "\n".join(lines))
        self._symbols = [smtlib.symbol(v.name) for v in system.variables]

    def assume(self, clause: Formula) -> int:
        """Add a clause to the invariant; returns its number."""
        number = len(self._clauses)
        function = smtlib.Function.of(f"clause{number}", clause, self._variables)
        self._clauses.append(function)
        run(self._context, f"{function.defined}\n(assert {function.at({})})")
        return number

    def find(self, formula: Formula) -> Mapping[str, int] | None:
        """A state of the invariant so far in which `formula` holds; None if there is none.

        Raises:
            GaveUpError: the budget ran out.
        """
        return self._find(smtlib.formula(formula))

    def find_breaking(self, t: int, clauses: Sequence[int]) -> Mapping[str, int] | None:
        """A state of the invariant from which transition `t` leads to where one of these clauses fails.

        Raises:
            GaveUpError: the budget ran out.
        """
        after = smtlib.conjunction(self._clauses[c].at(self._new[t]) for c in clauses)
        return self._find(f"(and {self._guards[t]} (not {after}))")

    def _find(self, assertion: str) -> Mapping[str, int] | None:
        answer = run(self._context, f"(push 1)\n(assert {assertion})\n(check-sat)")
        try:
            if answer == "unsat":
                return None
            if answer != "sat":
                raise GaveUpError(answer)
            return values(self._context, self._symbols)
        finally:
            run(self._context, "(pop 1)")
