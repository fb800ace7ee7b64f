"""The words that may stand first on the command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A word that may stand first, and what it does in one line."""

    name: str
    arguments: str
    does: str


COMMANDS = (
    Command("check", "[ARCH|FILE...]", "decide every life cycle of architectures or files (none: all architectures)"),
    Command("layout", "ARCH|FILE", "draw a struct byte by byte for one configuration: who shares bytes with whom"),
    Command("explain", "[RULE|CODE]", "what a rule or an error code means; without a name, the catalogue"),
    Command("litmus", "[FILE|DIR...]", "run small cases and compare with the verdict each of them states"),
    Command("compare", "ARCH", "compare a model with a real kernel, field by field"),
    Command("matrix", "[ARCH|FILE...]", "architectures, levels and paths against kernels and proposals, in one table"),
    Command("merge", "REPORT.json...", "join the reports of the shards of a matrix into one"),
    Command("emit", "asserts|litmus NAME", "for the kernel: static assertions, or a run for its memory model"),
    Command("gate", "[ARCH...]", "what a change of models or of a kernel tree makes worse; nothing else fails"),
    Command("replay", "TRACE.json", "run a saved counterexample in the interpreter, step by step"),
)
