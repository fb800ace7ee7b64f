"""Z3's command loop: commands in SMT-LIB text, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import z3

_VALUE = re.compile(r"\((?:\|([^|]*)\||([^|\s()]+)) (?:(\d+)|\(- (\d+)\)|(true|false))\)")
_PLACE = re.compile(r"line \d+ column \d+: ")


class GaveUpError(Exception):
    """The solver did not decide a query within its budget."""


def run(context: z3.Context, commands: str) -> str:
    """What Z3 prints for these commands, without blanks around it.

    Raises:
        GaveUpError: Z3 did not take one of them, or stopped in one; the message says why.
    """
    try:
        answer: str = z3.Z3_eval_smtlib2_string(context.ref(), commands)
    except z3.Z3Exception as error:
        raise GaveUpError(reason_of(error)) from error
    return answer.strip()


def tell(context: z3.Context, commands: Iterable[str]) -> None:
    """Run commands that answer nothing.

    Raises:
        GaveUpError: Z3 did not take them; the message says why.
    """
    answer = run(context, "\n".join(commands))
    if answer:
        raise GaveUpError(answer)


def values(context: z3.Context, symbols: Iterable[str]) -> Mapping[str, int]:
    """What these symbols (quoted) are in the model, by their names without quotes; Booleans are 0 or 1.

    Raises:
        GaveUpError: Z3 has no model; the message says why.
    """
    wanted = " ".join(symbols)
    if not wanted:
        return {}
    return {
        quoted or bare: int(truth == "true") if truth else int(positive) if positive else -int(negative)
        for quoted, bare, positive, negative, truth in _VALUE.findall(run(context, f"(get-value ({wanted}))"))
    }


def reason_of(error: z3.Z3Exception) -> str:
    """Why Z3 failed, for people: not where in commands that they never see, which is all that some errors tell."""
    value = error.value
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    said = [_PLACE.sub("", quoted) for quoted in re.findall(r'\(error "([^"]*)"\)', text)] or [text.strip()]
    return "; ".join("the budget is spent" if each.endswith("canceled") else each for each in said)
