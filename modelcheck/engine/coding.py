"""What is worth keeping of an answer, as values of JSON, and back.

What comes back may be anything: whatever does not fit the system raises `MisfitError`. A name that is no variable of
the system would be worse than useless, since names become part of what a solver is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from modelcheck.engine.certificate import Invariant
from modelcheck.engine.explicit import Run, Site, Walk
from modelcheck.engine.laws import ConservationLaw
from modelcheck.engine.refinement import Hint, Spot
from modelcheck.engine.refute import Refutation
from modelcheck.semantics.system import Sort, System
from modelcheck.semantics.terms import And, Formula, IsSet, IsValue, Linear, Negation, Or, Positive, Truth, Zero
from modelcheck.solver.path import PathAnswer

T = TypeVar("T")


class MisfitError(Exception):
    """It is not what it should be."""


# -------------------------------------------------------------------------------------------------------- encoding


def encoded_formula(formula: Formula) -> list[object]:
    """A formula as a list that begins with its kind."""
    match formula:
        case Truth(value):
            return ["truth", value]
        case IsSet(name):
            return ["set", name]
        case IsValue(name, number):
            return ["value", name, number]
        case Positive(expression):
            return ["positive", encoded_linear(expression)]
        case Zero(expression):
            return ["zero", encoded_linear(expression)]
        case Negation(operand):
            return ["not", encoded_formula(operand)]
        case And(operands):
            return ["and", *(encoded_formula(part) for part in operands)]
        case Or(operands):
            return ["or", *(encoded_formula(part) for part in operands)]


def encoded_linear(expression: Linear) -> list[object]:
    """A sum: its constant, then names and factors."""
    return [expression.constant, *([name, factor] for name, factor in expression.terms)]


def encoded_invariant(invariant: Invariant) -> Mapping[str, object]:
    """Laws and clauses."""
    return {
        "laws": [[law.dependent, encoded_linear(law.expression)] for law in invariant.laws],
        "clauses": [encoded_formula(clause) for clause in invariant.clauses],
    }


def encoded_hint(hint: Hint) -> Mapping[str, object]:
    """Classes of points, and which points are counted closely."""
    classes: dict[int, list[str]] = {}
    for point, number in hint.partition.items():
        classes.setdefault(number, []).append(point)
    return {"classes": list(classes.values()), "closely": sorted(hint.closely)}


def encoded_spots(spots: Iterable[Spot]) -> Sequence[object]:
    """Rules, ways in, and flags, in a fixed order."""
    return sorted([spot.site.rule, spot.site.path, list(spot.flags)] for spot in spots)


def encoded_refutation(system: System, refutation: Refutation) -> Mapping[str, object]:
    """A run by numbers of initial cases, transitions and hazards, and for which values of the parameter it happens."""
    run, values = refutation.run, refutation.values
    return {
        "site": [refutation.site.rule, refutation.site.path],
        "parameters": [[name, value] for name, value in run.parameters],
        "initial": None if run.initial is None else system.initial.index(run.initial),
        "creation": None if run.creation is None else system.creation_hazards.index(run.creation),
        "transitions": list(run.transitions),
        "hazard": run.hazard,
        "in_state": run.in_state,
        "values": None
        if values is None
        else [values.low, values.high, values.contiguous, None if values.repeated is None else [*values.repeated]],
    }


def encoded_walk(system: System, walk: Walk) -> Sequence[object]:
    """A walk: its parameters, and the numbers of its initial case and its transitions."""
    parameters = [[name, value] for name, value in walk.parameters]
    return [parameters, system.initial.index(walk.initial), list(walk.transitions)]


# -------------------------------------------------------------------------------------------------------- decoding


class Decoder:
    """Reads what was encoded, for one system."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._sorts = {v.name: v.sort for v in system.variables}

    def formula(self, entry: object) -> Formula:
        """A formula over the system's variables."""
        match entry:
            case ["truth", bool(value)]:
                return Truth(value)
            case ["set", str(name)] if self._sorts.get(name) is Sort.BOOLEAN:
                return IsSet(name)
            case ["value", str(name), number] if self._sorts.get(name) is Sort.ENUMERATION:
                return IsValue(name, integer(number))
            case ["positive", expression]:
                return Positive(self.linear(expression))
            case ["zero", expression]:
                return Zero(self.linear(expression))
            case ["not", operand]:
                return Negation(self.formula(operand))
            case ["and", *operands]:
                return And(tuple(self.formula(part) for part in operands))
            case ["or", *operands]:
                return Or(tuple(self.formula(part) for part in operands))
        raise MisfitError("not a formula")

    def linear(self, entry: object) -> Linear:
        """A sum of the system's counts and parameters."""
        constant, *terms = items(entry) or (None,)
        return Linear(integer(constant), tuple(self._term(term) for term in terms))

    def _term(self, entry: object) -> tuple[str, int]:
        match entry:
            case [str(name), factor] if self._sorts.get(name) in (Sort.COUNT, Sort.PARAMETER):
                return name, integer(factor)
        raise MisfitError("not a count")

    def laws_and_clauses(self, entry: object) -> tuple[tuple[ConservationLaw, ...], tuple[Formula, ...]]:
        """What `encoded_invariant` wrote."""
        match entry:
            case {"laws": list(laws), "clauses": list(clauses)}:
                return tuple(self._law(law) for law in laws), tuple(self.formula(clause) for clause in clauses)
        raise MisfitError("not an invariant")

    def _law(self, entry: object) -> ConservationLaw:
        match entry:
            case [str(name), expression] if self._sorts.get(name) in (Sort.COUNT, Sort.PARAMETER):
                return ConservationLaw(name, self.linear(expression))
        raise MisfitError("not a law")

    def hint(self, entry: object) -> Hint:
        """What `encoded_hint` wrote; it need not name every point, and may name others."""
        match entry:
            case {"classes": list(classes), "closely": list(closely)}:
                numbers = {name: n for n, points in enumerate(classes) for name in names(points)}
                return Hint(numbers, frozenset(names(closely)))
        raise MisfitError("not a hint")

    def spots(self, entry: object) -> frozenset[Spot]:
        """What `encoded_spots` wrote."""
        found: set[Spot] = set()
        for each in items(entry):
            match each:
                case [str(rule), str(path), list(flags)]:
                    found.add(Spot(Site(rule, path), tuple(integer(flag) for flag in flags)))
                case _:
                    raise MisfitError("not a spot")
        return frozenset(found)

    def refutation(self, entry: object) -> Refutation:
        """What `encoded_refutation` wrote. Whether the run happens is another question."""
        match entry:
            case {
                "site": [str(rule), str(path)],
                "parameters": list(parameters),
                "initial": initial,
                "creation": creation,
                "transitions": list(transitions),
                "hazard": hazard,
                "in_state": bool(in_state),
                "values": values,
            }:
                system = self._system
                run = Run(
                    tuple(self._parameter(parameter) for parameter in parameters),
                    None if initial is None else _picked(system.initial, initial),
                    tuple(number(t, len(system.transitions)) for t in transitions),
                    integer(hazard),
                    in_state,
                    None if creation is None else _picked(system.creation_hazards, creation),
                )
                return Refutation(Site(rule, path), run, None if values is None else _answer(values))
        raise MisfitError("not a run")

    def walk(self, entry: object) -> Walk:
        """What `encoded_walk` wrote. Whether it can be walked is another question."""
        match entry:
            case [list(parameters), initial, list(transitions)]:
                system = self._system
                return Walk(
                    tuple(self._parameter(parameter) for parameter in parameters),
                    _picked(system.initial, initial),
                    tuple(number(t, len(system.transitions)) for t in transitions),
                )
        raise MisfitError("not a walk")

    def _parameter(self, entry: object) -> tuple[str, int]:
        match entry:
            case [str(name), value] if self._sorts.get(name) is Sort.PARAMETER:
                return name, integer(value)
        raise MisfitError("not a parameter")


def items(entry: object) -> Sequence[object]:
    """A list."""
    if not isinstance(entry, list):
        raise MisfitError("not a list")
    return entry


def names(entry: object) -> Sequence[str]:
    """A list of strings."""
    found = items(entry)
    if not all(isinstance(name, str) for name in found):
        raise MisfitError("not a name")
    return [str(name) for name in found]


def integer(entry: object) -> int:
    """A whole number; `true` is none."""
    if not isinstance(entry, int) or isinstance(entry, bool):
        raise MisfitError("not a number")
    return entry


def number(entry: object, below: int) -> int:
    """A whole number from 0 up."""
    found = integer(entry)
    if not 0 <= found < below:
        raise MisfitError("no such number")
    return found


def _picked(of: Sequence[T], entry: object) -> T:
    return of[number(entry, len(of))]


def _answer(entry: object) -> PathAnswer:
    match entry:
        case [low, high, bool(contiguous), repeated]:
            part = None
            if repeated is not None:
                match repeated:
                    case [begin, end]:
                        part = integer(begin), integer(end)
                    case _:
                        raise MisfitError("not a part")
            return PathAnswer(integer(low), None if high is None else integer(high), contiguous, part)
    raise MisfitError("not an answer")
