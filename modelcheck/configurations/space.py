"""The configurations of a unit: one of its ABIs, and an assignment of its symbols that satisfies every requirement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from modelcheck.configurations.decide import Complete, decide, happens
from modelcheck.configurations.satisfiable import Solver, clauses_of
from modelcheck.diagnostics import Diagnostic, InputError, Note, did_you_mean
from modelcheck.layout.decisions import Ask
from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import PlacedField, StructLayout
from modelcheck.model.conditions import (
    RELATIONS,
    All,
    Always,
    Any,
    Condition,
    Not,
    Requirement,
    SizeCompare,
    SizeOf,
    SymbolSet,
    describe,
    holds,
)
from modelcheck.model.declarations import Abi, Declarations, FieldRef
from modelcheck.model.unit import Unit


@dataclass(frozen=True)
class Setting:
    """A part of the space: a target, and some symbols in alphabetical order. The symbols not named do not matter."""

    abi: str
    symbols: tuple[tuple[str, bool], ...]


class Case:
    """A configuration as a question sees it: nothing is worked out, and no symbol asked for, before it is needed.

    Satisfies `modelcheck.model.conditions.Configuration`.
    """

    def __init__(self, layouts: Layouts, ask: Ask) -> None:
        self._layouts = layouts
        self._ask = ask

    @property
    def abi(self) -> Abi:
        """The target."""
        return self._layouts.abi

    def symbol(self, name: str) -> bool:
        """Is the symbol set? KeyError for one that the space does not have."""
        return self._ask(name)

    def size_of(self, type_name: str) -> int:
        """`sizeof(type_name)` in bytes."""
        return self._layouts.size_of(type_name, self._ask)

    def layout(self, struct: str) -> StructLayout:
        """The whole struct; asks for every symbol that any of its fields depends on."""
        return self._layouts.layout(struct, self._ask)

    def place(self, ref: FieldRef) -> PlacedField | None:
        """One field, or None if this configuration does not have it; asks only for what its place depends on."""
        return self._layouts.place(ref, self._ask)


@dataclass(frozen=True)
class Target:
    """One ABI of a space: its layouts, and the requirements as they are there."""

    layouts: Layouts
    solver: Solver
    fixed: tuple[tuple[str, bool], ...]

    def complete(self, assumed: Mapping[str, bool]) -> dict[str, bool] | None:
        """An admitted assignment that extends `assumed`, or None. A symbol it does not name may be either."""
        for name, value in self.fixed:
            if assumed.get(name, value) != value:
                return None
        return self.solver.complete({**dict(self.fixed), **assumed})


@dataclass(frozen=True)
class Space:
    """Targets, declarations, names of symbols, requirements; and symbols that were given a value from outside."""

    abis: tuple[Abi, ...]
    declarations: Declarations
    symbols: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    fixed: tuple[tuple[str, bool], ...] = ()

    @classmethod
    def of(cls, unit: Unit) -> Space:
        """The space of a resolved unit."""
        return cls(unit.abis, unit.declarations, tuple(s.name for s in unit.symbols), unit.requirements)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """One for each ABI, in the order of `abis`."""
        return tuple(self._target(Layouts(self.declarations, abi), self.requirements) for abi in self.abis)

    def target(self, abi: str) -> Target:
        """The one of that name; KeyError if there is none."""
        for target in self.targets:
            if target.layouts.abi.name == abi:
                return target
        raise KeyError(abi)

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of all symbols."""
        return frozenset(self.symbols)

    def admits(self, setting: Setting) -> bool:
        """Is there an admitted configuration in this part of the space?"""
        return self.target(setting.abi).complete(dict(setting.symbols)) is not None

    def case(self, target: Target, ask: Ask) -> Case:
        """A configuration of a target, by what it answers; KeyError for a symbol that the space does not have."""

        def checked(symbol: str) -> bool:
            if symbol not in self.known:
                raise KeyError(symbol)
            return ask(symbol)

        return Case(target.layouts, checked)

    def allows(self, condition: Condition) -> bool:
        """Is there an admitted configuration in which the condition holds? KeyError for a symbol that is not known."""
        return any(self._allowed(condition, target) for target in self.targets)

    def _allowed(self, condition: Condition, target: Target) -> bool:
        return happens(lambda ask: holds(condition, self.case(target, ask)), target.complete)

    def configuration(self, setting: Setting) -> Case:
        """One admitted configuration of a part of the space: the symbols it leaves open are `n` where possible.

        ValueError if it has none.
        """
        target = self.target(setting.abi)
        model = target.complete(dict(setting.symbols))
        if model is None:
            raise ValueError(f"no admitted configuration: {setting}")
        complete = model
        return self.case(target, lambda symbol: complete.get(symbol, False))

    def _target(self, layouts: Layouts, requirements: Iterable[Requirement]) -> Target:
        conditions = [requirement.condition for requirement in requirements]
        if not any(_has_sizes(condition) for condition in conditions):
            return Target(layouts, Solver(clauses_of(conditions)), self.fixed)
        # A size is asked for only where the other requirements hold: elsewhere a type may not be declared.
        others = Solver(clauses_of([c for c in conditions if not _has_sizes(c)]))
        plain = [_without_sizes(condition, layouts, others.complete) for condition in conditions]
        return Target(layouts, Solver(clauses_of(plain)), self.fixed)

    def satisfiable_with(self, requirements: Iterable[Requirement]) -> bool:
        """Would these requirements alone admit a configuration for any target?"""
        kept = tuple(requirements)
        return any(self._target(target.layouts, kept).complete({}) is not None for target in self.targets)


