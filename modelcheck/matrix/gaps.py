"""Levels of page tables about which a model says nothing, though models of other architectures have them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelcheck.matrix.survey import Survey


@dataclass(frozen=True)
class SilentLevels:
    """An architecture of a kernel, and the levels that it has neither a life cycle for nor a gap that names them."""

    kernel: str
    arch: str
    levels: tuple[str, ...]


def silent_levels(survey: Survey) -> tuple[SilentLevels, ...]:
    """All of them, of the levels that at least two architectures have: others are those of one architecture alone.

    Where a level is folded into another that is as it should be, and a gap that names it can say so. Of a question
    about some levels or life cycles only, nothing is known.
    """
    if survey.question.levels or survey.question.lifecycles:
        return ()
    owners: dict[str, set[str]] = {}
    for subject in survey.subjects:
        for each in subject.lifecycles:
            owners.setdefault(each.level, set()).add(subject.arch)
    known = [level for level, architectures in owners.items() if level and len(architectures) > 1]
    found = []
    for subject in survey.subjects:
        own = {each.level for each in subject.lifecycles}
        stated = {
            word
            for gap in survey.gaps
            if (gap.kernel, gap.arch) == (subject.kernel, subject.arch)
            for word in re.findall(r"\w+", gap.what.lower())
        }
        silent = tuple(level for level in known if level not in own and level.lower() not in stated)
        if silent:
            found.append(SilentLevels(subject.kernel, subject.arch, silent))
    return tuple(found)
