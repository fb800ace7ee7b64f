"""Conditions over the configuration, and comments, in C."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modelcheck.model.declarations import Abi
from modelcheck.model.unit import Unit
from modelcheck.verdict import Condition

COLUMNS = 100
TAB = 8


@dataclass(frozen=True)
class Preprocessed:
    """A condition as the preprocessor can ask it (empty: always), and what it cannot ask, as remarks."""

    text: str
    remarks: tuple[str, ...]


def preprocessed(unit: Unit, condition: Condition) -> Preprocessed:
    """The condition of an `#if`. Symbols that are decided at boot, and constants, are left to remarks."""
    config = {symbol.name for symbol in unit.symbols if symbol.kind == "config"}
    plain = _defined_without_kconfig(unit)
    alternatives: list[str] = []
    remarks: list[str] = []
    for assignment in condition.assignments:
        parts = []
        for name, value in assignment:
            if name == "abi":
                parts.append(_target(next(abi for abi in unit.abis if abi.name == value)))
            elif name in config:
                word = name if name in plain else f"CONFIG_{name}"
                parts.append(f"{'' if value == 'y' else '!'}defined({word})")
            else:
                remarks.append(_in_words(name, value))
        alternatives.append(" && ".join(parts))
    if "" in alternatives:
        # What is left of one alternative holds always.
        alternatives = []
    distinct = list(dict.fromkeys(alternatives))
    if len(distinct) > 1:
        distinct = [f"({each})" if " && " in each else each for each in distinct]
    return Preprocessed(" || ".join(distinct), tuple(dict.fromkeys(remarks)))


def _defined_without_kconfig(unit: Unit) -> frozenset[str]:
    """The symbols that the layouts ask for without `CONFIG_`: defined by some header, not by Kconfig."""
    texts = dict.fromkeys(definition.span.source.text for definition in unit.declarations.types)
    directives = (line for text in texts for line in text.splitlines() if line.lstrip().startswith("#"))
    return frozenset(word for line in directives for word in re.findall(r"[A-Za-z_]\w*", line))


def _target(abi: Abi) -> str:
    """What compilers define of a target: the size of its pointers, and its byte order."""
    order = f"__ORDER_{abi.byte_order.upper()}_ENDIAN__"
    return f"__SIZEOF_POINTER__ == {abi.scalars['pointer'].size} && __BYTE_ORDER__ == {order}"


def _in_words(name: str, value: str) -> str:
    if value in ("y", "n"):
        return name if value == "y" else f"!{name}"
    return f"{name} {value}" if re.match(r"[<>=]", value) else f"{name} == {value}"


def guarded(condition: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines of C under a condition of the preprocessor."""
    if not condition:
        yield from lines
        return
    yield from _broken(f"#if {condition}")
    yield from lines
    yield "#endif"


def _broken(directive: str) -> Iterator[str]:
    """A directive over several lines, if it is long."""
    pieces = textwrap.wrap(directive, COLUMNS - 2, subsequent_indent="    ", break_long_words=False)
    yield from (f"{piece} \\" for piece in pieces[:-1])
    yield pieces[-1]


def comment(paragraphs: Iterable[str]) -> Iterator[str]:
    """A comment of several lines, in the kernel's manner; an empty paragraph is an empty line."""
    yield "/*"
    for paragraph in paragraphs:
        safe = paragraph.replace("*/", "* /").replace("/*", "/ *")
        for each in textwrap.wrap(safe, COLUMNS - 3, break_long_words=False, break_on_hyphens=False) or [""]:
            yield f" * {each}".rstrip()
    yield " */"
