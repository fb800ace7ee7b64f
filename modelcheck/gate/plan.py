"""What has to be checked: the life cycles that the change may have given another answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from modelcheck.gate.alike import Questions, Subject, same_statements, subjects_of
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit


@dataclass(frozen=True)
class Step:
    """A life cycle to check in the head, and what it was in the base (None: nothing)."""

    base: Subject | None
    head: Subject


@dataclass(frozen=True)
class Plan:
    """What to check; `same` are the life cycles of today's code that need not be, `gone` those only the base has."""

    steps: tuple[Step, ...]
    same: int
    gone: tuple[Subject, ...]


def plan(
    pairs: Iterable[tuple[Unit | None, Unit | None]],
    wanted: Callable[[Lifecycle], bool],
    proposals: Sequence[str] = (),
) -> Plan:
    """The life cycles of these units that differ, `wanted` of them; under a proposal only if that matters.

    It does if one of the models states something of it with `expect`, if it is the proposal that was changed, or if it
    is one of `proposals`.
    """
    questions = Questions()
    steps: list[Step] = []
    gone: list[Subject] = []
    same = 0
    for base, head in pairs:
        before = {} if base is None else subjects_of(base)
        after = {} if head is None else subjects_of(head)
        renamed = _renamed(before, after, questions)
        origins = {key: before.get(renamed.get(key, key)) for key in after}
        # Of what the head cannot have, more is said than that it is gone.
        told = {(each.lifecycle.name, each.lifecycle.proposal) for each in head.absent} if head else set()
        known = {*after, *renamed.values(), *told}
        gone += [each for key, each in before.items() if key not in known and not key[1]]
        rewritten = _rewritten(base, head)
        for key, subject in after.items():
            origin = origins[key]
            if not wanted(subject.lifecycle) or not _matters(subject, origin, rewritten, proposals):
                continue
            if origin is not None and same_statements(origin, subject) and questions.same(origin, subject):
                same += not key[1]
            else:
                steps.append(Step(origin, subject))
    return Plan(tuple(steps), same, tuple(each for each in gone if wanted(each.lifecycle)))


def _matters(
    subject: Subject, origin: Subject | None, rewritten: frozenset[str], proposals: Sequence[str]
) -> bool:
    proposal = subject.lifecycle.proposal
    stated = bool(subject.expectations) or (origin is not None and bool(origin.expectations))
    return not proposal or stated or proposal in rewritten or proposal in proposals


def _rewritten(base: Unit | None, head: Unit | None) -> frozenset[str]:
    """The proposals whose own files have another text, or that only the head has."""
    texts = [{each.name: each.span.source.text for each in unit.proposals} if unit else {} for unit in (base, head)]
    return frozenset(name for name, text in texts[1].items() if texts[0].get(name) != text)


_Key = tuple[str, str]


def _renamed(
    before: dict[_Key, Subject], after: dict[_Key, Subject], questions: Questions
) -> dict[_Key, _Key]:
    """What a life cycle with a new name was called, where it is the same under another one."""
    lost = [key for key in before if key not in after and not key[1]]
    found: dict[_Key, _Key] = {}
    for key, subject in after.items():
        if key in before or key[1]:
            continue
        origin = next((each for each in lost if questions.same(before[each], subject)), None)
        if origin is not None:
            found[key] = origin
            lost.remove(origin)
    names = {now[0]: then[0] for now, then in found.items()}
    # Under proposals it has the other name, too.
    found.update({key: (names[key[0]], key[1]) for key in after if key[1] and key[0] in names})
    return found
