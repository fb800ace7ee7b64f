"""Which facts never hold together in the states that are known, and which of these absences are least likely chance.

Facts are bit sets: one bit for each known state, set where the fact holds.
"""

from __future__ import annotations

from collections.abc import Sequence

WIDE = 16
"""The most facts in an answer."""
_SURE = 4
"""An absence counts as no coincidence where so many states were to be expected; then no wider answer is looked for."""


def never_together(facts: Sequence[int], known: int) -> tuple[int, ...] | None:
    """Positions of facts that never hold together in the `known` states; None if all do, or too many are needed.

    A single fact that never holds comes first. Of several pairs and triples the one is taken whose facts would be
    expected to meet most often if they had nothing to do with each other; that it never happens is then no coincidence.
    """
    counts = [fact.bit_count() for fact in facts]
    if 0 in counts:
        return (counts.index(0),)
    order = sorted(range(len(facts)), key=lambda i: (-counts[i], i))
    best, expected = _pair(facts, counts, order)
    if expected < _SURE * known:
        triple, more = _triple(facts, counts, order, expected)
        best, expected = (triple, more) if triple else (best, expected)
    if expected < _SURE * known:
        cover = _cover(facts, order, known)
        if cover and (not best or _expected(facts, cover) > expected):
            best = cover
    return best or None


def _pair(facts: Sequence[int], counts: Sequence[int], order: Sequence[int]) -> tuple[tuple[int, ...], int]:
    best: tuple[int, ...] = ()
    expected = 0
    for position, i in enumerate(order):
        for j in order[position + 1 :]:
            if counts[i] * counts[j] <= expected:
                break
            if not facts[i] & facts[j]:
                best, expected = (i, j), counts[i] * counts[j]
    return best, expected


def _triple(
    facts: Sequence[int], counts: Sequence[int], order: Sequence[int], expected: int
) -> tuple[tuple[int, ...], int]:
    """The best triple that beats `expected`."""
    best: tuple[int, ...] = ()
    for position, i in enumerate(order):
        for offset, j in enumerate(order[position + 1 :], position + 1):
            both = facts[i] & facts[j]
            together = both.bit_count()
            if not together:
                continue
            for k in order[offset + 1 :]:
                if together * counts[k] <= expected:
                    break
                if not both & facts[k]:
                    surprise = _expected(facts, (i, j, k))
                    if surprise > expected:
                        best, expected = (i, j, k), surprise
    return best, expected


def _cover(facts: Sequence[int], order: Sequence[int], known: int) -> tuple[int, ...]:
    """Facts that never hold together, chosen greedily: none can be left out, each is the weakest that does."""
    chosen: list[int] = []
    left = (1 << known) - 1
    while left:
        best = min(order, key=lambda i: (left & facts[i]).bit_count(), default=-1)
        if best < 0 or left & facts[best] == left:
            return ()
        chosen.append(best)
        left &= facts[best]
    index = 0
    while index < len(chosen):
        rest = _meet(facts, [*chosen[:index], *chosen[index + 1 :]], known)
        if not rest:
            del chosen[index]
            continue
        chosen[index] = next(i for i in order if not rest & facts[i])
        index += 1
    return tuple(chosen) if len(chosen) <= WIDE else ()


def _meet(facts: Sequence[int], chosen: Sequence[int], known: int) -> int:
    found = (1 << known) - 1
    for i in chosen:
        found &= facts[i]
    return found


def _expected(facts: Sequence[int], chosen: Sequence[int]) -> int:
    """How often they would be expected to meet, times the number of known states, by that fact of which it is least."""
    lengths = max(facts[i].bit_length() for i in chosen)
    return min(
        _meet(facts, [other for other in chosen if other != i], lengths).bit_count() * facts[i].bit_count()
        for i in chosen
    )
