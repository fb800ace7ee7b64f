"""Asks Z3 which of many assumptions make a contradiction. Speaks SMT-LIB text, as `induction` does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import z3

from modelcheck.solver.commands import GaveUpError, run, tell


class Cores:
    """One conversation, in a context of its own; assumptions are names of Booleans (letters and digits)."""

    def __init__(self, rlimit: int) -> None:
        """`rlimit` bounds each question, in Z3's units of work."""
        self._context = z3.Context()
        self.asked = 0
        self.tell(["(set-option :produce-unsat-cores true)", f"(set-option :rlimit {rlimit})"])

    def tell(self, commands: Iterable[str]) -> None:
        """Run commands that answer nothing.

        Raises:
            GaveUpError: Z3 did not take them; the message says why.
        """
        tell(self._context, commands)

    def core(self, commands: Sequence[str], assumed: Sequence[str]) -> tuple[str, ...] | None:
        """Those of the assumptions, in their order, that contradict what `commands` assert; None if they do not.

        The commands are taken back afterwards.

        Raises:
            GaveUpError: the budget ran out.
        """
        self.asked += 1
        answer = run(self._context, "\n".join(["(push 1)", *commands, f"(check-sat-assuming ({' '.join(assumed)}))"]))
        try:
            if answer == "sat":
                return None
            if answer != "unsat":
                raise GaveUpError(answer)
            named = set(run(self._context, "(get-unsat-core)").strip("()").split())
            return tuple(name for name in assumed if name in named)
        finally:
            run(self._context, "(pop 1)")
