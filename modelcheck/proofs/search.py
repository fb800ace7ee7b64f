"""Which clauses of an inductive invariant, and which facts, are enough for it to be inductive and to exclude hazards.

The method is that of inductive validity cores (Ghassabani, Gacek, Whalen, "Efficient generation of inductive validity
cores for safety properties", FSE 2016): begin with what safety needs, then ask what that needs to be preserved, until
nothing is added. Each question is answered with what is needed already, if that is enough; else by an unsatisfiable
core, from which facts, then clauses, are dropped one by one. Then every fact is tried once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelcheck.proofs.creations import Created
from modelcheck.proofs.questions import Questions
from modelcheck.proofs.relaxed import FactKey, RelaxedStep
from modelcheck.solver.cores import Cores

_TRIES = 12
"""How many clauses of one core are tried to be dropped."""


class NotProvedError(Exception):
    """The invariant as a whole does not answer a question; the message says which."""


@dataclass(frozen=True)
class Needed:
    """Clauses by number, and facts."""

    clauses: tuple[int, ...]
    facts: tuple[FactKey, ...]


def search(questions: Questions, steps: Sequence[RelaxedStep], created: Sequence[Created], rlimit: int) -> Needed:
    """What is needed.

    Raises:
        NotProvedError: not even everything is enough.
        GaveUpError: the budget ran out.
    """
    found = _Search(questions, steps, rlimit)
    found.safety()
    found.induction()
    found.beginning(created)
    found.fewer_facts()
    found.beginning(created)
    return Needed(tuple(sorted(found.clauses)), tuple(f for f in questions.facts if f in found.facts))


class _Search:
    def __init__(self, questions: Questions, steps: Sequence[RelaxedStep], rlimit: int) -> None:
        self.questions = questions
        self.steps = steps
        self.clauses: dict[int, None] = {}
        self.facts: dict[FactKey, None] = {}
        self.solver = Cores(rlimit)
        self.solver.tell(questions.preamble())
        self.everything = [f"a{number}" for number in range(len(questions.clauses))]
        self.touching: dict[int, tuple[int, ...]] = {}

    def safety(self) -> None:
        """What keeps hazards away."""
        for step in self.steps:
            question = self.questions.safe(step)
            if question:
                self._answer(question, step.facts, step.transition.label.text)
        for question in self.questions.safe_state():
            self._answer(question, (), "a state that is a hazard")

    def induction(self) -> None:
        """What keeps that, and so on."""
        asked = [0] * len(self.steps)
        while any(done < len(self.clauses) for done in asked):
            for index, step in enumerate(self.steps):
                needed = list(self.clauses)
                fresh = self._touched(step, needed[asked[index] :])
                asked[index] = len(needed)
                if not fresh or self._holds(self.questions.broken(step, fresh), step.facts):
                    continue
                for clause in fresh:
                    self._answer(self.questions.broken(step, [clause]), step.facts, step.transition.label.text)

    def beginning(self, created: Sequence[Created]) -> None:
        """What makes it hold in the beginning; no clause is assumed for that."""
        for one in created:
            facts = tuple(dict.fromkeys(clobber.fact for case in one.cases for clobber in case.clobbers))
            for question in self.questions.beginning(one, list(self.clauses)):
                self._answer(question, facts, "the creation", with_clauses=False)

    def fewer_facts(self) -> None:
        """Try to do without each of the facts."""
        of_fact: dict[FactKey, list[RelaxedStep]] = {}
        for step in self.steps:
            for fact in step.facts:
                of_fact.setdefault(fact, []).append(step)
        for fact in list(self.facts):
            del self.facts[fact]
            if not all(self._stands(step) for step in of_fact.get(fact, ())):
                self.facts[fact] = None

    def _stands(self, step: RelaxedStep) -> bool:
        question = self.questions.safe(step)
        if question and not self._holds(question, step.facts):
            return False
        touched = self._touched(step, list(self.clauses))
        return not touched or self._holds(self.questions.broken(step, touched), step.facts)

    def _touched(self, step: RelaxedStep, clauses: Iterable[int]) -> list[int]:
        changed = step.changed
        return [c for c in clauses if not changed.isdisjoint(self.questions.mentioned[c])]

    def _holds(self, question: Sequence[str], facts: Sequence[FactKey]) -> bool:
        """Is what is needed so far enough?"""
        return self.solver.core(question, [*self._assumed_clauses(), *self._names(self.facts, facts)]) is not None

    def _answer(self, question: Sequence[str], facts: Sequence[FactKey], what: str, with_clauses: bool = True) -> None:
        """Find out what has to be added for the question to be answered `unsat`, and add it."""
        known = [*(self._assumed_clauses() if with_clauses else []), *self._names(self.facts, facts)]
        if self.solver.core(question, known) is not None:
            return
        clauses = self.everything if with_clauses else []
        ours = self._names(self.facts, facts)
        core = self.solver.core(question, [*clauses, *ours])
        if core is None:
            core = self.solver.core(question, [*clauses, *self._names(self.questions.facts, facts)])
            if core is None:
                raise NotProvedError(what)
            more = [name for name in core if name[0] == "f" and name not in ours]
            core = self._smaller(question, core, more, clauses)
        fresh = [name for name in core if name[0] == "a" and int(name[1:]) not in self.clauses]
        core = self._smaller(question, core, fresh[:_TRIES], ())
        by_name = {name: fact for fact, name in self.questions.fact_names.items()}
        for name in core:
            if name[0] == "a":
                self.clauses.setdefault(int(name[1:]))
            else:
                self.facts.setdefault(by_name[name])

    def _smaller(
        self, question: Sequence[str], core: Sequence[str], candidates: Sequence[str], besides: Sequence[str]
    ) -> tuple[str, ...]:
        """The core without as many of the candidates as possible; `besides` may be assumed instead."""
        kept = tuple(core)
        for name in candidates:
            if name not in kept:
                continue
            rest = [other for other in kept if other != name]
            again = self.solver.core(question, [*rest, *(other for other in besides if other not in rest)])
            if again is not None:
                kept = again
        return kept

    def _assumed_clauses(self) -> list[str]:
        return [f"a{number}" for number in sorted(self.clauses)]

    def _names(self, wanted: Iterable[FactKey], here: Sequence[FactKey]) -> list[str]:
        of_step = set(here)
        return [self.questions.fact_names[fact] for fact in wanted if fact in of_step]
