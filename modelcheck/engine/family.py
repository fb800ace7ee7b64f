"""Many classes of configurations as one system: what differs between them becomes Boolean variables that never change.

In the states in which these marks are as one class has them, the family's system does what the system of that class
does: a step that some class does not have is guarded by a mark. So one proof covers all classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modelcheck.engine.likeness import Likeness
from modelcheck.semantics.prune import pruned
from modelcheck.semantics.system import (
    HazardCase,
    InitialCase,
    Label,
    Sort,
    StateHazard,
    StateVariable,
    System,
    Transition,
)
from modelcheck.semantics.terms import NO, Formula, IsSet, Linear, conjunction, negate

Marks = tuple[int, ...]
"""Which of a family's marks are set, in the order of its variables."""


@dataclass(frozen=True)
class Member:
    """One class: its system with all that its text gives it, and in words what is known to hold there or not to."""

    system: System
    facts: Mapping[str, bool]


@dataclass(frozen=True)
class Family:
    """The system of all members; `members[i]` is the marks that member i has."""

    system: System
    members: tuple[Marks, ...]

    @property
    def marks(self) -> tuple[Mapping[str, int], ...]:
        """For each member the family's marks by name, and what they are in it."""
        names = [variable.name for variable in self._variables]
        return tuple(dict(zip(names, member, strict=True)) for member in self.members)

    @property
    def _variables(self) -> tuple[StateVariable, ...]:
        return self.system.variables[: len(self.members[0])]

    def pruned(self) -> System:
        """The system without what cannot matter; marks stay, also those that only tell initial states apart."""
        system = pruned(self.system)
        known = {variable.name for variable in system.variables}
        marks = [v for v in self._variables if v.name not in known]
        initial = []
        for case, whole in zip(system.initial, self.system.initial, strict=True):
            values = dict(whole.values)
            more = ((mark.name, values[mark.name]) for mark in marks)
            initial.append(replace(case, values=tuple(sorted((*case.values, *more)))))
        return replace(system, variables=(*marks, *system.variables), initial=tuple(initial))


def fixed_flags(system: System) -> tuple[str, ...]:
    """The Boolean variables that no step changes, a family's marks among them, in the order of the variables."""
    changed = {name for transition in system.transitions for name, _ in transition.updates}
    return tuple(v.name for v in system.variables if v.sort is Sort.BOOLEAN and v.name not in changed)


def family_of(members: Sequence[Member]) -> Family | None:
    """One system for all members; None where their parameters, variables or creation hazards are not alike."""
    first = members[0].system
    if any(m.system.creation_hazards != first.creation_hazards for m in members):
        return None
    if any(_parameters(m.system) != _parameters(first) for m in members):
        return None
    variables: dict[str, StateVariable] = {}
    present: dict[str, int] = {}
    for number, member in enumerate(members):
        for variable in member.system.variables:
            known = variables.setdefault(variable.name, variable)
            if (known.sort, known.values) != (variable.sort, variable.values):
                return None
            present[variable.name] = present.get(variable.name, 0) | 1 << number
    return _Union(members, variables, present).family()


def _parameters(system: System) -> list[StateVariable]:
    return [v for v in system.variables if v.sort is Sort.PARAMETER]


@dataclass(frozen=True)
class _Shared:
    """A step that the classes `classes` have."""

    transition: Transition
    classes: int


