from __future__ import annotations

import pytest

from modelcheck.layout.check import check_declarations
from modelcheck.layout.codes import CODES
from modelcheck.layout.layouts import Layouts
from modelcheck.model.conditions import Condition
from modelcheck.model.declarations import Declarations
from modelcheck.source import SourceText
from modelcheck.syntax.cdecl import parse_declarations
from modelcheck.syntax.conditions import parse_condition
from tests.layout.targets import shipped_abi


def condition(text: str) -> Condition:
    return parse_condition(SourceText("c", text), 0, len(text)).condition


def check(text: str, *requirements: str) -> list[tuple[str, str, str]]:
    read = parse_declarations(SourceText("t", text), 0, len(text))
    assert read.diagnostics == ()
    found = check_declarations(Declarations(read.types), [condition(r) for r in requirements])
    assert all(d.code in CODES for d in found)
    return [(d.code, d.span.place if d.span else "", d.help) for d in found]


@pytest.mark.parametrize(
    "text",
    [
        "struct s { struct s *next; struct unknown *x; enum e y; u8 z; void (*f)(nothing_t); };",
        "#ifdef A\ntypedef int t;\n#else\ntypedef long t;\n#endif\nstruct s { t x; };",
        "#ifdef A\ntypedef int t;\n#endif\nstruct s {\n#ifdef A\nt x;\n#else\nint x;\n#endif\n};",
        "struct s { struct { int a; } x; struct { int a; } y; };",
        "struct late { struct early x; }; struct early { int a; };",
    ],
)
def test_silent_on_good_declarations(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("struct s { atomic_t x; };", ("CA201", "t:1:12", "")),
        (
            "typedef int spinlock_t; struct s { spinlok_t x[2]; };",
            ("CA201", "t:1:36", "did you mean `spinlock_t`?"),
        ),
        ("struct t { int a; }; struct s { t x; };", ("CA201", "t:1:33", "did you mean `struct t`?")),
        ("struct s { int x[sizeof(struct none)]; };", ("CA201", "t:1:16", "")),
        ("typedef int t; typedef long t;", ("CA202", "t:1:29", "")),
        (
            "#ifdef A\ntypedef int t;\n#endif\n#ifdef B\ntypedef long t;\n#endif",
            ("CA202", "t:5:14", "the conditions do not exclude each other"),
        ),
        ("struct s { struct s x; };", ("CA203", "t:1:8", "a pointer to it may be meant")),
        (
            "struct b { struct a x[2]; }; struct a { struct { struct b y; }; };",
            ("CA203", "t:1:8", "a pointer to it may be meant"),
        ),
        ("typedef t t;", ("CA203", "t:1:11", "a pointer to it may be meant")),
        ("struct s { int x; union { long y; char x; }; };", ("CA205", "t:1:40", "")),
        ("struct s { struct { int a, a; } in[2]; };", ("CA205", "t:1:28", "")),
        ("struct s {\n#ifdef A\nint x;\n#endif\n#ifdef B\nint x;\n#endif\n};", ("CA205", "t:6:5", "")),
        ("#ifdef A\ntypedef int t;\n#endif\nstruct s { t x; };", ("CA206", "t:4:12", "")),
    ],
)
def test_finds(text: str, found: tuple[str, str, str]) -> None:
    assert check(text) == [found]


def test_requirements_tell_what_excludes_what() -> None:
    text = "struct s {\n#ifdef A\nint x;\n#endif\n#ifdef B\nint x;\n#endif\n};"
    assert [code for code, _, _ in check(text)] == ["CA205"]
    assert check(text, "!(A && B)") == []
    needs = "#ifdef A\ntypedef int t;\n#endif\nstruct s {\n#ifdef B\nt x;\n#endif\n};"
    assert [code for code, _, _ in check(needs)] == ["CA206"]
    assert check(needs, "B -> A") == []


def test_long_chains_and_wide_trees_are_refused() -> None:
    chain = "".join(f"typedef t{i} t{i + 1};" for i in range(3000)) + "typedef int t0;"
    assert [code for code, _, _ in check(chain)] == ["CA204"]
    doubling = "struct s0 { int x; };" + "".join(f"struct s{i + 1} {{ struct s{i} a, b; }};" for i in range(50))
    assert [code for code, _, _ in check(doubling)] == ["CA204"]


def test_what_is_just_not_refused_can_be_laid_out() -> None:
    parts = "".join(f"struct s{i + 1} {{ struct s{i} a; }};" for i in range(19))
    deep = (
        "struct s0 {"
        + "struct {" * 18
        + "int x;"
        + "} a;" * 18
        + "};"
        + parts
        + "struct s {"
        + "struct s19 a; int b; };"
    )
    assert check(deep) == []
    read = parse_declarations(SourceText("t", deep), 0, len(deep))
    layouts = Layouts(Declarations(read.types), shipped_abi("x86_64"))
    assert layouts.layout("s", lambda symbol: False).size == 8
    assert [code for code, _, _ in check(deep + "struct more { struct s x; };")] == ["CA204"]
