"""From a proof to what it stands on: which clauses and facts are enough, checked again by a script of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from modelcheck.configurations.space import Space
from modelcheck.engine.certificate import Invariant
from modelcheck.engine.family import Member, family_of
from modelcheck.engine.grouping import LifecycleClass
from modelcheck.engine.prove import Proof
from modelcheck.engine.words import Wording
from modelcheck.footing import Footing
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.proofs.creations import Created, Creations
from modelcheck.proofs.facts import Naming, contexts, requirement_fact
from modelcheck.proofs.questions import Questions
from modelcheck.proofs.relaxed import FactKey, Fields, RelaxedStep, relaxed_steps
from modelcheck.proofs.requirements import needed_requirements
from modelcheck.proofs.search import Needed, NotProvedError, search
from modelcheck.semantics.context import Context
from modelcheck.semantics.prune import unchanging
from modelcheck.semantics.system import Sort, StateVariable, System
from modelcheck.semantics.terms import Formula, IsSet, IsValue, Linear, negate, positive, var, zero
from modelcheck.solver.certificate import check_with_z3
from modelcheck.solver.commands import GaveUpError
from modelcheck.solver.cores import Cores


def footings_of(
    unit: Unit,
    lifecycle: Lifecycle,
    space: Space,
    proofs: Sequence[tuple[Sequence[LifecycleClass], Proof]],
    rlimit: int,
) -> tuple[Footing, ...]:
    """What each proof stands on; a proof comes with the classes of configurations that it is about, taken together.

    `rlimit` bounds each question, in Z3's units of work. Where the questions cannot be answered, the footing has only
    a reason.
    """
    required = tuple(requirement_fact(each) for each in needed_requirements(unit, lifecycle, space))
    found = (_footing(unit, lifecycle, classes, proof, rlimit) for classes, proof in proofs)
    return tuple(each if each.reason else replace(each, used=(*each.used, *required)) for each in found)


def _footing(unit: Unit, lifecycle: Lifecycle, classes: Sequence[LifecycleClass], proof: Proof, rlimit: int) -> Footing:
    try:
        return _Explanation.of(unit, lifecycle, classes, proof, rlimit).footing()
    except NotProvedError as failure:
        return Footing(reason=f"the clauses of this proof do not by themselves exclude every hazard ({failure})")
    except GaveUpError as failure:
        return Footing(reason=f"Z3 gave up: {failure}")


@dataclass(frozen=True)
class _Explanation:
    lifecycle: Lifecycle
    questions: Questions
    steps: tuple[RelaxedStep, ...]
    creations: tuple[Creations, ...]
    words: Wording
    laws: int
    rlimit: int

    @classmethod
    def of(
        cls, unit: Unit, lifecycle: Lifecycle, classes: Sequence[LifecycleClass], proof: Proof, rlimit: int
    ) -> _Explanation:
        """Gather the questions, over the system with everything that the life cycle's text gives it."""
        whole, marks = _whole(classes)
        contexts_of = [Context.of(unit, lifecycle, here.parts[0].storage, False) for here in classes]
        fields = _fields(contexts_of, whole)
        steps = relaxed_steps(whole, marks[0].keys(), fields)
        creations = tuple(
            Creations(context, here.whole, values, fields)
            for context, here, values in zip(contexts_of, classes, marks, strict=True)
        )
        invariant = replace(proof.invariant, system=whole)
        laws = tuple(zero(law.difference) for law in invariant.laws)
        clauses = tuple(dict.fromkeys((*laws, *invariant.clauses, *_settled(whole))))
        facts = dict.fromkeys(fact for step in steps for fact in step.facts)
        created = [case for made in creations for case in made.created(invariant).cases]
        facts |= dict.fromkeys(clobber.fact for case in created for clobber in case.clobbers)
        questions = Questions(invariant, clauses, tuple(_bounds(invariant)), tuple(facts))
        return cls(lifecycle, questions, steps, creations, Wording(whole), len(dict.fromkeys(laws)), rlimit)

    def footing(self) -> Footing:
        """The answer."""
        questions = self.questions
        needed = self._with_what_creation_needs(search(questions, self.steps, self._created(), self.rlimit))
        left_out = self._left_out(needed)
        script, queries = self._script(needed, left_out)
        outcome = check_with_z3(script, queries, self.rlimit)
        if not outcome.accepted:
            return Footing(reason=f"{outcome.solver} accepted only {outcome.answered} of {queries} conditions")
        of_creation = self._of_creation()
        used = set(needed.facts) | {fact for fact in of_creation if fact not in left_out}
        by_context = dict.fromkeys(fact for made in self.creations for fact in contexts(made.context))
        everything = dict.fromkeys((*of_creation, *questions.facts, *by_context))
        naming = Naming(self.lifecycle, [made.context for made in self.creations], self.steps)
        stand = [fact for fact in everything if fact in used or fact in by_context]
        spare = [fact for fact in everything if fact not in used and fact not in by_context and fact.kind != "apart"]
        laws = {zero(law.difference): law for law in questions.invariant.laws}
        chosen = [questions.clauses[number] for number in needed.clauses]
        return Footing(
            laws=tuple(self.words.law(laws[c]) for c in chosen if c in laws and self.words.is_worth_telling(laws[c])),
            clauses=tuple(self.words.clause(c) for c in chosen if c not in laws),
            of_clauses=len(questions.clauses) - self.laws,
            used=naming.facts(stand),
            unused=naming.facts(spare),
            checked_by=outcome.solver,
            queries=queries,
            script=script,
        )

    def _created(self, left_out: tuple[FactKey, ...] = (), overlaid: tuple[FactKey, ...] = ()) -> tuple[Created, ...]:
        return tuple(made.created(self.questions.invariant, left_out, overlaid) for made in self.creations)

    def _spare_pairs(self, needed: Needed) -> tuple[FactKey, ...]:
        """The fields that may lie over each other."""
        used = set(needed.facts)
        return tuple(fact for fact in self.questions.facts if fact.kind == "apart" and fact not in used)

    def _with_what_creation_needs(self, needed: Needed) -> Needed:
        """Add the fields that have to be apart for the creation itself to meet no hazard."""
        solver = Cores(self.rlimit)
        solver.tell(self.questions.preamble())
        assumed = [self.questions.fact_names[fact] for fact in needed.facts]

        def stands(pairs: tuple[FactKey, ...]) -> bool:
            asked = (q for one in self._created((), pairs) for q in self.questions.beginning(one, needed.clauses))
            return all(solver.core(question, assumed) is not None for question in asked)

        pairs = self._spare_pairs(needed)
        if stands(pairs):
            return needed
        overlaid: tuple[FactKey, ...] = ()
        for fact in pairs:
            if stands((*overlaid, fact)):
                overlaid = (*overlaid, fact)
        used = {*needed.facts, *pairs} - set(overlaid)
        return Needed(needed.clauses, tuple(fact for fact in self.questions.facts if fact in used))

    def _of_creation(self) -> tuple[FactKey, ...]:
        """What can be left out of the creation; what the allocator leaves comes last, since statements rely on it."""
        found = [fact for made in self.creations for fact in made.statements()]
        return tuple(dict.fromkeys((*found, *(fact for made in self.creations for fact in made.left()))))

    def _left_out(self, needed: Needed) -> tuple[FactKey, ...]:
        """Statements of the creation that can be left out, all of them at once."""
        solver = Cores(self.rlimit)
        solver.tell(self.questions.preamble())
        assumed = [self.questions.fact_names[fact] for fact in needed.facts]
        left_out: tuple[FactKey, ...] = ()
        for fact in self._of_creation():
            if fact in needed.facts:
                # The same statement is run by somebody after the creation, where it is needed.
                continue
            tried = (*left_out, fact)
            asked = (q for one in self._created(tried) for q in self.questions.beginning(one, needed.clauses))
            if all(solver.core(question, assumed) is not None for question in asked):
                left_out = tried
        return left_out

    def _script(self, needed: Needed, left_out: tuple[FactKey, ...]) -> tuple[str, int]:
        """All questions once more, with nothing assumed but what is needed, and how many there are."""
        questions = self.questions
        spare = self._spare_pairs(needed)
        ways = [*self._created(left_out), *self._created((), spare), *self._created(left_out, spare)]
        asked = [q for one in ways for q in questions.beginning(one, needed.clauses)]
        beginning = len(asked)
        for step in self.steps:
            changed = step.changed
            touched = [c for c in needed.clauses if not changed.isdisjoint(questions.mentioned[c])]
            asked += [question for question in [questions.safe(step)] if question]
            if touched:
                asked.append(questions.broken(step, touched))
        asked += questions.safe_state()
        lines = ["(set-logic QF_LIA)", *questions.preamble()]
        lines += [f"(assert {questions.fact_names[fact]})" for fact in needed.facts]
        for number, question in enumerate(asked):
            if number == beginning:
                lines += [f"(assert a{clause})" for clause in needed.clauses]
            lines += ["(push 1)", *question, "(check-sat)", "(pop 1)"]
        return "\n".join(lines) + "\n", len(asked)


