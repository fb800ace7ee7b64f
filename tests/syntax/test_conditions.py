from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcheck.diagnostics import InputError
from modelcheck.model.conditions import (
    All,
    Always,
    Any,
    Condition,
    Not,
    SizeCompare,
    SizeOf,
    SymbolSet,
    describe,
    holds,
)
from modelcheck.source import SourceText
from modelcheck.syntax.conditions import (
    blank_comments,
    expand,
    integer_value,
    parse_condition,
    undeclared_symbols,
)

A, B, C = SymbolSet("A"), SymbolSet("B"), SymbolSet("C")


def read(text: str) -> Condition:
    before = "before "
    return parse_condition(SourceText("t", f"{before}{text} after"), len(before), len(before) + len(text)).condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("A", A),
        ("CONFIG_A", A),
        ("defined(CONFIG_A)", A),
        ("defined A", A),
        ("IS_ENABLED(CONFIG_A)", A),
        ("!A && B || C", Any((All((Not(A), B)), C))),
        ("A && B && C", All((A, B, C))),
        ("A -> B", Any((Not(A), B))),
        ("A -> B -> C", Any((Not(A), Any((Not(B), C))))),
        ("(A -> B) -> C", Any((Not(Any((Not(A), B))), C))),
        ("A <-> B", Any((All((A, B)), All((Not(A), Not(B)))))),
        ("0", Always(False)),
        ("1", Always(True)),
        ("0x10UL", Always(True)),
        (
            "sizeof(spinlock_t) > sizeof(unsigned  long)",
            SizeCompare(">", SizeOf("spinlock_t"), SizeOf("unsigned long")),
        ),
        ("4 <= sizeof(struct page *)", SizeCompare("<=", 4, SizeOf("struct page *"))),
        ("A /* why */ && \\\n B // because", All((A, B))),
    ],
)
def test_reads(text: str, condition: Condition) -> None:
    assert read(text) == condition


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "CA150"),
        ("A &&", "CA150"),
        ("A & B", "CA150"),
        ("A == 3", "CA150"),
        ("A B", "CA150"),
        ("é", "CA150"),
        ("08", "CA151"),
        ("9" * 5000, "CA151"),
        ("!" * 1000 + "A", "CA152"),
        (" <-> ".join("A" * 20), "CA152"),
        ("A || " * 5000 + "A", "CA152"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text)
    assert [d.code for d in refused.value.diagnostics] == [code]


def test_parentheses_without_end_are_no_traceback() -> None:
    assert read("(" * 5000 + "A" + ")" * 5000) == A
    with pytest.raises(InputError):
        read("(" * 5000 + "A")


def test_says_where_names_stand() -> None:
    source = SourceText("t", "x;\n  CONFIG_SMP && sizeof(struct page) > 4")
    found = parse_condition(source, 5, len(source.text))
    assert [(n.name, n.kind, n.span.place) for n in found.names] == [
        ("SMP", "symbol", "t:2:3"),
        ("struct page", "type", "t:2:24"),
    ]


def test_undeclared_symbols_come_with_a_suggestion() -> None:
    source = SourceText("t", "SPM || MEMCG || NOWHERE_NEAR")
    read_names = parse_condition(source, 0, len(source.text)).names
    found = undeclared_symbols(read_names, ["SMP", "MEMCG"])
    assert [(d.code, d.span.place if d.span else "") for d in found] == [("CA153", "t:1:1"), ("CA153", "t:1:17")]
    assert found[0].help == "did you mean `SMP`?"
    assert "NOWHERE_NEAR" in found[1].help


def test_expand_replaces_abbreviations_everywhere() -> None:
    assert expand(read("!X || X && A"), {"X": B}) == Any((Not(B), All((B, A))))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("010", 8),
        ("0x1F", 31),
        ("1UL", 1),
        ("09", None),
        ("0x", None),
        (str(1 << 64), None),
        (str((1 << 64) - 1), (1 << 64) - 1),
    ],
)
def test_integer_value(text: str, value: int | None) -> None:
    assert integer_value(text) == value


@given(st.text(alphabet="/* \nab", max_size=40))
def test_blanking_comments_keeps_places(text: str) -> None:
    blanked = blank_comments(text)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
    assert blanked.count("\n") == text.count("\n")
    assert "//" not in blanked


class _Some:
    def __init__(self, chosen: frozenset[str]) -> None:
        self.chosen = chosen

    def symbol(self, name: str) -> bool:
        return name in self.chosen

    def size_of(self, type_name: str) -> int:
        return len(type_name)


conditions = st.recursive(
    st.sampled_from((A, B, C, Always(True), Always(False), SizeCompare("<", SizeOf("int"), 4))),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=8,
)


@given(conditions, st.frozensets(st.sampled_from("ABC")))
def test_what_describe_writes_reads_back_the_same(condition: Condition, chosen: frozenset[str]) -> None:
    again = read(describe(condition))
    assert holds(again, _Some(chosen)) == holds(condition, _Some(chosen))
