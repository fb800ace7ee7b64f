"""What a macro stands for at a place of a kernel tree, and under which configurations.

A macro is looked up at a time: what was defined and undefined before it counts, each under the `#if`s around it and
those around the includes that lead there. Where a header is included several times, an `#if` in it is as it is where it
is read first: otherwise its include guard would hide it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from modelcheck.model.conditions import FALSE, TRUE, Condition, SymbolSet
from modelcheck.tree.assumed import GIVEN, assumed, predefined
from modelcheck.tree.closure import Closure, Site, Time
from modelcheck.tree.ctokens import tokens
from modelcheck.tree.definitions import Alternatives, Macro, read_macro
from modelcheck.tree.expressions import Expression, is_known, truth
from modelcheck.tree.formulas import all_of, any_of, negated
from modelcheck.tree.headers import Header, Level, Test


class Macros:
    """All macros of a closure. `known` are the symbols of the model: what it says of them counts, not `assumed`."""

    def __init__(self, closure: Closure, known: frozenset[str]) -> None:
        self.closure = closure
        self.known = known
        self.assumed = assumed(closure.folder)
        self.taken: dict[str, str] = {}
        self._reach: dict[tuple[str, int, str], Condition] = {}
        self._changes: dict[str, tuple[_Change, ...]] = {}
        self._levels: dict[int, tuple[Level, Condition]] = {}
        self._tests: dict[int, tuple[Test, Condition]] = {}
        self._folded: dict[tuple[str, int, int, str], Alternatives] = {}
        self._always: dict[str, bool] = {}

    # ------------------------------------------------------------------------------------------------ conditions

    def at(self, header: Header, offset: int) -> Condition:
        """Where a place of a header is read at all."""
        reach = self.reach(header.path, self.closure.end)
        return FALSE if reach == FALSE else all_of(reach, self.level(header.level_at(offset)))

    def reach(self, path: str, time: Time) -> Condition:
        """Where a header was read before a time, at which it had been included; seen from the header that is read then.

        That one is being read: its own definitions, and those of what it includes, hold wherever it is included.
        """
        if self.always(path):
            return TRUE
        key = (path, *self._moment(time))
        if key not in self._reach:
            self._reach[key] = self._reached(path, time)
        return self._reach[key]

    def _moment(self, time: Time) -> tuple[int, str]:
        """What of a time decides which headers have been read."""
        here = self.closure.reading(time)
        return bisect_left(self.inclusions, time), "" if not here or self.always(here) else here

    def always(self, path: str) -> bool:
        """Is the header read in any case where it is included first?"""
        if path not in self._always:
            first = next(iter(self.closure.includers.get(path, ())), None)
            self._always[path] = path in self.closure.roots or (
                first is not None
                and self.always(first.header.path)
                and self.level(first.header.level_at(first.offset)) == TRUE
            )
        return self._always[path]

    def _reached(self, path: str, time: Time) -> Condition:
        """From header to header, until nothing more is reached: they may include each other in circles."""
        here = self.closure.reading(time)
        sites: dict[str, list[tuple[str, Condition]]] = {}
        waiting = [path]
        while waiting:
            name = waiting.pop()
            if name in sites or name == here or self.always(name):
                continue
            before = [s for s in self.closure.includers.get(name, ()) if self._time(s) < time]
            # What an `#if` asks for is earlier than the `#if`, so this comes to an end.
            sites[name] = [(s.header.path, self.level(s.header.level_at(s.offset))) for s in before]
            waiting += [s.header.path for s in before]
        found: dict[str, Condition] = dict.fromkeys(sites, FALSE)
        # No way that goes through a header twice leads further.
        for _ in sites:
            before_round = dict(found)
            for name, ways in sites.items():
                found[name] = any_of(found[name], *(all_of(found.get(includer, TRUE), c) for includer, c in ways))
            if found == before_round:
                break
        return found.get(path, TRUE)

    def _time(self, site: Site) -> Time:
        return self.closure.time(site.header, site.offset)

    @cached_property
    def inclusions(self) -> list[Time]:
        """When something is included."""
        return sorted(self._time(site) for sites in self.closure.includers.values() for site in sites)

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
    def places(self) -> Mapping[str, list[tuple[Header, int, str]]]:
        """Where each name is defined and undefined."""
        found: dict[str, list[tuple[Header, int, str]]] = {}
        for header in self.closure.headers.values():
            for offset, word, name in header.macro_names:
                found.setdefault(name, []).append((header, offset, word))
        return found

    def changes(self, name: str) -> tuple[_Change, ...]:
        """All that happens to a name, in the order of time."""
        kept = self._changes.get(name)
        if kept is None:
            found = [
                _Change(self.closure.time(h, offset), h, offset, word) for h, offset, word in self.places.get(name, ())
            ]
            kept = self._changes[name] = tuple(sorted(found, key=lambda change: change.time))
        return kept

    def defined(self, name: str, time: Time) -> Condition:
        """Where the name is a macro, or a symbol that is set."""
        if name.startswith("CONFIG_"):
            return self.symbol(name.removeprefix("CONFIG_"))
        given = predefined(name, self.closure.folder)
        if given is not None:
            return given
        found = any_of(*(condition for condition, macro in self.alternatives(name, time) if macro is not None))
        places = self.places.get(name, ())
        if places and not is_known(found, self.places):
            # A formula over numbers that a source tree does not give: the macro may be defined or not.
            header, offset, _ = places[-1]
            self.taken[name] = f"{header.path}:{header.source.position(offset)[0]}"
            return SymbolSet(name)
        return found

    def alternatives(self, name: str, time: Time) -> Alternatives:
        """What the name stands for at this time."""
        if name in GIVEN:
            return ((TRUE, Macro(name, None, tuple(tokens(GIVEN[name])))),)
        changes = self.changes(name)
        count = bisect_left(changes, time, key=lambda change: change.time)
        # Most headers are read in any case; then it does not matter when the name is looked up.
        fixed = all(self.always(change.header.path) for change in changes[:count])
        key = (name, count, *((0, "") if fixed else self._moment(time)))
        if key not in self._folded:
            found: Alternatives = ((TRUE, None),)
            for change in changes[:count]:
                found = self._changed(found, name, change, time)
            self._folded[key] = found
        return self._folded[key]

    def _changed(self, before: Alternatives, name: str, change: _Change, time: Time) -> Alternatives:
        macro = read_macro(change.header, change.offset, name) if change.word == "define" else None
        here: Condition = FALSE
        if macro is not None or change.word == "undef":
            here = all_of(self.reach(change.header.path, time), self.level(change.header.level_at(change.offset)))
        if here == FALSE:
            return before
        others = [(all_of(c, negated(here)), m) for c, m in before]
        return _same_joined([*((c, m) for c, m in others if c != FALSE), (here, macro)])


@dataclass(frozen=True)
class _Change:
    """A `#define` or `#undef`."""

    time: Time
    header: Header
    offset: int
    word: str


def _same_joined(found: list[tuple[Condition, Macro | None]]) -> Alternatives:
    """Definitions of the same text are one."""
    joined: dict[object, tuple[Condition, Macro | None]] = {}
    for condition, macro in found:
        key = None if macro is None else (macro.parameters, tuple(t.text for t in macro.body))
        before = joined.get(key)
        joined[key] = (condition if before is None else any_of(before[0], condition), macro)
    return tuple(joined.values())