class _Union:
    def __init__(
        self, members: Sequence[Member], variables: Mapping[str, StateVariable], present: Mapping[str, int]
    ) -> None:
        self.members = members
        self.variables = variables
        self.like = Likeness(present)
        self.everybody = (1 << len(members)) - 1
        self.facts = self._facts()
        self.marks: dict[int, StateVariable] = {}

    def family(self) -> Family:
        transitions = tuple(self._guarded(shared) for shared in self._transitions())
        hazards = tuple(self._state_hazards())
        self._tell_all_apart()
        marks = tuple(sorted(self.marks.items(), key=lambda entry: entry[1].name))
        initial = tuple(
            self._initial(case, number, marks)
            for number, member in enumerate(self.members)
            for case in member.system.initial
        )
        system = System(
            (*(variable for _, variable in marks), *self.variables.values()),
            (),
            initial,
            self.members[0].system.creation_hazards,
            transitions,
            hazards,
            tuple(dict.fromkeys(key for member in self.members for key in member.system.keys)),
        )
        return Family(
            system, tuple(tuple(classes >> i & 1 for classes, _ in marks) for i in range(len(self.members)))
        )

    def _initial(self, case: InitialCase, number: int, marks: Sequence[tuple[int, StateVariable]]) -> InitialCase:
        values = {v.name: Linear() for v in self.variables.values() if v.sort is not Sort.PARAMETER}
        values.update(case.values)
        values.update((variable.name, Linear(classes >> number & 1)) for classes, variable in marks)
        return replace(case, values=tuple(sorted(values.items())))

    # ------------------------------------------------------------------------------------------------------ steps

    def _transitions(self) -> list[_Shared]:
        found: list[_Shared] = []
        by_label: dict[tuple[object, ...], list[int]] = {}
        for number, member in enumerate(self.members):
            for transition in member.system.transitions:
                label = transition.label
                key = (label.move, label.path, label.text, label.source, label.target)
                numbers = by_label.setdefault(key, [])
                for index in numbers:
                    both = self._both(found[index], transition, 1 << number)
                    if both is not None:
                        found[index] = both
                        break
                else:
                    numbers.append(len(found))
                    found.append(_Shared(transition, 1 << number))
        return found

    def _both(self, shared: _Shared, other: Transition, one: int) -> _Shared | None:
        here, a = shared.transition, shared.classes
        if a & one:
            return None
        guard = self.like.formula(here.guard, a, other.guard, one)
        if guard is None:
            return None
        updates = self.like.updates(here.updates, a, other.updates, one)
        if updates is None:
            return None
        hazards = self.like.hazards(here.hazards, a, other.hazards, one)
        if hazards is None:
            return None
        return _Shared(Transition(_label(here.label, other.label), guard, tuple(hazards), updates), a | one)

    def _guarded(self, shared: _Shared) -> Transition:
        transition = shared.transition
        mark = self._mark(shared.classes, transition.guard)
        return replace(transition, guard=conjunction(mark, transition.guard))

    def _state_hazards(self) -> list[StateHazard]:
        found: list[tuple[HazardCase, int]] = []
        for number, member in enumerate(self.members):
            one = 1 << number
            for hazard in member.system.state_hazards:
                case = HazardCase(hazard.rule, hazard.condition, hazard.message)
                for index, (known, classes) in enumerate(found):
                    both = None if classes & one else self.like.hazards([known], classes, [case], one)
                    if both is not None and len(both) == 1:
                        found[index] = (both[0], classes | one)
                        break
                else:
                    found.append((case, one))
        return [
            StateHazard(case.rule, conjunction(self._mark(classes, case.condition), case.condition), case.message)
            for case, classes in found
        ]

    # ------------------------------------------------------------------------------------------------------ marks

    def _tell_all_apart(self) -> None:
        """Mark also what differs in the initial states only, so that no two classes have the same marks."""
        for number in range(len(self.members)):
            for other in range(number):
                if all(classes >> number & 1 == classes >> other & 1 for classes in self.marks):
                    self._separate(1 << number, 1 << other)

    def _separate(self, one: int, other: int) -> None:
        for is_set, is_clear, words in self.facts:
            if (one & is_set and other & is_clear) or (other & is_set and one & is_clear):
                self._name(is_set, words)
                return
        self._name(one, f"class {one.bit_length()} of this life cycle")

    def _mark(self, classes: int, guard: Formula) -> Formula:
        """A condition over marks that holds in these classes, and in no other in which the guard could hold."""
        out = 0
        for number in range(len(self.members)):
            one = 1 << number
            if not classes & one and self.like.within(guard, one) != NO:
                out |= one
        if not out:
            return conjunction()
        for is_set, is_clear, words in self.facts:
            if not classes & ~is_set and not out & ~is_clear:
                return IsSet(self._name(is_set, words))
            if not classes & ~is_clear and not out & ~is_set:
                return negate(IsSet(self._name(is_set, words)))
        for known, variable in self.marks.items():
            if not classes & ~known and not out & known:
                return IsSet(variable.name)
            if not classes & known and not out & ~known:
                return negate(IsSet(variable.name))
        numbers = ", ".join(str(i + 1) for i in range(len(self.members)) if classes >> i & 1)
        return IsSet(self._name(classes, f"class {numbers} of this life cycle"))

    def _name(self, classes: int, words: str) -> str:
        if classes not in self.marks:
            name = f"configuration {len(self.marks) + 1:02}"
            self.marks[classes] = StateVariable(name, Sort.BOOLEAN, words)
        return self.marks[classes].name

    def _facts(self) -> list[tuple[int, int, str]]:
        """In which classes each fact holds, and in which it does not; facts that most classes know first."""
        found: list[tuple[int, int, str]] = []
        for words in dict.fromkeys(words for member in self.members for words in member.facts):
            is_set = is_clear = 0
            for number, member in enumerate(self.members):
                value = member.facts.get(words)
                if value is not None:
                    is_set, is_clear = (is_set | 1 << number, is_clear) if value else (is_set, is_clear | 1 << number)
            if is_set and is_clear:
                found.append((is_set, is_clear, words))
        return sorted(found, key=lambda fact: -(fact[0] | fact[1]).bit_count())


def _label(left: Label, right: Label) -> Label:
    return left if left.keys == right.keys else replace(left, keys=tuple(dict.fromkeys((*left.keys, *right.keys))))
