"""Trees with places, and any text at all: a tree or an InputError, nothing else."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.resolve import load_text
from modelcheck.source import SourceText, Span
from modelcheck.syntax import ast, parse
from modelcheck.syntax.errors import LONE_WORDS, STATEMENT_WORDS
from modelcheck.syntax.scan import MAX_CHARACTERS, MAX_NESTING, scan

EXAMPLE = (Path(__file__).parents[1] / "resolve" / "powerpc.arch").read_text()


def tree(text: str) -> ast.File:
    return parse(SourceText("text", text))


def found(text: str) -> list[Diagnostic]:
    with pytest.raises(InputError) as caught:
        parse(SourceText("text", text))
    return list(caught.value.diagnostics)


def spans(value: object) -> Iterator[tuple[object, Span]]:
    if isinstance(value, Span | SourceText):
        return
    if isinstance(value, tuple):
        for part in value:
            yield from spans(part)
    elif is_dataclass(value):
        span = getattr(value, "span", None)
        if isinstance(span, Span):
            yield value, span
        for field in fields(value):
            yield from spans(getattr(value, field.name))


def test_every_name_stands_where_its_span_says() -> None:
    names = [(v.text, s) for v, s in spans(tree(EXAMPLE)) if isinstance(v, ast.Name)]
    assert len(names) > 100
    for text, span in names:
        shown = span.source.text[span.start : span.end]
        assert shown in (text, f'"{text}"') or text == shown == "create"


def test_statements_end_before_their_citation_and_semicolon() -> None:
    (cycle,) = tree('lifecycle a on b { path c { write x  at "f" ; if (y) { skip; } at "g" if (z) skip; } }').items
    assert isinstance(cycle, ast.LifecycleDeclaration)
    (path,) = cycle.items
    assert isinstance(path, ast.PathItem)
    texts = [s.span.source.text[s.span.start : s.span.end] for s in path.body]
    assert texts == ["write x", "if (y) { skip; }", "if (z) skip"]


def test_the_body_of_a_layout_is_not_read() -> None:
    text = 'config A; layout { "}" /* } */ // }\n { # @ ; } } config B;'
    first, layout, last = tree(text).items
    assert isinstance(layout, ast.LayoutItem)
    assert layout.body.source.text[layout.body.start : layout.body.end] == ' "}" /* } */ // }\n { # @ ; } '
    assert isinstance(first, ast.SymbolItem)
    assert isinstance(last, ast.SymbolItem)
    assert last.names[0].span.start == text.index("B;")


def test_keywords_are_names_where_only_a_name_can_stand() -> None:
    (cycle,) = tree("lifecycle state on path { state create { move -> drop; } path reader { write lock.when; } }").items
    assert isinstance(cycle, ast.LifecycleDeclaration)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("config A\nconfig B;", "CA011", 7),
        ("config A B;", "CA010", 9),
        ("\0", "CA004", 0),
        ("config A; /* never", "CA006", 10),
        ('arch a "never', "CA006", 7),
        ("lifecycle a on b {\n    path c {\n        skip;\n}", "CA007", 30),
        ("config A; }", "CA007", 10),
        ("lifecycle a on b { (}", "CA007", 20),
        ("{" * 200, "CA005", MAX_NESTING),
        ("lifecycle a on b { when !" + "!" * 200 + "x; }", "CA152", None),
        ("lifecycle a on b { path c { wait(" + "!" * 200 + "x); } }", "CA005", None),
        ("lifecycle a on b { path c { " + "if (x) " * 200 + "skip; } }", "CA005", None),
        ("lifecycle a on b { tables " + "1 + " * 200 + "1; }", "CA005", None),
        (" " * (MAX_CHARACTERS + 1), "CA003", None),
        (";" * 30_000, "CA003", None),
    ],
)
def test_refused_texts(text: str, code: str, at: int | None) -> None:
    (diagnostic,) = found(text)
    assert diagnostic.code == code
    assert at is None or (diagnostic.span is not None and diagnostic.span.start == at)


def test_what_is_expected_is_said_in_the_words_of_the_language() -> None:
    texts = ("config A B;", "const;", "arch 1;", "x", "lifecycle a on b { x }", "use a;")
    labels = [d.label for text in texts for d in found(text)]
    assert labels == [
        "expected `,`, `;` or `at`",
        "expected a name",
        "expected a name",
        "expected an item of a file",
        "expected an item of a life cycle",
        "expected `abi`",
    ]


def test_reading_goes_on_behind_an_error() -> None:
    text = """config A B;
    const C >= 1 { X: 1; };
    lifecycle a on b { path c { skip } at "f" path d { skip; skip skip skip; goto; } state { } flag x; }
    expct a;"""
    assert [d.span.source.position(d.span.start)[0] for d in found(text) if d.span] == [1, 3, 3, 3, 4]


def test_pieces_cover_items_with_their_citations() -> None:
    text = 'config A; path b { x; } at "c" path d { } ; if (a) { } else { } at "e"; last'
    looked = scan(SourceText("text", text))
    cut = [text[start:end].strip() for start, end, _ in looked.pieces(0, len(text))]
    assert cut == ["config A;", 'path b { x; } at "c"', "path d { } ;", 'if (a) { } else { } at "e";', "last"]


def test_lone_words_are_statements() -> None:
    assert set(LONE_WORDS) < set(STATEMENT_WORDS)


def tried(text: str) -> None:
    try:
        load_text(text)
    except InputError as error:
        assert error.diagnostics
        for diagnostic in error.diagnostics:
            assert diagnostic.message
            span = diagnostic.span
            assert span is None or 0 <= span.start <= span.end <= len(span.source.text) + 1


_APART = EXAMPLE.replace(";", " ; ").replace("(", " ( ").replace(")", " ) ")
WORDS = sorted({*_APART.split(), "at", '"', "/*", "#if", "!"})


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_a_changed_example_never_crashes(seed: int, changes: int) -> None:
    random = Random(seed)
    words = EXAMPLE.split(" ")
    for _ in range(changes):
        at = random.randrange(len(words))
        match random.randrange(4):
            case 0:
                del words[at]
            case 1:
                words.insert(at, words[random.randrange(len(words))])
            case 2:
                words[at] = random.choice(WORDS)
            case _:
                words[at] = words[at][: len(words[at]) // 2]
    tried(" ".join(words))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_words_in_any_order_never_crash(words: list[str]) -> None:
    tried(" ".join(words))
    tried("lifecycle a on page { path b { " + " ".join(words) + " } }")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_any_text_never_crashes(text: str) -> None:
    tried(text)
    tried(f"layout {{ {text} }}")
