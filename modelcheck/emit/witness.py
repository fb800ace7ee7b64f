"""Why a guard holds in a state, or does not: a few variables and what each of them is."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.model.conditions import Relation
from modelcheck.model.guards import (
    Compare,
    FlagIs,
    Guard,
    GuardAll,
    GuardAny,
    GuardNot,
    IntExpr,
    Sum,
    ValueIs,
    VariableRef,
)
from modelcheck.replay.draft import Draft
from modelcheck.replay.evaluate import Evaluation
from modelcheck.replay.state import State
from modelcheck.replay.world import World

_NEGATED: dict[Relation, Relation] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED: dict[Relation, Relation] = {"==": "==", "!=": "!=", "<": ">", ">": "<", ">=": "<=", "<=": ">="}


@dataclass(frozen=True)
class Literal:
    """A variable compared with a number."""

    variable: str
    relation: Relation
    value: int

    def test(self, register: str) -> str:
        """The comparison in C, of a register that holds the variable."""
        if self.value == 0 and self.relation in ("!=", "=="):
            return register if self.relation == "!=" else f"!{register}"
        return f"{register} {self.relation} {self.value}"


@dataclass(frozen=True)
class Witness:
    """Literals that together are reason enough; `assumed`: so is something that is in no variable."""

    literals: tuple[Literal, ...]
    assumed: bool = False


def witness(world: World, state: State, guard: Guard, truth: bool) -> Witness:
    """Why the guard is as it is said to be in this state (which it has to be)."""
    evaluation = Evaluation(Draft(world, state))
    match guard:
        case FlagIs(name):
            return Witness((Literal(name, "!=" if truth else "==", 0),))
        case ValueIs(name, value):
            values: tuple[str, ...] = getattr(world.variables[name], "values", ())
            return Witness((Literal(name, "==" if truth else "!=", values.index(value) + 1),))
        case GuardNot(operand):
            return witness(world, state, operand, not truth)
        case GuardAll(operands) | GuardAny(operands):
            # All are needed for a conjunction to hold, one is enough for it to fail; for a disjunction it is reversed.
            if isinstance(guard, GuardAll) == truth:
                return _together([witness(world, state, each, truth) for each in operands])
            deciding = next(each for each in operands if evaluation.truth(each) == truth)
            return witness(world, state, deciding, truth)
        case Compare(relation, left, right):
            return _compared(evaluation, relation if truth else _NEGATED[relation], left, right)
        case _:
            return Witness((), True)


def _compared(evaluation: Evaluation, relation: Relation, left: IntExpr, right: IntExpr) -> Witness:
    match left, right:
        case VariableRef(name), other if not _has_variable(other):
            return Witness((Literal(name, relation, evaluation.number(other)),))
        case other, VariableRef(name) if not _has_variable(other):
            return Witness((Literal(name, _MIRRORED[relation], evaluation.number(other)),))
        case _:
            return Witness((), True)


def _has_variable(expression: IntExpr) -> bool:
    match expression:
        case VariableRef():
            return True
        case Sum(left, right):
            return _has_variable(left) or _has_variable(right)
        case _:
            return False


def _together(found: list[Witness]) -> Witness:
    literals = dict.fromkeys(literal for each in found for literal in each.literals)
    return Witness(tuple(literals), any(each.assumed for each in found))
