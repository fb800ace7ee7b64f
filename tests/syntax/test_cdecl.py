from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.layout.codes import CODES
from modelcheck.layout.typenames import type_text
from modelcheck.model.conditions import TRUE, All, Not, SymbolSet, describe
from modelcheck.model.declarations import AggregateType, ArrayType, Member, NamedType, NumberExpr, PointerType
from modelcheck.source import SourceText
from modelcheck.syntax.cdecl import ReadDeclarations, expand_declarations, parse_declarations


def read(text: str) -> ReadDeclarations:
    return parse_declarations(SourceText("t.layout", text), 0, len(text))


def clean(text: str) -> ReadDeclarations:
    found = read(text)
    assert [(d.code, d.message) for d in found.diagnostics] == []
    return found


def members(text: str) -> tuple[Member, ...]:
    declared = clean(f"struct s {{ {text} }};").types[-1].type
    assert isinstance(declared, AggregateType)
    return declared.members


@pytest.mark.parametrize(
    ("written", "key", "shown"),
    [
        ("unsigned long", "long", "unsigned long"),
        ("long unsigned int", "long", "unsigned long"),
        ("unsigned", "int", "unsigned int"),
        ("signed", "int", "int"),
        ("short int", "short", "short"),
        ("volatile unsigned const char", "char", "unsigned char"),
        ("signed char", "char", "signed char"),
        ("long long int unsigned", "long long", "unsigned long long"),
        ("_Bool", "char", "_Bool"),
        ("const u32", "u32", "u32"),
        ("atomic_t __rcu volatile", "atomic_t", "atomic_t"),
    ],
)
def test_scalar_types(written: str, key: str, shown: str) -> None:
    (member,) = members(f"{written} x;")
    assert isinstance(member.type, NamedType)
    assert (member.name, member.type.name, type_text(member.type)) == ("x", key, shown)


def test_declarators() -> None:
    found = members(
        "struct list_head *next, *const *prev;"
        "int a[2][3]; void (*func)(struct x *, int (*)(void)); int (*table[4])(int);"
        "int (*of_array)[4]; unsigned long f : 3, : 0; struct x __rcu *rcu; char flexible[];"
    )
    assert [m.name for m in found] == ["next", "prev", "a", "func", "table", "of_array", "f", "", "rcu", "flexible"]
    assert found[0].type == PointerType("struct list_head")
    assert found[1].type == PointerType("struct list_head *")
    two, three = NumberExpr("number", 2), NumberExpr("number", 3)
    inner = found[2].type
    assert isinstance(inner, ArrayType)
    assert inner.length == two
    assert isinstance(inner.element, ArrayType)
    assert inner.element.length == three
    assert isinstance(found[3].type, PointerType)
    assert isinstance(found[4].type, ArrayType)
    assert isinstance(found[4].type.element, PointerType)
    assert isinstance(found[5].type, PointerType)
    assert (found[6].bits, found[7].bits) == (three, NumberExpr("number", 0))
    assert found[8].type == PointerType("struct x")


def test_conditions_around_members_declarations_and_attributes() -> None:
    found = clean(
        """
#ifdef CONFIG_A
typedef int first;
#elif defined(B) && !C
typedef int second;
#else
typedef int third;
#endif
struct s {
#ifndef A
    int x;
# if B
    int y;
# endif
#endif
    struct {
#if IS_ENABLED(CONFIG_C)
        int z;
#endif
    };
}
#ifdef D
    __aligned(8)
#endif
    __attribute__((packed));
"""
    )
    texts = [describe(t.condition) for t in found.types]
    assert texts == ["A", "!A && B && !C", "!A && !(B && !C)", "1"]
    struct = found.types[-1].type
    assert isinstance(struct, AggregateType)
    assert [describe(m.condition) for m in struct.members] == ["!A", "!A && B", "1"]
    inner = struct.members[2].type
    assert isinstance(inner, AggregateType)
    assert describe(inner.members[0].condition) == "C"
    assert [(a.value.value, describe(a.condition)) for a in struct.aligned] == [(8, "D")]
    assert struct.packed
    assert [n.name for n in found.names] == ["A", "B", "C", "A", "B", "C", "D"]


def test_a_tagged_struct_inside_another_is_declared_with_both_conditions() -> None:
    found = clean("struct s {\n#ifdef A\n struct inner {\n int x; } one, two;\n#endif\n};")
    inner, outer = found.types
    assert (inner.name, inner.condition) == ("inner", SymbolSet("A"))
    assert isinstance(outer.type, AggregateType)
    assert [(m.name, type_text(m.type)) for m in outer.type.members] == [
        ("one", "struct inner"),
        ("two", "struct inner"),
    ]


def test_enumerators_are_numbers() -> None:
    (struct,) = clean("enum e { FIRST, SECOND = 5, LAST }; struct s { int x[LAST + 1]; };").types
    assert isinstance(struct.type, AggregateType)
    (member,) = struct.type.members
    assert isinstance(member.type, ArrayType)
    assert member.type.length == NumberExpr("number", 7)


def test_sizeof_stays_an_expression() -> None:
    (member,) = members("int x __aligned(2 * sizeof(unsigned long));")
    number = member.aligned[0].value
    assert (number.operator, number.operands[1]) == ("*", NumberExpr("sizeof", name="unsigned long"))


def test_spans_are_places_of_the_whole_file() -> None:
    source = SourceText("t", "layout {\n  struct s {\n    int good;\n    int 3;\n  };\n}\n")
    start, end = source.text.index("{") + 1, source.text.rindex("}")
    found = parse_declarations(source, start, end)
    assert [d.span.place for d in found.diagnostics if d.span] == ["t:4:9"]
    assert found.types[0].span.place == "t:2:10"


