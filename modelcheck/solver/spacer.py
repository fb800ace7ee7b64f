"""Asks Z3's Spacer for an inductive invariant of Horn clauses, and reads it back in the system's terms.

What it answers is a candidate like any other: the certificate decides. Spacer may crash or hang, so it is run through
`isolated`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import z3

from modelcheck.model.conditions import Relation
from modelcheck.semantics.horn import Argument, Horn
from modelcheck.semantics.terms import (
    And,
    Formula,
    Linear,
    Truth,
    compare,
    conjunction,
    disjunction,
    negate,
)
from modelcheck.solver.commands import reason_of


@dataclass(frozen=True)
class SpacerAnswer:
    """Clauses whose conjunction is inductive and safe, says Spacer; None if it has none, and `reason` says why.

    `reachable`: Spacer says that a hazard can be reached, in its reading of the system.
    """

    clauses: tuple[Formula, ...] | None
    reachable: bool
    reason: str


class _UntranslatableError(Exception):
    pass


def ask_spacer(horn: Horn, rlimit: int) -> SpacerAnswer:
    """Run Spacer within `rlimit` units of work; meant to be called in a child process."""
    if not horn.hazards:
        return SpacerAnswer((), False, "")
    context = z3.Context()
    engine = z3.Fixedpoint(ctx=context)
    # Slicing and inlining would take the relation apart that the answer is read from.
    engine.set(engine="spacer", rlimit=rlimit)
    engine.set("xform.slice", False)
    engine.set("xform.inline_eager", False)
    engine.set("xform.inline_linear", False)
    try:
        queries = engine.parse_string(horn.text())
        result = engine.query(queries[0])
        # Results of this version of Z3 are compared, never hashed.
        if result == z3.sat:
            return SpacerAnswer(None, True, "a hazard can be reached in this reading")
        if result != z3.unsat:
            return SpacerAnswer(None, False, f"Spacer does not know: {engine.reason_unknown()}")
        body = _body_of(engine.get_answer())
        return SpacerAnswer(_clauses(_formula(body, horn.arguments)), False, "")
    except z3.Z3Exception as error:
        return SpacerAnswer(None, False, f"Spacer gave up: {reason_of(error)}")
    except _UntranslatableError as error:
        return SpacerAnswer(None, False, f"Spacer's invariant cannot be said in the model's terms: {error}")


def _body_of(answer: z3.ExprRef) -> z3.ExprRef:
    """What the answer says the relation of the reachable states is: `forall arguments. state(arguments) = body`."""
    for part in answer.children() if z3.is_and(answer) else [answer]:
        inner = part.body() if z3.is_quantifier(part) else part
        if z3.is_eq(inner):
            left, right = inner.children()
            for relation, body in ((left, right), (right, left)):
                if z3.is_app(relation) and relation.decl().name() == "state":
                    _check_order(relation)
                    return body
        elif z3.is_app(inner) and inner.decl().name() == "state":
            return z3.BoolVal(True, answer.ctx)
        elif z3.is_not(inner) and inner.arg(0).decl().name() == "state":
            return z3.BoolVal(False, answer.ctx)
    raise _UntranslatableError("it does not speak of the reachable states")


def _check_order(relation: z3.ExprRef) -> None:
    size = relation.num_args()
    for position, argument in enumerate(relation.children()):
        # Bound variables are counted from the inside: the last argument is number 0.
        if not z3.is_var(argument) or z3.get_var_index(argument) != size - 1 - position:
            raise _UntranslatableError("its arguments are not plain variables in order")


def _clauses(formula: Formula) -> tuple[Formula, ...]:
    return formula.operands if isinstance(formula, And) else (formula,)


_RELATIONS: tuple[tuple[Callable[[z3.ExprRef], bool], Relation], ...] = (
    (z3.is_eq, "=="),
    (z3.is_le, "<="),
    (z3.is_lt, "<"),
    (z3.is_ge, ">="),
    (z3.is_gt, ">"),
)


def _formula(term: z3.ExprRef, arguments: Sequence[Argument]) -> Formula:
    if z3.is_true(term) or z3.is_false(term):
        return Truth(z3.is_true(term))
    if z3.is_var(term):
        return _boolean(_argument(term, arguments))
    parts = term.children()
    if z3.is_not(term):
        return negate(_formula(parts[0], arguments))
    if z3.is_and(term):
        return conjunction(*(_formula(part, arguments) for part in parts))
    if z3.is_or(term):
        return disjunction(*(_formula(part, arguments) for part in parts))
    if z3.is_implies(term):
        return disjunction(negate(_formula(parts[0], arguments)), _formula(parts[1], arguments))
    if z3.is_eq(term) and z3.is_bool(parts[0]):
        one, other = (_formula(part, arguments) for part in parts)
        return disjunction(conjunction(one, other), conjunction(negate(one), negate(other)))
    for test, relation in _RELATIONS:
        if test(term):
            return compare(relation, _linear(parts[0], arguments), _linear(parts[1], arguments))
    raise _UntranslatableError(str(term.decl()))


def _argument(term: z3.ExprRef, arguments: Sequence[Argument]) -> Argument:
    index: int = z3.get_var_index(term)
    return arguments[len(arguments) - 1 - index]


def _boolean(argument: Argument) -> Formula:
    if isinstance(argument.meaning, Linear):
        raise _UntranslatableError("a number where a Boolean should be")
    return argument.meaning


def _linear(term: z3.ExprRef, arguments: Sequence[Argument]) -> Linear:
    if z3.is_int_value(term):
        return Linear(term.as_long())
    if z3.is_var(term):
        meaning = _argument(term, arguments).meaning
        if isinstance(meaning, Linear):
            return meaning
    parts = [_linear(part, arguments) for part in term.children()]
    if z3.is_add(term):
        total = Linear()
        for part in parts:
            total = total + part
        return total
    if z3.is_sub(term):
        for part in parts[1:]:
            parts[0] = parts[0] - part
        return parts[0]
    if z3.is_mul(term) and sum(bool(part.terms) for part in parts) <= 1:
        product = Linear(1)
        for part in sorted(parts, key=lambda part: not part.terms):
            product = part if product == Linear(1) else product.scaled(part.constant)
        return product
    if z3.is_app_of(term, z3.Z3_OP_UMINUS):
        return parts[0].scaled(-1)
    raise _UntranslatableError(str(term.decl()))
