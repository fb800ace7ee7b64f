"""Texts of models and rules as markup."""

from __future__ import annotations

from modelcheck.report.html_frame import leaf, marked, prose


def test_backquotes_are_code() -> None:
    assert marked("`free_page` frees <it>") == "<code>free_page</code> frees &lt;it&gt;"
    assert marked("one ` alone & <b>") == "one ` alone &amp; &lt;b&gt;"
    assert marked("`<script>`") == "<code>&lt;script&gt;</code>"


def test_paragraphs_and_lists() -> None:
    text = "First\nline.\n\nSecond `x`.\n\n* one\n  more\n* <two>"
    assert prose(text).splitlines() == [
        "<p>First line.</p>",
        "<p>Second <code>x</code>.</p>",
        "<ul><li>one more</li><li>&lt;two&gt;</li></ul>",
    ]


def test_places_without_folders() -> None:
    assert leaf("archs/7.2/powerpc.arch:87") == "powerpc.arch:87"
    assert leaf("case.litmus:3") == "case.litmus:3"
