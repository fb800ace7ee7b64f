"""Answers to questions that were asked before, by this run or another one.

An answer that is recalled saves the search for it and nothing else. Invariants are put to the solver again, runs are
followed and solved again. What cannot be checked, which hazards a look ahead saw and what was looked for in vain, says
what to ask for next and nothing else: where not every answer to that was checked, it makes a doubt, and a doubt stands
only if it is also recalled that looking anew made the same: see `classes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    encoded_walk,
    integer,
    items,
)
from modelcheck.engine.explicit import Site, Walk
from modelcheck.engine.fingerprint import Fingerprints, digest
from modelcheck.engine.following import happens
from modelcheck.engine.reduced import Interval
from modelcheck.engine.refinement import Hint, Landscape, Outlook, Spot, look_ahead
from modelcheck.engine.refute import Refutations, refutation_of, refute
from modelcheck.semantics.system import System
from modelcheck.solver.certificate import CheckOutcome, Script, check_with_z3, z3_version
from modelcheck.store import Nothing, Store

T = TypeVar("T")
Parameters = Mapping[str, Interval]


class StaleError(Exception):
    """What was recalled turned out not to be so; it has to be worked out without recalling anything."""


@dataclass(frozen=True)
class View:
    """What a look ahead came to, and what there is to see, which has to be looked at anew if `outlook` was recalled.

    `see` raises StaleError if that comes to something else.
    """

    outlook: Outlook
    see: Callable[[], Landscape]


class Recall:
    """Asks a store first, and tells it what had to be worked out."""

    def __init__(self, store: Store | None = None, *, accepted: Store | None = None, blind: bool = False) -> None:
        """`accepted` has what was accepted in this run. `blind`: nothing is recalled, only kept."""
        self._store = store or Nothing()
        self._accepted = accepted or Nothing()
        self._blind = blind
        self._prints = Fingerprints()
        # How many answers were recalled.
        self.recalled = 0
        self._scripts: dict[Script, None] = {}

    def blindly(self) -> Recall:
        """Another one that keeps in the same store, and recalls nothing."""
        other = Recall(self._store, accepted=self._accepted, blind=True)
        other._scripts = self._scripts
        return other

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
    ) -> View:
        """`refinement.look_ahead`, with spots excused by themselves or by their sites."""

        def passes(spot: Spot) -> bool:
            return spot in excused or spot.site in excused

        key = self._look(system, parameters, excused, budget, known)
        before = self.take(key, lambda entry: _outlook(Decoder(system), entry))
        if before is not None:

            def see() -> Landscape:
                seen = look_ahead(system, parameters, passes, budget, known, before)
                if seen.outlook != before:
                    self.reject(key)
                    raise StaleError("a look ahead does not come to what is recalled of it")
                return seen

            return View(before, see)
        seen = look_ahead(system, parameters, passes, budget, known)
        came = seen.outlook
        entry = {"real": encoded_spots(came.real), "spurious": encoded_spots(came.spurious), **encoded_hint(came.hint)}
        self.keep(key, {**entry, "complete": came.complete, "states": came.states})
        return View(came, lambda: seen)

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

    def walks(
        self,
        system: System,
        wanted: frozenset[str],
        constants: Parameters,
        budget: Budget,
        find: Callable[[frozenset[str], Budget], Sequence[Walk]],
    ) -> Sequence[Walk]:
        """Walks to the wanted steps, as `find` found them; that they can be walked, and where to, has to be asked."""
        key = self.question("walks", system, sorted(wanted), in_order(constants.items()), budget)
        found = self.take(key, lambda entry: _walks(Decoder(system), entry))
        if found is None:
            found = list(find(wanted, budget))
            self.keep(key, {"walks": [encoded_walk(system, walk) for walk in found]})
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

    def certified(self, script: str, queries: int, rlimit: int = 0) -> CheckOutcome:
        """`check_with_z3`; a script that Z3 accepted in this run, for whatever question, is not put to it again."""
        key = script_key(Script(script, queries))
        if self._accepted.get(key) is not None:
            outcome = CheckOutcome(z3_version(), True, queries, queries)
        else:
            outcome = check_with_z3(script, queries, rlimit)
            if outcome.accepted:
                self._accepted.put(key, True)
        if outcome.accepted:
            self._scripts[Script(script, queries)] = None
        return outcome

    @property
    def scripts(self) -> tuple[Script, ...]:
        """All that `certified` accepted."""
        return tuple(self._scripts)


def script_key(script: Script) -> str:
    """The key of a script among what was accepted."""
    return digest(f"{script.queries}\n{script.text}")


def in_order(values: Iterable[object]) -> list[str]:
    """Texts of values that have no order of their own, in a fixed one."""
    return sorted(repr(value) for value in values)


def _outlook(decoder: Decoder, entry: object) -> Outlook:
    match entry:
        case {"real": real, "spurious": spurious, "complete": bool(complete), "states": states}:
            hint = decoder.hint(entry)
            return Outlook(hint, decoder.spots(real), decoder.spots(spurious), complete, integer(states))
    raise MisfitError("not what a look ahead came to")


def _walks(decoder: Decoder, entry: object) -> Sequence[Walk]:
    match entry:
        case {"walks": walks}:
            return [decoder.walk(walk) for walk in items(walks)]
    raise MisfitError("not walks")


def _refutations(decoder: Decoder, entry: object) -> Refutations:
    match entry:
        case {"found": found, "states": states, "depth": depth, "exhausted": bool(exhausted)}:
            runs = tuple(decoder.refutation(each) for each in items(found))
            return Refutations(runs, integer(states), integer(depth), exhausted)
    raise MisfitError("not what a search found")
