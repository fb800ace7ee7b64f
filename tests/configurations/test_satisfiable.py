from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.configurations.satisfiable import Solver, clauses_of
from modelcheck.model.conditions import Condition, SizeCompare, SizeOf, SymbolSet, holds
from tests.configurations.units import conditions


class _Values:
    def __init__(self, values: dict[str, bool]) -> None:
        self.values = values

    def symbol(self, name: str) -> bool:
        return self.values.get(name, False)

    def size_of(self, type_name: str) -> int:
        raise AssertionError(type_name)


@settings(deadline=None)
@given(st.lists(conditions("A B C D"), max_size=6), st.dictionaries(st.sampled_from("ABCD"), st.booleans()))
def test_completes_exactly_what_can_be_completed(wanted: list[Condition], assumed: dict[str, bool]) -> None:
    found = Solver(clauses_of(wanted)).complete(assumed)
    possible = any(
        all(holds(c, _Values(values)) for c in wanted)
        for bits in product((False, True), repeat=4)
        if (values := dict(zip("ABCD", bits, strict=True))).items() >= assumed.items()
    )
    assert (found is not None) == possible
    if found is not None:
        assert found.items() >= assumed.items()
        assert all(holds(c, _Values(found)) for c in wanted)


def test_more_pigeons_than_holes() -> None:
    pigeons, holes = 5, 4
    clauses = [tuple((f"{p}in{h}", True) for h in range(holes)) for p in range(pigeons)]
    clauses += [
        ((f"{p}in{h}", False), (f"{q}in{h}", False)) for h in range(holes) for p in range(pigeons) for q in range(p)
    ]
    assert Solver(clauses).complete({}) is None
    assert Solver(clauses[1:]).complete({}) is not None


def test_prefers_n() -> None:
    assert Solver(clauses_of([SymbolSet("A")])).complete({}) == {"A": True}
    assert Solver([(("A", True), ("B", True))]).complete({}) == {"A": False, "B": True}


def test_sizes_are_not_for_it() -> None:
    with pytest.raises(ValueError, match="sizes"):
        clauses_of([SizeCompare("<", SizeOf("int"), 4)])
