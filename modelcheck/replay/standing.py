"""The context in which an actor runs and the locks it holds, and what they do not allow (rule OV110)."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.model.declarations import FieldRef
from modelcheck.model.operations import Acquire, CallRcu, GracePeriod, QueueWork, Release
from modelcheck.model.program import Node
from modelcheck.replay.draft import Draft
from modelcheck.replay.state import Position


def standing_after(draft: Draft, position: Position, node: Node) -> Position:
    """The context and the locks of an actor that has run a node (and waited, if the node waits)."""
    match node.operation:
        case CallRcu() | GracePeriod(_, True):
            return replace(position, softirq=True)
        case QueueWork():
            return replace(position, softirq=False)
        case Acquire(lock, plain):
            key = frozenset({draft.lock_key(lock)})
            exposing = position.exposing | key if plain and not position.softirq else position.exposing - key
            holding = position.holding | key if isinstance(lock, str) else position.holding
            return replace(position, holding=holding, exposing=exposing)
        case Release(lock):
            key = frozenset({draft.lock_key(lock)})
            return replace(position, holding=position.holding - key, exposing=position.exposing - key)
        case _:
            return position


def in_softirq(draft: Draft, actor: str) -> bool:
    """Does the actor run in softirq? Readers do not."""
    position = draft.position(actor)
    return position is not None and position.softirq


def interrupts(draft: Draft, actor: str, lock: FieldRef | str) -> str:
    """Who took the lock that the actor wants, if the actor runs in softirq and may have interrupted it; else empty."""
    key = draft.lock_key(lock)
    if not draft.lock(lock).holder or not in_softirq(draft, actor):
        return ""
    return next((other for other, position in draft.freeze().actors() if key in position.exposing), "")


def demand_no_interruption(draft: Draft, actor: str, lock: FieldRef | str) -> None:
    """OV110 where a softirq would wait for a lock whose holder it may have interrupted."""
    holder = interrupts(draft, actor, lock)
    if holder:
        message = (
            f"{draft.doing} runs in softirq; {holder} holds `{draft.lock_key(lock)}` in process context with softirqs "
            f"on, and on the same CPU could not go on"
        )
        draft.fail("OV110", message, lock if isinstance(lock, FieldRef) else None)


def demand_sleep_allowed(draft: Draft, actor: str) -> None:
    """OV110 in softirq."""
    if in_softirq(draft, actor):
        draft.fail("OV110", f"{draft.doing} sleeps or waits for others, but runs in softirq, in an RCU callback")


def demand_list_locked(draft: Draft, actor: str, ref: FieldRef) -> None:
    """OV110 unless the actor holds the locks of the list."""
    position = draft.position(actor)
    for lock in draft.guards_of(ref):
        if position is None or lock not in position.holding:
            draft.fail("OV110", f"{draft.doing} links or unlinks `{ref}` without holding `{lock}`", ref)
