"""What a `#define` says, and what becomes of a use of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modelcheck.model.conditions import Condition
from modelcheck.tree.ctokens import Token, arguments, closing, tokens
from modelcheck.tree.headers import Header


@dataclass(frozen=True)
class Macro:
    """One `#define`. `parameters` is None for a macro without; the last one takes all that is left if `variadic`."""

    name: str
    parameters: tuple[str, ...] | None
    body: tuple[Token, ...]
    variadic: bool = False

    def applied(self, given: list[list[Token]], at: int) -> list[Token]:
        """The body with arguments put in, `##` applied; what the body itself says is placed `at` the use."""
        values = dict(zip(self.parameters or (), given, strict=False))
        if self.variadic and self.parameters:
            last = len(self.parameters) - 1
            values[self.parameters[last]] = [
                token for n, part in enumerate(given[last:]) for token in [*([Token("mark", ",", at)] * bool(n)), *part]
            ]
        for name in self.parameters or ():
            values.setdefault(name, [])
        out: list[Token] = []
        glue = False
        for token in self.body:
            if token.text == "##":
                glue = True
                continue
            put = values.get(token.text) if token.kind == "name" else None
            put = [replace(token, offset=at)] if put is None else list(put)
            if glue and out and put:
                joined = out.pop()
                put = [*(replace(t, offset=joined.offset) for t in tokens(joined.text + put[0].text)), *put[1:]]
            glue = False
            out += put
        return out


Alternatives = tuple[tuple[Condition, Macro | None], ...]
"""What a name may stand for, under conditions that exclude each other; None where it is no macro."""


def read_macro(header: Header, offset: int, name: str) -> Macro | None:
    """The macro that is defined at a place; None where that is inside of a comment."""
    if header.is_bounds:
        close = header.text.find(");", offset)
        words = list(tokens(header.text, offset, close)) if close >= 0 else []
        return Macro(name, None, tuple(words[4:])) if len(words) > 4 else None
    end = header.text.find("\n", offset)
    found = list(tokens(header.text, offset, len(header.text) if end < 0 else end))
    if [t.text for t in found[:3]] != ["#", "define", name]:
        return None
    rest = found[3:]
    if rest and rest[0].text == "(" and rest[0].offset == found[2].offset + len(name):
        close = closing(rest, 0)
        parts = [part for part in arguments(rest, 0, close) if part]
        variadic = bool(parts) and parts[-1][-1].text == "..."
        names = tuple("__VA_ARGS__" if part[0].text == "..." else part[0].text for part in parts)
        return Macro(name, names, tuple(rest[close + 1 :]), variadic)
    return Macro(name, None, tuple(rest))
