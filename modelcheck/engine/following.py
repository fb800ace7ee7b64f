"""Following a run step by step, in numbers: does it happen? Shares no code with the searches that find runs."""

from __future__ import annotations

from modelcheck.engine.explicit import Run
from modelcheck.semantics.system import Sort, System, Transition
from modelcheck.semantics.terms import holds_in, value_in


def happens(system: System, run: Run) -> bool:
    """Does the run meet its hazard? A hazard of the creation is asked of its condition."""
    given = dict(run.parameters)
    least = {v.name: v.minimum for v in system.variables if v.sort is Sort.PARAMETER}
    if given.keys() != least.keys() or any(given[name] < minimum for name, minimum in least.items()):
        return False
    if run.creation is not None:
        return run.initial is None and not run.transitions and holds_in(run.creation.guard, given)
    if run.initial is None or not holds_in(run.initial.guard, given):
        return False
    values = dict(run.initial.values)
    state = {v.name: given[v.name] if v.name in given else value_in(values[v.name], given) for v in system.variables}
    for t in run.transitions if run.in_state else run.transitions[:-1]:
        transition = system.transitions[t]
        if not holds_in(transition.guard, state) or _met(transition, state) is not None:
            return False
        state.update([(name, value_in(value, state)) for name, value in transition.updates])
    if run.in_state:
        hazards = system.state_hazards
        return 0 <= run.hazard < len(hazards) and holds_in(hazards[run.hazard].condition, state)
    if not run.transitions:
        return False
    last = system.transitions[run.transitions[-1]]
    return holds_in(last.guard, state) and _met(last, state) == run.hazard


def _met(transition: Transition, state: dict[str, int]) -> int | None:
    """The first hazard that the step meets, by number."""
    found = (h for h, hazard in enumerate(transition.hazards) if holds_in(hazard.condition, state))
    return next(found, None)
