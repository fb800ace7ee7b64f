"""The cases of a question about the configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from modelcheck.configurations.decide import decide
from modelcheck.configurations.space import Case, Setting, Space, Target
from modelcheck.layout.decisions import Ask

T = TypeVar("T")


def split(space: Space, question: Callable[[Case], T]) -> tuple[tuple[Setting, T], ...]:
    """Every answer of `question`, with the parts of the space that give it; () where no configuration is admitted.

    The parts do not overlap and cover all admitted configurations. `question` must be a pure function of the `Case`.
    It is called once for each way in which the symbols it asks for can be set; symbols that it does not ask for cost
    nothing. Answers are compared with `==`. Ordered by target, then by symbols. KeyError if it asks for a symbol that
    the space does not have; `InputError` as `Layouts`.
    """
    found: list[tuple[Setting, T]] = []
    for target in space.targets:

        def run(ask: Ask, target: Target = target) -> T:
            return question(space.case(target, ask))

        cases = [
            (Setting(target.layouts.abi.name, tuple(sorted(path))), answer)
            for path, answer in decide(run, target.complete)
        ]
        found.extend(sorted(cases, key=lambda case: case[0].symbols))
    return tuple(found)
