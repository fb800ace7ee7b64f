"""What a macro stands for at a place of a kernel tree, and under which configurations.

A macro is looked up at a time: what was defined and undefined before it counts, each under the `#if`s around it and
those around the includes that lead there. A header that is read several times counts as it is where it is read first.
"""

from __future__ import annotations

from functools import cached_property

from modelcheck.model.conditions import FALSE, TRUE, Condition, SymbolSet
from modelcheck.tree.assumed import GIVEN, assumed, predefined
from modelcheck.tree.closure import Closure, Time
from modelcheck.tree.ctokens import tokens
from modelcheck.tree.definitions import Alternatives, Macro, read_macro
from modelcheck.tree.expressions import Expression, truth, unknown_text
from modelcheck.tree.formulas import all_of, any_of, atoms_in, negated
from modelcheck.tree.headers import Header, Level, Test


class Macros:
    """All macros of a closure. `known` are the symbols of the model: a macro that is one of them stands for itself."""

    def __init__(self, closure: Closure, known: frozenset[str]) -> None:
        self.closure = closure
        self.known = known
        self.assumed = assumed(closure.folder)
        self.taken: dict[str, str] = {}
        self._reach: dict[str, Condition] = dict.fromkeys(closure.roots, TRUE)
        self._levels: dict[int, tuple[Level, Condition]] = {}
        self._tests: dict[int, tuple[Test, Condition]] = {}
        self._folded: dict[tuple[str, int], Alternatives] = {}

    # ------------------------------------------------------------------------------------------------ conditions

    def at(self, header: Header, offset: int) -> Condition:
        """Where a place of a header is read at all."""
        reach = self.reach(header.path)
        return FALSE if reach == FALSE else all_of(reach, self.level(header.level_at(offset)))

    def reach(self, path: str) -> Condition:
        """Where a header is read."""
        if path not in self._reach:
            # Headers that include each other in a circle are not reached through themselves.
            self._reach[path] = FALSE
            found: Condition = FALSE
            sites = self.closure.includers.get(path, ())
            for site in sites:
                found = any_of(found, self.at(site.header, site.offset))
                if found == TRUE:
                    break
            self._reach[path] = found
        return self._reach[path]

    def level(self, level: Level | None) -> Condition:
        """The condition of all branches that are open."""
        if level is None:
            return TRUE
        kept = self._levels.get(id(level))
        if kept is None:
            own = [negated(self.test(each)) for each in level.earlier]
            if level.test is not None:
                own.append(self.test(level.test))
            kept = self._levels[id(level)] = (level, all_of(self.level(level.outer), *own))
        return kept[1]

    def test(self, test: Test) -> Condition:
        """The condition of one `#if`."""
        kept = self._tests.get(id(test))
        if kept is None:
            kept = self._tests[id(test)] = (test, self._test(test))
        return kept[1]

    def _test(self, test: Test) -> Condition:
        found = list(tokens(test.header.text, test.start, test.end))
        time = self.closure.time(test.header, test.start)
        if test.kind == "if":
            return truth(Expression(self, time).value(found))
        here = self.defined(found[0].text, time) if found else FALSE
        return negated(here) if test.kind == "ifndef" else here

    def symbol(self, name: str) -> Condition:
        """A Kconfig symbol (without `CONFIG_`) that is `y`."""
        return SymbolSet(name) if name in self.known else self.assumed.get(name, SymbolSet(name))

    # ---------------------------------------------------------------------------------------------------- macros

    @cached_property
    def sites(self) -> dict[str, list[tuple[Time, Header, int, str]]]:
        """Where each name is defined and undefined, in the order of time."""
        found: dict[str, list[tuple[Time, Header, int, str]]] = {}
        for header in self.closure.headers.values():
            for offset, word, name in header.macro_names:
                found.setdefault(name, []).append((self.closure.time(header, offset), header, offset, word))
        for places in found.values():
            places.sort(key=lambda place: place[0])
        return found

    def defined(self, name: str, time: Time) -> Condition:
        """Where the name is a macro, or a symbol that is set."""
        if name.startswith("CONFIG_"):
            return self.symbol(name.removeprefix("CONFIG_"))
        given = predefined(name, self.closure.folder)
        if given is not None:
            return given
        found = any_of(*(condition for condition, macro in self.alternatives(name, time) if macro is not None))
        places = self.sites.get(name, ())
        opaque = [atom.name for atom in atoms_in(found) if isinstance(atom, SymbolSet) and unknown_text(atom.name)]
        if opaque and places:
            # A formula over numbers that a source tree does not give: the macro may be defined or not.
            _, header, offset, _ = places[-1]
            self.taken[name] = f"{header.path}:{header.source.position(offset)[0]}"
            return SymbolSet(name)
        return found

    def alternatives(self, name: str, time: Time) -> Alternatives:
        """What the name stands for at this time."""
        if name in GIVEN:
            return ((TRUE, Macro(name, None, tuple(tokens(GIVEN[name])))),)
        places = self.sites.get(name, ())
        before = sum(1 for place in places if place[0] < time)
        return self._fold(name, before)

    def _fold(self, name: str, count: int) -> Alternatives:
        if count == 0:
            return ((TRUE, None),)
        key = (name, count)
        if key not in self._folded:
            _, header, offset, word = self.sites[name][count - 1]
            # The name is not looked up again for what stands in the way of its own definition.
            self._folded[key] = self._fold(name, count - 1)
            here = self.at(header, offset)
            macro = read_macro(header, offset, name) if word == "define" else None
            if here != FALSE and (macro is not None or word == "undef"):
                others = [(all_of(c, negated(here)), m) for c, m in self._folded[key]]
                self._folded[key] = _same_joined([*((c, m) for c, m in others if c != FALSE), (here, macro)])
        return self._folded[key]


def _same_joined(found: list[tuple[Condition, Macro | None]]) -> Alternatives:
    """Definitions of the same text are one."""
    joined: dict[object, tuple[Condition, Macro | None]] = {}
    for condition, macro in found:
        key = None if macro is None else (macro.parameters, tuple(t.text for t in macro.body))
        before = joined.get(key)
        joined[key] = (condition if before is None else any_of(before[0], condition), macro)
    return tuple(joined.values())
