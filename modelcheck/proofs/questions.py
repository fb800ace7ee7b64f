"""What a solver is asked about a relaxed system, as SMT-LIB 2 text: every clause and every fact can be left out.

`c7` is a clause as a function, `a7` the assumption that it holds; `f3` is the assumption of a fact. Inside a question
`done` says that a step does what it does, and `x3` that writing spoils what fact 3 says it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from modelcheck.engine.certificate import Invariant, unsafe_conditions, unsafe_state
from modelcheck.proofs.creations import Created, CreatedCase
from modelcheck.proofs.relaxed import Clobber, FactKey, RelaxedStep
from modelcheck.semantics import smtlib
from modelcheck.semantics.terms import NO, Formula, Linear, conjunction, negate, var


@dataclass(frozen=True)
class Questions:
    """`invariant` has the clauses; `laws` of them come first and stand for its laws. `bounds` hold of the parameters.

    `facts` are all that can be taken away.
    """

    invariant: Invariant
    clauses: tuple[Formula, ...]
    bounds: tuple[Formula, ...]
    facts: tuple[FactKey, ...]

    @cached_property
    def fact_names(self) -> Mapping[FactKey, str]:
        """The assumption that stands for each fact."""
        return {fact: f"f{number}" for number, fact in enumerate(self.facts)}

    @cached_property
    def _functions(self) -> tuple[smtlib.Function, ...]:
        variables = self.invariant.system.variables
        return tuple(smtlib.Function.of(f"c{n}", clause, variables) for n, clause in enumerate(self.clauses))

    @cached_property
    def mentioned(self) -> tuple[tuple[str, ...], ...]:
        """The variables of each clause."""
        return tuple(tuple(variable.name for variable in each.variables) for each in self._functions)

    def preamble(self) -> Iterator[str]:
        """Declarations, what holds by sort, and each clause and fact as an assumption."""
        system = self.invariant.system
        yield from (smtlib.declare(v) for v in system.variables)
        yield from (f"(assert {fact})" for fact in smtlib.typing(system.variables))
        yield from (f"(assert {smtlib.formula(bound)})" for bound in self.bounds)
        yield from (f"(declare-const {name} Bool)" for name in self.fact_names.values())
        for number, function in enumerate(self._functions):
            yield function.defined
            yield f"(declare-const a{number} Bool)"
            yield f"(assert (=> a{number} {function.at({})}))"

    def safe(self, step: RelaxedStep) -> list[str]:
        """The step meets a hazard; empty if it cannot."""
        dangers = [smtlib.formula(danger) for danger in unsafe_conditions(self.invariant, step.transition)]
        used = [clobber for clobber in step.clobbers if clobber.in_use != NO]
        dangers += [f"(and {self._spoilt(c.fact)} {smtlib.formula(c.in_use)})" for c in used]
        if not dangers:
            return []
        return [
            *self._spoiling(used),
            f"(assert {self._guard(step)})",
            f"(assert {smtlib.disjunction(dangers)})",
        ]

    def safe_state(self) -> Iterator[list[str]]:
        """A state is a hazard itself; one question for each."""
        for hazard in self.invariant.system.state_hazards:
            danger = unsafe_state(self.invariant, hazard)
            if danger != NO:
                yield [f"(assert {smtlib.formula(danger)})"]

    def broken(self, step: RelaxedStep, clauses: Sequence[int]) -> list[str]:
        """The step leads to where one of these clauses fails."""
        touched = [c for c in step.clobbers if c.lost]
        new = self._after(step, touched)
        quiet = conjunction(*(negate(hazard.condition) for hazard in step.transition.hazards))
        done = "done" if step.effect else "true"
        lines = list(self._spoiling(touched))
        if step.effect:
            lines += ["(declare-const done Bool)", f"(assert (=> {self.fact_names[step.effect]} done))"]
        lines += [f"(assert {self._guard(step)})", f"(assert (=> {done} {smtlib.formula(quiet)}))"]
        return [*lines, f"(assert (not {smtlib.conjunction(self._functions[c].at(new) for c in clauses)}))"]

    def _outside(self, case: CreatedCase, clauses: Sequence[int]) -> list[str]:
        """The page and its tables come into being where one of these clauses fails."""
        new = {name: self._value(name, value) for name, value in case.values.items()}
        lines = list(self._spoiling(case.clobbers))
        spoilt: dict[str, list[str]] = {}
        for clobber in case.clobbers:
            for name in clobber.lost:
                spoilt.setdefault(name, []).append(f"(not {self._spoilt(clobber.fact)})")
        new.update((name, smtlib.conjunction([new[name], *parts])) for name, parts in spoilt.items())
        lines.append(f"(assert {smtlib.formula(case.guard)})")
        return [*lines, f"(assert (not {smtlib.conjunction(self._functions[c].at(new) for c in clauses)}))"]

    def beginning(self, created: Created, clauses: Sequence[int]) -> Iterator[list[str]]:
        """The creation meets a hazard, or ends outside; one question for each danger and case."""
        for danger in created.dangers:
            yield [f"(assert {smtlib.formula(danger)})"]
        for case in created.cases:
            yield self._outside(case, clauses)
            for clobber in case.clobbers:
                if clobber.in_use != NO:
                    yield [*self._spoiling([clobber]), f"(assert {self._spoilt(clobber.fact)})"]

    def _guard(self, step: RelaxedStep) -> str:
        parts = [smtlib.formula(step.kept)]
        parts += [f"(=> {self.fact_names[fact]} {smtlib.formula(condition)})" for fact, condition in step.conditions]
        return smtlib.conjunction(parts)

    def _after(self, step: RelaxedStep, clobbers: Iterable[Clobber]) -> Mapping[str, str]:
        full, bare = dict(step.transition.updates), dict(step.bare)
        new: dict[str, str] = {}
        for name in dict.fromkeys([*full, *bare]):
            done, not_done = (self._value(name, values.get(name)) for values in (full, bare))
            new[name] = done if done == not_done or not step.effect else f"(ite done {done} {not_done})"
        for clobber in clobbers:
            for name in clobber.lost:
                old = new.get(name, smtlib.symbol(name))
                new[name] = f"(and {old} (not {self._spoilt(clobber.fact)}))"
        return new

    def _value(self, name: str, value: Linear | None) -> str:
        if value is None or value == var(name):
            return smtlib.symbol(name)
        return smtlib.new_value(self.invariant.system, name, value)

    def _spoiling(self, clobbers: Iterable[Clobber]) -> Iterator[str]:
        for fact in dict.fromkeys(clobber.fact for clobber in clobbers):
            yield f"(declare-const {self._spoilt(fact)} Bool)"
            yield f"(assert (=> {self.fact_names[fact]} (not {self._spoilt(fact)})))"

    def _spoilt(self, fact: FactKey) -> str:
        return "x" + self.fact_names[fact][1:]
