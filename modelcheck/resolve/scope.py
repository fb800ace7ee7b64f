"""The names of one life cycle: its variables, fields, states, paths and readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelcheck.diagnostics import Diagnostic, Diagnostics, did_you_mean
from modelcheck.model.declarations import FieldRef
from modelcheck.model.variables import Counter, Flag, GhostCounter, GhostFlag, Value, Variable
from modelcheck.resolve.world import World
from modelcheck.source import Span
from modelcheck.syntax import ast

BUILT_IN_STATES = ("unborn", "gone")


@dataclass(frozen=True)
class Scope:
    """`aliases` maps every field of a `same` item to the first field of its group. `roles` maps a tag to its paths."""

    world: World
    struct: str
    variables: Mapping[str, Variable]
    aliases: Mapping[FieldRef, FieldRef]
    states: frozenset[str]
    paths: frozenset[str]
    roles: Mapping[str, tuple[str, ...]]
    readers: frozenset[str]
    report: Diagnostics

    def field_named(self, text: str) -> FieldRef:
        """What a field name means here; says nothing about whether there is such a field."""
        first, _, rest = text.partition(".")
        fields = self.world.fields
        if rest and (fields.has_struct(first) or not fields.find(FieldRef(self.struct, first))):
            return FieldRef(first, rest)
        return FieldRef(self.struct, text)

    def field(self, name: ast.Name) -> FieldRef:
        """The field of that name; one that no declaration has is reported."""
        field = self.field_named(name.text)
        check_field(self.world, field, name, self.report)
        return field

    def identity(self, field: FieldRef) -> FieldRef:
        """The same for two fields that are declared `same`."""
        return self.aliases.get(field, field)

    def variable(self, text: str) -> Variable | None:
        """The variable of that name, or the counter or value of the field of that name."""
        if text in self.variables:
            return self.variables[text]
        wanted = self.identity(self.field_named(text))
        for variable in self.variables.values():
            if isinstance(variable, Counter | Value) and self.identity(variable.field) == wanted:
                return variable
        return None

    def flag(self, name: ast.Name) -> str:
        """The flag or ghost flag of that name, reported if there is none."""
        if not isinstance(self.variables.get(name.text), Flag | GhostFlag):
            flags = [n for n, v in self.variables.items() if isinstance(v, Flag | GhostFlag)]
            self.unknown(
                "CA311",
                f"`{name.text}` is not a flag of this life cycle",
                name,
                flags,
                f"declare it: `flag {name.text};`",
            )
        return name.text

    def counter(self, name: ast.Name) -> str:
        """The counter or ghost counter of that name, reported if there is none."""
        found = self.variable(name.text)
        if isinstance(found, Counter | GhostCounter):
            return found.name
        counters = [n for n, v in self.variables.items() if isinstance(v, Counter | GhostCounter)]
        self.unknown(
            "CA312",
            f"`{name.text}` is not a counter of this life cycle",
            name,
            counters,
            f"declare it: `counter {name.text};`",
        )
        return name.text

    def state(self, name: ast.Name, built_in: Iterable[str] = ("gone",)) -> str:
        """The state of that name, reported if there is none."""
        if name.text not in self.states and name.text not in built_in:
            self.unknown(
                "CA314", f"there is no state `{name.text}` in this life cycle", name, [*self.states, *built_in]
            )
        return name.text

    def unknown(
        self, code: str, message: str, name: ast.Name | ast.Role, candidates: Iterable[str], otherwise: str = ""
    ) -> None:
        """Report a name that is not known, with the closest one that is."""
        self.report.add(Diagnostic(code, message, name.span, help=did_you_mean(name.text, candidates) or otherwise))

    def wrong(self, code: str, message: str, span: Span, help_text: str = "") -> None:
        """Report a fault with a sentence for it."""
        self.report.add(Diagnostic(code, message, span, help=help_text))


def check_field(world: World, field: FieldRef, name: ast.Name, report: Diagnostics) -> None:
    """Report a field that no declaration of its struct has."""
    if not world.fields.has_struct(field.struct):
        report.add(
            Diagnostic(
                "CA306",
                f"there is no struct `{field.struct}`",
                name.span,
                help=did_you_mean(field.struct, world.fields.structs()) or "declare it in a `layout { }`",
            )
        )
    elif not world.fields.find(field):
        known = [*world.fields.paths(field.struct), *world.fields.structs()]
        shown = did_you_mean(name.text, known) or did_you_mean(field.path, known)
        report.add(Diagnostic("CA307", f"`struct {field.struct}` has no field `{field.path}`", name.span, help=shown))
