"""Do conditions exclude each other? Decided on symbols alone: a comparison of sizes may be true or false."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from modelcheck.model.conditions import All, Always, Any, Condition, Not, SizeCompare, SymbolSet, describe

# Beyond this many steps two conditions count as exclusive: a missed report is better than a search without end.
_MAX_STEPS = 20_000


@dataclass
class Exclusion:
    """Remembers its answers; `requirements` hold everywhere."""

    requirements: Sequence[Condition] = ()
    _answers: dict[Condition, bool] = field(default_factory=dict)

    def possible(self, condition: Condition) -> bool:
        """Is there an assignment of symbols under which the condition and all requirements hold?"""
        known = self._answers.get(condition)
        if known is None:
            known = self._answers[condition] = self._search(condition)
        return known

    def _search(self, condition: Condition) -> bool:
        wanted = (condition, *self.requirements)
        waiting: list[dict[str, bool]] = [{}]
        for _ in range(_MAX_STEPS):
            if not waiting:
                return False
            values = waiting.pop()
            symbol = ""
            for part in wanted:
                outcome = _known(part, values)
                if outcome is False:
                    break
                if isinstance(outcome, str) and not symbol:
                    symbol = outcome
            else:
                if not symbol:
                    return True
                waiting.extend({**values, symbol: value} for value in (False, True))
        return False


def _known(condition: Condition, values: dict[str, bool]) -> bool | str:
    """The value of a condition, or a symbol that has to be known for it."""
    match condition:
        case Always(value):
            return value
        case SymbolSet(name):
            return values.get(name, name)
        case SizeCompare():
            atom = describe(condition)
            return values.get(atom, atom)
        case Not(operand):
            inner = _known(operand, values)
            return inner if isinstance(inner, str) else not inner
        case All(operands) | Any(operands):
            absorbing = isinstance(condition, Any)
            missing = ""
            for operand in operands:
                inner = _known(operand, values)
                if isinstance(inner, str):
                    missing = missing or inner
                elif inner is absorbing:
                    return absorbing
            return missing or not absorbing
