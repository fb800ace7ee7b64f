"""Syntax errors in the words of the language, not of the parser."""

from __future__ import annotations

from itertools import pairwise

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import PatternStr

from modelcheck.diagnostics import Diagnostic, did_you_mean
from modelcheck.source import SourceText, Span

# Statements that stand alone, so that a name behind one of them belongs to the next statement.
LONE_WORDS = (
    *("skip", "alloc_page", "free_page", "grace_period", "ipi_sync", "queue_work", "might_sleep", "touch_table"),
    *("free_table", "done"),
)
# What may follow one of them.
_MODIFIERS = ("deferred",)
STATEMENT_WORDS = (
    *LONE_WORDS,
    *("read", "write", "goto", "init_lock", "destroy_lock", "use_lock", "lock", "lock_bh", "lock_irq", "unlock"),
    *("list_init", "list_add", "list_del", "list_del_init", "set_flag", "clear_flag", "call_rcu", "bug_on", "needs"),
    "wait",
    *("populate", "pun", "move", "if", "choose", "atomic"),
)

_SHOWN = {
    "NAME": "a name",
    "INT": "a number",
    "condition__NAME": "a name",
    "STRING": "a string in double quotes",
    "COMPARE": "a comparison",
    "STAR": "`*`",
    "$END": "the end of the file",
}
# Where any of many words may stand, they are not listed: a word that tells the place, and what the place takes.
_PLACES = (
    ("lifecycle", "an item of a file"),
    ("create", "an item of a life cycle"),
    ("leaves", "`leaves` or `demands`"),
    ("replace", "`add`, `after`, `before` or `replace`"),
    ("populate", "a statement"),
)
_ENDS = (";", "{", "}")


def explain(parser: Lark, text: str, rule: str, source: SourceText, offset: int) -> Diagnostic:
    """What is wrong with a text that is no `rule`; `offset` is where it begins in `source`."""
    tokens: list[Token] = []
    steps = parser.parse_interactive(text, start=rule)
    try:
        tokens += steps.iter_parse()
        steps.feed_eof(tokens[-1] if tokens else None)  # type: ignore[no-untyped-call]
    except UnexpectedInput as error:
        literals = {t.name: t.pattern.value for t in parser.terminals if isinstance(t.pattern, PatternStr)}
        found = _Found(error, tokens, source, offset)
        accepted: set[str] = steps.accepts()  # type: ignore[no-untyped-call]
        return found.diagnostic({literals.get(name, name) for name in accepted}, set(literals.values()))
    raise ValueError(f"a text that was refused as {rule} is one")


class _Found:
    def __init__(self, error: UnexpectedInput, tokens: list[Token], source: SourceText, offset: int) -> None:
        self.source = source
        self.offset = offset
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        self.word = "" if at_end else str(error.token) if isinstance(error, UnexpectedToken) else error.char  # type: ignore[attr-defined]
        # The parser may have been given the wrong token itself already.
        position = len(source.text) if at_end else (error.pos_in_stream or 0)
        self.before = [t for t in tokens if (t.start_pos or 0) < position and t.type != "$END"]
        last_end = (self.before[-1].end_pos or 0) if self.before else 0
        self.start = last_end if at_end else position
        self.new_line = "\n" in source.text[last_end + offset : self.start + offset]

    def span(self, token: Token) -> Span:
        return Span(self.source, (token.start_pos or 0) + self.offset, (token.end_pos or 0) + self.offset)

    def diagnostic(self, accepted: set[str], keywords: set[str]) -> Diagnostic:
        missing = self.missing_semicolon(accepted)
        if missing is not None:
            return Diagnostic(
                "CA011", f"`;` is missing after `{missing}`", self.span(missing), "expected `;` after this"
            )
        here = Span(self.source, self.start + self.offset, self.start + self.offset + max(1, len(self.word)))
        expected = _expected(accepted)
        shown = f"`{self.word}` cannot stand here" if self.word else "something is missing here"
        words = {a for a in accepted if a in keywords and a[0].isalpha()}
        suggestion = did_you_mean(self.word, words) if self.word.isidentifier() else ""
        return Diagnostic("CA010", shown, here, f"expected {expected}", help=suggestion or self.misspelt(keywords))

    def missing_semicolon(self, accepted: set[str]) -> Token | None:
        """The token after which a semicolon was forgotten."""
        # Behind a finished item only a superfluous semicolon could stand.
        if not self.before or any(word in accepted for word, _ in _PLACES):
            return None
        for first, second in pairwise(self.before[-2:]):
            # `grace_period` newline `write f`: the parser took `write` for what `grace_period` is about.
            lone = str(first) in LONE_WORDS and str(second) not in _MODIFIERS
            if lone and second.type == "NAME" and ";" in accepted:
                return first
        if ";" in accepted and (self.new_line or self.word in ("}", "")):
            return self.before[-1]
        return None

    def misspelt(self, keywords: set[str]) -> str:
        """A suggestion for the first word of the item or statement."""
        first: Token | None = None
        for token in self.before:
            first = None if str(token) in _ENDS else first or token
        known = {*STATEMENT_WORDS, *(k for k in keywords if k.isidentifier())}
        if first is None or first.type != "NAME" or str(first) in known:
            return ""
        return did_you_mean(str(first), known)


def _expected(accepted: set[str]) -> str:
    places = [shown for word, shown in _PLACES if word in accepted]
    if places:
        closing = "}" in accepted
        return places[0] + (" or `}`" if closing else "")
    shown = sorted({_SHOWN.get(a, f"`{a}`") for a in accepted} - {_SHOWN["$END"]}) or [_SHOWN["$END"]]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " or " + shown[-1]
