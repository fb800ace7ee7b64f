"""Functions of C files, found by their style."""

from __future__ import annotations

import pytest

from modelcheck.gate.functions import essential, functions_in

SOURCE = """\
// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#define simple_free(mm, page)	\\
	do_free(page)

struct ops { int (*open)(void); };
static const struct ops table = {
	.open = my_open,
};

static inline int one_liner(int a) { return a; }

/* a comment with a brace { and a call( */
static void __init
split_over_lines(struct mm_struct *mm,
	unsigned long address) __must_hold(mm->lock)
{
	if (address) {
		char *text = "}";
	}
}

SYSCALL_DEFINE1(shrink, int, fd)
{
	return 0;
}

int twice(void)
{
#ifdef CONFIG_A
	if (a()) {
#else
	if (b()) {
#endif
		c();
	}
}

#ifdef CONFIG_B
int again(void) { return 1; }
#else
int again(void) { return 2; }
#endif

void last(void)
{
	label:
	goto label;
}
"""


def test_what_a_file_defines() -> None:
    found = functions_in(SOURCE)
    assert set(found) == {"simple_free", "one_liner", "split_over_lines", "SYSCALL_DEFINE1", "shrink", "twice", "again",
                          "last"}  # fmt: skip
    assert found["split_over_lines"].startswith("static void __init")
    assert found["split_over_lines"].endswith("}\n}")
    assert "return 1" in found["again"]
    assert "return 2" in found["again"], "one that is defined in several branches has the texts of all"
    assert found["twice"].count("{") == 3, "branches that open a brace twice do no harm"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [("a(b);", "a( b ); /* why */", True), ("a(b);", "a(c);", False), ('a("x y");', 'a("x  y");', False),
     ("a(b); // c", "a(b);", True), ("if (a) b();", "if (!a) b();", False)],
)  # fmt: skip
def test_comments_and_blanks_do_not_count(before: str, after: str, same: bool) -> None:
    assert (essential(before) == essential(after)) is same


@pytest.mark.parametrize(
    "text", ["", "{", "}", "int f(", "int f(void)\n{", "/*", '"', "#define", "#define x", "= {", ")("]
)
def test_any_text(text: str) -> None:
    functions_in(text)
    essential(text)
