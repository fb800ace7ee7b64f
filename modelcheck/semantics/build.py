"""From a life cycle and one class of configurations to its counter system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.semantics.context import Context
from modelcheck.semantics.creation import run_creation
from modelcheck.semantics.environment import environment_transitions, leak
from modelcheck.semantics.points import idle, waits
from modelcheck.semantics.steps import actor_transitions, start_key, step_key, transition_key
from modelcheck.semantics.storage import Storage
from modelcheck.semantics.system import InitialCase, Sort, StateVariable, System
from modelcheck.semantics.terms import number
from modelcheck.semantics.variables import variables_of_system
from modelcheck.semantics.visits import enter_key, reader_transitions
from modelcheck.semantics.whereabouts import whereabouts_of


def whole_system(unit: Unit, lifecycle: Lifecycle, storage: Storage, *, ways_in: bool) -> System:
    """The counter system of a life cycle in one class of configurations, with all that its text gives it: `prune`
    leaves out what cannot matter.

    With `ways_in` hazards are told apart by the path by which the actor came; without, the system is smaller.
    """
    return whole_system_in(Context.of(unit, lifecycle, storage, ways_in))


def whole_system_in(context: Context) -> System:
    """`whole_system`, where there is a context already."""
    creation = context.points.memory.recall("creation", run_creation, context)
    where = whereabouts_of(context, creation)
    variables = variables_of_system(context, where)
    transitions = (
        *actor_transitions(context, where),
        *reader_transitions(context, where),
        *environment_transitions(context, where),
    )
    return System(
        variables,
        (),
        tuple(completed(context, case.initial, variables) for case in creation.cases),
        creation.hazards,
        transitions,
        tuple(leak(context, where)),
        tuple(_keys(context)),
    )


def completed(context: Context, case: InitialCase, variables: tuple[StateVariable, ...]) -> InitialCase:
    """Give every variable a value: no action has begun, and what creation did not set is zero."""
    values = dict.fromkeys((v.name for v in variables if v.sort is not Sort.PARAMETER), number(0))
    values.update((idle(action.name).name, number(1)) for action in context.actions)
    values.update((name, value) for name, value in case.values if name in values)
    return replace(case, values=tuple(sorted(values.items())))


def _keys(context: Context) -> Iterator[str]:
    """The names of everything that should be able to happen."""
    for path, index in context.steps:
        node = path.nodes[index]
        if context.live.passed(node) is None:
            yield step_key(path.name, index)
        if waits(node):
            yield step_key(path.name, index, resumed=True)
    for state, transitions in context.live.transitions.items():
        yield from (transition_key(state, transition.name) for transition in transitions)
    for action in context.actions:
        yield start_key(action.name)
    for reader in context.readers:
        if any(reader.name in state.readers for state in context.lifecycle.states):
            yield enter_key(reader.name)
