"""Static assertions compile against the layout that a proof stands on, and not once a field lies over the other."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from modelcheck.configurations.space import Space
from modelcheck.data import data_folder
from modelcheck.emit.asserts import Source, assertions_of, c_file
from modelcheck.emit.ctext import comment, guarded, preprocessed
from modelcheck.engine import check
from modelcheck.model.unit import Unit
from modelcheck.proofs.explain import footings_of
from modelcheck.resolve import load_text, load_unit
from modelcheck.verdict import Condition, Result, Verdict
from tests.layout.targets import COMPILERS, why_not
from tests.layout.test_kernel_structs_against_compilers import c_text, chosen, defines

LITMUS = Path(__file__).parent.parent / "litmus"
ARCHS = data_folder("archs")
SOURCE = Source("check-arch 0", "a model", "check-arch emit asserts it")
# Cases of which the safe one has another layout, and nothing else.
PAIRS = (
    ("counter-behind-rcu-head", "counter-in-second-word-of-rcu-head"),
    ("slab-cache-before-a-debugging-rcu-head", "slab-cache-under-a-debugging-rcu-head"),
)
# Cases that are safe, with what makes their layout another one in which the fields lie over each other.
MOVED = (
    ("device-page-linked-beside-pgmap", "struct { void *pgmap; void *zone_device_data; };",
     "void *pgmap; void *zone_device_data;"),
    ("fragment-count-beside-shifted-dma-address", "unsigned long dma_addr_shifted;\n        };\n        union {",
     "unsigned long dma_addr_shifted;\n"),
)  # fmt: skip
FOUND = (*(twin for _, twin in PAIRS), "device-page-linked-over-pgmap", "fragment-count-over-upper-half-of-dma-address")
# What the headers say that the emitted file includes: here the model's own declarations stand for them.
_HEADERS = """
#define static_assert(condition, text) _Static_assert(condition, text)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
"""


def _compile(target: str, declarations: str, emitted: str, folder: Path, known: tuple[str, ...] = ()) -> str:
    """What the compiler has to say; nothing if it takes the file."""
    body = re.sub(r"^#include .*$", "", emitted, flags=re.MULTILINE)
    program = folder / "asserts.c"
    program.write_text(f"{declarations}\n{_HEADERS}\n{body}", encoding="utf-8")
    command = [*COMPILERS[target], *(f"-D{name}" for name in known), "-w", "-std=gnu11", "-fsyntax-only", str(program)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@cache
def _answers(file: Path, *levels: str) -> tuple[Unit, tuple[Result, ...]]:
    unit = load_unit(file)
    return unit, check(unit, levels=levels or None, explain=footings_of)


def _litmus(case: str) -> tuple[Unit, str]:
    unit, results = _answers(LITMUS / f"{case}.litmus")
    return unit, c_file(unit, results, SOURCE)


def _symbols(unit: Unit) -> tuple[str, ...]:
    """Every symbol, by both its names: what these cases ask for is all on."""
    return tuple(form for each in unit.symbols for form in (f"CONFIG_{each.name}=1", f"{each.name}=1"))


@pytest.mark.parametrize(("safe", "twin"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_they_hold_where_it_is_safe_and_fail_in_the_twin(safe: str, twin: str, tmp_path: Path) -> None:
    unit, emitted = _litmus(safe)
    target = "i386" if unit.abis[0].word == 4 else "x86_64"
    if why_not(target):
        pytest.skip(why_not(target))
    assert "static_assert(" in emitted
    known = _symbols(unit)
    assert not _compile(target, c_text(LITMUS / f"{safe}.litmus"), emitted, tmp_path, known)
    assert "must share no byte" in _compile(target, c_text(LITMUS / f"{twin}.litmus"), emitted, tmp_path, known)


@pytest.mark.parametrize(("case", "old", "new"), MOVED, ids=[each[0] for each in MOVED])
def test_they_fail_once_a_field_is_moved_onto_the_other(case: str, old: str, new: str, tmp_path: Path) -> None:
    unit, emitted = _litmus(case)
    target = "i386" if unit.abis[0].word == 4 else "x86_64"
    if why_not(target):
        pytest.skip(why_not(target))
    text = c_text(LITMUS / f"{case}.litmus")
    assert text.count(old) == 1
    assert not _compile(target, text, emitted, tmp_path)
    assert "must share no byte" in _compile(target, text.replace(old, new), emitted, tmp_path)


@pytest.mark.parametrize("case", FOUND)
def test_those_of_a_finding_fail_where_it_was_found(case: str, tmp_path: Path) -> None:
    unit, emitted = _litmus(case)
    target = "i386" if unit.abis[0].word == 4 else "x86_64"
    if why_not(target):
        pytest.skip(why_not(target))
    assert "Fails today: OV10" in emitted
    text = c_text(LITMUS / f"{case}.litmus")
    assert "must share no byte" in _compile(target, text, emitted, tmp_path, _symbols(unit))
    # What the condition leaves out compiles.
    if "#if" in emitted:
        assert not _compile(target, text, emitted, tmp_path)


@pytest.mark.parametrize(("safe", "twin"), PAIRS, ids=[pair[1] for pair in PAIRS])
def test_and_hold_where_it_is_mended(safe: str, twin: str, tmp_path: Path) -> None:
    unit, emitted = _litmus(twin)
    if why_not("x86_64"):
        pytest.skip(why_not("x86_64"))
    assert not _compile("x86_64", c_text(LITMUS / f"{safe}.litmus"), emitted, tmp_path, _symbols(unit))


@pytest.mark.parametrize("name", ["arm64", "s390", "riscv"])
def test_those_of_an_architecture_compile_in_its_configurations(name: str, tmp_path: Path) -> None:
    model = ARCHS / "7.2" / f"{name}.arch"
    unit, results = _answers(model, "pte", "pud")
    emitted = c_file(unit, results, SOURCE)
    assert emitted.count("static_assert(") >= 2
    targets = [t for abi in unit.abis for t in COMPILERS if t.split()[0] == abi.name and not why_not(t)]
    if not targets:
        pytest.skip("no compiler for any of its targets is installed")
    text, space = c_text(model), Space.of(unit)
    for target in targets:
        for setting, _ in chosen(unit, target.split()[0]):
            known = defines(unit, text, space.configuration(setting))
            assert not _compile(target, text, emitted, tmp_path, known), setting


def test_a_lock_moved_onto_the_rcu_head_is_caught(tmp_path: Path) -> None:
    target = "arm64"
    if why_not(target):
        pytest.skip(why_not(target))
    model = ARCHS / "7.2" / "arm64.arch"
    unit, results = _answers(model, "pte", "pud")
    emitted = c_file(unit, results, SOURCE)
    text = c_text(model)
    # The word that holds the lock trades places with the one that ends the rcu_head's union.
    moved = re.sub(r"spinlock_t( \*?)ptl;", r"unsigned long moved_away;", text)
    moved = moved.replace("struct rcu_head pt_rcu_head;", "struct rcu_head pt_rcu_head; spinlock_t *ptl;", 1)
    assert moved != text
    case = Space.of(unit).configuration(chosen(unit, "arm64")[0][0])
    complaint = _compile(target, moved, emitted, tmp_path, defines(unit, moved, case))
    assert "ptdesc.pt_rcu_head and ptdesc.ptl must share no byte" in complaint


CONDITIONS = """\
litmus "a field that is not always there";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
abi ilp32 { byte_order big; char 1:1; short 2:2; int 4:4; long 4:4; long_long 8:8; pointer 4:4; }
use abi lp64, ilp32;
config MEMCG, WANT_PAGE_VIRTUAL;
runtime radix_enabled;
const TABLES_PER_PAGE >= 1;
layout {
    struct page {
        unsigned long flags;
    #ifdef CONFIG_MEMCG
        unsigned long memcg_data;
    #endif
    #ifdef WANT_PAGE_VIRTUAL
        void *virtual;
    #endif
        unsigned int half : 16;
    };
}
lifecycle first on page {
    create {
        alloc_page;
        if (MEMCG) write memcg_data;
        write flags;
        write half;
        populate 1 -> installed;
    }
    state installed { unmap -> release; }
    path release { if (MEMCG) read memcg_data; read flags; read half; free_page; }
}
"""


def test_a_field_that_is_not_always_there_is_asked_for_first() -> None:
    unit = load_text(CONDITIONS)
    emitted = c_file(unit, check(unit, explain=footings_of), SOURCE)
    assert "#if defined(CONFIG_MEMCG)\nstatic_assert(offsetofend(struct page, flags)" in emitted
    assert emitted.count("#if ") == emitted.count("#endif")


def test_of_a_bit_field_it_says_that_c_cannot() -> None:
    unit = load_text(CONDITIONS)
    emitted = c_file(unit, check(unit, explain=footings_of), SOURCE)
    assert "page.half is a bit-field" in emitted
    assert "offsetof(struct page, half)" not in emitted


def test_conditions_of_the_preprocessor() -> None:
    unit = load_text(CONDITIONS)

    def asked(*assignments: dict[str, str]) -> tuple[str, tuple[str, ...]]:
        found = preprocessed(unit, Condition("x", tuple(tuple(each.items()) for each in assignments)))
        return found.text, found.remarks

    assert asked({"MEMCG": "y"}) == ("defined(CONFIG_MEMCG)", ())
    assert asked({"WANT_PAGE_VIRTUAL": "n"}) == ("!defined(WANT_PAGE_VIRTUAL)", ())
    assert asked({"MEMCG": "y", "WANT_PAGE_VIRTUAL": "y"}, {"MEMCG": "n"}) == (
        "(defined(CONFIG_MEMCG) && defined(WANT_PAGE_VIRTUAL)) || !defined(CONFIG_MEMCG)",
        (),
    )
    assert asked({"radix_enabled": "n"}) == ("", ("!radix_enabled",))
    assert asked({"MEMCG": "y", "TABLES_PER_PAGE": ">= 2"}) == ("defined(CONFIG_MEMCG)", ("TABLES_PER_PAGE >= 2",))
    assert asked({"abi": "ilp32"})[0] == "__SIZEOF_POINTER__ == 4 && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__"
    assert preprocessed(unit, Condition()).text == ""


def test_long_conditions_go_on_in_the_next_line(tmp_path: Path) -> None:
    condition = " || ".join(f"(defined(CONFIG_SYMBOL_{n}) && !defined(CONFIG_OTHER_{n}))" for n in range(5))
    lines = list(guarded(condition, ['static_assert(0, "no");']))
    assert len(lines) > 3
    assert all(len(each) <= 100 for each in lines)
    assert not _compile("x86_64", "", "\n".join(lines) + "\n", tmp_path)
    assert "no" in _compile("x86_64", "", "\n".join(lines) + "\n", tmp_path, ("CONFIG_SYMBOL_3=1",))


def test_a_comment_cannot_be_closed_from_inside() -> None:
    assert list(comment(["a */ static_assert(0); /* b"])) == ["/*", " * a * / static_assert(0); / * b", " */"]


def test_what_is_not_decided_is_said() -> None:
    unit, (result,) = _answers(LITMUS / "counter-behind-rcu-head.litmus")
    unknown = Result(**{**result.__dict__, "verdict": Verdict.UNKNOWN, "reason": "it was too large"})
    assert "Nothing is said of pte_fragment (level pte), which is UNKNOWN: it was too large" in c_file(
        unit, [unknown], SOURCE
    )
    assert not assertions_of(unit, [unknown])


def test_the_same_answers_give_the_same_file() -> None:
    unit, results = _answers(ARCHS / "7.2" / "s390.arch", "pte", "pud")
    again = check(unit, levels=("pte", "pud"), explain=footings_of)
    assert c_file(unit, results, SOURCE) == c_file(unit, again, SOURCE)
