"""A page with counterexamples, made from models by the command with a searching engine."""

from __future__ import annotations

from pathlib import Path

import pytest

import modelcheck.engine
from modelcheck.cli import main
from tests.cli import searching

EVIL = "<script>alert(1)</script>&'`<b>`{{ 7 * 7 }}"

MODEL = f"""\
litmus "fields over each other";
abi lp64 {{ byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }}
use abi lp64;
config SMP, MEMCG;
runtime booted;
const FRAGMENTS >= 1;
layout {{
    struct list_head {{ struct list_head *next, *prev; }};
    struct callback_head {{ struct callback_head *next; void (*func)(struct callback_head *head); }};
    struct page {{
        unsigned long flags;
        union {{
            struct callback_head rcu_head;
            struct list_head lru;
            struct {{ unsigned long pad, mapping; }};
        }};
        int count;
        unsigned short half, unused_half;
    }};
}}
lifecycle fragment "{EVIL}" on page level pte {{
    tables FRAGMENTS;
    flag PG_active;
    counter count;
    create {{ alloc_page; count = TABLES; populate rest -> installed; }}     at "mm/<b>.c:make"
    state installed {{ readers walker; unmap -> pte_free_defer; }}
    path pte_free_defer {{ set_flag(PG_active); call_rcu(rcu_head, release); }}  at "mm/example.c:pte_free_defer"
    path release {{ if (dec_and_test(count)) free_page; }}                   at "mm/example.c:release"
    reader walker rcu {{ touch_table; }}                                     at "mm/gup.c:walk"
}}
lifecycle overlay "a field over the link" on page level pte {{
    create {{ alloc_page; write mapping; write half; populate 1 -> installed; }}
    state installed {{ unmap -> pte_free_defer; }}
    path pte_free_defer {{ call_rcu(rcu_head, release); }}                   at "mm/example.c:pte_free_defer"
    path release {{ read mapping; free_page; }}                              at "mm/example.c:release"
}}
lifecycle at_once "freed under a reader" on page level pte {{
    create {{ alloc_page; populate 1 -> installed; }}
    state installed {{ readers walker; unmap -> pte_free; }}
    path pte_free {{ free_page; }}                                           at "mm/example.c:pte_free"
    reader walker rcu {{ touch_table; }}                                     at "mm/gup.c:walk"
}}
lifecycle good "one after the other" on page level pte {{
    create {{ alloc_page; populate 1 -> installed; }}
    state installed {{ unmap -> pte_free; }}
    path pte_free {{ call_rcu(rcu_head, release); }}                         at "mm/example.c:pte_free"
    path release {{ free_page; }}                                            at "mm/example.c:release"
}}
proposal wait "wait before it is freed" {{
    replace path pte_free {{ grace_period; free_page; }}
}}
expect at_once with wait SAFE;
expect good UNSAFE;
"""


def made(folder: Path, *words: str) -> str:
    """The page about the model, written into a folder and read again; `words` are more of the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(modelcheck.engine, "check", searching.check)
        Path("case.litmus").write_text(MODEL, encoding="utf-8")
        main(["case.litmus", "-j", "0", "--no-cache", *words, "--format", "html:page.html"])
    return (folder / "page.html").read_text(encoding="utf-8")
