"""Levels of page tables about which a model says nothing, though models of other architectures have them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelcheck.matrix.plan import version_key
from modelcheck.matrix.survey import Survey
from modelcheck.matrix.table import levels_of


@dataclass(frozen=True)
class SilentLevels:
    """An architecture, and the levels for which these kernels have neither a life cycle nor a gap that names them."""

    arch: str
    kernels: tuple[str, ...]
    levels: tuple[str, ...]

    @property
    def text(self) -> str:
        """`powerpc 6.12, 7.2`."""
        return f"{self.arch} {', '.join(self.kernels)}".rstrip()


def silent_levels(survey: Survey) -> tuple[SilentLevels, ...]:
    """All of them, of the levels that at least two architectures have: others are those of one architecture alone.

    A life cycle whose title names a level describes it. Where a level is folded into another that is as it should be,
    and a gap that names it can say so. Of a question about some levels or life cycles only, nothing is known.
    """
    if survey.question.levels or survey.question.lifecycles:
        return ()
    owners: dict[str, set[str]] = {}
    for subject in survey.subjects:
        for each in subject.lifecycles:
            owners.setdefault(each.level, set()).add(subject.arch)
    known = [level for level in levels_of(survey.subjects) if level and len(owners[level]) > 1]
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for subject in sorted(survey.subjects, key=lambda each: (each.arch, version_key(each.kernel))):
        own = {each.level for each in subject.lifecycles}
        # One life cycle may be that of tables of several levels, and then its title says so.
        texts = [each.title for each in subject.lifecycles]
        texts += [gap.what for gap in survey.gaps if (gap.kernel, gap.arch) == (subject.kernel, subject.arch)]
        stated = {word for text in texts for word in re.findall(r"\w+", text.lower())}
        silent = tuple(level for level in known if level not in own and level.lower() not in stated)
        if silent:
            found.setdefault((subject.arch, silent), []).append(subject.kernel)
    return tuple(SilentLevels(arch, tuple(kernels), levels) for (arch, levels), kernels in found.items())
