"""Nothing that can happen is outside what the abstraction says can happen, nor outside the invariants mined from it."""

from __future__ import annotations

import pytest
from hypothesis import given

from modelcheck.engine.abstraction import abstract_value
from modelcheck.engine.budget import Budget
from modelcheck.engine.certificate import Invariant, invariant_facts
from modelcheck.engine.explicit import ExplicitSearch, Site
from modelcheck.engine.refinement import look_ahead
from modelcheck.resolve import load_text
from tests.engine.answers import CASES, Subject, answered, litmus, parameter_values, reachable, subjects
from tests.engine.protocols import models as protocols
from tests.engine.sampling import sample
from tests.semantics.evaluation import truth, value
from tests.strategies.lifecycles import models


def _check_invariant(invariant: Invariant, limit: int) -> int:
    """Every reachable state for a few tables is in the invariant; returns how many were looked at."""
    facts = invariant_facts(invariant)
    checked = 0
    for parameters in parameter_values(Subject(invariant.system, dict(invariant.parameters)), 3):
        for state in reachable(invariant.system, parameters, limit):
            failing = [fact for fact in facts if not truth(fact, state)]
            assert not failing, f"{failing[0]} fails in {state}"
            checked += 1
    return checked


@pytest.mark.parametrize("name", CASES)
def test_reachable_states_are_in_the_invariant(name: str) -> None:
    for answer in litmus(name)[1]:
        for invariant in answer.invariants:
            assert _check_invariant(invariant, 2_000)


@sample(8)
@given(models())
def test_reachable_states_of_random_models_are_in_the_invariant(text: str) -> None:
    unit = load_text(text)
    for invariant in answered(unit, unit.lifecycles[0]).invariants:
        _check_invariant(invariant, 1_500)


def _check_abstraction(subject: Subject, limit: int) -> None:
    """Every concrete state abstracts to one that was reached, every hazard met concretely to one that was reported."""
    outlook = look_ahead(subject.system, subject.constants, lambda _: False, Budget(abstract_states=20_000), None)
    if not outlook.reach.complete:
        return
    reached = set(outlook.reach.states)
    reported = {Site(h.rule, h.path) for h in outlook.reach.hazards}
    meaning = outlook.merged.meaning
    search = ExplicitSearch(subject.system)
    for parameters in parameter_values(subject, 3):
        for state in reachable(subject.system, parameters, limit):
            abstract = tuple(
                abstract_value(outlook.reduced, v, value(meaning[v.name], state)) for v in outlook.reduced.variables
            )
            assert abstract in reached, state
            for t, h, _ in search.successors(tuple(state.values()))[1]:
                if t < 0:
                    site = Site(subject.system.state_hazards[h].rule, "leak")
                else:
                    transition = subject.system.transitions[t]
                    site = Site(transition.hazards[h].rule, transition.label.path)
                assert site in reported, f"{site} in {state}"


@pytest.mark.parametrize("name", CASES)
def test_the_abstraction_covers_every_state(name: str) -> None:
    for subject in litmus(name)[0]:
        _check_abstraction(subject, 1_000)


@sample(8)
@given(models() | protocols())
def test_the_abstraction_covers_every_state_of_random_models(text: str) -> None:
    unit = load_text(text)
    for subject in subjects(unit, unit.lifecycles[0]):
        _check_abstraction(subject, 500)
