"""What one step does, as values: the hazards it may meet, the ways it can go, and the assignments of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelcheck.semantics.system import HazardCase
from modelcheck.semantics.terms import YES, Formula, Linear, number, var

Hazards = tuple[HazardCase, ...]
"""In the order in which they are looked for: the first whose condition holds is met."""


class Updates:
    """Assignments that build on one another; all in terms of the state before the step."""

    def __init__(self, values: Mapping[str, Linear] | None = None) -> None:
        self._values: dict[str, Linear] = dict(values or {})

    def copy(self) -> Updates:
        """Another one that starts with the same assignments."""
        return Updates(self._values)

    def assign(self, name: str, value: Linear) -> None:
        """Assign; `value` is in terms of the state before the step."""
        self._values[name] = value

    def get(self, name: str) -> Linear:
        """The variable's value as it is by now."""
        return self._values.get(name, var(name))

    def set(self, name: str, value: Linear | int) -> None:
        """Assign; `value` is in terms of what the variables are by now."""
        self._values[name] = number(value) if isinstance(value, int) else value.substitute(self._values)

    def add(self, name: str, amount: Linear | int) -> None:
        """Add to a variable; `amount` is in terms of what the variables are by now."""
        more = amount if isinstance(amount, int) else amount.substitute(self._values)
        self._values[name] = self.get(name) + more

    def move(self, source: str, target: str) -> None:
        """One actor goes from one point to another."""
        if source != target:
            self.add(source, -1)
            self.add(target, 1)

    def pour(self, source: str, target: str) -> None:
        """Everybody who is at one point goes to another."""
        if source != target:
            self.add(target, var(source))
            self.set(source, 0)

    def items(self) -> tuple[tuple[str, Linear], ...]:
        """Only real changes, by name."""
        return tuple(sorted((n, v) for n, v in self._values.items() if v != var(n)))


@dataclass(frozen=True)
class Outcome:
    """One way a step can go, possible where `guard` holds; `choice` is the index of its successor."""

    choice: int = 0
    guard: Formula = YES
    updates: Updates = field(default_factory=Updates)


@dataclass(frozen=True)
class Effect:
    """Everything one step can do. A step that no outcome's guard admits has to wait."""

    hazards: Hazards
    outcomes: tuple[Outcome, ...]


def plain(hazards: Hazards = (), updates: Updates | None = None, guard: Formula = YES) -> Effect:
    """The effect of a step with one successor."""
    return Effect(hazards, (Outcome(0, guard, updates or Updates()),))
