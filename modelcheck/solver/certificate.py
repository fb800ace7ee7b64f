"""Checks a certificate: its SMT-LIB script, in a fresh context, by Z3 or by cvc5."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import z3


@dataclass(frozen=True)
class Script:
    """A certificate for a solver: SMT-LIB with `queries` questions, each of which must be answered `unsat`."""

    text: str
    queries: int


@dataclass(frozen=True)
class CheckOutcome:
    """What a solver said: who, how many questions it answered `unsat`, and how many there were."""

    solver: str
    accepted: bool
    answered: int
    queries: int


def check_with_z3(script: str, queries: int, rlimit: int = 0) -> CheckOutcome:
    """Run the script in a context of its own; accepted only if there are `queries` answers and every one is `unsat`.

    `rlimit` bounds the work of each query (0: no bound); what is not decided within it is not accepted.
    """
    context = _SPARE.pop() if _SPARE else z3.Context()
    # Always said: the last limit that anything set in this process is that of whoever sets none.
    limited = f"(set-option :rlimit {rlimit})\n{script}"
    try:
        output = z3.Z3_eval_smtlib2_string(context.ref(), limited)
    except z3.Z3Exception:
        output = ""
    # The next one is made while the memory of this one is at hand. It takes 16 MiB, which cost more to come by than
    # many a script takes to check.
    del context
    _SPARE.append(z3.Context())
    answers = output.split()
    unsat = sum(a == "unsat" for a in answers)
    return CheckOutcome(z3_version(), answers == ["unsat"] * queries, unsat, queries)


_SPARE: list[z3.Context] = []
"""A context that nobody has used yet, if there is one."""


def z3_version() -> str:
    """The name and version of Z3."""
    return "Z3 " + ".".join(str(part) for part in z3.get_version()[:3])


def cvc5_available() -> bool:
    """Is the optional second solver installed?"""
    try:
        import_module("cvc5")
    except ImportError:
        return False
    return True


def check_with_cvc5(script: str, queries: int) -> CheckOutcome:
    """As `check_with_z3`, by cvc5.

    Raises:
        ImportError: cvc5 is not installed (`pip install check-arch[cvc5]`).
    """
    cvc5 = import_module("cvc5")
    solver = cvc5.Solver()
    solver.setOption("incremental", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "certificate")
    symbols = parser.getSymbolManager()
    answers = []
    while not (command := parser.nextCommand()).isNull():
        answer = command.invoke(solver, symbols).strip()
        if answer:
            answers.append(answer)
    unsat = sum(a == "unsat" for a in answers)
    return CheckOutcome(f"cvc5 {solver.getVersion()}", answers == ["unsat"] * queries, unsat, queries)
