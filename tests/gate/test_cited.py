"""What models cite, and what of it a change touches."""

from __future__ import annotations

import pytest

from modelcheck.gate.cited import citations_of, to_reread
from modelcheck.gate.git import repository_of
from modelcheck.gate.kconfig import is_kconfig, symbols_of
from modelcheck.gate.sides import recorded, sides
from modelcheck.resolve import load_text
from modelcheck.review.review import Reread
from tests.gate.conftest import MODEL, Scratch

KCONFIG = """\
# A comment about SMP.
menu "Memory"

config SMP
	bool "Many processors"
	depends on MMU
	help
		With this SMP is there.

		And MEMCG, too.

config MMU
	def_bool y
	select MEMCG if SMP
endmenu

config OTHER
	bool
"""
REQUIRED = 'require SMP -> MEMCG at "mm/Kconfig";\nlayout {'
UNIT = load_text(MODEL.replace("layout {", REQUIRED), "x86.litmus")
FRAG = """\
void alloc(void)
{
}

void free_tlb(void)
{
	first();
}

static void release(void)
{
	second();
}
"""


def test_citations() -> None:
    found = {(each.file, each.name, each.owner, each.part) for each in citations_of(UNIT)}
    assert ("mm/frag.c", "free_tlb", "x86 fragment", "free_tlb") in found
    assert ("mm/frag.c", "alloc", "x86 fragment", "create") in found
    assert ("mm/Kconfig", "SMP", "the configuration of x86", "") in found
    assert ("mm/Kconfig", "MEMCG", "the configuration of x86", "") in found


def reread(scratch: Scratch, before: dict[str, str], after: dict[str, str]) -> tuple[Reread, ...]:
    commits = [scratch.commit(**files) for files in (before, after)]
    repository = repository_of(scratch.top)
    return to_reread(sides(*(recorded(repository, each, each) for each in commits)), [UNIT])


def test_a_function_that_was_changed(scratch: Scratch) -> None:
    after = FRAG.replace("first();", "other();").replace("second();", "second(); // as before")
    (found,) = reread(scratch, {"mm__frag_c": FRAG}, {"mm__frag_c": after})
    assert (found.citation, found.why) == ("mm/frag.c:free_tlb", "it was changed")
    assert found.cited_by == ("x86 fragment (free_tlb)",)
    assert found.place.startswith("x86.litmus:")


def test_functions_that_came_and_went(scratch: Scratch) -> None:
    after = FRAG.replace("void free_tlb", "void other").replace("void alloc", "void free_defer")
    found = reread(scratch, {"mm__frag_c": FRAG}, {"mm__frag_c": after})
    assert {(each.citation, each.why) for each in found} == {
        ("mm/frag.c:alloc", "it is gone"),
        ("mm/frag.c:free_tlb", "it is gone"),
        ("mm/frag.c:free_defer", "it is new"),
    }


@pytest.mark.parametrize(
    ("before", "after", "touched"),
    [
        ("depends on MMU", "depends on !MMU", {"SMP"}),
        ("select MEMCG if SMP", "select MEMCG", {"MEMCG"}),
        ("With this SMP is there.", "Without it, SMP is not.", set()),
        ("A comment about SMP.", "No word of it.", set()),
        ("config OTHER\n\tbool", "config OTHER\n\tdef_bool n", set()),
        ("def_bool y\n", "def_bool n\n", set()),
    ],
)
def test_symbols_of_kconfig(scratch: Scratch, before: str, after: str, touched: set[str]) -> None:
    assert before in KCONFIG
    scratch.write("mm/Kconfig", KCONFIG)
    first = scratch.commit()
    scratch.write("mm/Kconfig", KCONFIG.replace(before, after))
    repository = repository_of(scratch.top)
    found = to_reread(sides(*(recorded(repository, each, each) for each in (first, scratch.commit()))), [UNIT])
    assert {each.citation for each in found} == {f"mm/Kconfig:{name}" for name in touched}


def test_what_is_kconfig() -> None:
    assert is_kconfig("arch/powerpc/platforms/Kconfig.cputype")
    assert not is_kconfig("mm/frag.c")
    assert symbols_of("") == {}
