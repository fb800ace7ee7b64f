"""Every offset, size and alignment of random structs is the one that GCC gives, for every compiler that is
installed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.layout.c_structs import as_text, ask_compiler, bits_set, c_structs, our_layouts
from tests.layout.targets import COMPILERS, shipped_abi, why_not


# Packed bit-fields are Clang's own on some targets, and no ABI's.
@pytest.mark.parametrize("target", sorted(t for t, command in COMPILERS.items() if "clang" not in command[0]))
# Shrinking would call the compiler for minutes; twelve small structs are readable as they are.
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(data=st.data())
def test_layouts_are_gccs(target: str, data: st.DataObject) -> None:
    if reason := why_not(target):
        pytest.skip(reason)
    compare(target, data.draw(c_structs()))


def compare(target: str, structs: tuple) -> None:  # type: ignore[type-arg]
    text = as_text(structs)
    ours = our_layouts(text, target, [s.name for s in structs])
    with tempfile.TemporaryDirectory() as folder:
        theirs = ask_compiler(target, text, ours, Path(folder))
    order = shipped_abi(target.split()[0]).byte_order
    for name, layout in ours.items():
        assert (layout.size, layout.align) == theirs.structs[name], f"{name} on {target}:\n{text}"
        for placed in layout.fields:
            if placed.bit_field:
                expected = bits_set(placed, layout.size, order)
                assert expected == theirs.bits[name, placed.path], f"{name}.{placed.path} on {target}:\n{text}"
            else:
                where = (placed.offset, placed.size)
                assert where == theirs.plain[name, placed.path], f"{name}.{placed.path} on {target}:\n{text}"
