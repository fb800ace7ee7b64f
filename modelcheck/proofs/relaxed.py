"""A step of a counter system from which facts of the model can be taken away, one by one or all at once.

What is left of a step without a fact allows everything that the step did, and more: without its effect it may do
nothing but let its actor go on; without its test it may go either way; without its waiting it does not heed readers;
without an atomic block others come in between; without "these fields share no byte", writing one may spoil the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from modelcheck.footing import Kind
from modelcheck.semantics.effect import Updates
from modelcheck.semantics.names import ATOMIC
from modelcheck.semantics.system import System, Transition
from modelcheck.semantics.terms import (
    NO,
    YES,
    And,
    Formula,
    IsSet,
    Linear,
    Zero,
    conjunction,
    disjunction,
    positive,
    var,
    variables_of,
    zero,
)

# How the names of variables begin; see `semantics.names`.
_OWNED, _LINKED, _QUEUED, _ITSELF = "owned ", "linked ", "queued ", "initialised "
_INSIDE, _EXPOSED = "inside ", "exposed "


@dataclass(frozen=True, order=True)
class FactKey:
    """Which fact: of a step its `name` is `path.node`, of two fields that share no byte it is the first of them.

    `other` is the second field, or the group of readers that is waited for.
    """

    kind: Kind
    name: str
    other: str = ""


ATOMIC_BLOCKS = FactKey("atomic", "")


@dataclass(frozen=True)
class Clobber:
    """What writing a field would do to another one if they shared a byte.

    `lost` are the Booleans that become false; where `in_use` holds, writing breaks a rule.
    """

    fact: FactKey
    lost: tuple[str, ...]
    in_use: Formula


@dataclass(frozen=True)
class RelaxedStep:
    """A step, and what is left of it without each of its facts.

    `kept` is what remains of its guard, `conditions` what each fact adds. Without `effect` it may also do no more than
    `bare` (and meets no hazard then).
    """

    transition: Transition
    kept: Formula
    conditions: tuple[tuple[FactKey, Formula], ...]
    effect: FactKey | None
    bare: tuple[tuple[str, Linear], ...]
    clobbers: tuple[Clobber, ...]

    @property
    def facts(self) -> tuple[FactKey, ...]:
        """All facts that can be taken away from it."""
        found = [fact for fact, _ in self.conditions]
        found += [self.effect] if self.effect else []
        return tuple(dict.fromkeys([*found, *(clobber.fact for clobber in self.clobbers)]))

    @property
    def changed(self) -> frozenset[str]:
        """The variables that it may change, with its facts or without."""
        names = {name for name, _ in (*self.transition.updates, *self.bare)}
        return frozenset(names.union(*(clobber.lost for clobber in self.clobbers)))


@dataclass(frozen=True)
class Fields:
    """The slots of a system, by name, and the pairs of which it is no fact that they share no byte: the one lies inside
    the other, or they overlap wherever the system holds."""

    names: tuple[str, ...]
    related: frozenset[frozenset[str]]

    def clobbers(self, system: System, updates: Mapping[str, Linear]) -> Iterator[Clobber]:
        """What a step with these updates would spoil if what it writes shared bytes with something else."""
        known = {variable.name for variable in system.variables}
        mine = written(updates)
        for one in mine:
            for other in self.names:
                if one == other or frozenset((one, other)) in self.related or _siblings(one, other):
                    continue
                # Of several fields that one step writes, each may be the one that was written first.
                kept = () if other in mine and len(mine) > 1 else updates.keys()
                lost = tuple(n for n in (_OWNED + other, _ITSELF + other) if n in known and n not in kept)
                in_use = _in_use(known, other)
                if lost or in_use != NO:
                    yield Clobber(apart(one, other), lost, in_use)


def _siblings(one: str, other: str) -> bool:
    """Are these parts of one field?"""
    outer = one.rpartition(".")[0]
    return "." in outer and outer == other.rpartition(".")[0]


def written(updates: Mapping[str, Linear]) -> tuple[str, ...]:
    """The slots that a step with these updates writes: they own their bytes afterwards."""
    return tuple(n.removeprefix(_OWNED) for n, v in updates.items() if n.startswith(_OWNED) and v == Linear(1))


def apart(one: str, other: str) -> FactKey:
    """The fact that two fields share no byte."""
    first, second = sorted((one, other))
    return FactKey("apart", first, second)


def _in_use(known: Collection[str], slot: str) -> Formula:
    queued = positive(var(_QUEUED + slot)) if _QUEUED + slot in known else NO
    return disjunction(queued, IsSet(_LINKED + slot) if _LINKED + slot in known else NO)


def relaxed_steps(system: System, marks: Collection[str], fields: Fields) -> tuple[RelaxedStep, ...]:
    """Every step of a system. `marks` are the variables that only say which class of configurations it is."""
    return tuple(_relaxed(system, transition, frozenset(marks), fields) for transition in system.transitions)


def _relaxed(system: System, transition: Transition, marks: frozenset[str], fields: Fields) -> RelaxedStep:
    kept: list[Formula] = []
    conditions: list[tuple[FactKey, Formula]] = []
    for part in transition.guard.operands if isinstance(transition.guard, And) else (transition.guard,):
        facts = list(_facts_of(transition, part, marks))
        conditions += facts
        if not facts:
            kept.append(part)
    label = transition.label
    full = dict(transition.updates)
    effect, bare = None, transition.updates
    if label.move.kind in ("step", "resume") and label.keys:
        bare = _bare(transition)
        effect = FactKey("effect", statement(label.keys[0])) if bare != transition.updates else None
    clobbers = tuple(fields.clobbers(system, full))
    return RelaxedStep(transition, conjunction(*kept), tuple(conditions), effect, bare, clobbers)


def statement(key: str) -> str:
    """The statement that a step's key belongs to: `path.node`, also for the end of its waiting."""
    return key.removesuffix(".resume")


def _facts_of(transition: Transition, part: Formula, marks: frozenset[str]) -> Iterator[tuple[FactKey, Formula]]:
    """The facts that a part of a guard is made of; none for what every such step has."""
    label = transition.label
    names = frozenset(variables_of(part))
    if names == {ATOMIC}:
        yield ATOMIC_BLOCKS, part
        return
    if not label.keys or label.move.kind not in ("step", "resume", "begin", "start"):
        return
    if part in (YES, positive(var(label.source))) or names <= marks or all(n.startswith("#creator ") for n in names):
        return
    key = statement(label.keys[0])
    if label.move.kind in ("begin", "start"):
        yield FactKey("guard", key), part
    elif all(name.startswith(_INSIDE) for name in names):
        if isinstance(part, Zero):
            yield from ((FactKey("waits", key, n.removeprefix(_INSIDE)), zero(var(n))) for n in sorted(names))
    else:
        yield FactKey("test", key), part


def _bare(transition: Transition) -> tuple[tuple[str, Linear], ...]:
    """What is left of the updates without the effect: the actor goes on, and what its whereabouts say is noted."""
    kept = {n: v for n, v in transition.updates if n == ATOMIC or n.startswith(_EXPOSED)}
    updates = Updates(kept)
    updates.move(transition.label.source, transition.label.target)
    return updates.items()
