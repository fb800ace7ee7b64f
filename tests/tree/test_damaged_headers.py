"""Whatever a header holds, it is read or refused with a diagnostic that has a place."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcheck.diagnostics import InputError
from modelcheck.tree.compare import compare_tree
from modelcheck.tree.units import tree_unit
from tests.tree.test_units import HEADER, source, unit

PIECES = (
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    "[",
    "]",
    "#",
    "\\\n",
    "/*",
    "*/",
    "//",
    '"',
    "'",
    ":",
    "=",
    "*",
    "0",
    "-1",
    "\n",
    "\n#if\n",
    "\n#if (\n",
    "\n#if 1 / 0\n",
    "\n#if A ? B\n",
    "\n#if defined(\n",
    "\n#if CONFIG_A > 3 && (\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#elif X\n",
    "\n#ifdef\n",
    "\n#define struct union\n",
    "\n#define page other\n",
    "\n#define long\n",
    "\n#define int A(int)\n",
    "\n#define A(x, ...) x ## __VA_ARGS__\n",
    "\n#undef rcu_head\n",
    "\n#include <linux/mm_types.h>\n",
    "\n#define atomic_t struct { atomic_t x; }\n",
    "\n#define refs refs, refs\n",
    " __attribute__((aligned(3))) ",
    " __attribute__((aligned(sizeof(struct page)))) ",
    " __attribute__((packed)) ",
    " __attribute__((",
    "[-1]",
    ":99",
    "[sizeof(struct page)]",
    " struct page inner; ",
    " struct ",
    " union ",
    " typedef ",
    " void ",
    "\x00",
    "\u00e9",
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_damage(data: st.DataObject) -> None:
    text = HEADER
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.sampled_from((0, 0, 1, 3, 12)))
        text = text[:at] + data.draw(st.sampled_from((*PIECES, ""))) + text[at + gone :]
    for question in (tree_unit, compare_tree):
        try:
            question(unit(), source(text))
        except InputError as error:
            assert all(d.code.startswith("CA") and d.message for d in error.diagnostics)
