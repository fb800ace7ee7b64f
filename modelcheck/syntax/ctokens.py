"""C declarations as tokens: a layout's body is cut into items, and each item is parsed on its own.

Cutting first is what makes several syntax errors in one run possible: a declaration with an error is reported and
left out, and
the rest of its struct is read again without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token, Tree
from lark.exceptions import UnexpectedToken

from modelcheck.diagnostics import Diagnostic, Diagnostics
from modelcheck.source import SourceText, Span
from modelcheck.syntax.conditions import blank_comments
from modelcheck.syntax.grammar import load_grammar

# A kernel's struct page with everything it needs has about a thousand tokens.
MAX_TOKENS = 100_000
MAX_CHARACTERS = 2_000_000
# Later stages walk types recursively; the kernel's own structs nest less than ten deep.
MAX_NESTING = 40
# After an error the item is parsed again, so a huge one would take too long.
MAX_TOKENS_TO_RETRY = 10_000

_OPENING = {"LBRACE", "LPAR", "LSQB"}
_CLOSING = {"RBRACE", "RPAR", "RSQB"}


@dataclass(frozen=True)
class Item:
    """One declaration at file level as a tree of `layout.lark`, or one preprocessor line."""

    tree: Tree[Token] | Token


def span_of_token(token: Token, source: SourceText, offset: int) -> Span:
    """Where a token stands in the whole file; `offset` is where the text that was parsed begins."""
    start = (token.start_pos or 0) + offset
    return Span(source, start, start + len(token))


def items(source: SourceText, start: int, end: int, found: Diagnostics) -> Iterator[Item]:
    """The items of `source.text[start:end]`, in order. What cannot be parsed is reported (CA154, CA155, CA156) and
    left out."""
    if end - start > MAX_CHARACTERS:
        found.add(Diagnostic("CA156", "this layout is too large", Span(source, start, start + 1)))
        return
    text = blank_comments(source.text[start:end])
    tokens: list[Token] = []
    for token in load_grammar("layout", lexer="basic").lex(text):
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            found.add(Diagnostic("CA156", "this layout is too large", span_of_token(token, source, start)))
            return
    for piece in _pieces(tokens, source, start, found):
        if piece[0].type == "DIRECTIVE" and len(piece) == 1:
            yield Item(piece[0])
        else:
            tree = _parse(piece, source, start, found)
            if tree is not None:
                yield Item(tree)


def _pieces(tokens: list[Token], source: SourceText, offset: int, found: Diagnostics) -> Iterator[list[Token]]:
    """Runs of tokens up to a `;` outside of all braces, and preprocessor lines between them."""
    piece: list[Token] = []
    open_braces: list[Token] = []
    depth = 0
    too_deep: Token | None = None
    for token in tokens:
        if token.type == "RBRACE" and not open_braces:
            found.add(_unexpected(token, None, source, offset))
            continue
        piece.append(token)
        match token.type:
            case "LBRACE":
                open_braces.append(token)
            case "RBRACE":
                open_braces.pop()
        depth = max(0, depth + (token.type in _OPENING) - (token.type in _CLOSING))
        if depth > MAX_NESTING and too_deep is None:
            too_deep = token
        alone = token.type == "DIRECTIVE" and len(piece) == 1
        if not open_braces and (token.type == "SEMICOLON" or alone):
            if too_deep is None:
                yield piece
            else:
                found.add(Diagnostic("CA156", "this is nested too deeply", span_of_token(too_deep, source, offset)))
            piece, too_deep, depth = [], None, 0
    if open_braces:
        found.add(Diagnostic("CA155", "this `{` is never closed", span_of_token(open_braces[-1], source, offset)))
    elif piece:
        last = span_of_token(piece[-1], source, offset)
        found.add(Diagnostic("CA154", "the declaration is incomplete", last, help="a `;` is missing"))


def _parse(piece: list[Token], source: SourceText, offset: int, found: Diagnostics) -> Tree[Token] | None:
    """The tree of one item; declarations inside it that have an error are cut out."""
    while True:
        parser = load_grammar("layout", lexer="basic").parse_interactive("")
        at = 0
        try:
            for at, token in enumerate(piece):  # noqa: B007 - where it stopped is read below
                parser.feed_token(token)
            tree: Tree[Token] = parser.feed_eof(piece[-1])  # type: ignore[no-untyped-call]
            children = tree.children
            return children[0] if children and isinstance(children[0], Tree) else None
        except UnexpectedToken as error:
            found.add(_unexpected(piece[at], error, source, offset))
            if len(piece) > MAX_TOKENS_TO_RETRY:
                return None
            begin, end = _declaration_around(piece, at)
            if begin == 0:
                return None
            piece = piece[:begin] + piece[end:]


def _declaration_around(piece: list[Token], at: int) -> tuple[int, int]:
    """The member declaration that holds token `at`: behind the last `{`, `;` or preprocessor line of its own level,
    up to and
    with the next `;` of that level. Begins at 0 where the token is not inside of braces."""
    begin, depth = at, 0
    while begin > 0:
        kind = piece[begin - 1].type
        if kind == "RBRACE":
            depth += 1
        elif kind == "LBRACE" and depth > 0:
            depth -= 1
        elif depth == 0 and (kind in ("LBRACE", "SEMICOLON") or kind == "DIRECTIVE"):
            break
        begin -= 1
    end, depth = begin, 0
    while end < len(piece):
        kind = piece[end].type
        if kind == "LBRACE":
            depth += 1
        elif kind == "RBRACE":
            if depth == 0:
                break
            depth -= 1
        end += 1
        if depth == 0 and end > at and kind in ("SEMICOLON", "DIRECTIVE"):
            break
    return begin, max(end, at + 1)


def _unexpected(token: Token, error: UnexpectedToken | None, source: SourceText, offset: int) -> Diagnostic:
    expected = set(error.accepts or error.expected) if error is not None else set()
    word = str(token).split("\n", 1)[0]
    help_text = ""
    if "aligned" in word:
        help_text = "write an alignment as `__aligned(n)`"
    elif token.type == "EQUAL":
        help_text = "a declaration of a layout has no initial value"
    elif token.type == "DIRECTIVE":
        help_text = "conditions may stand between members and among attributes, not inside of a declarator"
    elif "SEMICOLON" in expected:
        help_text = "a `;` may be missing before it"
    span = span_of_token(token, source, offset)
    return Diagnostic("CA154", f"`{word}` cannot stand here in a declaration", span, help=help_text)
