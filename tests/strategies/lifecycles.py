"""Random small models, as text in the language.

Every text is well formed: fields exist where they are named, paths end, loops do not count without bound. What
happens in it is as right or wrong as chance has it; the frame is that of a real life cycle (count the tables, the last
one out frees), so that a fair share is safe.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

TYPES = {
    "rcu_head": ("struct rcu_head", 2),
    "lru": ("struct list_head", 2),
    "count": ("atomic_t", 1),
    "ptl": ("spinlock_t", 1),
    "other": ("unsigned long", 1),
    "kind": ("unsigned int", 1),
}

PREAMBLE = """arch generated "Generated";
kernel "6.12";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
"""

TYPE_TEXT = """    typedef struct { int counter; } atomic_t;
    typedef struct { unsigned int locked; } spinlock_t;
    struct list_head { struct list_head *next, *prev; };
    struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
"""


@dataclass
class Draft:
    """What a model declares, so that steps only name what there is."""

    draw: st.DrawFn
    symbol: bool = False
    two_states: bool = False
    deferred: bool = False

    def chance(self, percent: int) -> bool:
        """True about so often; shrinks to False."""
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def pick(self, *options: str) -> str:
        """One of the options; shrinks to the first."""
        return self.draw(st.sampled_from(options))


def _places(d: Draft) -> dict[str, int]:
    """The word at which each field begins: side by side, or anywhere."""
    if d.chance(65):
        side_by_side, word = {}, 0
        for name, (_, words) in TYPES.items():
            side_by_side[name] = word
            word += words
        return side_by_side
    return {name: d.draw(st.integers(0, 6)) for name in TYPES}


def _member(name: str, word: int, half: bool = False) -> str:
    type_name = TYPES[name][0]
    words = f"unsigned long pad_{name}[{word}]; " if word else ""
    half_word = f"unsigned int half_{name}; " if half else ""
    return f"            struct {{ {words}{half_word}{type_name} {name}; }};\n"


def _layout(d: Draft) -> str:
    places = _places(d)
    moved = d.pick("", *TYPES) if d.symbol and d.chance(40) else ""
    halved = "kind" if d.chance(20) else ""
    members = []
    for name, word in places.items():
        member = _member(name, word, half=name == halved)
        if name == moved:
            elsewhere = _member(name, d.draw(st.integers(0, 6)))
            member = f"        #ifdef CONFIG_A\n{elsewhere}        #else\n{member}        #endif\n"
        members.append(member)
    return (
        f"layout {{\n{TYPE_TEXT}    struct page {{\n        unsigned long flags;\n        union {{\n"
        f"{''.join(members)}        }};\n    }};\n}}\n"
    )


def _guard(d: Draft) -> str:
    options = ["g", "!g", "PG_a", "!PG_a", "count(rest_a) > 0", "count == 1", "kind == table"]
    return d.pick(*(["A", "!A"] if d.symbol else []), *options)


def _outside_guard(d: Draft) -> str:
    return d.pick("g", "!g", "count(rest_a) == 0", "count(rest_a) > 1", "count(gone) > 0", "count(unborn) == 0")


def _plain(d: Draft) -> str:
    return d.pick(
        "skip;",
        "touch_table;",
        "g = true;",
        "set_flag(PG_a);",
        "clear_flag(PG_a);",
        "use_lock(ptl);",
        "read other;",
        "write other;",
        "kind = table;",
        "grace_period;",
        "list_add(lru);",
        "list_del(lru);",
        "list_del_init(lru);",
        "ipi_sync;",
        "kind = none;",
        "bug_on(kind == none);",
        "bug_on(count == 0);",
        "write rcu_head;",
        "grace_period deferred;",
        "queue_work;",
        "might_sleep;",
        "needs(!g);",
    )


def _atomic(d: Draft) -> str:
    return d.pick("g = true;", "set_flag(PG_a);", "list_add(lru);", "list_del(lru);", "write other;", "use_lock(ptl);")


def _lock(d: Draft) -> str:
    return d.pick("lock", "lock", "lock_bh", "lock_irq")


def _step(d: Draft, depth: int = 0) -> str:
    form = d.pick("plain", "plain", "plain", "plain", "list", "lock", "if", "bit", "choose", "atomic", "count", "held")
    inner = _plain if depth else (lambda d: _step(d, 1))
    match form:
        case "list":
            return f"list_add(lru); {_plain(d)} list_del(lru);"
        case "lock":
            return f"skip; {_lock(d)}(outside); {_atomic(d)} {_atomic(d)} unlock(outside);"
        case "held":
            return f"skip; {_lock(d)}(ptl); {_atomic(d)} unlock(ptl);"
        case "if":
            other = f" else {{ {inner(d)} }}" if d.chance(30) else ""
            return f"if ({_guard(d)}) {{ {inner(d)} }}{other}"
        case "bit":
            return f"if ({d.pick('test_set_flag', 'test_clear_flag')}(PG_a)) {{ {inner(d)} }}"
        case "choose":
            return f"choose {{ {inner(d)} }} or {{ {inner(d)} }}"
        case "atomic":
            return f"atomic {{ {_atomic(d)} {_atomic(d)} }}"
        case "count":
            return f"count += 1; {_plain(d)} count -= 1;"
        case _:
            return _plain(d)


def _steps(d: Draft, most: int) -> str:
    """Up to `most` random steps; often none, or a model would hardly ever be safe."""
    if not d.chance(30):
        return ""
    text = " ".join(_step(d) for _ in range(d.draw(st.integers(1, most))))
    return f"{text} "


def _end_of_page(d: Draft) -> str:
    """How the last one out gives the page back."""
    return d.pick(
        "call_rcu(rcu_head, free_now);",
        "grace_period; goto free_now;",
        "call_rcu(rcu_head, free_now);",
        "grace_period deferred; goto free_now;",
        "grace_period deferred; goto free_now;",
        "if (PG_a) call_rcu(rcu_head, free_now); else goto free_now;",
        "ipi_sync; goto free_now;",
        "goto free_now;",
    )


def _last_out(d: Draft) -> str:
    """What happens when one table is given back."""
    if d.chance(8):
        return _end_of_page(d)
    if d.chance(8):
        return f"count -= 1; if (count == 0) {{ {_end_of_page(d)} }}"
    return f"if (dec_and_test(count)) {{ {_end_of_page(d)} }}"


def _create(d: Draft) -> str:
    start = "TABLES + 1" if d.chance(4) else "TABLES - 1" if d.chance(4) else "TABLES"
    steps = ["init_lock(ptl);", "write other;", "kind = table;", f"count = {start};"]
    if d.chance(40):
        steps.append("list_init(lru);")
    if d.chance(10):
        # The lock stays: to destroy one that was never made is no model.
        steps.pop(d.draw(st.integers(1, len(steps) - 1)))
    if d.chance(25):
        steps = d.draw(st.permutations(steps))
    born = d.pick("rest -> rest_b", "1 -> rest_a, rest -> rest_b") if d.two_states else "rest -> rest_a"
    return f"    create {{ alloc_page; {' '.join(steps)} populate {born}; }}\n"


def _states(d: Draft, readers: list[str], goes_back: bool) -> str:
    text = "    state rest_a {"
    text += f" readers {', '.join(readers)};" if readers else ""
    text += " retire -> retire;"
    text += " lost -> release;" if d.chance(15) else ""
    text += " defer -> defer;" if d.deferred else ""
    text += f" to_b -> rest_b when {_outside_guard(d)};" if d.two_states and d.chance(20) else ""
    if not d.two_states:
        return f"{text} }}\n"
    text += " }\n    state rest_b {"
    admitted = [r for r in readers if d.chance(20)]
    text += f" readers {', '.join(admitted)};" if admitted else ""
    guard = " when !g" if d.chance(70) else f" when {_outside_guard(d)}" if d.chance(35) else ""
    text += f" take -> rest_a{guard};"
    text += " drop -> release;" if goes_back or d.chance(30) else ""
    return f"{text} }}\n"


def _paths(d: Draft, goes_back: bool) -> str:
    waits = d.pick("grace_period; ", "grace_period; ", "", "ipi_sync; ", "grace_period deferred; ")
    reuse = "free_table; " if d.chance(10) else ""
    marks = d.pick("set_flag(PG_a); ", "")
    defer = d.pick(
        f"{marks}goto release;", "goto release;", "call_rcu(rcu_head, release);", f"{_steps(d, 1)}goto release;"
    )
    deferred = f"    path defer [defer] {{ {defer} }}\n" if d.deferred else ""
    undo = "".join(
        (
            "destroy_lock(ptl); " if d.chance(50) else "",
            "clear_flag(PG_a); " if d.chance(85) else "",
            "kind = none; " if d.chance(85) else "",
            _steps(d, 1) if d.chance(15) else "",
        )
    )
    return (
        f"    path retire [gather] {{ {waits}{reuse}{_steps(d, 2)}goto {'rest_b' if goes_back else 'release'}; }}\n"
        f"{deferred}"
        f"    path release [release] {{ {_steps(d, 1)}{_last_out(d)} }}\n"
        f"    path free_now [free] {{ {undo}free_page; }}\n"
    )


def _actions(d: Draft) -> str:
    text = ""
    if d.two_states and d.chance(60):
        drained = d.pick(*["drain(rest_b)"] * 8, "drain(rest_a)")
        last = (
            f"if (sub_and_test(count, {drained})) {{ {_end_of_page(d)} }}"
            if d.chance(70)
            else f"count -= {drained}; if (count == 0) {{ {_end_of_page(d)} }}"
        )
        checked = f"if (count(rest_b) > 0) {{ {last} }}" if d.chance(90) else last
        text += f"    action exit once when count(rest_b) > 0 {{ g = true; {checked} }}\n"
    if d.chance(10):
        text += f"    action tidy once when {_outside_guard(d)} {{ {_plain(d)} }}\n"
    if d.chance(12):
        does = d.pick("skip;", "write other;", "read other;", f"{_lock(d)}(outside); unlock(outside);")
        text += f"    environment owner once when {_outside_guard(d)} {{ {does} }}\n"
    return text


def _readers(d: Draft, names: list[str]) -> str:
    text = ""
    for name, mechanism in zip(names, ("rcu", "irq_off"), strict=False):
        uses = ["touch_table;"]
        uses += ["use_lock(ptl);"] if d.chance(30) else []
        uses += ["read other;"] if d.chance(15) else []
        condition = " when A" if d.symbol and d.chance(25) else ""
        text += f"    reader {name} {mechanism}{condition} {{ {' '.join(uses)} }}\n"
    return text


@st.composite
def models(draw: st.DrawFn) -> str:
    """The text of one model: a life cycle `generated` with 1, 2 or `const N` tables, and at most one symbol `A`."""
    d = Draft(draw)
    d.symbol = d.chance(40)
    symbol = "config A;\n" if d.symbol else ""
    tables = d.pick("1", "2", "N")
    constant = "const N >= 1;\n" if tables == "N" else ""
    d.two_states, d.deferred = d.chance(55), d.chance(50)
    goes_back = d.two_states and d.chance(20)
    readers = ["walker", "fast"][: d.draw(st.integers(0, 2))]
    keeps = "    keeps_page;\n" if d.chance(8) else ""
    listed = "    list page.lru under outside;\n" if d.chance(25) else ""
    allocator = "allocator { leaves { kind = none; } demands { kind == none; !PG_a; } }\n" if d.chance(60) else ""
    return (
        f"{PREAMBLE}{symbol}{constant}{_layout(d)}{allocator}"
        f"lifecycle generated on page level pte {{\n    tables {tables};\n{keeps}"
        "    flag PG_a;\n    counter count;\n    value kind { none, table };\n    ghost flag g;\n    lock outside;\n"
        f"{listed}"
        f"{_create(d)}{_states(d, readers, goes_back)}{_paths(d, goes_back)}{_actions(d)}{_readers(d, readers)}}}\n"
    )
