"""From text to tree. After a syntax error the parser goes on behind the item or statement that has it."""

from __future__ import annotations

import re
from functools import lru_cache

from lark import Lark
from lark.exceptions import UnexpectedInput

from modelcheck.diagnostics import Diagnostics
from modelcheck.source import SourceText
from modelcheck.syntax import ast
from modelcheck.syntax.build import Builder
from modelcheck.syntax.errors import explain
from modelcheck.syntax.grammar import load_grammar
from modelcheck.syntax.scan import Scan, scan

_STARTS = ("start", "lifecycle_items", "statements")
# After an error every piece is parsed on its own; a text of many thousand pieces is not worth going through.
_MAX_PIECES = 1000


def _parser() -> Lark:
    return load_grammar("arch", _STARTS)


# Most architectures include the same files.
@lru_cache(maxsize=64)
def parse(source: SourceText) -> ast.File:
    """The tree of a text. Raises `InputError` (CA004 to CA013, CA15x) with every syntax error found."""
    looked = scan(source)
    try:
        tree = _parser().parse(looked.text, start="start")
    except UnexpectedInput:
        found = Diagnostics()
        _Recovery(source, looked, found).go(0, len(looked.text), "start")
        if not found.found:
            # Every piece is right by itself: the text was cut at the wrong places.
            found.add(explain(_parser(), looked.text, "start", source, 0))
        found.stop()
    return Builder(source, looked.layouts).file(tree)


class _Recovery:
    def __init__(self, source: SourceText, looked: Scan, found: Diagnostics) -> None:
        self.source = source
        self.looked = looked
        self.found = found
        self.left = _MAX_PIECES

    def go(self, start: int, end: int, rule: str) -> None:
        """Report the errors of the pieces of a range, each of which is something of `rule`."""
        for begin, stop, body in self.looked.pieces(start, end):
            self.left -= 1
            if self.left < 0:
                return
            error = self.attempt(begin, stop, rule)
            if error is None:
                continue
            known = len(self.found.found)
            if body >= 0 and (error.pos_in_stream or 0) + begin > body:
                self.inside(begin, stop, body, rule)
            if len(self.found.found) == known:
                self.found.add(explain(_parser(), self.looked.text[begin:stop], rule, self.source, begin))

    def inside(self, begin: int, stop: int, body: int, rule: str) -> None:
        word = _FIRST_WORD.match(self.looked.text, begin, body)
        inner = _INNER.get((rule, word.group(1) if word else ""))
        closing = self.looked.text.rfind("}", body, stop)
        if inner is not None and closing > 0:
            self.go(body + 1, closing, inner)

    def attempt(self, begin: int, stop: int, rule: str) -> UnexpectedInput | None:
        try:
            _parser().parse(self.looked.text[begin:stop], start=rule)
        except UnexpectedInput as error:
            return error
        return None


_FIRST_WORD = re.compile(r"(?:\s|//[^\n]*|/\*(?s:.*?)\*/)*([a-z]*)")
# What the braces hold of an item that starts with this word.
_INNER = {
    ("start", "lifecycle"): "lifecycle_items",
    ("start", "template"): "lifecycle_items",
    ("lifecycle_items", "path"): "statements",
    ("lifecycle_items", "create"): "statements",
    ("lifecycle_items", "action"): "statements",
    ("lifecycle_items", "environment"): "statements",
    ("lifecycle_items", "reader"): "statements",
}
