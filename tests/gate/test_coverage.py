"""Whether a condition admits more configurations than another."""

from __future__ import annotations

import pytest

from modelcheck.configurations.space import Space
from modelcheck.gate.coverage import admits_more
from modelcheck.resolve import load_text
from modelcheck.verdict import Condition

UNIT = load_text("""
litmus "a space";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
abi ilp32 { byte_order little; char 1:1; short 2:2; int 4:4; long 4:4; long_long 8:8; pointer 4:4; }
use abi lp64, ilp32;
config A, B, C;
require A -> B;
layout { struct page { unsigned long flags; }; }
""")
EVERYWHERE, NOWHERE = Condition(), Condition("0", ())


def when(*cubes: str) -> Condition:
    """Alternatives such as `A=y; N=>= 2`."""
    literals = [[each.partition("=") for each in cube.split("; ")] for cube in cubes]
    return Condition(" || ".join(cubes), tuple(tuple((name, value) for name, _, value in each) for each in literals))


@pytest.mark.parametrize(
    ("now", "before", "more"),
    [
        (EVERYWHERE, EVERYWHERE, False),
        (NOWHERE, NOWHERE, False),
        (EVERYWHERE, NOWHERE, True),
        (NOWHERE, EVERYWHERE, False),
        (when("A=y"), EVERYWHERE, False),
        (EVERYWHERE, when("A=y"), True),
        (EVERYWHERE, when("A=y", "A=n"), False),
        (when("A=y"), when("A=y; B=y"), False),  # A requires B
        (when("B=y"), when("A=y; B=y"), True),
        (when("A=y", "C=y"), when("A=y"), True),
        (when("A=y", "A=y; C=y"), when("A=y"), False),
        (when("abi=lp64"), when("abi=ilp32"), True),
        (EVERYWHERE, when("abi=ilp32", "abi=lp64"), False),
        (EVERYWHERE, when("abi=lp64"), True),
        (when("N=>= 2"), when("N=>= 3"), True),
        (when("N=>= 3"), when("N=>= 2"), False),
        (EVERYWHERE, when("N=>= 2"), True),
        (EVERYWHERE, when("N=>= 2", "N=1", "N=== 0"), False),
        (when("N=>= 2; A=y"), when("N=>= 2"), False),
        (when("N=2"), when("N=== 1 || N >= 3"), True),
        (when("N=4"), when("N=== 1 || N >= 3"), False),
        (when("N=>= 2 && N <= 4"), when("N=>= 2"), False),
        (when("A=y; B=n"), NOWHERE, False),  # not admitted at all
    ],
)
def test_admits_more(now: Condition, before: Condition, more: bool) -> None:
    assert admits_more(Space.of(UNIT), now, before) is more