def test_several_errors_in_one_run_and_the_rest_is_kept() -> None:
    found = read(
        "struct a { int 3; int x; float y; struct { int = z; int w; } in; void v; };\nint !;\nstruct b { u8 q; };"
    )
    in_order = sorted(found.diagnostics, key=lambda d: d.span.start if d.span else 0)
    assert [d.code for d in in_order] == ["CA154", "CA160", "CA154", "CA161", "CA154"]
    assert [t.name for t in found.types] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("struct s { int x }", "CA154", "t.layout:1:18"),
        ("struct s { int x; } y", "CA154", "t.layout:1:21"),
        ("struct s { int a\n int b; };", "CA154", "t.layout:2:2"),
        ("struct s { int x;", "CA155", "t.layout:1:10"),
        ("}", "CA154", "t.layout:1:1"),
        ("#ifdef A\nstruct s { int x; };", "CA157", "t.layout:1:1"),
        ("#endif", "CA157", "t.layout:1:1"),
        ("#if A\n#else\n#elif B\n#endif", "CA157", "t.layout:3:1"),
        ("struct s {\n#ifdef A\nint x; };", "CA157", "t.layout:2:1"),
        ("#define X 3", "CA158", "t.layout:1:1"),
        ("#ifdef\n#endif", "CA150", "t.layout:1:7"),
        ("#if A &\n#endif", "CA150", "t.layout:1:7"),
        ("unsigned long;", "CA159", "t.layout:1:1"),
        ("struct s { struct t { int x; }; };", "CA159", "t.layout:1:12"),
        ("struct s { int; };", "CA159", "t.layout:1:12"),
        ("struct s { double x; };", "CA160", "t.layout:1:12"),
        ("struct s { long char x; };", "CA160", "t.layout:1:12"),
        ("struct s { int f(void); };", "CA161", "t.layout:1:16"),
        ("struct s { struct t *x : 3; };", "CA161", "t.layout:1:22"),
        ("struct s { int x; } __attribute__((vector_size(16)));", "CA162", "t.layout:1:36"),
        ("struct s { int x __packed; };", "CA162", "t.layout:1:18"),
        ("struct s { int x; } __attribute__((aligned));", "CA162", "t.layout:1:36"),
        ("struct s { int x[N]; };", "CA163", "t.layout:1:18"),
        ("struct s { int x[1 / 0]; };", "CA163", "t.layout:1:18"),
        ("struct s { int x[1 << 4096]; };", "CA163", "t.layout:1:18"),
        ("enum e {\n#ifdef A\nONE,\n#endif\nTWO };\nstruct s { int x[TWO]; };", "CA163", "t.layout:6:18"),
    ],
)
def test_diagnostics(text: str, code: str, place: str) -> None:
    found = read(text)
    assert [(d.code, d.span.place if d.span else "") for d in found.diagnostics] == [(code, place)]
    assert code in CODES


@pytest.mark.parametrize(
    "text",
    [
        "struct s { " * 5000,
        "struct s { " * 39 + "int x; " + "} y; " * 39,
        "(" * 200_000,
        "#if A\n" * 5000,
        "#if A\n" + "#elif B\n" * 5000 + "#endif",
        "#if " + "A || " * 100_000 + "A\n#endif",
        "struct s { int x[" + "1 + " * 5000 + "1]; };",
        "struct s { int x" + "[1]" * 5000 + "; };",
        "struct s { int " + "*" * 20_000 + "x; };",
        "struct s { " + "int 3; " * 5000 + "};",
        "\0\x01é\\\"'" * 1000,
        "x" * 3_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_nothing_crashes(text: str) -> None:
    for diagnostic in read(text).diagnostics:
        assert diagnostic.code in CODES


WORDS = "struct|union|enum|typedef|s|x|int|unsigned|{|}|;|,|*|(|)|[|]|:|3|0|=|__packed|__aligned(8)|sizeof(int)|/*|*/"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from((*WORDS.split("|"), "\n#if A\n", "\n#else\n", "\n#endif\n")), max_size=30))
def test_any_run_of_tokens_gives_an_answer(words: list[str]) -> None:
    for diagnostic in read(" ".join(words)).diagnostics:
        assert diagnostic.code in CODES


def test_expand_declarations_reaches_every_condition() -> None:
    text = "#if X\nstruct s {\n#if X\n struct {\n"
    text += "#if X\n int y;\n#endif\n } z[2] ;\n#endif\n}\n#if X\n __aligned(4)\n#endif\n;\n#endif"
    (struct,) = expand_declarations(clean(text).types, {"X": Not(SymbolSet("A"))}).types
    assert struct.condition == Not(SymbolSet("A"))
    assert isinstance(struct.type, AggregateType)
    assert [describe(a.condition) for a in struct.type.aligned] == ["!A"]
    (member,) = struct.type.members
    assert isinstance(member.type, ArrayType)
    assert isinstance(member.type.element, AggregateType)
    assert describe(member.type.element.members[0].condition) == "!A"


def test_conditions_of_members_do_not_repeat_those_of_their_struct() -> None:
    (struct,) = clean("#if A && B\nstruct s { int x; };\n#endif").types
    assert struct.condition == All((SymbolSet("A"), SymbolSet("B")))
    assert isinstance(struct.type, AggregateType)
    assert struct.type.members[0].condition == TRUE
