"""Conservation laws hold in every run."""

from __future__ import annotations

import random

import pytest
from hypothesis import given

from modelcheck.engine.explicit import ExplicitSearch
from modelcheck.engine.laws import conservation_laws
from modelcheck.resolve import load_text
from modelcheck.semantics.system import InitialCase, Label, Sort, StateVariable, System, Transition
from modelcheck.semantics.terms import YES, Linear, number, positive, var
from modelcheck.trace import Move
from tests.engine.answers import CASES, Subject, litmus, parameter_values, subjects
from tests.engine.protocols import models as protocols
from tests.engine.sampling import sample
from tests.semantics.evaluation import value
from tests.strategies.lifecycles import models


def _random_walks(subject: Subject, seed: int, length: int = 60) -> int:
    """Check every law along one random run for each small value of the parameter; returns how many states."""
    system = subject.system
    laws = conservation_laws(system)
    names = [v.name for v in system.variables]
    search = ExplicitSearch(system)
    luck = random.Random(seed)
    seen = 0
    for parameters in parameter_values(subject, 5):
        states = search.initial_states(parameters)
        for _ in range(length):
            if not states:
                break
            state = luck.choice(sorted(states))
            here = dict(zip(names, state, strict=True))
            for law in laws:
                assert value(law.difference, here) == 0, f"{law} in {here}"
                assert here[law.dependent] == value(law.expression, here)
            seen += 1
            states = [s for _, s in search.successors(state)[0]]
    return seen


@pytest.mark.parametrize("name", CASES)
def test_laws_of_litmus_cases(name: str) -> None:
    for subject in litmus(name)[0]:
        assert _random_walks(subject, 1)


@sample(25)
@given(models() | protocols())
def test_laws_of_random_models(text: str) -> None:
    unit = load_text(text)
    for lifecycle in unit.lifecycles:
        for subject in subjects(unit, lifecycle):
            _random_walks(subject, len(text))


def test_the_count_of_sharers_is_a_law() -> None:
    for subject in litmus("count-starts-at-the-number-of-tables")[0]:
        assert "pt_frag_refcount" in {law.dependent for law in conservation_laws(subject.system)}


def _system(*updates: tuple[tuple[str, Linear], ...], start: tuple[tuple[str, Linear], ...]) -> System:
    names = [name for name, _ in start]
    label = Label(Move("step", "table:0"), "p", "")
    return System(
        (*(StateVariable(n, Sort.COUNT, n) for n in names), StateVariable("N", Sort.PARAMETER, "N", minimum=1)),
        (),
        (InitialCase(YES, start, (), (), "create"),),
        (),
        tuple(Transition(label, positive(var(names[0])), (), u) for u in updates),
        (),
        (),
    )


def test_a_law_over_weights() -> None:
    pays_two = (("#a", var("#a") - 1), ("#b", var("#b") + 1), ("cost", var("cost") + 2))
    found = conservation_laws(_system(pays_two, start=(("#a", var("N")), ("#b", number(0)), ("cost", number(3)))))
    assert {law.dependent: law.expression for law in found} == {
        "cost": var("#b").scaled(2) + 3,
        "N": var("#a") + var("#b"),
    }


def test_no_law_where_a_step_breaks_it() -> None:
    moves = (("#a", var("#a") - 1), ("#b", var("#b") + 1))
    loses = (("#a", var("#a") - 1),)
    start = (("#a", var("N")), ("#b", number(0)))
    assert [law.dependent for law in conservation_laws(_system(moves, start=start))] == ["N"]
    assert conservation_laws(_system(moves, loses, start=start)) == ()
