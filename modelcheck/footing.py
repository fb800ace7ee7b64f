"""What a proof stands on: which facts of the model it uses, and which it does not need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["effect", "test", "waits", "guard", "atomic", "context", "left", "apart", "require"]
"""What sort of fact it is.

`effect` - what a statement does; `test` - which way a statement goes, or that it waits until a condition holds;
`waits` - that a statement lasts until readers have left; `guard` - the `when` of a transition or action; `atomic` -
that nobody comes in between; `context` - that what follows holds a lock, or runs in process context; `left` - what the
allocator leaves in the page; `apart` - two fields that share no byte; `require` - a requirement of the configuration.
"""


@dataclass(frozen=True)
class Fact:
    """One fact of the model: the statement or fields, where they are in the kernel and in the model.

    `path` is the path, state or action that a statement belongs to. `detail` says which readers are waited for.
    `fields` are the two that share no byte, as `struct.path`.
    """

    kind: Kind
    path: str
    text: str
    detail: str = ""
    citation: str = ""
    place: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Footing:
    """The part of an inductive invariant that is enough, and the facts with which it is inductive and safe.

    That a fact is in `used` says that this proof uses it, not that there is no other proof. Of what is in `unused` all
    may be taken away at once, and the proof still stands: that is what the `queries` of `script` ask, and `checked_by`
    answered in a fresh context. `reason` says why there is nothing else here, if so.
    """

    laws: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    of_clauses: int = 0
    used: tuple[Fact, ...] = ()
    unused: tuple[Fact, ...] = ()
    checked_by: str = ""
    queries: int = 0
    reason: str = ""
    script: str = field(default="", repr=False)


def together(footings: tuple[Footing, ...]) -> Footing:
    """What several proofs that cover one life cycle stand on together: whatever one of them uses is used."""
    used = tuple(dict.fromkeys(fact for footing in footings for fact in footing.used))
    known = set(used)
    unused = dict.fromkeys(fact for footing in footings for fact in footing.unused if fact not in known)
    return Footing(
        tuple(dict.fromkeys(law for footing in footings for law in footing.laws)),
        tuple(dict.fromkeys(clause for footing in footings for clause in footing.clauses)),
        sum(footing.of_clauses for footing in footings),
        used,
        tuple(unused),
        next((footing.checked_by for footing in footings if footing.checked_by), ""),
        sum(footing.queries for footing in footings),
        next((footing.reason for footing in footings if footing.reason), ""),
    )
