"""Models against facts about real kernels, and against small kernels written for a purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.data import data_folder
from modelcheck.diagnostics import InputError
from modelcheck.kernel.btf import Btf, parse_btf
from modelcheck.kernel.compare import compare_types, compare_unit
from modelcheck.kernel.comparison import Comparison
from modelcheck.kernel.image import RUNNING, read_btf
from modelcheck.kernel.structs import KernelField
from modelcheck.kernel.subjects import subjects
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text, load_unit
from tests.kernel import btf_writer as bw
from tests.kernel.btf_writer import BtfWriter
from tests.kernel.facts import NAMES, config_of, kernel_facts

# ------------------------------------------------------------------------------------------------ a small model

SMALL = """
litmus "a struct with options";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
abi be64 { byte_order big; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64, be64;
config MEMCG, OBJ_EXT, KMSAN, UNRELATED;
require MEMCG -> OBJ_EXT;
layout {
    struct list_head { struct list_head *next, *prev; };
    struct page {
        unsigned long flags;
        union { struct list_head lru; unsigned long words[2]; };
    #ifdef CONFIG_OBJ_EXT
        unsigned long memcg_data;
    #endif
    #ifdef CONFIG_KMSAN
        struct page *shadow;
    #endif
    };
}
lifecycle pgd on page level pgd {
    create { alloc_page; populate 1 -> installed; }
    state installed { unmap -> pgd_free; }
    path pgd_free [free] { free_page; }
}
expect pgd SAFE;
"""


def small(text: str = SMALL) -> Unit:
    return load_text(text, "small")


def small_kernel(*more: tuple[str, int], order: str = "little", word: int = 8, size: int | None = None) -> Btf:
    """`struct page` as above, and more members of 8 bytes at these offsets."""
    writer = BtfWriter(order)
    long = writer.integer("long unsigned int", word)
    pointer = writer.add(bw.PTR, size_or_type=long)
    head = writer.aggregate(bw.STRUCT, "list_head", 16, [("next", pointer, 0), ("prev", pointer, 64)])
    words = writer.array(long, 2)
    union = writer.aggregate(bw.UNION, "", 16, [("lru", head, 0), ("words", words, 0)])
    members = [("flags", long, 0), ("", union, 64), *((name, long, 8 * at) for name, at in more)]
    writer.aggregate(bw.STRUCT, "page", size or 24 + 8 * len(more), members)
    return parse_btf(writer.data(), "kernel")


def shown(comparison: Comparison) -> tuple[tuple[str, bool], ...]:
    (candidate,) = comparison.candidates
    return candidate.shown


def test_what_is_compared() -> None:
    assert subjects(small()) == ("page",)


def test_the_settings_that_fit_are_named_as_far_as_the_layout_shows() -> None:
    found = compare_unit(small(), small_kernel(("memcg_data", 24)))
    assert found.fits and found.exit_status == 0
    assert found.abis == ("lp64",)
    (candidate,) = found.candidates
    assert candidate.condition.text == "OBJ_EXT && !KMSAN"
    assert candidate.shown == (("OBJ_EXT", True), ("KMSAN", False))
    assert candidate.hidden == ("MEMCG", "UNRELATED")
    assert found.reason == (
        "The model describes `struct page` of this kernel with OBJ_EXT && !KMSAN, as far as the layout shows."
    )


def test_what_follows_from_a_requirement_is_shown_too() -> None:
    assert shown(compare_unit(small(), small_kernel())) == (("MEMCG", False), ("OBJ_EXT", False), ("KMSAN", False))


def test_a_model_without_options_fits_in_every_configuration() -> None:
    unit = small(SMALL.replace("CONFIG_OBJ_EXT", "CONFIG_KMSAN").replace("#ifdef CONFIG_KMSAN", "#if 0"))
    found = compare_unit(unit, small_kernel())
    assert found.fits
    assert found.candidates[0].condition.text == ""
    assert found.reason == "The model describes `struct page` of this kernel, in each of its configurations for lp64."


def test_no_setting_fits_and_the_closest_says_what_is_different() -> None:
    found = compare_unit(small(), small_kernel(("memcg_data", 24), ("shadow", 32), ("buddy_since", 40), size=40))
    assert not found.fits and found.exit_status == 5
    (candidate,) = found.candidates
    assert candidate.condition.text == "OBJ_EXT && KMSAN"
    assert [d.text for d in candidate.differences] == [
        "the kernel has `page.buddy_since` (unsigned long: byte 40, 8 bytes), the model does not"
    ]
    assert found.reason == "No setting of the model describes this kernel; the closest differs in one place."


def test_two_settings_equally_close_are_both_given() -> None:
    # A renamed member is two differences; so is a member that only the kernel has, with the size.
    found = compare_unit(small(), small_kernel(("objects", 24)))
    assert [(c.condition.text, [d.kind for d in c.differences]) for c in found.candidates] == [
        ("!OBJ_EXT && !KMSAN", ["size", "only in the kernel"]),
        ("OBJ_EXT && !KMSAN", ["only in the kernel", "only in the model"]),
        ("!OBJ_EXT && KMSAN", ["only in the kernel", "only in the model"]),
    ]


def test_byte_order_and_word_size_choose_the_target() -> None:
    assert compare_unit(small(), small_kernel(order="big")).abis == ("be64",)
    found = compare_unit(small(), small_kernel(word=4))
    assert (found.abis, found.structs, found.candidates, found.exit_status) == ((), (), (), 5)
    assert found.reason == (
        "The kernel is 32-bit little-endian; the model has no such target: "
        "lp64 (64-bit little-endian), be64 (64-bit big-endian)."
    )


def test_symbols_that_are_known_narrow_the_answer() -> None:
    found = compare_unit(small(), small_kernel(("memcg_data", 24)), fixed={"MEMCG": True})
    assert found.fits
    assert shown(found) == (("KMSAN", False),)
    found = compare_unit(small(), small_kernel(("memcg_data", 24)), fixed={"KMSAN": True})
    assert not found.fits
    with pytest.raises(InputError) as raised:
        compare_unit(small(), small_kernel(), fixed={"MEMCGG": True})
    assert [d.code for d in raised.value.diagnostics] == ["CA221"]


def test_several_targets_may_have_the_word_size_and_byte_order() -> None:
    scalars = "byte_order little; char 1:1; short 2:2; int 4:4; long 8:{0}; long_long 8:8; pointer 8:8;"
    targets = "".join(f"abi {name} {{ {scalars.format(align)} }}\n" for name, align in (("same", 8), ("packed", 2)))
    text = SMALL.replace("use abi", f"{targets}use abi same, packed,")
    found = compare_unit(small(text), small_kernel())
    assert found.abis == ("same", "packed", "lp64")
    assert found.candidates[0].abis == ("same", "packed", "lp64")
    # Only with another alignment of long, a long behind an int tells the targets apart.
    apart = text.replace("unsigned long flags;", "unsigned int flags; unsigned long behind;")
    writer = BtfWriter()
    long, integer = writer.integer("long int", 8), writer.integer("int", 4)
    pointer = writer.add(bw.PTR, size_or_type=long)
    head = writer.aggregate(bw.STRUCT, "list_head", 16, [("next", pointer, 0), ("prev", pointer, 64)])
    members = [("flags", integer, 0), ("behind", long, 32), ("lru", head, 128), ("words", writer.array(long, 2), 128)]
    writer.aggregate(bw.STRUCT, "page", 32, members)
    found = compare_unit(small(apart), parse_btf(writer.data(), "kernel"))
    assert found.fits
    assert found.candidates[0].abis == ("packed",)
    assert found.candidates[0].condition.text == "abi packed && !OBJ_EXT && !KMSAN"


def test_a_model_whose_requirements_contradict_each_other_has_no_candidate() -> None:
    text = SMALL.replace("require MEMCG -> OBJ_EXT;", "require sizeof(long) == 4;")
    narrow = "abi ilp32 { byte_order little; char 1:1; short 2:2; int 4:4; long 4:4; long_long 8:8; pointer 4:4; }"
    unit = small(text.replace("use abi", f"{narrow}\nuse abi ilp32,"))
    found = compare_unit(unit, small_kernel())
    assert (found.candidates, found.exit_status) == ((), 5)
    assert found.reason == (
        "No configuration of the kernel's word size and byte order satisfies all requirements of the model."
    )


def test_a_struct_that_the_kernel_lacks_is_a_difference() -> None:
    writer = BtfWriter()
    writer.integer("long int", 8)
    found = compare_unit(small(), parse_btf(writer.data(), "kernel"))
    assert [d.text for c in found.candidates for d in c.differences] == ["the kernel has no `struct page`"]


def test_a_struct_that_some_configurations_lack() -> None:
    tail = "#ifdef CONFIG_KMSAN\n    struct tail { long head; };\n#endif\n"
    unit = small(SMALL.replace("    struct page {", f"{tail}    struct page {{"))
    assert subjects(unit) == ("tail", "page")
    found = compare_unit(unit, small_kernel())
    assert shown(found) == (("MEMCG", False), ("OBJ_EXT", False), ("KMSAN", False))
    assert found.fits


@pytest.mark.parametrize(
    ("described", "release", "notes"),
    [
        ("6.12", "", 0),
        ("6.12", "6.12.48-amd64", 0),
        ("6.12", "6.12-rc1", 0),
        ("6.1", "6.12.48", 1),
        ("6.12", "6.18.44", 1),
        ("", "6.18.44", 0),
    ],
)
def test_another_version_is_noted(described: str, release: str, notes: int) -> None:
    found = compare_unit(replace(small(), kernel=described), small_kernel(), release)
    assert len(found.notes) == notes
    assert found.fits


def test_what_could_not_be_read_is_noted_and_not_compared() -> None:
    facts = kernel_facts("s390x-6.12")
    page = facts.structs[0]
    strange = KernelField("new", "(kind 20)", "(kind 20)", 0, None, False)
    facts = replace(
        facts, structs=(replace(page, fields=(*page.fields, strange), others=2),), unread="the rest was not read"
    )
    found = compare_types(small(), facts)
    assert found.notes == (
        "The kernel has 2 other types called `page`; the first was compared.",
        "The size of `page.new` in the kernel could not be read, and was not compared.",
        "Of `s390x-6.12`: the rest was not read.",
    )


# --------------------------------------------------------------------------------------- the shipped models

ABIS = {
    "amd64": "x86_64",
    "arm64": "arm64",
    "ppc64el": "ppc64le",
    "ppc64el-64k": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
ARCHS = {
    "amd64": "x86",
    "arm64": "arm64",
    "ppc64el": "powerpc",
    "ppc64el-64k": "powerpc",
    "riscv64": "riscv",
    "s390x": "s390",
}
# Where the processor has a double-word cmpxchg, this lies over `freelist` and `counters`; a model may leave it out.
OMITTED = {"freelist_counter"}
# Set in all of these kernels (their struct slab shows it), but not among the options that were kept.
UNLISTED = {"SLUB", "SLUB_CPU_PARTIAL"}


def bare(abi: str, version: str) -> Unit:
    """The structs of a kernel for one target, without an architecture that would restrict the configuration."""
    return load_text(
        f"""
        litmus "layouts only";
        include "{version}/page.layout";
        include "{version}/spinlock-word.layout";
        include "abi/{abi}.abi";
        use abi {abi};
        lifecycle pgd on page level pgd {{
            create {{ alloc_page; populate 1 -> installed; }}
            state installed {{ unmap -> pgd_free; }}
            path pgd_free [free] {{ free_page; }}
        }}
        expect pgd SAFE;
        """,
        f"{abi}-{version}",
    )


def assert_describes(unit: Unit, name: str) -> None:
    """The model has a setting without differences, and the one this kernel was built with is among them."""
    found = compare_types(unit, kernel_facts(name))
    (candidate,) = found.candidates
    assert [d.text for d in candidate.differences if d.path not in OMITTED] == []
    config = config_of(name)
    # What only an architecture asks for is not among the options that were kept.
    arch, _, version = name.rpartition("-")
    known = {symbol.name for symbol in bare(ABIS[arch], version).symbols if symbol.kind == "config"}
    # What is no Kconfig symbol (WANT_PAGE_VIRTUAL) is not in the file, and not defined in these kernels.
    wrong = [(symbol, value) for symbol, value in candidate.shown if symbol in known and (symbol in config) != value]
    assert [w for w in wrong if w[0] not in UNLISTED] == []
    assert dict(candidate.shown)["MEMCG"] is True


@pytest.mark.parametrize("name", NAMES)
def test_the_layouts_describe_the_kernels_of_their_version(name: str) -> None:
    arch, _, version = name.rpartition("-")
    assert_describes(bare(ABIS[arch], version), name)


@pytest.mark.parametrize("name", NAMES)
def test_the_architectures_describe_their_kernels(name: str) -> None:
    arch, _, version = name.rpartition("-")
    path = data_folder("archs") / version / f"{ARCHS[arch]}.arch"
    if not path.exists():
        pytest.skip(f"there is no model of {ARCHS[arch]} in Linux {version}")
    assert_describes(load_unit(path), name)


def test_a_kernel_of_another_version_is_a_drift_that_says_what_moved() -> None:
    found = compare_types(bare("x86_64", "6.12"), kernel_facts("amd64-6.1"))
    assert found.exit_status == 5
    texts = [d.text for d in found.candidates[0].differences]
    assert "the kernel has no `struct ptdesc`" in texts
    assert "the kernel has `page.compound_dtor` (unsigned char: byte 16, 1 byte), the model does not" in texts
    assert "`slab.slab_cache` is at byte 8, 8 bytes in the model, at byte 24, 8 bytes in the kernel" in texts


def test_moving_one_field_of_a_kernel_is_noticed() -> None:
    """Every member of page and ptdesc, one at a time, eight bits further."""
    unit = bare("ppc64le", "6.12")
    facts = kernel_facts("ppc64el-6.12")
    config = config_of("ppc64el-6.12") | UNLISTED
    fixed = {symbol.name: symbol.name in config for symbol in unit.symbols}
    assert compare_types(unit, facts, fixed=fixed).fits
    for index, struct in enumerate(facts.structs[:2]):
        for at, field in enumerate(struct.fields):
            moved = replace(field, offset_bits=field.offset_bits + 8)
            fields = (*struct.fields[:at], moved, *struct.fields[at + 1 :])
            structs = tuple(replace(s, fields=fields) if i == index else s for i, s in enumerate(facts.structs))
            found = compare_types(unit, replace(facts, structs=structs), fixed=fixed)
            assert not found.fits, (struct.name, field.path)


@pytest.fixture(scope="module")
def running() -> Btf:
    if not RUNNING.exists():
        pytest.skip(f"this kernel has no {RUNNING}")
    return read_btf(RUNNING)


def test_the_running_kernel_can_be_compared(running: Btf) -> None:
    targets = {(8, "little"): "x86_64", (8, "big"): "s390x", (4, "little"): "arm", (4, "big"): "ppc32"}
    abi = targets[running.word, running.byte_order]
    found = compare_unit(bare(abi, "7.2"), running)
    assert found.abis == (abi,)
    assert found.candidates
    moved = {d.path for d in found.candidates[0].differences if d.struct == "page" and d.kind == "place"}
    # What no kernel from 6.1 to 7.2 has moved.
    assert not moved & {"flags", "lru", "mapping", "rcu_head"}


def test_paths_of_the_data_are_those_of_the_read_me() -> None:
    listed = (Path(__file__).resolve().parent.parent / "data" / "README.md").read_text()
    assert all(f"`{name}`" in listed for name in NAMES)
