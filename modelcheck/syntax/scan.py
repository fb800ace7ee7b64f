"""A first look at a text: brackets match, nothing is nested too deeply, where layout bodies and statements end.

It finds the bodies of `layout { }`, which are C and not read by `arch.lark`, and keeps the parser from having to cope
with texts that are not even balanced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from modelcheck.diagnostics import Diagnostic, InputError, Note
from modelcheck.source import SourceText, Span

# Life cycles nest five deep. The later stages walk trees recursively.
MAX_NESTING = 100
# Some ten times what the largest architecture has; together they keep the time for any text below two seconds.
MAX_CHARACTERS = 256 * 1024
MAX_STATEMENTS = 20_000

_PIECES = re.compile(
    r"""(?P<skip>//[^\n]*|/\*(?s:.*?)\*/|"(?:[^"\\\n]|\\.)*")
      | (?P<bracket>[{}()\[\];])
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<open>/\*|")
    """,
    re.VERBOSE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_CLOSING = {"}": "{", ")": "(", "]": "["}


@dataclass(frozen=True)
class Scan:
    """What the parser needs beside the text.

    `text` has the bodies of `layout { }` blanked; `layouts` maps the offset of their opening brace to that of the
    closing one. `marks` are the offsets of `;`, `{`, `}`, of words that carry on after a `}`, and of the end of an `at`
    that follows one.
    """

    text: str
    layouts: dict[int, int]
    marks: tuple[tuple[int, str], ...]

    def pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Cut a range at the `;` and `}` that end an item or statement: (start, end, offset of its last `{` or -1)."""
        out: list[tuple[int, int, int]] = []
        begin, last, body, depth, complete = start, start, -1, 0, False
        for at, what in self.marks:
            if not start <= at < end:
                continue
            if what == "word":
                # A `}` is not the end where `at`, `else` or `or` follows.
                complete = False
                continue
            if what == "cited":
                complete, last = depth == 0, at + 1
                continue
            if complete and what == ";" and not self.text[last:at].strip():
                last = at + 1
                continue
            if complete:
                out.append((begin, last, body))
                begin, body, complete = last, -1, False
            if what == "{":
                body = at if depth == 0 else body
                depth += 1
            elif what == "}":
                depth -= 1
                complete = depth == 0
                last = at + 1
            elif depth == 0:
                out.append((begin, at + 1, body))
                begin, body = at + 1, -1
        if complete:
            out.append((begin, last, body))
            begin, body = last, -1
        if self.text[begin:end].strip():
            out.append((begin, end, body))
        return out


def scan(source: SourceText) -> Scan:
    """Look a text over. Raises `InputError` (CA003 to CA007)."""
    text = source.text
    if len(text) > MAX_CHARACTERS:
        message = f"{source.name}: is longer than {MAX_CHARACTERS // 1024} KiB"
        raise InputError([Diagnostic("CA003", message)])
    if control := _CONTROL.search(text):
        _refuse(source, "CA004", f"a control character (0x{ord(control.group()):02x}) stands here", control.start())
    opened: list[tuple[str, int]] = []
    layouts: dict[int, int] = {}
    marks: list[tuple[int, str]] = []
    layout_at = -1
    previous = ""
    suspect: tuple[str, int] | None = None
    for match in _PIECES.finditer(text):
        at, what = match.start(), match.group()
        match match.lastgroup:
            case "skip":
                if previous == "} at" and what[0] == '"':
                    marks.append((match.end() - 1, "cited"))
                continue
            case "word":
                if previous == "}" and what in ("at", "else", "or") and layout_at < 0:
                    marks.append((at, "word"))
                    what = f"}} {what}"
            case "open":
                thing = "comment" if what == "/*" else "string"
                _refuse(source, "CA006", f"this {thing} is never closed", at, len(what))
            case _ if what in "{([":
                if len(opened) >= MAX_NESTING:
                    _refuse(source, "CA005", f"brackets are nested more than {MAX_NESTING} deep here", at)
                if what == "{" and layout_at < 0:
                    marks.append((at, what))
                    if previous == "layout" and not opened:
                        layout_at = at
                opened.append((what, at))
            case _:
                if what != ";":
                    suspect = suspect or _too_far_left(source, opened, at)
                    _close(source, opened, what, at)
                if layout_at >= 0 and not opened:
                    layouts[layout_at] = at
                    layout_at = -1
                if layout_at < 0 and what in "};":
                    marks.append((at, what))
                    if len(marks) > MAX_STATEMENTS:
                        _refuse(source, "CA003", f"these are more than {MAX_STATEMENTS} statements and blocks", at)
        previous = what
    if opened:
        bracket, at = suspect or opened[-1]
        _refuse(source, "CA007", f"this `{bracket}` is never closed", at)
    return Scan(_blank(text, layouts), layouts, tuple(marks))


def _too_far_left(source: SourceText, opened: list[tuple[str, int]], at: int) -> tuple[str, int] | None:
    """The bracket that this one would close, if that stands further to the right: then it probably lacks its own."""
    if not opened or source.text[at] != "}" or opened[-1][0] != "{":
        return None
    line, column = source.position(at)
    opening = source.line(source.position(opened[-1][1])[0])
    first = not source.line(line)[: column - 1].strip()
    return opened[-1] if first and column - 1 < len(opening) - len(opening.lstrip()) else None


def _close(source: SourceText, opened: list[tuple[str, int]], what: str, at: int) -> None:
    if not opened:
        _refuse(source, "CA007", f"this `{what}` closes nothing", at)
    bracket, before = opened.pop()
    if bracket != _CLOSING[what]:
        note = Note(f"this `{bracket}` is still open", Span(source, before, before + 1))
        span = Span(source, at, at + 1)
        raise InputError([Diagnostic("CA007", f"`{what}` does not close `{bracket}`", span, notes=(note,))])


def _blank(text: str, layouts: dict[int, int]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in layouts.items():
        parts += [text[at : start + 1], " " * (end - start - 1)]
        at = end
    return "".join([*parts, text[at:]])


def _refuse(source: SourceText, code: str, message: str, at: int, length: int = 1) -> NoReturn:
    raise InputError([Diagnostic(code, message, Span(source, at, at + length))])
