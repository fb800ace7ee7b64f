"""Conditions put together so that they stay small: constants, doubles and what contradicts itself are worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelcheck.model.conditions import FALSE, TRUE, All, Always, Any, Condition, Not, SizeCompare, SymbolSet

# Beyond this many operands a disjunction is left as it is: comparing each with each would take too long.
_MOST_COMPARED = 24


def negated(condition: Condition) -> Condition:
    """What holds exactly where the condition does not."""
    match condition:
        case Always(value):
            return FALSE if value else TRUE
        case Not(operand):
            return operand
        case All(operands):
            return any_of(*(negated(each) for each in operands))
        case Any(operands):
            return all_of(*(negated(each) for each in operands))
        case _:
            return Not(condition)


def all_of(*conditions: Condition) -> Condition:
    """What holds where each of them does."""
    return _joined(conditions, conjunction=True)


def any_of(*conditions: Condition) -> Condition:
    """What holds where one of them does."""
    return _joined(conditions, conjunction=False)


def assuming(condition: Condition, known: Mapping[Condition, bool]) -> Condition:
    """The condition where atoms (symbols, comparisons) have known values."""
    match condition:
        case Always():
            return condition
        case Not(operand):
            return negated(assuming(operand, known))
        case All(operands):
            return all_of(*(assuming(each, known) for each in operands))
        case Any(operands):
            return any_of(*(assuming(each, known) for each in operands))
        case _:
            value = known.get(condition)
            return condition if value is None else Always(value)


def atoms_in(condition: Condition) -> Iterable[SymbolSet | SizeCompare]:
    """The symbols and comparisons that it is built from, in the order they are written."""
    match condition:
        case Not(operand):
            yield from atoms_in(operand)
        case All(operands) | Any(operands):
            for each in operands:
                yield from atoms_in(each)
        case SymbolSet() | SizeCompare():
            yield condition


def renamed(condition: Condition, names: Mapping[str, Condition]) -> Condition:
    """The condition with some symbols replaced."""
    match condition:
        case SymbolSet(name):
            return names.get(name, condition)
        case Not(operand):
            return negated(renamed(operand, names))
        case All(operands):
            return all_of(*(renamed(each, names) for each in operands))
        case Any(operands):
            return any_of(*(renamed(each, names) for each in operands))
        case _:
            return condition


def _joined(conditions: Iterable[Condition], *, conjunction: bool) -> Condition:
    absorbing, neutral = (FALSE, TRUE) if conjunction else (TRUE, FALSE)
    parts = _flat(conditions, conjunction=conjunction)
    while True:
        if absorbing in parts:
            return absorbing
        literals: dict[Condition, bool] = {}
        for part in parts:
            atom, value = (part.operand, False) if isinstance(part, Not) else (part, True)
            if isinstance(atom, SymbolSet | SizeCompare) and literals.setdefault(atom, value) != value:
                return absorbing
        if not literals:
            break
        # Where one part decides the whole, the others matter only where it does not.
        known = {atom: value == conjunction for atom, value in literals.items()}
        simpler = [p if _is_literal(p) else assuming(p, known) for p in parts]
        if simpler == parts:
            break
        parts = _flat(simpler, conjunction=conjunction)
    if len(parts) <= _MOST_COMPARED:
        parts = _merged(parts, conjunction=conjunction)
    if absorbing in parts:
        return absorbing
    if not parts:
        return neutral
    if len(parts) == 1:
        return parts[0]
    return All(tuple(parts)) if conjunction else Any(tuple(parts))


def _flat(conditions: Iterable[Condition], *, conjunction: bool) -> list[Condition]:
    found: dict[Condition, None] = {}
    for each in conditions:
        if isinstance(each, All if conjunction else Any):
            assert isinstance(each, All | Any)
            found.update(dict.fromkeys(each.operands))
        elif each != Always(conjunction):
            found[each] = None
    return list(found)


def _is_literal(condition: Condition) -> bool:
    atom = condition.operand if isinstance(condition, Not) else condition
    return isinstance(atom, SymbolSet | SizeCompare)


def _merged(parts: list[Condition], *, conjunction: bool) -> list[Condition]:
    """Without parts that others make needless: `a || (a && b)` is `a`, `(a && b) || (a && !b)` is `a`."""
    inner: type[All] | type[Any] = Any if conjunction else All
    while True:
        sets = [frozenset(p.operands) if isinstance(p, inner) else frozenset((p,)) for p in parts]
        kept = [
            p
            for i, p in enumerate(parts)
            if not any(sets[j] < sets[i] or (sets[j] == sets[i] and j < i) for j in range(len(parts)) if j != i)
        ]
        sets = [frozenset(p.operands) if isinstance(p, inner) else frozenset((p,)) for p in kept]
        for i, left in enumerate(sets):
            for j in range(i + 1, len(sets)):
                right = sets[j]
                mine, theirs = left - right, right - left
                if len(mine) == len(theirs) == 1 and negated(next(iter(mine))) == next(iter(theirs)):
                    operands = tuple(o for o in _operands(kept[i], inner) if o not in mine)
                    whole: Condition = Always(not conjunction)
                    if len(operands) == 1:
                        whole = operands[0]
                    elif operands:
                        whole = inner(operands)
                    elif not conjunction:
                        whole = TRUE
                    else:
                        whole = FALSE
                    kept[i] = whole
                    del kept[j]
                    parts = kept
                    break
            else:
                continue
            break
        else:
            return kept


def _operands(condition: Condition, inner: type[All] | type[Any]) -> tuple[Condition, ...]:
    if isinstance(condition, inner):
        return condition.operands
    return (condition,)
