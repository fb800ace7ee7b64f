"""Every diagnostic of the language: which text gives it, and what it points at."""

import re
from pathlib import Path

import pytest

from modelcheck.data import data_folder
from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.resolve import load_text

BASE = """\
litmus "a page with one table";
abi tiny { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi tiny;
config SMP, MEMCG;
const N >= 1 { SMP: 2; otherwise: 1; };
layout {
    typedef struct { int counter; } atomic_t;
    struct list_head { struct list_head *next, *prev; };
    struct callback_head { struct callback_head *next; void (*func)(struct callback_head *); };
    struct page {
        unsigned long flags;
        union { struct list_head lru; struct callback_head rcu_head; };
        atomic_t refs;
        unsigned int type;
        int *ptl;
#ifdef MEMCG
        unsigned long memcg_data;
#endif
    };
}
allocator { leaves { write page.lru; } demands { !PG_busy; } }
lifecycle one on page {
    when !MEMCG;
    tables N;
    flag PG_busy;
    counter refs;
    value type { none, table };
    ghost flag over;
    create { alloc_page; init_lock(ptl); populate rest -> used; }
    state used { free -> drop; readers walk; }
    path drop [release] { destroy_lock(ptl); call_rcu(rcu_head, last); }
    path last [free] { free_page; }
    action finish once when count(used) > 0 { over = true; }
    reader walk rcu { touch_table; }
}
proposal at_once { replace [release] { goto last; } }
expect one SAFE;
"""

