"""What a question is about, as a digest: equal digests, equal answers.

What is only shown to people is left out (words, citations, places in the model's text), so that one protocol of
several architectures is one system.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from modelcheck.semantics import smtlib
from modelcheck.semantics.system import HazardCase, System
from modelcheck.semantics.terms import Linear
from modelcheck.trace import Move


class Fingerprints:
    """Digests of systems, each made once."""

    def __init__(self) -> None:
        # Systems are kept, so that their identities stay theirs; looking one up by value costs as much as its digest.
        self._known: dict[int, tuple[System, str]] = {}

    def of(self, system: System) -> str:
        """The digest of a system."""
        found = self._known.get(id(system))
        if found is None:
            found = self._known[id(system)] = system, digest("\n".join(_lines(system)))
        return found[1]


def digest(text: str) -> str:
    """A text as hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def _lines(system: System) -> Iterator[str]:
    for v in system.variables:
        yield f"variable {v.name!r} {v.sort.value} {v.minimum} {len(v.values)}"
    for assumption in system.assumptions:
        yield f"assume {smtlib.formula(assumption)}"
    for case in system.initial:
        yield f"initial {case.name!r} {smtlib.formula(case.guard)} {_assigned(case.values)}"
        yield f"  {_assigned(case.placement)} {_moves(case.moves)}"
    for creation in system.creation_hazards:
        yield f"creation {creation.name!r} {creation.rule} {smtlib.formula(creation.guard)} {_moves(creation.moves)}"
    for t in system.transitions:
        label = t.label
        yield f"step {label.path!r} {label.source!r} {label.target!r} {_moves((label.move,))} {smtlib.formula(t.guard)}"
        yield f"  {_hazards(t.hazards)} {_assigned(t.updates)}"
    for hazard in system.state_hazards:
        yield f"state {hazard.rule} {smtlib.formula(hazard.condition)}"


def _assigned(values: tuple[tuple[str, Linear], ...]) -> str:
    return " ".join(f"{name!r} := {smtlib.linear(value)}" for name, value in values)


def _hazards(hazards: tuple[HazardCase, ...]) -> str:
    return " ".join(f"{hazard.rule} {smtlib.formula(hazard.condition)}" for hazard in hazards)


def _moves(moves: tuple[Move, ...]) -> str:
    return " ".join(f"{m.kind} {m.actor!r} {m.detail!r} {m.table} {m.choice}" for m in moves)
