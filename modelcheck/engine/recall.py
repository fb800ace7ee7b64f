"""Answers to questions that were asked before, by this run or another one.

An answer that is recalled saves the search for it and nothing else. Where a look ahead ended is where the next one
begins, and it looks itself; invariants are put to the solver again, runs are followed and solved again. What cannot be
checked, that something was looked for in vain, can make a doubt and nothing else, and only where it is also recalled
that looking for it anew made the same doubt: see `classes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Invariant
from modelcheck.engine.coding import (
    Decoder,
    MisfitError,
    encoded_hint,
    encoded_invariant,
    encoded_refutation,
    encoded_spots,
    integer,
    items,
)
from modelcheck.engine.explicit import Site
from modelcheck.engine.fingerprint import Fingerprints, digest
from modelcheck.engine.following import happens
from modelcheck.engine.reduced import Interval
from modelcheck.engine.refinement import Hint, Outlook, Settled, Spot, look_ahead
from modelcheck.engine.refute import Refutations, refutation_of, refute
from modelcheck.semantics.system import System
from modelcheck.store import Nothing, Store

T = TypeVar("T")
Parameters = Mapping[str, Interval]


class Recall:
    """Asks a store first, and tells it what had to be worked out."""

    def __init__(self, store: Store | None = None, *, blind: bool = False) -> None:
        """`blind`: nothing is recalled, only kept."""
        self._store = store or Nothing()
        self._blind = blind
        self._prints = Fingerprints()
        # How many answers were recalled.
        self.recalled = 0

    def blindly(self) -> Recall:
        """Another one that keeps in the same store, and recalls nothing."""
        return Recall(self._store, blind=True)

    # -------------------------------------------------------------------------------------------------- questions

    def question(self, kind: str, system: System, *parts: object) -> str:
        """The key of a question about a system; the parts have to have one text for each value."""
        return digest("\n".join([kind, self._prints.of(system), *(repr(part) for part in parts)]))

    def take(self, key: str, decode: Callable[[object], T]) -> T | None:
        """The entry of a question; None if there is none, or it is none. Raise `MisfitError` in `decode` for that."""
        entry = None if self._blind else self._store.get(key)
        if entry is None:
            return None
        try:
            found = decode(entry)
        except (MisfitError, RecursionError):
            self.reject(key)
            return None
        self.recalled += bool(found)
        return found

    def keep(self, key: str, entry: object) -> None:
        """Keep the entry of a question."""
        self._store.put(key, entry)

    def reject(self, key: str) -> None:
        """An entry did not stand up to being checked."""
        self._store.drop(key)

    # ---------------------------------------------------------------------------------------------- looking ahead

    def look_ahead(
        self,
        system: System,
        parameters: Parameters,
        excused: frozenset[Spot | Site],
        budget: Budget,
        known: Hint | None,
    ) -> Outlook:
        """`refinement.look_ahead`, with spots excused by themselves or by their sites."""

        def passes(spot: Spot) -> bool:
            return spot in excused or spot.site in excused

        key = self._look(system, parameters, excused, budget, known)
        before = self.take(key, lambda entry: _settled(Decoder(system), entry))
        if before is not None:
            outlook = look_ahead(system, parameters, passes, budget, known, before)
            if outlook.settled == before:
                return outlook
            self.reject(key)
        outlook = look_ahead(system, parameters, passes, budget, known)
        came = outlook.settled
        entry = {"real": encoded_spots(came.real), "spurious": encoded_spots(came.spurious), **encoded_hint(came.hint)}
        self.keep(key, {**entry, "complete": outlook.reach.complete})
        return outlook

    def too_large(
        self,
        system: System,
        parameters: Parameters,
        excused: frozenset[Spot | Site],
        budget: Budget,
        known: Hint | None,
    ) -> Hint | None:
        """If it is recalled that such a look came to no end: how far it came."""

        def decode(entry: object) -> Hint | None:
            match entry:
                case {"complete": False}:
                    return Decoder(system).hint(entry)
            return None

        return self.take(self._look(system, parameters, excused, budget, known), decode)

    def _look(
        self,
        system: System,
        parameters: Parameters,
        excused: frozenset[Spot | Site],
        budget: Budget,
        known: Hint | None,
    ) -> str:
        before = known and encoded_hint(known)
        return self.question("look", system, in_order(parameters.items()), in_order(excused), budget, before)

    # ------------------------------------------------------------------------------------------------------- runs

    def refute(self, system: System, wanted: frozenset[Site], constants: Parameters, budget: Budget) -> Refutations:
        """`refute.refute`."""
        key = self.question("refute", system, in_order(wanted), in_order(constants.items()), budget)
        found = self.take(key, lambda entry: _refutations(Decoder(system), entry))
        if found is not None:
            if all(
                refutation.site in wanted
                and happens(system, refutation.run)
                and refutation == refutation_of(system, refutation.site, refutation.run, constants)
                for refutation in found.found
            ):
                return found
            self.reject(key)
        found = refute(system, wanted, constants, budget)
        self.keep(
            key,
            {
                "found": [encoded_refutation(system, refutation) for refutation in found.found],
                "states": found.states,
                "depth": found.depth,
                "exhausted": found.exhausted,
            },
        )
        return found

    # -------------------------------------------------------------------------------------------------- invariants

    def invariant(self, key: str, empty: Invariant) -> Invariant | None:
        """`empty` with other laws and with clauses; whether it is one has to be asked."""

        def decode(entry: object) -> Invariant:
            laws, clauses = Decoder(empty.system).laws_and_clauses(entry)
            return Invariant(empty.system, laws, clauses, empty.parameters, empty.allowed)

        return self.take(key, decode)

    def keep_invariant(self, key: str, invariant: Invariant) -> None:
        """Keep it for `invariant`."""
        self.keep(key, encoded_invariant(invariant))


def in_order(values: Iterable[object]) -> list[str]:
    """Texts of values that have no order of their own, in a fixed one."""
    return sorted(repr(value) for value in values)


def _settled(decoder: Decoder, entry: object) -> Settled:
    match entry:
        case {"real": real, "spurious": spurious}:
            return Settled(decoder.hint(entry), decoder.spots(real), decoder.spots(spurious))
    raise MisfitError("not where a look ahead ended")


def _refutations(decoder: Decoder, entry: object) -> Refutations:
    match entry:
        case {"found": found, "states": states, "depth": depth, "exhausted": bool(exhausted)}:
            runs = tuple(decoder.refutation(each) for each in items(found))
            return Refutations(runs, integer(states), integer(depth), exhausted)
    raise MisfitError("not what a search found")