def restrict(space: Space, fixed: Mapping[str, bool]) -> Space:
    """The part of the space in which these symbols have these values (`--config`).

    Raises `InputError` (CA221) for symbols that the space does not have.
    """
    unknown = sorted(name for name in fixed if name not in space.known)
    if unknown:
        raise InputError(
            Diagnostic("CA221", f"there is no symbol `{name}`", help=did_you_mean(name, space.symbols))
            for name in unknown
        )
    if not fixed:
        return space  # with what it remembers
    return replace(space, fixed=tuple(sorted({**dict(space.fixed), **fixed}.items())))


def conflict(space: Space) -> tuple[Requirement, ...]:
    """Requirements of which no configuration satisfies all, but some satisfies all but any one; () if there is no
    conflict.

    Where symbols were fixed from outside, the conflict is with them.
    """
    kept = list(space.requirements)
    if not space.abis or any(target.complete({}) is not None for target in space.targets):
        return ()
    for requirement in space.requirements:
        fewer = [other for other in kept if other is not requirement]
        if not space.satisfiable_with(fewer):
            kept = fewer
    return tuple(kept)


def contradiction(space: Space) -> Diagnostic | None:
    """A CA220 that names a smallest conflict, or None if there are configurations."""
    clash = conflict(space)
    if not clash:
        return None
    given = ", ".join(f"{name}={'y' if value else 'n'}" for name, value in space.fixed)
    return Diagnostic(
        "CA220",
        f"no configuration satisfies all requirements{' with ' + given if given else ''}",
        clash[0].span,
        "this one" if len(clash) > 1 else "",
        tuple(Note("conflicts with this one", requirement.span) for requirement in clash[1:]),
        "these contradict each other: " + "; ".join(f"`{describe(r.condition)}`" for r in clash),
    )


def _has_sizes(condition: Condition) -> bool:
    match condition:
        case Not(operand):
            return _has_sizes(operand)
        case All(operands) | Any(operands):
            return any(_has_sizes(operand) for operand in operands)
        case _:
            return isinstance(condition, SizeCompare)


def _without_sizes(condition: Condition, layouts: Layouts, complete: Complete) -> Condition:
    """The condition for one target, with comparisons of sizes replaced by the symbols that they depend on.

    What it says outside the configurations that `complete` knows does not matter.
    """
    match condition:
        case Not(operand):
            return Not(_without_sizes(operand, layouts, complete))
        case All(operands):
            return All(tuple(_without_sizes(c, layouts, complete) for c in operands))
        case Any(operands):
            return Any(tuple(_without_sizes(c, layouts, complete) for c in operands))
        case Always() | SymbolSet():
            return condition
        case SizeCompare(relation, left, right):

            def compare(ask: Ask) -> bool:
                sides = [v.type_name if isinstance(v, SizeOf) else v for v in (left, right)]
                sizes = [layouts.size_of(v, ask) if isinstance(v, str) else v for v in sides]
                return RELATIONS[relation](sizes[0], sizes[1])

            cases = decide(compare, complete)
            return Any(
                tuple(
                    All(tuple(SymbolSet(name) if value else Not(SymbolSet(name)) for name, value in path))
                    for path, answer in cases
                    if answer
                )
            )
