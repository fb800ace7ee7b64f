"""Counterexamples as data: the moves of a run, and what each of them did.

The engine finds a schedule, the interpreter (`modelcheck.replay`) runs it on individual tables and turns it into steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MoveKind = Literal["begin", "step", "resume", "start", "enter", "use", "leave", "neighbour", "rcu_links"]


@dataclass(frozen=True)
class Move:
    """One step of a run, in terms of the resolved model.

    | kind | actor | what happens |
    |---|---|---|
    | `start` | `creator`, `action:NAME` | the create block `detail` is chosen, or the action begins; no node runs yet |
    | `begin` | `table:I` | transition `detail` of the state the table is in is taken; no node runs yet |
    | `step` | `creator`, `action:NAME`, `table:I` | its current node runs; `choice` is the successor of a `Choose` |
    | `resume` | as `step` | the grace period (or IPI) that the actor waits for is over; for `call_rcu` RCU calls back |
    | `enter` | `reader:I` | a reader of kind `detail` comes into table `table` |
    | `use` | `reader:I` | the reader does use number `choice` of its kind |
    | `leave` | `reader:I` | the reader leaves |
    | `neighbour` | `environment` | a neighbour on the list of field `detail` (`struct.path`) reads and writes it |
    | `rcu_links` | `environment` | the next callback is queued behind the queued head `detail` |
    """

    kind: MoveKind
    actor: str
    detail: str = ""
    table: int = -1
    choice: int = 0


@dataclass(frozen=True)
class Hazard:
    """What went wrong: a rule, a sentence for this very place, and the fields involved (`struct.path`)."""

    rule: str
    message: str
    field: str = ""
    clobbered_by: str = ""


@dataclass(frozen=True)
class Change:
    """A piece of state that a step changed, as text: `pt_frag_refcount` `2` `1`."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """One step of a counterexample as shown to a reader.

    `actor` is a lane (`CPU 0`, `reader 0 (gup_fast)`, `RCU`, `list neighbour`); `what` is the statement; `path` the
    entry path in whose course it happened; `citation` is `file:function`; `place` is `file:line:column` in the model.
    """

    number: int
    move: Move
    actor: str
    what: str
    path: str
    citation: str
    place: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Schedule:
    """A run to replay: where (ABI, symbols, values of constants), and the moves; the last one meets the hazard.

    `constants` has a value for every constant the life cycle uses; `symbols` may be partial.
    """

    abi: str
    symbols: tuple[tuple[str, bool], ...]
    constants: tuple[tuple[str, int], ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Counterexample:
    """A replayed run that ends in `hazard`, with the numbers it needs."""

    schedule: Schedule
    steps: tuple[Step, ...]
    hazard: Hazard
    tables: int
    cpus: int
    readers: int
    path: str
