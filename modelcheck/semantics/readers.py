"""Groups of readers that are not told apart while they are inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from modelcheck.model.operations import GracePeriod, Operation
from modelcheck.model.program import Lifecycle, Node, Reader

_BETWEEN = " or "


@dataclass(frozen=True)
class ReaderGroup:
    """Kinds of readers that may come into the same states and that are waited for alike.

    `mechanism` is that of the first kind; where it is not that of all of them, nothing waits for some of them only.
    """

    kinds: tuple[Reader, ...]
    states: frozenset[str]
    mechanism: Literal["rcu", "irq_off"]

    @cached_property
    def name(self) -> str:
        """One name for all kinds; `kinds_in_group` takes it apart."""
        return _BETWEEN.join(kind.name for kind in self.kinds)


def kinds_in_group(name: str) -> tuple[str, ...]:
    """The names of the kinds in a group of that name."""
    return tuple(name.split(_BETWEEN))


def reader_groups(
    lifecycle: Lifecycle, readers: Iterable[Reader], operations: Iterable[Operation]
) -> tuple[ReaderGroup, ...]:
    """Group the kinds of readers of a life cycle that does these operations."""
    tell_apart = any(isinstance(op, GracePeriod) and op.mechanism == "ipi" for op in operations)
    groups: dict[tuple[frozenset[str], str], list[Reader]] = {}
    for reader in readers:
        states = frozenset(state.name for state in lifecycle.states if reader.name in state.readers)
        groups.setdefault((states, reader.mechanism if tell_apart else ""), []).append(reader)
    return tuple(ReaderGroup(tuple(kinds), states, kinds[0].mechanism) for (states, _), kinds in groups.items())


def waits_for(node: Node, group: ReaderGroup) -> bool:
    """Does the waiting of this node (of `call_rcu` or a grace period) last until such a reader has left?"""
    ipi = isinstance(node.operation, GracePeriod) and node.operation.mechanism == "ipi"
    return not ipi or group.mechanism == "irq_off"
