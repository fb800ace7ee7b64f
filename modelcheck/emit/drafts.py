"""A process of a litmus test in the making."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from modelcheck.emit.memory_model import Process, Statement, Type


@dataclass
class ProcessDraft:
    """A process in the making: `loaded` are the variables that it reads.

    `inside`: it is a reader that has not left; `function` is where in the kernel it is.
    """

    who: str
    variables: dict[str, Type] = field(default_factory=dict)
    registers: int = 0
    statements: list[Statement] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)
    inside: bool = False
    function: str = ""

    def do(self, text: str, opens: bool = False, closes: bool = False, stores: str = "") -> None:
        """Add a statement."""
        self.statements.append(Statement(text, opens, closes, stores))

    def uses(self, name: str, kind: Type) -> str:
        """Note that a variable is used; its name."""
        self.variables.setdefault(name, kind)
        return name

    def into_register(self, expression: str) -> str:
        """Put what an expression is into the next register; its name."""
        register = f"r{self.registers}"
        self.registers += 1
        self.do(f"{register} = {expression};")
        return register

    def load(self, name: str, kind: Type = "int") -> str:
        """Load a variable into a register."""
        self.uses(name, kind)
        self.loaded.add(name)
        return self.into_register(f"atomic_read({name})" if kind == "atomic_t" else f"READ_ONCE(*{name})")

    def store(self, name: str, value: int) -> None:
        """Store a number in a variable."""
        self.uses(name, "int")
        self.do(f"WRITE_ONCE(*{name}, {value});", stores=name)

    def change(self, call: str, name: str, kind: Type) -> str:
        """An operation that changes a variable and returns something."""
        self.uses(name, kind)
        self.loaded.add(name)
        return self.into_register(call)

    def said(self, read: Collection[str]) -> list[Statement]:
        """The statements without stores that nobody reads, and without tests and comments that nothing comes after."""
        kept = [each for each in self.statements if not each.stores or each.stores in read]
        while kept and (kept[-1].opens or kept[-1].is_comment):
            kept.pop()
        return [each for i, each in enumerate(kept) if not (each.is_comment and kept[i + 1].is_comment)]

    def finished(self, statements: Sequence[Statement]) -> Process:
        """The process that does these statements, with the variables that are left in them."""
        words = {word for statement in statements for word in re.findall(r"\w+", statement.text)}
        variables = tuple((name, kind) for name, kind in sorted(self.variables.items()) if name in words)
        return Process(self.who, variables, self.registers, tuple(statements))