def _whole(classes: Sequence[LifecycleClass]) -> tuple[System, tuple[Mapping[str, int], ...]]:
    """The system of the classes with nothing left out, and the marks of each of them."""
    if len(classes) == 1:
        return classes[0].whole, ({},)
    family = family_of([Member(here.whole, here.facts()) for here in classes])
    if family is None:
        raise NotProvedError("the classes of configurations have no system in common")
    return family.system, family.marks


def _fields(contexts_of: Sequence[Context], system: System) -> Fields:
    names = dict.fromkeys(str(slot) for context in contexts_of for slot in context.storage.slots)
    nested = {frozenset(map(str, pair)) for context in contexts_of for pair in context.storage.placed.nested}
    everywhere = [{frozenset(map(str, pair)) for pair in c.storage.placed.overlapping} for c in contexts_of]
    return Fields(tuple(sorted(names)), frozenset(nested | set.intersection(*everywhere)))


def _settled(system: System) -> Iterator[Formula]:
    """What variables are that never change."""
    kinds: Mapping[str, StateVariable] = {v.name: v for v in system.variables}
    for name, value in unchanging(system).items():
        match kinds[name].sort:
            case Sort.BOOLEAN:
                yield IsSet(name) if value.constant else negate(IsSet(name))
            case Sort.ENUMERATION:
                yield IsValue(name, value.constant)
            case _:
                yield zero(var(name) - value)


def _bounds(invariant: Invariant) -> Iterator[Formula]:
    for name, interval in invariant.parameters:
        yield positive(var(name) - interval.low + 1)
        if interval.high is not None:
            yield positive(Linear(interval.high + 1) - var(name))