# (code, what is replaced, by what, what the diagnostic points at)
CASES = [
    ("CA010", "config SMP, MEMCG;", "config SMP MEMCG;", "MEMCG"),
    ("CA010", "state used {", "stat used {", "stat"),
    ("CA010", "tables N;", "tables @ N;", "@"),
    ("CA011", "alloc_page;", "alloc_page\n", "alloc_page"),
    ("CA011", "free_page;", "free_page\n    ", "free_page"),
    ("CA011", "use abi tiny;", "use abi tiny", "tiny"),
    ("CA011", "destroy_lock(ptl);", "grace_period\n free_page;", "grace_period"),
    ("CA011", "destroy_lock(ptl);", "grace_period deferred\n free_page;", "deferred"),
    ("CA013", "free_page;", "ipi_sync deferred; free_page;", "deferred"),
    ("CA013", "free_page;", "needs(); free_page;", "needs()"),
    ("CA013", "free_page;", "queue_work(); free_page;", "queue_work()"),
    ("CA012", "free_page;", "free_pgae;", "free_pgae"),
    ("CA012", "count(used) > 0", "cuont(used) > 0", "cuont"),
    ("CA013", "free_page;", "free_page lru;", "lru"),
    ("CA013", "call_rcu(rcu_head, last);", "call_rcu(rcu_head);", "call_rcu(rcu_head)"),
    ("CA013", "tables N;", "tables 99999999999;", "99999999999"),
    ("CA020", "use abi tiny;", 'use abi tiny; include "no/such.layout";', '"no/such.layout"'),
    ("CA030", "use abi tiny;", "", 'litmus "a page with one table";'),
    ("CA030", 'litmus "a page with one table";', "", ""),
    ("CA030", 'litmus "a page with one table";', "arch x;", "arch x;"),
    ("CA031", "use abi tiny;", 'use abi tiny; kernel "6.1"; kernel "6.2";', 'kernel "6.2";'),
    ("CA040", "use abi tiny;", "use abi tiny, tyni;", "tyni"),
    ("CA041", "byte_order little;", "byte_order middle;", "middle"),
    ("CA041", "byte_order little;", "byte_order little; bit_fields anyhow;", "anyhow"),
    ("CA041", "short 2:2;", "", "tiny"),
    ("CA041", "short 2:2;", "short 3:2;", "short"),
    ("CA042", "config SMP, MEMCG;", "config SMP, MEMCG; runtime SMP;", "SMP"),
    ("CA042", "use abi tiny;", "use abi tiny; lifecycle one on page { }", "one"),
    ("CA043", "const N >= 1", "const N > 1", ">"),
    ("CA043", "otherwise: 1;", "otherwise: 0;", "otherwise: 0;"),
    ("CA044", "config SMP,", "define A = B; define B = !A; config SMP,", "A"),
    ("CA042", "use abi tiny;", 'use abi tiny; gap "pmd" : "a"; gap "pmd" : "b";', 'gap "pmd" : "b";'),
    ("CA045", "use abi tiny;", 'use abi tiny; gap " " : "a";', '" "'),
    ("CA045", "use abi tiny;", 'use abi tiny; gap "pmd" : "";', '""'),
    ("CA010", "use abi tiny;", 'use abi tiny; gap "pmd";', ";"),
    ("CA046", "expect one SAFE;", "expect noe SAFE;", "noe"),
    ("CA047", "expect one SAFE;", "expect one with at_onec SAFE;", "at_onec"),
    ("CA048", "expect one SAFE;", "expect one SAVE;", "SAVE"),
    ("CA049", "expect one SAFE;", "expect one UNSAFE OV199;", "OV199"),
    ("CA010", "expect one SAFE;", "expect one in kernel SAFE;", "SAFE"),
    ("CA010", "expect one SAFE;", 'expect one in "6.1" SAFE;', '"6.1"'),
    ("CA050", "expect one SAFE;", 'kernel "6.1"; expect one in kernel "6.1", "new" SAFE;', '"new"'),
    ("CA050", "expect one SAFE;", 'kernel "6.1"; expect one in kernel "6.1", "7.2", "6.1" SAFE;', '"6.1"'),
    ("CA051", "expect one SAFE;", 'kernel "6.1"; expect one in kernel "6.12", "7.2" SAFE;', '"6.12", "7.2"'),
    ("CA051", "expect one SAFE;", 'expect one in kernel "6.1" SAFE;', '"6.1"'),
    ("CA153", "when !MEMCG;", "when !MEMGC;", "MEMGC"),
    ("CA220", "config SMP, MEMCG;", "config SMP, MEMCG; require SMP; require !SMP;", "require SMP;"),
    ("CA301", "lifecycle one on page {", "lifecycle two like noe on page { } lifecycle one on page {", "noe"),
    ("CA302", "lifecycle one on page {", "lifecycle one like one on page {", "one"),
    ("CA303", "when !MEMCG;", "drop path nothing;", "drop path nothing;"),
    ("CA304", "ghost flag over;", "ghost flag over; ghost flag over;", "over"),
    ("CA304", "ghost flag over;", "lock x; list lru under x; list lru under x; ghost flag over;", "list lru under x;"),
    ("CA304", "path last [free]", "path used { } path last [free]", "used"),
    ("CA304", "state used {", "state gone { } state used {", "gone"),
    ("CA305", "lifecycle one on page {", "lifecycle one {", "one"),
    ("CA306", "lifecycle one on page {", "lifecycle one on pgae {", "pgae"),
    ("CA306", "action finish", "action f { write ptdesc.lru; } action finish", "ptdesc.lru"),
    ("CA307", "call_rcu(rcu_head,", "call_rcu(rcu_haed,", "rcu_haed"),
    ("CA307", "counter refs;", "counter rfs;", "rfs"),
    ("CA307", "ghost flag over;", "lock big; list lur under big; ghost flag over;", "lur"),
    ("CA308", "free_page; }", "write memcg_data; free_page; }", "write memcg_data"),
    ("CA309", "ghost flag over;", "ghost flag over; ghost flag SMP;", "SMP"),
    ("CA310", "free -> drop;", "free -> drop when !ovre;", "ovre"),
    ("CA311", "free_page; }", "set_flag(PG_bsuy); free_page; }", "PG_bsuy"),
    ("CA312", "free_page; }", "rfs = 1; free_page; }", "rfs"),
    ("CA312", "free_page; }", "refs = M; free_page; }", "M"),
    ("CA312", "free_page; }", "flags = 1; free_page; }", "flags"),
    ("CA313", "free_page; }", "type = tabel; free_page; }", "tabel"),
    ("CA313", "free_page; }", "if (type > table) skip; free_page; }", "type > table"),
    ("CA313", "over = true;", "over = 1;", "1"),
    ("CA314", "count(used) > 0", "count(uesd) > 0", "uesd"),
    ("CA315", "free -> drop;", "free -> drpo;", "drpo"),
    ("CA315", "call_rcu(rcu_head, last);", "call_rcu(rcu_head, used);", "used"),
    ("CA316", "readers walk;", "readers wlak;", "wlak"),
    ("CA317", "reader walk rcu", "reader walk srcu", "srcu"),
    ("CA318", "touch_table;", "free_page;", "free_page"),
    ("CA318", "touch_table;", "if (over) touch_table;", "over"),
    ("CA319", "call_rcu(rcu_head, last);", "call_rcu(rcu_head, [frei]);", "[frei]"),
    ("CA320", "count(used) > 0", "count(used)", "count(used)"),
    ("CA320", "count(used) > 0", "refs", "refs"),
    ("CA320", "count(used) > 0", "(over && over) > 0", "over && over"),
    ("CA321", "free_page; }", "wait(dec_and_test(refs)); free_page; }", "dec_and_test(refs)"),
    ("CA321", "free_page; }", "if (dec_and_test(refs) && over) skip; free_page; }", "dec_and_test(refs)"),
    ("CA322", "free_page; }", "free_page; done; skip; }", "skip"),
    ("CA323", "leaves { write page.lru; }", "leaves { free_page; }", "free_page"),
    ("CA330", "create { alloc_page; init_lock(ptl); populate rest -> used; }", "", "one"),
    ("CA331", "alloc_page;", "skip;", "create"),
    ("CA332", "free_page; }", "free_page; alloc_page; }", "alloc_page"),
    ("CA332", "free_page; }", "populate 1 -> used; free_page; }", "populate 1 -> used"),
    ("CA333", "rest -> used", "rest -> used, rest -> used", "populate rest -> used, rest -> used"),
    ("CA334", "call_rcu(rcu_head,", "call_rcu(lru,", "call_rcu(lru, last)"),
    ("CA334", "free_page; }", "list_add(rcu_head); free_page; }", "list_add(rcu_head)"),
    ("CA334", "ghost flag over;", "lock big; list rcu_head under big; ghost flag over;", "list rcu_head under big;"),
    ("CA335", "counter refs;", "counter lru;", "lru"),
    ("CA335", "counter refs;", "counter ptl;", "ptl"),
    ("CA336", "init_lock(ptl);", "", "destroy_lock(ptl)"),
    ("CA338", "over = true;", "over = true; goto used;", "over = true"),
    ("CA338", "over = true; }", "free_table; }", "free_table"),
    ("CA338", "over = true; }", "goto give; } path give { free_table; }", "free_table"),
    ("CA339", "over = true;", "atomic { skip; wait(over); skip; }", "wait(over)"),
    ("CA339", "over = true;", "atomic { grace_period; skip; }", "grace_period"),
    ("CA339", "over = true;", "atomic { queue_work; skip; }", "queue_work"),
    ("CA340", "path last [free]", "path a { goto b; } path b { goto a; } path last [free]", "a"),
    ("CA341", "count(used) > 0", "drain(used) > 0", "finish"),
    ("CA341", "over = true;", "needs(drain(used) > 0);", "needs(drain(used) > 0)"),
    ("CA341", "over = true;", "if (drain(used) > 0) skip;", "if (drain(used) > 0)"),
    ("CA342", "tables N;", "tables count(used);", "one"),
    ("CA342", "tables N;", "tables 0;", "one"),
    ("CA343", "state used {", "state lost { } state used {", "lost"),
    ("CA345", "ghost flag over;", "ghost flag over; lock big; list lru under bgi;", "bgi"),
    ("CA345", "ghost flag over;", "ghost flag over; list lru under over;", "over"),
    ("CA346", "ghost flag over;", "ghost flag over; action more { skip; }", "more"),
    ("CA346", "ghost flag over;", "ghost flag over; action more when SMP { skip; }", "more"),
    ("CA344", "path last [free]", "path lost { } path last [free]", "lost"),
]


