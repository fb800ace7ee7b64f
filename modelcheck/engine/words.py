"""Laws and clauses in words, with the model's own names for points."""

from __future__ import annotations

from collections.abc import Mapping

from modelcheck.engine.laws import ConservationLaw
from modelcheck.semantics.names import PHASES
from modelcheck.semantics.system import Sort, System
from modelcheck.semantics.terms import (
    And,
    Formula,
    IsSet,
    IsValue,
    Linear,
    Negation,
    Or,
    Positive,
    Truth,
    Zero,
)


class Wording:
    """Says what a system's variables mean."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._kinds = {v.name: v for v in system.variables}
        self._texts: dict[str, tuple[str, str]] = {}
        for transition in system.transitions:
            label = transition.label
            if label.source.startswith("#") and "." in label.source:
                waiting = "waiting after " if " waiting" in label.source else ""
                context = " in softirq" if " in softirq" in label.source else ""
                self._texts.setdefault(label.source, (_place(label.source), f"{waiting}`{label.text}`{context}"))
                if waiting:
                    self._texts.setdefault(f"{label.source} blocked", self._texts[label.source])

    def law(self, law: ConservationLaw) -> str:
        """`pt_frag_refcount = cached + fresh + pte_free_tlb (at `grace_period`) + ...`."""
        states: list[str] = []
        paths: dict[str, list[str]] = {}
        rest: list[str] = []
        for name, coefficient in law.expression.terms:
            if coefficient == 1 and name in self._texts:
                place, text = self._texts[name]
                texts = paths.setdefault(place, [])
                if text not in texts:
                    texts.append(text)
            elif coefficient == 1 and name.startswith("#"):
                states.append(self.name(name))
            else:
                rest.append(f"{'- ' if coefficient < 0 else ''}{_times(abs(coefficient))}{self.name(name)}")
        text = " + ".join([*states, *(f"{place} (at {', '.join(texts)})" for place, texts in paths.items())])
        for part in rest:
            text += f" {part}" if part.startswith("- ") else f" + {part}" if text else part
        if law.expression.constant or not text:
            text += f" + {law.expression.constant}" if text else str(law.expression.constant)
        return f"{self.name(law.dependent)} = {text.strip()}"

    def holders(self, law: ConservationLaw) -> str:
        """The same law as a sentence: which tables a stored counter counts."""
        states: list[str] = []
        paths: list[str] = []
        for name, _ in law.expression.terms:
            if name in self._texts:
                place = self._texts[name][0]
                if place not in paths:
                    paths.append(place)
            else:
                states.append(self.name(name))
        where = [f"in {_and(states)}"] if states else []
        if paths:
            where.append(f"on their way through {_and(paths)} as far as they have not given it up")
        return f"`{self.name(law.dependent)}` always equals the number of tables {', and those '.join(where)}"

    def counts_tables(self, law: ConservationLaw) -> bool:
        """Is the law "a stored counter equals the tables at some points"?"""
        terms = law.expression.terms
        plain = not law.expression.constant and all(n.startswith("#") and c == 1 for n, c in terms)
        return self.is_about_fields(law) and bool(terms) and plain

    def name(self, variable: str) -> str:
        """A variable for people."""
        if variable in self._texts:
            place, text = self._texts[variable]
            return f"{place} at {text}"
        kind = self._kinds.get(variable)
        return kind.words if kind else variable

    def clause(self, formula: Formula) -> str:
        """A formula for people."""
        match formula:
            case Truth(value):
                return "true" if value else "false"
            case IsSet(name):
                return self.name(name)
            case IsValue(name, value):
                values: Mapping[int, str] = dict(enumerate(self._kinds[name].values or PHASES))
                return f"{self.name(name)} is {values[value]}"
            case Positive(expression):
                return self._compared(expression, formula)
            case Zero(expression):
                return self._compared(expression, formula)
            case Negation(Positive(expression)):
                return self._at_most(expression)
            case Negation(Zero(Linear(0, terms))):
                return f"some {self._sum(Linear(0, terms))}"
            case Negation(operand):
                return f"not {self.clause(operand)}"
            case And(operands):
                return " and ".join(self.clause(part) for part in operands)
            case Or(operands):
                return " or ".join(self.clause(part) for part in operands)

    def _compared(self, expression: Linear, formula: Positive | Zero) -> str:
        body = self._sum(Linear(0, expression.terms))
        if isinstance(formula, Zero):
            return f"no {body}" if expression.constant == 0 else f"{body} = {-expression.constant}"
        return f"some {body}" if expression.constant == 0 else f"{body} >= {1 - expression.constant}"

    def _at_most(self, expression: Linear) -> str:
        body = self._sum(Linear(0, expression.terms))
        return f"no {body}" if expression.constant == 0 else f"{body} <= {-expression.constant}"

    def _sum(self, expression: Linear) -> str:
        parts = [f"{_times(coefficient)}{self.name(name)}" for name, coefficient in expression.terms]
        return " + ".join(parts)

    def is_worth_telling(self, law: ConservationLaw) -> bool:
        """Does it say more than that everybody is somewhere?"""
        kind = self._kinds.get(law.dependent)
        return kind is not None and kind.sort is Sort.COUNT and not law.dependent.startswith(("#", "inside "))

    def is_about_fields(self, law: ConservationLaw) -> bool:
        """Is the dependent something the page stores (not a point, a reader or a lock)?"""
        kind = self._kinds.get(law.dependent)
        return (
            kind is not None
            and kind.sort is Sort.COUNT
            and not law.dependent.startswith("#")
            and " " not in law.dependent
        )


def _place(point: str) -> str:
    return point.removeprefix("#").split(".")[0]


def _times(coefficient: int) -> str:
    return "" if coefficient == 1 else f"{coefficient} * "


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
