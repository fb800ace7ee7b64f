"""Integer expressions and guards over a draft of a state.

Conditions over the configuration are decided first, and what they make pointless is not looked at:
`SMP && list_empty(f)` reads nothing without SMP. Of what is left everything is read, from left to right, also where C
would not look at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from modelcheck.model.conditions import RELATIONS
from modelcheck.model.declarations import FieldRef
from modelcheck.model.guards import (
    Compare,
    ConstantRef,
    CountIn,
    Drain,
    FlagIs,
    Guard,
    GuardAll,
    GuardAny,
    GuardNot,
    InConfiguration,
    IntExpr,
    ListEmpty,
    Number,
    Sum,
    Tables,
    ValueIs,
    VariableRef,
    decide,
)
from modelcheck.model.variables import Counter, Flag, Value
from modelcheck.replay.draft import Draft
from modelcheck.replay.world import constant


@dataclass
class Evaluation:
    """One evaluation; `drains` collects the tables to move at the end of the step."""

    draft: Draft
    drains: list[Drain] = field(default_factory=list)

    def number(self, expression: IntExpr) -> int:
        """The value of an integer expression."""
        match expression:
            case Number(value):
                return value
            case ConstantRef(name):
                return constant(self.draft.world.constants, name)
            case Tables():
                return self.draft.world.table_count
            case CountIn(state):
                return len(self.draft.resting(state))
            case Drain(state):
                self.drains.append(expression)
                return len(self.draft.resting(state))
            case VariableRef(name):
                return int(self._value(name))
            case Sum(left, right, negative):
                first, second = self.number(left), self.number(right)
                return first - second if negative else first + second

    def truth(self, guard: Guard) -> bool:
        """Does a guard hold?"""
        settled = self._settled(guard)
        if settled is not None:
            return settled
        match guard:
            case InConfiguration(condition):
                return self.draft.world.holds(condition)
            case FlagIs(name):
                return bool(self._value(name))
            case ValueIs(name, value):
                return self._value(name) == value
            case Compare(relation, left, right):
                return RELATIONS[relation](self.number(left), self.number(right))
            case ListEmpty(ref):
                return self.draft.linkage(ref) != "linked"
            case GuardNot(operand):
                return not self.truth(operand)
            case GuardAll(operands):
                return False not in [self.truth(operand) for operand in operands]
            case GuardAny(operands):
                return True in [self.truth(operand) for operand in operands]

    def _settled(self, guard: Guard) -> bool | None:
        return decide(guard, self.draft.world.holds)

    def reads(self, expression: Guard | IntExpr) -> Iterator[FieldRef | None]:
        """What a guard or an expression reads of the page: fields, and None for a page flag."""
        match expression:
            case FlagIs(name) | ValueIs(name) | VariableRef(name):
                match self.draft.world.variables[name]:
                    case Counter(_, ref) | Value(_, ref):
                        yield ref
                    case Flag():
                        yield None
            case ListEmpty(ref):
                yield ref
            case Compare(_, left, right) | Sum(left, right):
                yield from self.reads(left)
                yield from self.reads(right)
            case GuardNot(operand) if self._settled(operand) is None:
                yield from self.reads(operand)
            case GuardAll(operands) | GuardAny(operands) if self._settled(expression) is None:
                for operand in operands:
                    yield from self.reads(operand)

    def use_all(self, guard: Guard) -> None:
        """Use everything that a guard reads, with the hazards of that."""
        for ref in self.reads(guard):
            if ref is None:
                self.draft.touch()
            else:
                self.draft.use(ref)

    def move_drained(self) -> None:
        """Move the tables that were drained."""
        moves = [(self.draft.resting(drain.state), drain.target) for drain in self.drains]
        for tables, target in moves:
            for table in tables:
                self.draft.rest(table, target)

    def _value(self, name: str) -> int | bool | str:
        return self.draft.values[self.draft.world.cell_of[name]]
