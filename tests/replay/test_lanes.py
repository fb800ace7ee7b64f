"""Lanes: no two runs share a CPU at one step, and no fewer CPUs would do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.model.operations import AllocPage, GracePeriod, Populate, QueueWork, Skip
from modelcheck.model.program import ToPath
from modelcheck.replay.lanes import Lanes
from modelcheck.replay.legal import enabled
from modelcheck.replay.moves import apply
from tests.replay.models import create, go, lifecycle, path, state, world

WHERE = world(
    lifecycle(
        tables=4,
        states=(state("live", go("free", ToPath("free"))),),
        paths=(path("free", Skip(), GracePeriod("rcu"), Skip(), GracePeriod("ipi"), Skip()),),
        creates=(create(AllocPage(), Populate(((None, "live"),))),),
    )
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=40))
def test_cpus_are_as_few_as_runs_at_one_step(picks):
    moment, lanes = WHERE.initial(), Lanes(WHERE)
    on_cpu: list[set[str]] = []
    acting: list[str] = []
    for pick in picks:
        moves = enabled(WHERE, moment)
        if not moves:
            break
        move = moves[pick % len(moves)]
        after = apply(WHERE, moment, move).state
        lanes.record(moment, move, after)
        awake = {
            actor
            for actor, at in (*moment.actors(), *after.actors())
            if not (at.waits_for is not None and at.node == 1)
        }
        asleep = {actor for actor, at in moment.actors() if at.waits_for is not None and at.node == 1}
        on_cpu.append((awake - asleep) | {move.actor})
        acting.append(move.actor)
        moment = after
    names, cpus = lanes.names()
    assert cpus == max((len(actors) for actors in on_cpu), default=0)
    assert len(names) == len(acting)
    assert {int(name.removeprefix("CPU ")) for name in names} == set(range(cpus))
    for first in range(len(names)):
        # While an actor stays on a CPU, nobody else has that lane.
        for later in range(first + 1, len(names)):
            if acting[first] not in on_cpu[later] or acting[later] == acting[first]:
                break
            assert names[later] != names[first]


def test_what_follows_a_deferred_grace_period_is_a_callback_until_it_queues_work():
    where = world(
        lifecycle(
            tables=1,
            states=(state("live", go("free", ToPath("free"))),),
            paths=(path("free", GracePeriod("rcu", deferred=True), Skip(), QueueWork(), Skip()),),
            creates=(create(AllocPage(), Populate(((None, "live"),))),),
        )
    )
    moment, lanes = where.initial(), Lanes(where)
    while moves := enabled(where, moment):
        after = apply(where, moment, moves[0]).state
        lanes.record(moment, moves[0], after)
        moment = after
    names, cpus = lanes.names()
    assert names[-6:] == ("CPU 0", "CPU 0", "RCU callback", "RCU callback", "RCU callback", "CPU 0")
    assert cpus == 1
