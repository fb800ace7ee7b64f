"""Joined settings cover what the settings covered, and nothing else."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from modelcheck.configurations.joining import joined
from modelcheck.configurations.space import Setting

NAMES = ("A", "B", "C", "D")
partial = st.dictionaries(st.sampled_from(NAMES), st.booleans()).map(lambda d: tuple(sorted(d.items())))


def _covers(settings: tuple[Setting, ...], abi: str, whole: dict[str, bool]) -> bool:
    return any(s.abi == abi and all(whole[n] == v for n, v in s.symbols) for s in settings)


@given(st.lists(st.tuples(st.sampled_from(("one", "two")), partial)))
def test_the_same_configurations_are_covered(pairs: list[tuple[str, tuple[tuple[str, bool], ...]]]) -> None:
    settings = tuple(Setting(abi, symbols) for abi, symbols in pairs)
    fewer = joined(settings)
    assert len(fewer) <= len(settings)
    for abi in ("one", "two"):
        for values in product((False, True), repeat=len(NAMES)):
            whole = dict(zip(NAMES, values, strict=True))
            assert _covers(settings, abi, whole) == _covers(fewer, abi, whole)


def test_a_symbol_that_does_not_matter_disappears() -> None:
    settings = [Setting("one", tuple(zip("AB", values, strict=True))) for values in product((False, True), repeat=2)]
    assert joined(settings) == (Setting("one", ()),)
