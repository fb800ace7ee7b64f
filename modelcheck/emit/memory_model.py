"""A litmus test of the Linux kernel's memory model as a value, and its text.

The format is that of tools/memory-model in the kernel: a name, a comment, initial values, one function for each
process, and a condition on the final state. Comments are OCaml's outside the functions and C's inside.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Type = Literal["int", "atomic_t", "spinlock_t"]
COLUMNS = 80


@dataclass(frozen=True)
class Statement:
    """A line of C. `opens`: it ends in a brace, and what follows stands inside, up to a statement that `closes` all.

    `stores` is the variable that it does nothing but store to, if so.
    """

    text: str
    opens: bool = False
    closes: bool = False
    stores: str = ""

    @property
    def is_comment(self) -> bool:
        """Is it no code?"""
        return self.text.startswith("//")


@dataclass(frozen=True)
class Process:
    """One process: who it is, the shared variables that it is given, how many registers it has, what it does."""

    who: str
    variables: tuple[tuple[str, Type], ...]
    registers: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class LitmusTest:
    """`exists` are conditions that hold together at the end: `1:r0=1` of a register, `x=1` of a variable."""

    name: str
    words: tuple[str, ...]
    initial: tuple[tuple[str, Type, int], ...]
    processes: tuple[Process, ...]
    exists: tuple[str, ...]


def text_of(test: LitmusTest) -> str:
    """The test as `herd7 -conf linux-kernel.cfg` reads it."""
    return "\n".join([f"C {test.name}", "", *_comment(test.words), "", *_initial(test), *_processes(test)]) + "\n"


def _comment(paragraphs: tuple[str, ...]) -> Iterator[str]:
    yield "(*"
    for paragraph in paragraphs:
        safe = paragraph.replace("*)", "* )").replace("(*", "( *")
        for each in textwrap.wrap(safe, COLUMNS - 3, break_long_words=False, break_on_hyphens=False) or [""]:
            yield f" * {each}".rstrip()
    yield " *)"


def _initial(test: LitmusTest) -> Iterator[str]:
    yield "{"
    for name, kind, value in test.initial:
        if kind == "atomic_t":
            yield f"\tatomic_t {name} = ATOMIC_INIT({value});"
        elif kind == "int":
            yield f"\tint {name} = {value};"
    yield "}"


def _processes(test: LitmusTest) -> Iterator[str]:
    for number, process in enumerate(test.processes):
        parameters = ", ".join(f"{kind} *{name}" for name, kind in process.variables)
        yield ""
        yield f"// {process.who}"
        yield f"P{number}({parameters})"
        yield "{"
        yield from (f"\tint r{register};" for register in range(process.registers))
        if process.registers:
            yield ""
        yield from _body(process)
        yield "}"
    yield ""
    both = " /\\ ".join(test.exists)
    yield f"exists ({both})"


def _body(process: Process) -> Iterator[str]:
    depth = 1
    for statement in process.statements:
        if statement.closes:
            while depth > 1:
                depth -= 1
                yield "\t" * depth + "}"
        if statement.text:
            yield "\t" * depth + statement.text + (" {" if statement.opens else "")
        depth += statement.opens
    while depth > 1:
        depth -= 1
        yield "\t" * depth + "}"