def diagnostics(text: str) -> list[Diagnostic]:
    with pytest.raises(InputError) as caught:
        load_text(text)
    return list(caught.value.diagnostics)


def pointed_at(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    return "" if span is None else span.source.text[span.start : span.end]


def test_the_base_is_right() -> None:
    assert [cycle.name for cycle in load_text(BASE).lifecycles] == ["one"]


@pytest.mark.parametrize(("code", "old", "new", "shown"), CASES)
def test_each_fault_is_found_where_it_is(code: str, old: str, new: str, shown: str) -> None:
    assert old in BASE
    found = [d for d in diagnostics(BASE.replace(old, new)) if d.code == code]
    assert found
    assert shown in [pointed_at(d) for d in found] or not shown


@pytest.mark.parametrize(
    ("old", "new", "suggested"),
    [
        ("free_page;", "free_pgae;", "free_page"),
        ("populate rest", "populat rest", "populate"),
        ("state used {", "stat used {", "state"),
        ("lifecycle one", "lifecycel one", "lifecycle"),
        ("call_rcu(rcu_head,", "call_rcu(rcu_haed,", "rcu_head"),
        ("free -> drop;", "free -> drpo;", "drop"),
        ("when !MEMCG;", "when !MEMGC;", "MEMCG"),
        ("free_page; }", "set_flag(PG_bsuy); free_page; }", "PG_busy"),
    ],
)
def test_a_misspelt_word_gets_a_suggestion(old: str, new: str, suggested: str) -> None:
    assert f"did you mean `{suggested}`?" in [d.help for d in diagnostics(BASE.replace(old, new))]


def test_several_faults_are_reported_in_one_run() -> None:
    text = BASE.replace("free_page;", "free_pgae;").replace("drop;", "drpo;").replace("expect one", "expect noe")
    assert {d.code for d in diagnostics(text)} >= {"CA012", "CA315", "CA046"}


def test_syntax_errors_do_not_hide_each_other() -> None:
    text = BASE.replace("config SMP,", "config SMP").replace("free_page; }", "free_page free_page free_page; }")
    text = text.replace("touch_table; }", "touch_table touch_table }").replace("expect one", "expct one")
    lines = sorted({d.span.source.position(d.span.start)[0] for d in diagnostics(text) if d.span is not None})
    assert len(lines) == 4


def test_a_second_definition_shows_the_first() -> None:
    found = diagnostics(BASE.replace("ghost flag over;", "ghost flag over; ghost counter over;"))
    (note,) = next(d for d in found if d.code == "CA304").notes
    assert note.span.source.text[note.span.start : note.span.end] == "over"


def test_every_code_is_described_and_tried() -> None:
    package = Path(__file__).parents[2] / "modelcheck"
    sources = [p.read_text() for folder in ("syntax", "resolve") for p in sorted((package / folder).glob("*.py"))]
    raised = {code for text in sources for code in re.findall(r'"(CA\d{3})"', text)}
    described = set(re.findall(r"^\| (CA\d{3}) \|", (data_folder("grammars") / "README.md").read_text(), re.MULTILINE))
    assert raised <= described
    assert {c for c in raised if c.startswith("CA3")} <= {code for code, *_ in CASES}
