"""Which assignments of symbols can be completed so that all requirements hold: DPLL over clauses.

Configurations have some dozens of symbols and requirements that are mostly implications, for which this is instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelcheck.model.conditions import All, Always, Any, Condition, Not, SizeCompare, SymbolSet

Literal = tuple[str, bool]
Clause = tuple[Literal, ...]


def clauses_of(conditions: Iterable[Condition]) -> list[Clause]:
    """Clauses that can be satisfied exactly where all the conditions hold. Fresh names (with `#`) keep them few.

    Comparisons of sizes must have been replaced before: see `Space`.
    """
    builder = _Clauses()
    for condition in conditions:
        builder.require(condition, True)
    return builder.clauses


class _Clauses:
    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self.fresh = 0

    def require(self, condition: Condition, wanted: bool) -> None:
        match condition:
            case Not(operand):
                self.require(operand, not wanted)
            case All(operands) if wanted:
                for operand in operands:
                    self.require(operand, True)
            case Any(operands) if not wanted:
                for operand in operands:
                    self.require(operand, False)
            case _:
                clause = self.literals(condition, wanted)
                if clause is not None:
                    self.clauses.append(tuple(dict.fromkeys(clause)))

    def literals(self, condition: Condition, wanted: bool) -> list[Literal] | None:
        """A disjunction of literals that implies the condition (or its negation); None if it is always true."""
        match condition:
            case Always(value):
                return None if value == wanted else []
            case SymbolSet(name):
                return [(name, wanted)]
            case Not(operand):
                return self.literals(operand, not wanted)
            case SizeCompare():
                raise ValueError("a comparison of sizes is not a clause")
            case All(operands) | Any(operands):
                if isinstance(condition, Any) == wanted:
                    parts = [self.literals(operand, wanted) for operand in operands]
                    return None if None in parts else [lit for part in parts if part is not None for lit in part]
                if len(operands) == 1:
                    return self.literals(operands[0], wanted)
        self.fresh += 1
        name = f"#{self.fresh}"
        for operand in operands:
            part = self.literals(operand, wanted)
            if part is not None:
                self.clauses.append(tuple(dict.fromkeys([(name, False), *part])))
        return [(name, True)]


class Solver:
    """Completes partial assignments for one set of clauses."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self.clauses = list(clauses)
        self._occurs: dict[str, list[int]] = {}
        for index, clause in enumerate(self.clauses):
            for name, _ in clause:
                self._occurs.setdefault(name, []).append(index)

    def complete(self, assumed: Mapping[str, bool]) -> dict[str, bool] | None:
        """An assignment that extends `assumed` and satisfies every clause, or None.

        Symbols that no clause names are left out. `n` is preferred where both are possible, so that examples are small.
        """
        values = dict(assumed)
        if not self._propagate(values, range(len(self.clauses)), []):
            return None
        # Each entry: the symbol decided, and what was assigned since.
        decisions: list[tuple[str, list[str]]] = []
        pending = sorted(self._occurs)
        at = 0
        while True:
            while at < len(pending) and pending[at] in values:
                at += 1
            if at == len(pending):
                return values
            name = pending[at]
            trail = [name]
            values[name] = False
            decisions.append((name, trail))
            while not self._propagate(values, self._occurs[name], trail):
                # The last decision was wrong: its opposite is now implied, at the level before.
                while True:
                    if not decisions:
                        return None
                    name, trail = decisions.pop()
                    first = not values[name]
                    for assigned in trail:
                        del values[assigned]
                    if first:
                        break
                values[name] = True
                trail = [name]
                decisions.append((name, trail))
            at = 0

    def _propagate(self, values: dict[str, bool], touched: Iterable[int], trail: list[str]) -> bool:
        """Assign what is forced; False if a clause is violated. What is assigned is added to `trail`."""
        queue = list(touched)
        while queue:
            index = queue.pop()
            open_literal: Literal | None = None
            for literal in self.clauses[index]:
                value = values.get(literal[0])
                if value is None:
                    if open_literal is not None:
                        break  # two are open: nothing is forced
                    open_literal = literal
                elif value == literal[1]:
                    break
            else:
                if open_literal is None:
                    return False
                name, value = open_literal
                values[name] = value
                trail.append(name)
                queue.extend(self._occurs[name])
        return True
