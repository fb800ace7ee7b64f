"""Following a run step by step, in numbers: does it happen? Shares no code with the searches that find runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelcheck.engine.explicit import Run, Walk
from modelcheck.semantics.system import InitialCase, Sort, System, Transition
from modelcheck.semantics.terms import holds_in, value_in


def happens(system: System, run: Run) -> bool:
    """Does the run meet its hazard? A hazard of the creation is asked of its condition."""
    given = dict(run.parameters)
    if run.creation is not None:
        return (
            run.initial is None
            and not run.transitions
            and _are_values(system, given)
            and holds_in(run.creation.guard, given)
        )
    state = None if run.initial is None else _beginning(system, run.initial, given)
    if state is None or not _taken(system, run.transitions if run.in_state else run.transitions[:-1], state):
        return False
    if run.in_state:
        hazards = system.state_hazards
        return 0 <= run.hazard < len(hazards) and holds_in(hazards[run.hazard].condition, state)
    if not run.transitions:
        return False
    last = system.transitions[run.transitions[-1]]
    return holds_in(last.guard, state) and _met(last, state) == run.hazard


def steps_taken(system: System, walk: Walk) -> frozenset[str] | None:
    """The keys of the steps that the creation and the walk take; None if it cannot be walked."""
    state = _beginning(system, walk.initial, dict(walk.parameters))
    if state is None or not _taken(system, walk.transitions, state):
        return None
    return frozenset(walk.initial.keys).union(*(system.transitions[t].label.keys for t in walk.transitions))


def _are_values(system: System, given: Mapping[str, int]) -> bool:
    least = {v.name: v.minimum for v in system.variables if v.sort is Sort.PARAMETER}
    return given.keys() == least.keys() and all(given[name] >= minimum for name, minimum in least.items())


def _beginning(system: System, initial: InitialCase, given: Mapping[str, int]) -> dict[str, int] | None:
    """The state after the creation; None if it does not come about with these parameters."""
    if not _are_values(system, given) or not holds_in(initial.guard, given):
        return None
    values = dict(initial.values)
    return {v.name: given[v.name] if v.name in given else value_in(values[v.name], given) for v in system.variables}


def _taken(system: System, transitions: Iterable[int], state: dict[str, int]) -> bool:
    """Take these steps; False if one cannot be taken, or meets a hazard."""
    for t in transitions:
        transition = system.transitions[t]
        if not holds_in(transition.guard, state) or _met(transition, state) is not None:
            return False
        state.update([(name, value_in(value, state)) for name, value in transition.updates])
    return True


def _met(transition: Transition, state: dict[str, int]) -> int | None:
    """The first hazard that the step meets, by number."""
    found = (h for h, hazard in enumerate(transition.hazards) if holds_in(hazard.condition, state))
    return next(found, None)
