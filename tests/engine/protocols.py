"""Random life cycles that use the language to the full, with no regard to whether a kernel would do so.

`tests.strategies.lifecycles` stays near real protocols; these do not: blocks that are atomic up to a grace period,
creations that go on after their tables are born, tables moved in crowds, one field by two names.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

HEAD = """arch generated "Generated";
kernel "6.12";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
config A;
const N >= 1;
"""

TYPES = """    typedef struct { int counter; } atomic_t;
    typedef struct { unsigned int locked; } spinlock_t;
    struct list_head { struct list_head *next, *prev; };
    struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
"""

WORDS = (
    "struct list_head lru;",
    "struct rcu_head rcu_head;",
    "struct { unsigned long low; unsigned long high; };",
    "struct { unsigned long gap; atomic_t count; spinlock_t ptl; };",
    "struct { unsigned int kind; unsigned int half; };",
)


@dataclass
class Draft:
    """The drawing, and what the model may use."""

    draw: st.DrawFn
    states: tuple[str, ...] = ("a", "b")
    in_table: bool = True

    def chance(self, percent: int) -> bool:
        """True about so often; shrinks to False."""
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def pick(self, *options: str) -> str:
        """One of the options; shrinks to the first."""
        return self.draw(st.sampled_from(options))

    def state(self) -> str:
        """A state that tables rest in."""
        return self.pick(*self.states)


def _layout(d: Draft) -> str:
    """The words in one to three unions, in any order, one of them perhaps elsewhere with the symbol."""
    order = d.draw(st.permutations(range(len(WORDS))))
    cuts = sorted(d.draw(st.lists(st.integers(1, len(WORDS) - 1), max_size=4, unique=True)))
    groups = [order[i:j] for i, j in zip([0, *cuts], [*cuts, len(WORDS)], strict=True)]
    moved = groups[0][0] if d.chance(30) and len(groups) > 1 else -1
    text = ""
    for number, group in enumerate(groups):
        text += "        union {\n"
        for word in group:
            member = f"            {WORDS[word]}\n"
            text += f"        #ifndef CONFIG_A\n{member}        #endif\n" if word == moved else member
        if number == len(groups) - 1 and moved >= 0:
            text += f"        #ifdef CONFIG_A\n            {WORDS[moved]}\n        #endif\n"
        text += "        };\n"
    page = f"    struct page {{\n        unsigned long flags;\n{text}        unsigned long other;\n    }};\n"
    desc = "    struct ptdesc { unsigned long flags; struct list_head pt_list; };\n"
    return f"layout {{\n{TYPES}{page}{desc}}}\n"


def _number(d: Draft) -> str:
    return d.pick("1", "TABLES", "N", "2", "TABLES + 1", f"count({d.state()})", "n")


def _test(d: Draft) -> str:
    """A guard that may be read at any time."""
    return d.pick(
        "g", "!g", "n == 0", "n > 0", f"count({d.state()}) == 0", f"count({d.state()}) > 1", "count(gone) > 0",
        f"count({d.state()}) == N", "A", "!A", "n >= TABLES", "count(gone) == TABLES",
    )  # fmt: skip


def _guard(d: Draft) -> str:
    form = d.pick("one", "one", "and", "or", "not", "page", "page")
    page = d.pick("PG_a", "kind == table", "count == 0", "kind != none", "count <= n")
    match form:
        case "and":
            return f"{_test(d)} && {d.pick(page, _test(d))}"
        case "or":
            return f"{_test(d)} || {d.pick(page, _test(d))}"
        case "not":
            return f"!({_test(d)} && {page})"
        case "page":
            return page
        case _:
            return _test(d)


def _simple(d: Draft) -> str:
    """A step that can stand anywhere, also inside an atomic block."""
    return d.pick(
        "skip;", "g = true;", "g = false;", "n += 1;", "n -= 1;", f"n = {_number(d)};", "set_flag(PG_a);",
        "clear_flag(PG_a);", "touch_table;", "use_lock(ptl);", "read other;", "write other;", "kind = table;",
        "kind = none;", "count += 1;", "count -= 1;", "list_add(lru);", "list_del(lru);", "list_del_init(page.lru);",
        "list_add(ptdesc.pt_list);", "write low;", "write high;", "read high;", "pun low as high;",
        "pun lru as low;", f"move {d.state()} -> {d.state()};", f"n = drain({d.state()});",
        f"n += drain({d.state()} -> {d.state()});", f"bug_on({_guard(d)});", "init_lock(ptl);", "write half;",
        "write ptdesc.pt_list;", f"count = {_number(d)};",
    )  # fmt: skip


def _waiting(d: Draft) -> str:
    return d.pick("grace_period;", "ipi_sync;", f"wait({_test(d)});", "grace_period;")


def _step(d: Draft, depth: int = 0) -> str:
    form = d.pick("simple", "simple", "simple", "wait", "if", "bit", "choose", "atomic", "lock", "sub", "reuse")
    inner = _simple(d) if depth else _step(d, 1)
    match form:
        case "wait":
            return _waiting(d)
        case "if":
            return f"if ({_guard(d)}) {{ {inner} }}" + (f" else {{ {_simple(d)} }}" if d.chance(40) else "")
        case "bit":
            test = f"{d.pick('', '!')}{d.pick('test_set_flag', 'test_clear_flag')}({d.pick('PG_a', 'g')})"
            return f"if ({test}) {{ {inner} }}"
        case "choose":
            return f"choose {{ {inner} }} or {{ {_simple(d)} }}"
        case "atomic":
            last = d.pick("", "", "grace_period; ", "ipi_sync; ")
            return f"atomic {{ {d.pick('', 'lock(outside); ')}{_simple(d)} {_simple(d)} {last}}}"
        case "lock":
            return f"lock(outside); {_simple(d)} unlock(outside);"
        case "sub":
            amount = d.pick("1", "1", f"drain({d.state()})", f"count({d.state()})")
            return f"if (sub_and_test({d.pick('n', 'count')}, {amount})) {{ {_simple(d)} }}"
        case "reuse" if d.in_table:
            return "free_table;"
        case _:
            return _simple(d)


def _steps(d: Draft, most: int) -> str:
    return " ".join(_step(d) for _ in range(d.draw(st.integers(0, most))))


def _release(d: Draft) -> str:
    """How the page goes back: mostly by the last one out."""
    back = d.pick(
        "call_rcu(rcu_head, finish);", "grace_period; goto finish;", "goto finish;",
        "atomic { g = true; call_rcu(rcu_head, finish); }", "if (A) call_rcu(rcu_head, finish); else goto finish;",
        "if (A && PG_a) call_rcu(rcu_head, finish); else goto finish;",
    )  # fmt: skip
    test = d.pick("dec_and_test(n)", "dec_and_test(n)", "dec_and_test(count)", "sub_and_test(n, 1)", "count(gone) > 0")
    return back if d.chance(15) else f"if ({test}) {{ {back} }}"


def _create(d: Draft, name: str) -> str:
    start = ["n = TABLES;", f"count = {d.pick('TABLES', 'TABLES', 'N', '1', '0')};", "kind = table;", "init_lock(ptl);"]
    if d.chance(50):
        start += [d.pick("list_init(lru);", "list_add(lru);", "write other;", "if (A) write other;", "n += 1; n -= 1;")]
    if d.chance(20):
        start = d.draw(st.permutations(start))
    if d.chance(20):
        start.pop()
    before = d.pick("", "", "", "grace_period; ", "if (A) g = true; ", f"if (N > {d.pick('1', '2')}) g = true; ")
    born = d.pick("rest -> a", "1 -> a, rest -> b", "rest -> b", "1 -> b, rest -> a")
    d.in_table = False
    after = f" {_step(d)}" if d.chance(25) else ""
    d.in_table = True
    return f"    create{name} {{ alloc_page; {' '.join(start)} {before}populate {born};{after} }}\n"


def _states(d: Draft, readers: list[str]) -> str:
    text = ""
    for state in d.states:
        admitted = [r for r in readers if d.chance(50)]
        ways = [f"give_{state} -> give;"]
        if d.chance(40):
            ways.append(f"other_{state} -> {d.pick('give', 'side')}{_when(d)};")
        if d.chance(35):
            ways.append(f"park_{state} -> {d.state()}{_when(d)};")
        if state == "b":
            ways.append(f"take -> a{_when(d)};")
        if state == "a":
            ways.append(f"to_b -> b{_when(d)}; aside -> side;")
        allowed = f"readers {', '.join(admitted)}; " if admitted else ""
        text += f"    state {state} {{ {allowed}{' '.join(ways)} }}\n"
    return text


def _when(d: Draft) -> str:
    return f" when {_test(d)}" if d.chance(50) else ""


def _actions(d: Draft) -> str:
    d.in_table = False
    text = ""
    for name in ("one", "two"):
        if d.chance(35):
            guard = _test(d)
            # What always may start would have to give the page back.
            once = " once" if guard in ("A", "!A") else d.pick(" once", " once", "")
            text += f"    action {name}{once} when {guard} {{ {_step(d)} {_simple(d)} }}\n"
    if d.chance(20):
        text += f"    environment slub when {_test(d)} {{ {d.pick('write high;', 'write other;', 'read other;')} }}\n"
    d.in_table = True
    return text


def _readers(d: Draft, names: list[str]) -> str:
    text = ""
    for name, mechanism in zip(names, ("rcu", "irq_off"), strict=False):
        uses = "touch_table;"
        uses += " use_lock(ptl);" if d.chance(25) else ""
        uses += " read other;" if d.chance(15) else ""
        uses += " if (A) read high;" if d.chance(10) else ""
        text += f"    reader {name} {mechanism}{' when A' if d.chance(20) else ''} {{ {uses} }}\n"
    return text


@st.composite
def models(draw: st.DrawFn) -> str:
    """The text of one model with one life cycle `generated`, one symbol `A` and one constant `N`."""
    d = Draft(draw)
    readers = ["walker", "fast"][: d.draw(st.integers(0, 2))]
    leaves = d.pick("kind = none;", "kind = none; write page.other;", "")
    demands = d.pick("kind == none; !PG_a;", "kind == none;", "!PG_a;", "")
    allocator = f"allocator {{ leaves {{ {leaves} }} demands {{ {demands} }} }}\n"
    undo = "".join(
        text for text, often in (("kind = none; ", 80), ("clear_flag(PG_a); ", 80), (_step(d), 20)) if d.chance(often)
    )
    end = d.pick("goto release;", "goto release;", "goto b;", "call_rcu(rcu_head, release);", "done;")
    body = "".join(
        (
            f"    tables {d.pick('N', 'N', '2', '1')};\n",
            "    keeps_page;\n" if d.chance(30) else "",
            "    same page.lru, ptdesc.pt_list;\n" if d.chance(20) else "",
            "    flag PG_a;\n    counter count;\n    value kind { none, table };\n",
            f"    ghost flag g{d.pick('', ' = true')};\n    ghost counter n;\n    lock outside;\n",
            _create(d, " first" if (two := d.chance(20)) else ""),
            _create(d, " second") if two else "",
            _states(d, readers),
            f"    path give {{ {d.pick('grace_period; ', '', 'ipi_sync; ')}{_steps(d, 1)} goto release; }}\n",
            f"    path side {{ {_step(d)} {end} }}\n",
            f"    path release {{ {_release(d)} }}\n",
            f"    path finish {{ {undo}free_page; }}\n",
            _actions(d),
            _readers(d, readers),
        )
    )
    return f"{HEAD}{_layout(d)}{allocator}lifecycle generated on page level pte {{\n{body}}}\n"
