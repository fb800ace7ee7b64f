"""A system as Horn clauses over one relation, in SMT-LIB 2 text: what Spacer is asked.

`over_integers` takes the system as it is, with lemmas; `booleans` has a reading with finitely many states.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelcheck.semantics import smtlib
from modelcheck.semantics.system import Sort, StateVariable, System
from modelcheck.semantics.terms import Formula, IsSet, Linear
from modelcheck.semantics.unrolling import Danger, taken


@dataclass(frozen=True)
class Argument:
    """One argument of the relation: `name` in the text, and what it means in the system's terms.

    A Boolean means a formula, an integer a linear expression.
    """

    name: str
    meaning: Formula | Linear

    @property
    def sort(self) -> str:
        """The SMT-LIB sort."""
        return "Int" if isinstance(self.meaning, Linear) else "Bool"


@dataclass(frozen=True)
class Rule:
    """Where `body` holds of a reachable state (of no state, for an initial one), the state `head` is reachable.

    `head` gives new values by the names of arguments; the others keep theirs, or, initially, are those that `body`
    leaves them. `fresh` are more Booleans that may be anything.
    """

    body: str
    head: tuple[tuple[str, str], ...]
    initial: bool = False
    fresh: tuple[str, ...] = ()


@dataclass(frozen=True)
class Horn:
    """Arguments, rules, and the bodies of which none may hold in a reachable state."""

    arguments: tuple[Argument, ...]
    rules: tuple[Rule, ...]
    hazards: tuple[str, ...]

    def text(self) -> str:
        """Z3's input: `state` is the relation of the reachable states, `bad` what is asked for."""
        every = " ".join(smtlib.symbol(a.name) for a in self.arguments)
        here = f"(state {every})" if every else "state"
        lines = [f"(declare-rel state ({' '.join(a.sort for a in self.arguments)}))", "(declare-rel bad ())"]
        lines.extend(f"(declare-var {smtlib.symbol(a.name)} {a.sort})" for a in self.arguments)
        lines.extend(f"(declare-var {smtlib.symbol(n)} Bool)" for n in sorted({n for r in self.rules for n in r.fresh}))
        for rule in self.rules:
            new = dict(rule.head)
            after = " ".join(new.get(a.name) or smtlib.symbol(a.name) for a in self.arguments)
            body = rule.body if rule.initial else f"(and {here} {rule.body})"
            lines.append(f"(rule (=> {body} {f'(state {after})' if after else 'state'}))")
        lines.extend(f"(rule (=> (and {here} {hazard}) bad))" for hazard in self.hazards)
        return "\n".join(lines) + "\n(query bad)\n"


def over_integers(system: System, lemmas: Sequence[Formula], hazards: Iterable[Danger]) -> Horn:
    """The system as it is; `lemmas` hold in every reachable state (parameters' bounds among them)."""
    known = smtlib.conjunction([*smtlib.typing(system.variables), *(smtlib.formula(lemma) for lemma in lemmas)])
    changing = {v.name for v in system.variables if v.sort is not Sort.PARAMETER}
    rules = []
    for case in system.initial:
        values = [
            f"(= {smtlib.symbol(name)} {smtlib.new_value(system, name, value)})"
            for name, value in case.values
            if name in changing
        ]
        rules.append(Rule(smtlib.conjunction([known, smtlib.formula(case.guard), *values]), (), True))
    for transition in system.transitions:
        if transition.updates:
            new = tuple((name, smtlib.new_value(system, name, value)) for name, value in transition.updates)
            rules.append(Rule(smtlib.conjunction([known, smtlib.formula(taken(transition))]), new))
    bodies = tuple(smtlib.conjunction([known, smtlib.formula(danger.condition)]) for danger in hazards)
    return Horn(tuple(Argument(v.name, _meaning(v)) for v in system.variables), tuple(rules), bodies)


def _meaning(variable: StateVariable) -> Formula | Linear:
    return IsSet(variable.name) if variable.sort is Sort.BOOLEAN else Linear(0, ((variable.name, 1),))
