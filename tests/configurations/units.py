"""Small spaces, and all their configurations by enumeration, with nothing of `modelcheck.configurations` in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import strategies as st

from modelcheck.configurations.space import Space
from modelcheck.layout.layouts import size_of
from modelcheck.model.conditions import All, Always, Any, Condition, Not, Requirement, SymbolSet, holds
from modelcheck.model.declarations import Abi, Declarations
from modelcheck.source import SourceText, Span
from modelcheck.syntax.cdecl import parse_declarations
from modelcheck.syntax.conditions import parse_condition
from tests.layout.targets import shipped_abi

NOWHERE = Span(SourceText("none", ""), 0, 0)


def requirement(text: str) -> Requirement:
    source = SourceText("requirements", text)
    return Requirement(parse_condition(source, 0, len(text)).condition, "Kconfig", Span(source, 0, len(text)))


def space(
    symbols: str, requirements: Sequence[str] = (), layout: str = "", abis: Sequence[str] = ("ppc64le", "ppc32")
) -> Space:
    read = parse_declarations(SourceText("layout", layout), 0, len(layout))
    assert read.diagnostics == ()
    return Space(
        tuple(shipped_abi(name) for name in abis),
        Declarations(read.types),
        tuple(symbols.split()),
        tuple(requirement(text) for text in requirements),
    )


class Whole:
    """A complete configuration."""

    def __init__(self, declarations: Declarations, abi: Abi, values: dict[str, bool]) -> None:
        self.declarations = declarations
        self.abi = abi
        self.values = values

    def symbol(self, name: str) -> bool:
        return self.values[name]

    def size_of(self, type_name: str) -> int:
        return size_of(self.declarations, self.abi, self, type_name)


def every_configuration(of: Space) -> Iterator[Whole]:
    """Each admitted configuration, one by one."""
    for abi in of.abis:
        for values in product((False, True), repeat=len(of.symbols)):
            whole = Whole(of.declarations, abi, dict(zip(of.symbols, values, strict=True)))
            if any(whole.values[name] != value for name, value in of.fixed):
                continue
            if all(holds(r.condition, whole) for r in of.requirements):
                yield whole


def conditions(symbols: str) -> st.SearchStrategy[Condition]:
    return st.recursive(
        st.sampled_from([*(SymbolSet(s) for s in symbols.split()), Always(False), Always(True)]),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))),
        ),
        max_leaves=7,
    )


def spaces() -> st.SearchStrategy[Space]:
    def build(found: list[Condition]) -> Space:
        base = space("A B C D E")
        return Space(base.abis, base.declarations, base.symbols, tuple(Requirement(c, "", NOWHERE) for c in found))

    return st.lists(conditions("A B C D E"), max_size=4).map(build)
