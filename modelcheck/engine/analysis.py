"""What there is to find out about a life cycle's code, whatever the life cycle is called and wherever it is written.

Proposals often make the same of a life cycle: where only one of the steps that they replace exists, for example. The
same code is analysed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

from modelcheck.configurations.space import Space
from modelcheck.engine.budget import Budget
from modelcheck.engine.classes import ClassAnswer, answer_group
from modelcheck.engine.grouping import LifecycleClass, Part, classify
from modelcheck.engine.groups import Group, groups_of
from modelcheck.engine.happening import Happenings, happenings
from modelcheck.engine.prove import Proof
from modelcheck.engine.recall import Recall
from modelcheck.engine.reduced import Interval
from modelcheck.model.digest import digest_of
from modelcheck.model.essence import PLACES, essence
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.solver.certificate import Script

Proved = tuple[Sequence[LifecycleClass], Proof]
"""A proof, and the classes of configurations that it is about."""


@dataclass(frozen=True)
class Inquiry:
    """How a life cycle is asked about: the values of its constants, the way to a proof, and limits."""

    constants: Mapping[str, Interval]
    engine: str
    budget: Budget


@dataclass(frozen=True)
class Analysis:
    """What was found out: all of the space, part by part, the answers for its classes, and the proofs in them.

    `happenings` tells which steps can happen; it is worked out when it is asked for. `scripts` are what a solver
    accepted on the way.
    """

    parts: tuple[Part, ...]
    answers: list[tuple[LifecycleClass, ClassAnswer]]
    proofs: tuple[Proved, ...]
    happenings: Callable[[], Happenings]
    scripts: tuple[Script, ...]

    def among(self, everywhere: Callable[[], Happenings]) -> Analysis:
        """This, where it is about what somebody chose: what happens `everywhere` else is not called impossible."""

        def ask() -> Happenings:
            here = self.happenings()
            return here.but(everywhere()) if here.never else here

        return replace(self, happenings=cache(ask))


def analyse(
    unit: Unit,
    lifecycle: Lifecycle,
    space: Space,
    inquiry: Inquiry,
    recall: Recall,
    progress: Callable[[str], None],
) -> Analysis:
    """Split the configurations into classes and answer each. Nobody has asked `recall` anything before.

    Raises:
        InputError: a step touches a field that does not exist (CA324).
    """
    progress(f"{lifecycle.name}: configurations")
    found = classify(unit, lifecycle, space)
    answers: list[tuple[LifecycleClass, ClassAnswer]] = []
    proofs: list[Proved] = []
    groups = list(groups_of(found.classes, inquiry.constants))
    for group in groups:
        progress(f"{lifecycle.name}: {len(group.classes)} of {len(found.classes)} classes")
        answered = answer_group(unit, lifecycle, group, inquiry.budget, inquiry.engine, recall)
        answers.extend(answered)
        proofs.extend(_proofs(group, answered))
    ask = cache(partial(happenings, groups, inquiry.budget, recall))
    return Analysis(found.parts, answers, tuple(proofs), ask, recall.scripts)


def happens_in(unit: Unit, lifecycle: Lifecycle, space: Space, inquiry: Inquiry, recall: Recall) -> Happenings:
    """What can happen in a life cycle, whether it is safe or not."""
    groups = list(groups_of(classify(unit, lifecycle, space).classes, inquiry.constants))
    return happenings(groups, inquiry.budget, recall)


def _proofs(group: Group, answered: Iterable[tuple[LifecycleClass, ClassAnswer]]) -> Iterator[Proved]:
    """Every proof about a group, with the classes that it is about: one, or all of them together."""
    for here, answer in answered:
        one = [here] if any(here is each for each in group.classes) else group.classes
        yield from ((one, proved.proof) for proved in answer.proofs)


class Shared:
    """What checks of one unit have in common: its space, which remembers layouts, and what is known of code.

    Of code only that of the life cycle that was asked about last is remembered, as it is and as proposals change it.
    """

    def __init__(self, unit: Unit) -> None:
        self.space = Space.of(unit)
        self._unit = unit
        self._lifecycle = ""
        self._known: list[tuple[object, Analysis]] = []

    @cached_property
    def surroundings(self) -> str:
        """The digest of all in the unit, beside life cycles, that an answer may depend on."""
        unit = self._unit
        world = unit.abis, unit.declarations, unit.symbols, unit.requirements, unit.constants
        return digest_of(unit.name, unit.kernel, *world)

    def analysis(self, lifecycle: Lifecycle, asked: object, work: Callable[[], Analysis]) -> Analysis:
        """`work()`, or what it came to before for the same code and what was `asked` about it."""
        if lifecycle.name != self._lifecycle:
            self._lifecycle = lifecycle.name
            self._known.clear()
        key = essence(lifecycle, PLACES), asked
        for known, analysis in self._known:
            if known == key:
                return analysis
        analysis = work()
        self._known.append((key, analysis))
        return analysis
