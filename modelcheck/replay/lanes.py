"""Which CPU does what: the runs of actors over a trace, on as few CPUs as possible.

An actor is on a CPU from the step that starts it to the step that ends it, except while it waits for a grace period (a
sleeping task, or a callback that RCU keeps). Two such spans that share a step need two CPUs; giving every span, in the
order of their starts, any CPU that is free then uses as few as possible.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from modelcheck.model.operations import CallRcu, GracePeriod, QueueWork
from modelcheck.replay.legal import position_of
from modelcheck.replay.state import State
from modelcheck.replay.world import World
from modelcheck.trace import Move

CPU = "CPU"
CALLBACK = "RCU callback"
_BY_ENVIRONMENT = {"neighbour": "list neighbour", "rcu_links": "RCU"}


@dataclass
class _Span:
    """Steps `first` to `last` (from 0) of run number `run`, on a CPU or, in a callback, wherever RCU runs it."""

    run: int
    kind: str
    first: int
    last: int


@dataclass
class Lanes:
    """Collects the steps of a trace; every step is recorded once, in order."""

    world: World
    _spans: list[_Span] = field(default_factory=list)
    _open: dict[str, _Span] = field(default_factory=dict)
    _kinds: dict[str, tuple[int, str]] = field(default_factory=dict)
    _steps: list[_Span | str] = field(default_factory=list)
    _runs: int = 0

    def record(self, before: State, move: Move, after: State) -> None:
        """One more step of the trace, and the states around it."""
        if move.kind in _BY_ENVIRONMENT:
            self._steps.append(_BY_ENVIRONMENT[move.kind])
        elif move.actor.startswith("reader:"):
            kind = dict((*after.readers, *before.readers))[int(move.actor.partition(":")[2])].kind
            self._steps.append(f"reader {move.actor.partition(':')[2]} ({kind})")
        else:
            self._actor(before, move, after)

    def _actor(self, before: State, move: Move, after: State) -> None:
        number = len(self._steps)
        if move.kind in ("start", "begin"):
            self._kinds[move.actor] = (self._runs, CPU)
            self._runs += 1
        elif move.kind == "resume":
            node = self.world.node(position_of(before, move.actor))
            if isinstance(node.operation, CallRcu) or node.operation == GracePeriod("rcu", deferred=True):
                self._kinds[move.actor] = (self._kinds[move.actor][0], CALLBACK)
        span = self._open.get(move.actor)
        if span is None:
            span = _Span(*self._kinds[move.actor], first=number, last=number)
            self._spans.append(span)
            self._open[move.actor] = span
        span.last = number
        self._steps.append(span)
        queues = move.kind == "step" and self._queues_work(before, move.actor)
        if queues:
            self._kinds[move.actor] = (self._kinds[move.actor][0], CPU)
        if queues or self._sleeps(after, move.actor):
            del self._open[move.actor]

    def _queues_work(self, state: State, actor: str) -> bool:
        return isinstance(self.world.node(position_of(state, actor)).operation, QueueWork)

    def _sleeps(self, state: State, actor: str) -> bool:
        position = state.position(actor)
        if position is None:
            return True
        if position.waits_for is None:
            return False
        operation = self.world.node(position).operation
        return not (isinstance(operation, GracePeriod) and operation.mechanism == "ipi")

    def names(self) -> tuple[tuple[str, ...], int]:
        """The lane of every step, and how many CPUs that takes (readers have a CPU each and are not counted here)."""
        for span in self._open.values():
            span.last = len(self._steps) - 1
        lanes: dict[int, str] = {}
        cpus, several = self._colour(CPU)
        for index, cpu in several.items():
            lanes[index] = f"{CPU} {cpu}"
        _, callbacks = self._colour(CALLBACK)
        for index, callback in callbacks.items():
            lanes[index] = f"{CALLBACK} {callback + 1}" if callback else CALLBACK
        index_of = {id(span): index for index, span in enumerate(self._spans)}
        named = (step if isinstance(step, str) else lanes[index_of[id(step)]] for step in self._steps)
        return tuple(named), cpus

    def _colour(self, kind: str) -> tuple[int, dict[int, int]]:
        """A colour for every span of a kind; the one that its run had before, where that is free."""
        busy_until: list[int] = []
        colours: dict[int, int] = {}
        last_of_run: dict[int, int] = {}
        for index, span in enumerate(self._spans):
            if span.kind != kind:
                continue
            free = [colour for colour, until in enumerate(busy_until) if until < span.first]
            wanted = last_of_run.get(span.run, -1)
            if not free:
                busy_until.append(-1)
                free = [len(busy_until) - 1]
            colour = wanted if wanted in free else free[0]
            busy_until[colour] = span.last
            colours[index] = last_of_run[span.run] = colour
        return len(busy_until), colours
