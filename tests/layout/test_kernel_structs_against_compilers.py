"""Every offset of the kernels' own structs, in each architecture that is modelled, is the one that a compiler of that
architecture gives. The compiler reads the text of the models, not what this program made of it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from modelcheck.configurations.space import Case, Setting, Space
from modelcheck.configurations.split import split
from modelcheck.data import data_folder
from modelcheck.layout.placed import StructLayout
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_unit
from tests.layout.c_structs import ask_compiler
from tests.layout.targets import COMPILERS, why_not

ARCHS = data_folder("archs")
STRUCTS = ("page", "ptdesc", "slab", "ioptdesc")
MODELS = sorted(path for path in ARCHS.glob("*/*.arch") if re.search(r"^use abi", path.read_text(), re.MULTILINE))
TRIED = None if os.environ.get("CHECK_ARCH_SLOW") else 4
"""Ways to lay the structs out that are tried for each target, spread over all there are; None: all of them."""


_MACROS = """
#define __aligned(bytes) __attribute__((aligned(bytes)))
#define __packed __attribute__((packed))
#define __rcu
"""


@pytest.mark.parametrize("model", MODELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_layouts_are_the_compilers(model: Path) -> None:
    unit = load_unit(model)
    text = c_text(model)
    targets = [t for abi in unit.abis for t in COMPILERS if t.split()[0] == abi.name and not why_not(t)]
    if not targets:
        pytest.skip("no compiler for any of its targets is installed")
    space = Space.of(unit)
    for target in targets:
        for setting, layouts in chosen(unit, target.split()[0]):
            case = space.configuration(setting)
            ours = {f"struct {layout.name}": layout for layout in layouts}
            with tempfile.TemporaryDirectory() as folder:
                theirs = ask_compiler(target, text, ours, Path(folder), defines(unit, text, case))
            for layout in layouts:
                where = f"struct {layout.name} on {target} in {setting}"
                assert (layout.size, layout.align) == theirs.structs[f"struct {layout.name}"], where
                for placed in layout.fields:
                    if not placed.bit_field:
                        there = theirs.plain[f"struct {layout.name}", placed.path]
                        assert (placed.offset, placed.size) == there, f"{placed.path} of {where}"


def chosen(unit: Unit, abi: str) -> list[tuple[Setting, tuple[StructLayout, ...]]]:
    """Configurations of one target in which the structs are laid out in different ways."""
    structs = [name for name in STRUCTS if unit.declarations.of(name, "struct")]

    def question(case: Case) -> tuple[StructLayout, ...]:
        return tuple(case.layout(name) for name in structs)

    alone = replace(Space.of(unit), abis=tuple(a for a in unit.abis if a.name == abi))
    ways: dict[tuple[StructLayout, ...], Setting] = {}
    for setting, layouts in split(alone, question):
        ways.setdefault(layouts, setting)
    found = [(setting, layouts) for layouts, setting in ways.items()]
    return found if TRIED is None else found[:: max(1, len(found) // TRIED)][:TRIED]


def defines(unit: Unit, text: str, case: Case) -> tuple[str, ...]:
    """What a build of this configuration has on its command line, and what it finds out before it compiles."""
    words = set(re.findall(r"\w+", text))
    spelled = [(symbol.name, form) for symbol in unit.symbols for form in (f"CONFIG_{symbol.name}", symbol.name)]
    on = [f"{form}=1" for name, form in spelled if form in words and case.symbol(name)]
    split_locks = case.size_of("spinlock_t") > case.size_of("long")
    return (*on, f"ALLOC_SPLIT_PTLOCKS={int(split_locks)}", f"BITS_PER_LONG={case.size_of('long') * 8}")


@cache
def c_text(model: Path) -> str:
    """The C declarations of a model and of everything it includes; what the kernel's own structs need comes first."""
    blocks = sorted(_blocks(model, set()), key=lambda block: "struct page {" in block)
    # No preprocessor knows sizes.
    return re.sub(r"#if sizeof\(long\) == 8", "#if BITS_PER_LONG == 64", "\n".join([_MACROS, *blocks, ""]))


def _blocks(path: Path, seen: set[Path]) -> Iterator[str]:
    if path in seen:
        return
    seen.add(path)
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r'^include "([^"]+)";|^layout \{', text, re.MULTILINE):
        if found[1]:
            places = (path.parent / found[1], path.parent.parent / found[1], ARCHS / found[1])
            yield from _blocks(next(p for p in places if p.exists()).resolve(), seen)
        else:
            yield text[found.end() : text.index("\n}", found.end())]
