"""A broken guard in `powerpc.arch` is noticed at once: bugs are planted in the model's text, one at a time.

Each is a change that a patch might make by mistake; the verdict of its life cycle, or what is found there, must change
with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from modelcheck.engine import check
from modelcheck.resolve import load_text
from modelcheck.verdict import Result, Verdict
from tests.engine.agreement import undecided

POWERPC = Path(__file__).parents[2] / "archs" / "7.2" / "powerpc.arch"

BOOK3S = {
    "SMP": True,
    "PPC_64K_PAGES": True,
    "PPC_RADIX_MMU": True,
    "PPC_64S_HASH_MMU": False,
    "PPC_BOOK3S_64": True,
    "TRANSPARENT_HUGEPAGE": True,
    "SPLIT_PTE_PTLOCKS": True,
    "SPLIT_PMD_PTLOCKS": True,
    "DEBUG_SPINLOCK": True,
    "DEBUG_LOCK_ALLOC": True,
    "LOCK_STAT": False,
    "MEMCG": False,
    "HUGETLB_PAGE": False,
    "HUGETLB_PMD_PAGE_TABLE_SHARING": False,
    "PT_RECLAIM": False,
    "MEMORY_HOTPLUG": False,
    "PERF_EVENTS": False,
    "SLAB_FREELIST_HARDENED": True,
    "SLAB_OBJ_EXT": False,
    "LAST_CPUPID_NOT_IN_PAGE_FLAGS": False,
    "cputlb_use_tlbie": False,
}

# The one fault that the shipped model has: the page is freed at the exit of the process although a table of it was
# freed by pte_free_defer(). With it gone the life cycle is safe, and every bug planted is the only one.
REMEDY = (
    "        clear_flag(PG_active);\n        goto pte_free_now;\n",
    "        if (test_clear_flag(PG_active)) call_rcu(pt_rcu_head, pte_free_now);\n        else goto pte_free_now;\n",
)


@dataclass(frozen=True)
class Bug:
    """`old` is replaced by `new` where it first occurs in the text of the life cycle.

    `rules` are among what is found then; without any, steps of the life cycle can no longer happen.
    """

    name: str
    lifecycle: str
    old: str
    new: str
    rules: frozenset[str]


def bug(name: str, lifecycle: str, old: str, new: str, *rules: str) -> Bug:
    return Bug(name, lifecycle, old, new, frozenset(rules))


PTE, PMD, PUD, KERNEL = "pte_fragment", "pmd_fragment", "pud_object", "kernel_pte_fragment"
RELEASE = (
    "        if (dec_and_test(pt_frag_refcount)) {\n"
    "            if (test_clear_flag(PG_active)) call_rcu(pt_rcu_head, pte_free_now);\n"
    "            else goto pte_free_now;\n"
    "        }\n"
)
BATCH = "path tlb_remove_table_free [batch] {"
GATHERED = f"{BATCH} grace_period deferred; goto"
ALONE = (
    "        grace_period                                                at "
    "\"mm/mmu_gather.c:tlb_remove_table_sync_rcu\";\n"
)
COLLAPSE = (
    "        grace_period                                                at \"mm/khugepaged.c:collapse_huge_page\";\n"
)
DEFER = "        set_flag(PG_active);\n        goto pte_fragment_free;\n"

BUGS = (
    bug("no decrement", PTE, "if (dec_and_test(pt_frag_refcount)) {", "if (pt_frag_refcount == 0) {", "OV108"),
    bug("decremented and tested in two steps", PTE, "        if (dec_and_test(pt_frag_refcount)) {",
        "        pt_frag_refcount -= 1;\n        if (pt_frag_refcount == 0) {", "OV104", "OV105"),
    bug("freed with the first table", PTE, "if (dec_and_test(pt_frag_refcount)) {",
        "pt_frag_refcount -= 1;\n        if (pt_frag_refcount < PTE_FRAG_NR) {", "OV105"),
    bug("mark not cleared", PTE, "if (test_clear_flag(PG_active)) call_rcu", "if (PG_active) call_rcu", "OV107"),
    bug("mark not cleared at exit", PTE, "clear_flag(PG_active)) call_rcu(pt_rcu_head, pte_free_now);\n        else",
        "set_flag(PG_active)) call_rcu(pt_rcu_head, pte_free_now);\n        else", "OV107"),
    bug("mark not set", PTE, DEFER, "        goto pte_fragment_free;\n", "OV105"),
    bug("mark set after the decrement", PTE, DEFER,
        RELEASE.removesuffix("        }\n") + "        } else set_flag(PG_active);\n", "OV107"),
    bug("freed at once instead of by RCU", PTE, "if (test_clear_flag(PG_active)) call_rcu(pt_rcu_head, pte_free_now);",
        "if (test_clear_flag(PG_active)) goto pte_free_now;", "OV105"),
    bug("queued for every table", PTE, DEFER, "        call_rcu(pt_rcu_head, pte_fragment_free);\n", "OV103"),
    bug("no grace period in the batch", PTE, GATHERED, f"{BATCH} goto", "OV105"),
    bug("no grace period in the fallback", PTE, ALONE, "", "OV105"),
    bug("an IPI instead of a grace period", PTE, GATHERED, f"{BATCH} ipi_sync; goto", "OV105"),
    bug("no grace period in collapse", PTE, COLLAPSE, "", "OV105"),
    bug("count one too high", PTE, "pt_frag_refcount = PTE_FRAG_NR;", "pt_frag_refcount = PTE_FRAG_NR + 1;", "OV108"),
    bug("count one too low", PTE, "pt_frag_refcount = PTE_FRAG_NR;", "pt_frag_refcount = PTE_FRAG_NR - 1;", "OV105"),
    bug("count of all though the cache was lost", PTE, "pt_frag_refcount = 1;", "pt_frag_refcount = PTE_FRAG_NR;",
        "OV108"),
    bug("lock destroyed with the first table", PTE, "    path pte_fragment_free [release, gathered] {\n",
        "    path pte_fragment_free [release, gathered] {\n"
        "        if (SPLIT_PTE_PTLOCKS && ALLOC_SPLIT_PTLOCKS) destroy_lock(ptl);\n", "OV109"),
    bug("exit takes what others hold too", PTE, "drain(cached)))", "drain(fresh)))"),
    bug("exit forgets the count", PTE, "if (sub_and_test(pt_frag_refcount, drain(cached))) goto pte_frag_destroy;",
        "if (sub_and_test(pt_frag_refcount, 0)) goto pte_frag_destroy;"),
    bug("page never given back", PTE, "        free_page                                                   at "
        "\"include/linux/mm.h:__pagetable_free\";\n", "", "OV108"),
    bug("no grace period for PMDs", PMD, GATHERED, f"{BATCH} goto", "OV105"),
    bug("PMD count one too high", PMD, "pt_frag_refcount = PMD_FRAG_NR;", "pt_frag_refcount = PMD_FRAG_NR + 1;",
        "OV108"),
    bug("PMD queued through the page", PMD, f"{GATHERED} pmd_fragment_free; }}",
        f"{BATCH} call_rcu(pt_rcu_head, pmd_fragment_free); }}", "OV103"),
    bug("no grace period for PUDs", PUD, "when PPC64;",
        f"when PPC64; {BATCH} goto kmem_cache_free; }}", "OV105"),
    bug("slab fields overwritten", PUD, "when PPC64;",
        f"when PPC64; {BATCH} write page.mapping; grace_period; goto kmem_cache_free; }}", "OV102"),
    bug("kernel count not taken down", KERNEL, "if (dec_and_test(pt_frag_refcount)) goto pte_free_now;",
        "if (pt_frag_refcount == 0) goto pte_free_now;", "OV108"),
    bug("kernel count one too high", KERNEL, "pt_frag_refcount = PTE_FRAG_NR;", "pt_frag_refcount = PTE_FRAG_NR + 1;",
        "OV108"),
)  # fmt: skip


def _text(planted: Bug | None, remedied: bool) -> str:
    text = POWERPC.read_text(encoding="utf-8").replace('include "mm.arch"', 'include "7.2/mm.arch"')
    text = text.replace('include "spinlock-word.layout"', 'include "7.2/spinlock-word.layout"')
    if remedied:
        text = _replaced(text, PTE, *REMEDY)
    return _replaced(text, planted.lifecycle, planted.old, planted.new) if planted else text


def _replaced(text: str, lifecycle: str, old: str, new: str) -> str:
    start = text.index(f"lifecycle {lifecycle} ")
    end = text.index("\n}\n", start)
    assert old in text[start:end], f"the text of {lifecycle} has no {old!r}"
    return text[:start] + text[start:end].replace(old, new, 1) + text[end:]


def _result(text: str, lifecycle: str, fixed: Mapping[str, bool | int]) -> Result:
    (result,) = check(load_text(text, "powerpc.arch"), lifecycles=[lifecycle], fixed=fixed)
    return result


@cache
def _sound(lifecycle: str) -> Result:
    return _result(_text(None, True), lifecycle, BOOK3S)


@pytest.mark.parametrize("lifecycle", sorted({b.lifecycle for b in BUGS}))
def test_without_a_bug_it_is_safe(lifecycle: str) -> None:
    assert _sound(lifecycle).verdict is Verdict.SAFE, _sound(lifecycle).reason
    assert _sound(lifecycle).stats.classes == 1


# These take several seconds each, and have neighbours that do not.
LONG = {
    "freed with the first table",
    "no decrement",
    "mark set after the decrement",
    "an IPI instead of a grace period",
    "no grace period in collapse",
    "count one too low",
}




@pytest.mark.parametrize(
    "planted",
    [pytest.param(b, id=f"{b.lifecycle}: {b.name}", marks=[pytest.mark.slow] * (b.name in LONG)) for b in BUGS],
)
def test_a_planted_bug_is_found(planted: Bug) -> None:
    result = _result(_text(planted, True), planted.lifecycle, BOOK3S)
    assert result.verdict is (Verdict.UNSAFE if planted.rules else Verdict.VACUOUS), result.reason
    assert planted.rules <= {f.rule for f in result.findings}


def test_the_shipped_model_has_one_bug_of_its_own() -> None:
    result = _result(_text(None, False), PTE, BOOK3S)
    assert result.verdict is Verdict.UNSAFE
    assert {f.path for f in result.findings} <= {"exit_mmap", "pte_map"}
    assert "OV105" in {f.rule for f in result.findings}


def test_what_is_found_is_all_decided() -> None:
    (planted,) = (b for b in BUGS if b.name == "queued for every table")
    assert not undecided(_result(_text(planted, True), planted.lifecycle, BOOK3S))
