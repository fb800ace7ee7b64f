"""What identifies a finding from one version of the models, of the program and of a report to the next.

A fingerprint is made of names: what is checked, the rule, the way into the code, and of the step that meets the hazard
its operation, the kernel function it was read from and the fields it is about. It is not made of what unrelated edits
change: lines and columns, sentences, conditions, the numbers of tables and steps, other names.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from modelcheck.review.alert import Kind
from modelcheck.trace import Counterexample
from modelcheck.verdict import Finding, Result

LENGTH = 16

# A table is named by its number in the run that is shown, and by the state it is in: `unmap of table 3 (installed)`.
_TABLE = re.compile(r"\btable \d+(?: \([^)]*\))?")
# Hazards of a state, and not of a step: whichever step comes last in the run that is shown says nothing about them.
_OF_STATES = frozenset({"OV108"})


def digest(*words: str) -> str:
    """Sixteen hexadecimal digits; other words give others, however they are divided."""
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:LENGTH]


def identity(result: Result, kind: Kind, *words: str) -> tuple[str, ...]:
    """What identifies a thing that is said of a life cycle."""
    return (kind.value, result.arch, result.kernel, result.lifecycle, result.proposal, *words)


def finding_words(finding: Finding) -> tuple[str, ...]:
    """What tells a finding from the others of its life cycle."""
    run = finding.counterexample
    step = ("", "") if finding.rule in _OF_STATES else _step(run)
    return (finding.rule, finding.path, *step, run.hazard.field, run.hazard.clobbered_by)


def operation(what: str) -> str:
    """A step as it stands in the model: without what came out of it, and without the numbers of tables."""
    return _TABLE.sub("table", what.split(": ", 1)[0])


def numbered(identities: Sequence[tuple[str, ...]]) -> list[str]:
    """A fingerprint for each of these things; those that nothing tells apart are told apart by their order."""
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for each in identities:
        seen[each] = seen.get(each, 0) + 1
        found.append(digest(*each) if seen[each] == 1 else digest(*each, f"#{seen[each]}"))
    return found


def _step(run: Counterexample) -> tuple[str, str]:
    if not run.steps:
        return "", ""
    last = run.steps[-1]
    return operation(last.what), last.citation
