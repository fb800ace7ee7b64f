"""Which assignments of symbols can be completed so that all requirements hold: DPLL over clauses.

Configurations have some dozens of symbols and requirements that are mostly implications, for which this is instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelcheck.model.conditions import All, Always, Any, Condition, Not, SizeCompare, SymbolSet

Literal = tuple[str, bool]
Clause = tuple[Literal, ...]
_Sides = tuple[int, int]
"""Symbols that are, or should be, `y`; and those that are, or should be, `n`."""


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
    """Completes partial assignments for one set of clauses.

    Symbols are numbered by name, and sets of them are integers with one bit each: an assignment is the set of the
    symbols that are `y` and the set of those that are `n`, a clause the symbols it wants to be `y` and to be `n`.
    """

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self.clauses = list(clauses)
        self._names = sorted({name for clause in self.clauses for name, _ in clause})
        self._bits = {name: 1 << number for number, name in enumerate(self._names)}
        self._all = (1 << len(self._names)) - 1
        self._sides: list[tuple[int, int]] = []
        # The clauses that have one literal less to hope for when a symbol becomes `y`, or `n`.
        self._hurt_by_yes: dict[int, list[int]] = {bit: [] for bit in self._bits.values()}
        self._hurt_by_no: dict[int, list[int]] = {bit: [] for bit in self._bits.values()}
        for clause in self.clauses:
            self._add(clause)
        self._implied = self._propagate(0, 0, range(len(self._sides)))

    def _add(self, clause: Clause) -> None:
        yes = no = 0
        for name, value in clause:
            bit = self._bits[name]
            yes, no = (yes | bit, no) if value else (yes, no | bit)
        if yes & no:
            return  # always true
        for name, value in clause:
            (self._hurt_by_no if value else self._hurt_by_yes)[self._bits[name]].append(len(self._sides))
        self._sides.append((yes, no))

    def complete(self, assumed: Mapping[str, bool]) -> dict[str, bool] | None:
        """An assignment that extends `assumed` and satisfies every clause, or None.

        Symbols that no clause names are left out. `n` is preferred where both are possible, so that examples are small:
        of all assignments it is the one with the most `n`s in front, by name.
        """
        if self._implied is None:
            return None
        yes, no = self._implied
        touched: list[int] = []
        for name, value in assumed.items():
            bit = self._bits.get(name)
            if bit is None:
                continue
            if bit & (no if value else yes):
                return None
            if value and not yes & bit:
                yes |= bit
                touched += self._hurt_by_yes[bit]
            elif not value and not no & bit:
                no |= bit
                touched += self._hurt_by_no[bit]
        found = self._search(self._propagate(yes, no, touched))
        if found is None:
            return None
        values = {name: bool(found & bit) for name, bit in self._bits.items()}
        values.update(assumed)
        return values

    def _search(self, known: _Sides | None) -> int | None:
        """The symbols that are `y` when what is open has been decided; None if it cannot be."""
        # Assignments in which the symbol was decided to be `n`, and may still have to be `y`.
        decided: list[tuple[int, int, int]] = []
        while True:
            while known is None:
                if not decided:
                    return None
                yes, no, bit = decided.pop()
                known = self._propagate(yes | bit, no, self._hurt_by_yes[bit])
            yes, no = known
            left = self._all & ~(yes | no)
            if not left:
                return yes
            bit = left & -left
            decided.append((yes, no, bit))
            known = self._propagate(yes, no | bit, self._hurt_by_no[bit])

    def _propagate(self, yes: int, no: int, touched: Iterable[int]) -> _Sides | None:
        """Assign what is forced, beginning with these clauses; None if a clause is violated."""
        queue = list(touched)
        sides = self._sides
        while queue:
            wants_yes, wants_no = sides[queue.pop()]
            if wants_yes & yes or wants_no & no:
                continue
            left = (wants_yes | wants_no) & ~(yes | no)
            if not left:
                return None
            if left & (left - 1):
                continue  # two are open: nothing is forced
            if wants_yes & left:
                yes |= left
                queue += self._hurt_by_yes[left]
            else:
                no |= left
                queue += self._hurt_by_no[left]
        return yes, no
