"""Markdown that means what was meant, by the judgement of a reader of Markdown."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from modelcheck import __version__
from modelcheck.matrix.survey import Proposal
from modelcheck.matrix.table import matrix_of
from modelcheck.report import matrix_markdown, matrix_summary
from modelcheck.report.markdown import code, prose, table
from tests.matrix.models import survey
from tests.report.goldens import assert_golden

READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")
TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1).filter(lambda t: t.strip())


def cells(text: str) -> list[list[list[Token]]]:
    """The cells of all tables, row by row, as what is in them."""
    rows: list[list[list[Token]]] = []
    before = ""
    for token in READER.parse(text):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline" and before in ("td_open", "th_open"):
            rows[-1].append(token.children or [])
        before = token.type
    return rows


def shown(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens)


@given(st.lists(TEXT.filter(lambda t: "`" not in t), min_size=1, max_size=3))
def test_prose_in_a_table_means_itself(texts: list[str]) -> None:
    head = [prose(text) for text in texts]
    ((*found,),) = cells("\n".join(table(head, [])))
    assert [shown(tokens) for tokens in found] == [" ".join(text.split()) for text in texts]
    assert {token.type for tokens in found for token in tokens} <= {"text", "text_special"}


@given(TEXT.filter(lambda t: "\\" not in t and t == t.strip()))
def test_code_in_a_table_shows_exactly_the_text(text: str) -> None:
    (((token,),),) = cells("\n".join(table([code(text)], [])))
    assert (token.type, token.content) == ("code_inline", text)


def test_names_between_backquotes_are_code() -> None:
    ((tokens,),) = cells("\n".join(table([prose("`a_b || c` uses *d* and _e_")], [])))
    assert [(token.type, token.content) for token in tokens if token.type == "code_inline"] == [
        ("code_inline", "a_b || c")
    ]
    assert shown(tokens) == "a_b || c uses *d* and _e_"
    assert code("") == code("  ") == ""


def test_the_matrix() -> None:
    text = matrix_markdown.page(survey(), matrix_of(survey()))
    assert_golden("matrix_markdown", text.replace(__version__, "VERSION"))
    rows = cells(text)
    assert {len(row) for row in rows} == {5}


def titles(rule: str) -> str:
    return f"title of {rule}"


def test_the_summary() -> None:
    text = matrix_summary.page(survey(), titles)
    assert_golden("matrix_summary", text.replace(__version__, "VERSION"))
    head, *rows = cells(text)
    assert [shown(cell) for cell in head] == ["level", "tables", "queue_each", "count_all"]
    assert {shown(row[1]): shown(row[2]) for row in rows} == {
        "tiny pte (1.0, 1.1)": "yes",
        "wide pte (1.1)": "no: title of OV103 (OV103, page.rcu_head)",
    }


def test_a_proposal_that_changes_nothing_has_no_column() -> None:
    whole = survey()
    idle = Proposal("idle", "nothing", "idle")
    with_idle = replace(whole, proposals=(*whole.proposals, idle))
    assert matrix_summary.page(with_idle, titles) == matrix_summary.page(whole, titles)
    assert matrix_summary.page(replace(whole, proposals=(idle,)), titles) == "No proposal changes anything here.\n"
    assert matrix_summary.page(replace(whole, proposals=()), titles) == "No proposal was asked about.\n"
    assert "Changing nothing here: `idle`." in matrix_markdown.page(with_idle, matrix_of(with_idle))


def test_one_kernel_is_named_once() -> None:
    whole = survey()
    one = replace(whole, subjects=tuple(each for each in whole.subjects if each.kernel == "1.1"))
    text = matrix_summary.page(one, titles)
    assert "tiny `pte`;" in text or "tiny `pte` |" in text
    assert ", for Linux 1.1. Every yes" in text
