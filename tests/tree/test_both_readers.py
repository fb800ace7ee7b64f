"""A declaration means the same to both readers of C: that of layouts in models, and that of kernel trees."""

from __future__ import annotations

import re
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import StructLayout
from modelcheck.model.declarations import Declarations
from modelcheck.source import SourceText
from modelcheck.syntax.cdecl import parse_declarations
from tests.layout.c_structs import CStruct, as_text, c_structs
from tests.layout.targets import shipped_abi
from tests.tree.trees import structs_of

TARGETS = ("x86_64", "i386", "m68k", "s390x", "arm")
SYMBOLS = ("A", "B", "SMP")


@st.composite
def conditional(draw: st.DrawFn) -> tuple[CStruct, ...]:
    """Structs in which some lines of members stand under `#if`s."""
    return tuple(CStruct(s.name, _with_conditions(draw, s.text)) for s in draw(c_structs(6)))


def _with_conditions(draw: st.DrawFn, text: str) -> str:
    out: list[str] = []
    for line in text.splitlines():
        plain = line.endswith(";") and not line.startswith("}") and "{" not in line and "}" not in line
        if not plain or draw(st.integers(0, 2)):
            out.append(line)
            continue
        a, b = draw(st.permutations(SYMBOLS))[:2]
        opening = draw(
            st.sampled_from(
                (f"#ifdef CONFIG_{a}", f"#ifndef CONFIG_{a}", f"#if defined(CONFIG_{a}) && !defined(CONFIG_{b})",
                 f"#if defined(CONFIG_{a}) || defined(CONFIG_{b})", "#if sizeof(long) == 8")
            )
        )  # fmt: skip
        middle = draw(st.sampled_from(([], ["#else"], [f"#elif defined(CONFIG_{b})"])))
        out += [opening, line, *middle, *([line.replace(" m", " other_m")] if middle else []), "#endif"]
    return "\n".join(out) + "\n"


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(structs=c_structs(6))
def test_random_structs(structs: tuple[CStruct, ...]) -> None:
    check(structs, ())


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(structs=conditional())
def test_random_structs_with_conditions(structs: tuple[CStruct, ...]) -> None:
    check(structs, SYMBOLS)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(structs=c_structs(6))
def test_random_structs_with_macros_for_attributes(structs: tuple[CStruct, ...]) -> None:
    text = as_text(structs)
    macros = "".join(f"#ifdef CONFIG_A\n#define al{n} {_aligned(n)}\n#else\n#define al{n}\n#endif\n" for n in POWERS)
    for n in POWERS:
        text = text.replace(f" {_aligned(n)}", f" al{n}")
    model = text
    for n in POWERS:
        model = re.sub(rf"\bal{n}\b", f"\n#ifdef CONFIG_A\n{_aligned(n)}\n#endif\n", model)
    compare(model, macros + text, structs, ("A",))


POWERS = tuple(1 << n for n in range(6))


def _aligned(n: int) -> str:
    return f"__attribute__((aligned({n})))"


def check(structs: tuple[CStruct, ...], symbols: tuple[str, ...]) -> None:
    text = as_text(structs)
    # The kernel says it by what is defined; in a model, a size can be asked for where it matters.
    compare(text, text.replace("#if sizeof(long) == 8", "#ifdef CONFIG_64BIT"), structs, symbols)


def compare(text: str, kernel: str, structs: tuple[CStruct, ...], symbols: tuple[str, ...]) -> None:
    read = parse_declarations(SourceText("model", text), 0, len(text))
    assert read.diagnostics == ()
    names = [s.name.split()[1] for s in structs]
    # All of them in one struct, so that unions are read, too.
    whole = "struct whole { " + " ".join(f"{s.name} {s.name.split()[1]};" for s in structs) + " };\n"
    theirs = structs_of(kernel + whole, wanted=("whole",)).declarations
    for target in TARGETS:
        first = Layouts(Declarations(read.types), shipped_abi(target))
        second = Layouts(theirs, shipped_abi(target))
        for values in product((False, True), repeat=len(symbols)):
            chosen = dict(zip(symbols, values, strict=True))
            for name in names:
                one, two = (layouts.layout(name, chosen.__getitem__) for layouts in (first, second))
                said = f"{name} on {target} with {chosen}:\n{text}"
                assert (one.size, one.align) == (two.size, two.align), said
                assert places(one) == places(two), said


def places(found: StructLayout) -> list[tuple[str, int, int, bool]]:
    return [(f.path, f.offset_bits, f.size_bits, f.bit_field) for f in found.fields]
