"""One conversation with Z3 in SMT-LIB text, in a context of its own, within a budget of Z3's units of work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import z3

from modelcheck.solver.commands import GaveUpError, run, tell, values

_SPENT = re.compile(r"\(:rlimit (\d+)\)")


class Session:
    """Z3's command loop. `rlimit` bounds all queries together; what is left is the bound of the next one."""

    def __init__(self, rlimit: int) -> None:
        self._context = z3.Context()
        self._limit = rlimit
        self.tell(["(set-option :produce-models true)"])

    @property
    def spent(self) -> int:
        """How many units of work were used."""
        found = _SPENT.search(run(self._context, "(get-info :rlimit)"))
        return int(found.group(1)) if found else 0

    def tell(self, commands: Iterable[str]) -> None:
        """Run commands that answer nothing.

        Raises:
            GaveUpError: Z3 did not take them; the message says why.
        """
        tell(self._context, commands)

    def satisfiable(self, *assertions: str) -> bool:
        """Can these hold together with what was asserted? If so, `values` may be asked before anything else is told.

        The assertions stay until `forget`.

        Raises:
            GaveUpError: the budget ran out, or Z3 does not know.
        """
        left = self._limit - self.spent
        if left <= 0:
            raise GaveUpError("the budget is spent")
        self.tell([f"(set-option :rlimit {left})", "(push 1)", *(f"(assert {part})" for part in assertions)])
        answer = run(self._context, "(check-sat)")
        if answer not in ("sat", "unsat"):
            raise GaveUpError(answer)
        return answer == "sat"

    def forget(self) -> None:
        """Take back the assertions of the last question."""
        self.tell(["(pop 1)"])

    def values(self, symbols: Iterable[str]) -> Mapping[str, int]:
        """What these symbols (quoted) are in the model, by their names without quotes; Booleans are 0 or 1."""
        return values(self._context, symbols)
