"""Fewer context switches: the steps of a run in an order in which each actor keeps going as long as it can.

Such a run is easier to read, and where one table comes after the other, what one more table does can be repeated.
"""

from __future__ import annotations

from dataclasses import replace

from modelcheck.engine.explicit import ExplicitSearch, Run, State
from modelcheck.engine.individuals import moves_of


def with_fewer_switches(search: ExplicitSearch, run: Run) -> Run:
    """The same steps, the last one in its place, reordered as far as every step stays possible; `run` if it has
    none."""
    if run.initial is None or len(run.transitions) < 3:
        return run
    end = len(run.transitions) if run.in_state else len(run.transitions) - 1
    order = list(run.transitions)
    position = 1
    while position < end:
        actors = _actors(search, replace(run, transitions=tuple(order)))
        if actors[position] != actors[position - 1]:
            following = next((j for j in range(position + 1, end) if actors[j] == actors[position - 1]), None)
            if following is not None:
                candidate = [*order[:position], order[following], *order[position:following], *order[following + 1 :]]
                if _possible(search, run, candidate):
                    order = candidate
        position += 1
    return replace(run, transitions=tuple(order))


def _actors(search: ExplicitSearch, run: Run) -> list[str]:
    """Who does each transition."""
    moves = moves_of(search.system, run)
    return [move.actor for move in moves[len(moves) - len(run.transitions) :]]


def _possible(search: ExplicitSearch, run: Run, order: list[int]) -> bool:
    """Can the transitions be taken in this order, into the same hazard?"""
    state: State | None = search.initial_state(run)
    for index, t in enumerate(order):
        out, hits = search.successors(state) if state is not None else ([], [])
        if index == len(order) - 1 and not run.in_state:
            return any(number == t and hazard == run.hazard for number, hazard, _ in hits)
        state = next((successor for number, successor in out if number == t), None)
        if state is None:
            return False
    _, hits = search.successors(state) if state is not None else ([], [])
    return any(number < 0 and hazard == run.hazard for number, hazard, _ in hits)
