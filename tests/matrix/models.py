"""Architectures that are decided in no time: kernels 1.0 and 1.1 of `tiny`, kernel 1.1 of `wide`, and two proposals.

`tiny` has one table to a page: `pte` frees it after a grace period; `pmd`, only in 1.1, at once, under a reader. `wide`
has two tables to a page, each with a life of its own. With `queue_each` every freed table queues the rcu_head of its
page; `count_all` needs a counter that no page of these has.
"""

from __future__ import annotations

import contextlib
import tempfile
from functools import cache
from pathlib import Path

from modelcheck.cli.jobs import run_job
from modelcheck.cli.options import matrix_options
from modelcheck.cli.reading import Loaded, read_files
from modelcheck.cli.surveying import Surveyor, known_gaps
from modelcheck.matrix.survey import Shard, Survey

_COMMON = """\
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
config SMP;
layout {
    struct callback_head { struct callback_head *next; void (*func)(struct callback_head *); };
    struct page {
        unsigned long flags;
        union {
            struct { unsigned long lru_next, lru_prev; };
            struct callback_head rcu_head;
        };
        unsigned int freed;
    };
}
"""

_PTE = """\
lifecycle pte "a table | of <PTEs>" on page level pte {
    create { alloc_page; populate 1 -> installed; } at "mm/memory.c:__pte_alloc"
    state installed { readers walker; unmap -> pte_free_tlb; }
    path pte_free_tlb [gather] { grace_period; goto release; }  at "mm/mmu_gather.c:tlb_remove_table"
    path release [release] { free_page; }
    reader walker rcu { touch_table; }
}
expect pte SAFE : "walkers have left after a grace period";
"""

_PMD = """\
lifecycle pmd on page level pmd {
    create { alloc_page; populate 1 -> installed; }
    state installed { readers walker; unmap -> pmd_free when SMP; }
    path pmd_free { goto release; }                         at "mm/memory.c:free_pmd_range"
    path release { free_page; }
    reader walker rcu when SMP { touch_table; }
}
"""

_TWO = """\
lifecycle pte on page level pte {
    tables 2;
    counter freed;
    create { alloc_page; freed = 0; populate 2 -> installed; }
    state installed { unmap -> pte_free_tlb; }
    path pte_free_tlb [gather] { grace_period; goto release; }  at "mm/mmu_gather.c:tlb_remove_table"
    path release [release] { atomic { freed += 1; if (freed == 2) free_page; } }
}
expect pte SAFE : "the second table frees the page";
"""

_PROPOSALS = """\
proposal queue_each "every freed table queues the rcu_head" {
    replace [gather] { call_rcu(page.rcu_head, [release]); }
}
proposal count_all "a counter tells the last table" {
    add counter page.pt_count;
    replace [gather] { page.pt_count -= 1; goto [release]; }
}
"""

TINY_OLD = f'kernel "1.0"; arch tiny "Tiny";\n{_COMMON}{_PTE}{_PROPOSALS}'
TINY_NEW = f'kernel "1.1"; arch tiny "Tiny";\n{_COMMON}{_PTE}{_PMD}{_PROPOSALS}gap "pud" : "folded | mostly";\n'
WIDE = f'kernel "1.1"; arch wide "Wide";\n{_COMMON}{_TWO}{_PROPOSALS}expect pte with queue_each UNSAFE OV103;\n'

NAMES = ("tiny-1.0.arch", "tiny-1.1.arch", "wide-1.1.arch")


def write_models(folder: Path) -> None:
    """The three files."""
    for name, text in zip(NAMES, (TINY_OLD, TINY_NEW, WIDE), strict=True):
        (folder / name).write_text(text, encoding="utf-8")


PROPOSALS = ("queue_each", "count_all")


@cache
def loaded() -> tuple[Loaded, ...]:
    """The three models, read."""
    # By names that are the same on every run.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_models(Path())
        read = read_files([Path(name) for name in NAMES])
    assert not read.diagnostics
    return read.loaded


@cache
def surveyor(index: int = 0, of: int = 0) -> Surveyor:
    """Asks about all three models, today and with both proposals; the whole, or one shard of it."""
    options = matrix_options([f"--shard={index}/{of}"] if of else [])
    gaps = known_gaps(loaded(), [("1.1", "vast"), ("2.0", "tiny"), ("2.0", "wide")])
    return Surveyor(loaded(), PROPOSALS, options, (), gaps)


@cache
def survey(index: int = 0, of: int = 0) -> Survey:
    """The survey with all answers, from the real engine."""
    asked = surveyor(index, of)
    shard = Shard(index, of) if of else None
    assert asked.blank.shard == shard
    return asked.survey([run_job(job, lambda _: None) for job in asked.jobs()])
