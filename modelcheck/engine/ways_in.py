"""Where several paths share the code in which a hazard was found: which of them can really get there?

A run shows that one does. That another does not is proved, or at least shown by reachability, in a system that tells
apart by which path an actor came; classes are looked at together where they are one family.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from modelcheck.engine.budget import Budget
from modelcheck.engine.explicit import Site
from modelcheck.engine.grouping import LifecycleClass
from modelcheck.engine.groups import Group, together
from modelcheck.engine.prove import prove
from modelcheck.engine.recall import Recall
from modelcheck.engine.reduced import Interval
from modelcheck.engine.refinement import Hint
from modelcheck.engine.refute import Refutation, Refutations
from modelcheck.model.program import Lifecycle, ToPath
from modelcheck.model.unit import Unit
from modelcheck.semantics import flow
from modelcheck.semantics.build import whole_system_in
from modelcheck.semantics.context import Contexts


@dataclass(frozen=True)
class Ways:
    """The ways into shared code in one class, whose system here tells them apart: the runs by some of them, and the
    sites, named by the path by which one comes, to which no run was `found`."""

    here: LifecycleClass
    found: Refutations
    left: frozenset[Site]

    def sites(self) -> frozenset[Site]:
        """Where runs lead to."""
        return frozenset(refutation.site for refutation in self.found.found)


class WaysIn:
    """Looks for the ways into shared code in classes of one life cycle, for these values of the constants."""

    def __init__(
        self, unit: Unit, lifecycle: Lifecycle, constants: Mapping[str, Interval], budget: Budget, recall: Recall
    ) -> None:
        self._contexts = Contexts(unit, lifecycle, ways_in=True)
        self._lifecycle = lifecycle
        self._constants = constants
        self._budget = budget
        self._recall = recall

    def of(self, here: LifecycleClass, refutations: Sequence[Refutation]) -> Ways | None:
        """Look for runs by all ways to the hazards that were found in a class; None where no code is shared."""
        candidates = frozenset(
            Site(r.site.rule, entry)
            for r in refutations
            for entry in self._entries_to(here, r.site.path)
            if not r.in_creation
        )
        if not candidates:
            return None
        detailed = LifecycleClass(whole_system_in(self._contexts.context(here.parts[0].storage)), here.parts)
        found = self._recall.refute(detailed.system, candidates, self._constants, self._budget)
        return Ways(detailed, found, candidates - {r.site for r in found.found})

    def undecided(self, ways: Sequence[Ways]) -> list[frozenset[Site]]:
        """For each class, to which of the sites that are left it is not excluded that a way leads."""
        found = self._in_groups([each for each in ways if each.left])
        return [next(found) if each.left else frozenset() for each in ways]

    def _in_groups(self, ways: Sequence[Ways]) -> Iterator[frozenset[Site]]:
        rest = iter(ways)
        for group in together(tuple(each.here for each in ways), self._constants):
            yield from self._in_group(group, list(islice(rest, len(group.classes))))

    def _in_group(self, group: Group, ways: Sequence[Ways]) -> Iterator[frozenset[Site]]:
        # What many classes come to together may be too much where fewer of them do not.
        smaller = replace(self._budget, abstract_states=self._budget.ways_in_states)
        known: Hint | None = None
        waiting = [(group, smaller)]
        at = 0
        while waiting:
            here, budget = waiting.pop()
            about = ways[at : at + len(here.classes)]
            found = self._look(here, about, known, budget)
            if found is None and budget is smaller:
                parts = ((half, smaller if len(half.classes) > 1 else self._budget) for half in here.halves())
                waiting += reversed(list(parts))
                continue
            if found is not None:
                doubtful, known = found
                yield from doubtful
            else:
                yield from (each.left for each in about)
            at += len(about)

    def _look(
        self, group: Group, ways: Sequence[Ways], known: Hint | None, budget: Budget
    ) -> tuple[Sequence[frozenset[Site]], Hint] | None:
        """What is not excluded in each class, and what it came to; None if that is too much to look at."""
        excused = group.spots([each.sites() for each in ways])
        view = self._recall.look_ahead(group.system, self._constants, excused, budget, known)
        if not view.outlook.complete:
            return None
        seen = [(group.classes_at(s.flags), s.site) for s in view.outlook.spurious | view.outlook.real]
        doubtful = [
            each.left & {site for classes, site in seen if number in classes} for number, each in enumerate(ways)
        ]
        if any(doubts != each.left for doubts, each in zip(doubtful, ways, strict=True)):
            allowed = excused | view.outlook.spurious | view.outlook.real
            proof = prove(group.system, self._constants, view, allowed, budget, self._recall).proof
            if proof is None:
                # Nothing else says then that a way does not lead there, so that it has to be seen.
                view.see()
        return doubtful, view.outlook.hint

    def _entries_to(self, here: LifecycleClass, place: str) -> tuple[str, ...]:
        """The paths that transitions of states lead to and that go on to `place`; none if `place` is no shared code."""
        if all(path.name != place for path in self._lifecycle.paths):
            return ()
        entries = []
        for state in self._lifecycle.states:
            for transition in state.transitions:
                if isinstance(transition.target, ToPath) and place in self._reached_from(here, transition.target.path):
                    entries.append(transition.target.path)
        return tuple(dict.fromkeys(entries))

    def _reached_from(self, here: LifecycleClass, path: str) -> frozenset[str]:
        return flow.paths_reached(self._lifecycle, path, here.parts[0].storage.holds)
