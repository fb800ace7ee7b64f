"""C text as tokens, as far as macros and expressions need it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\.?\d(?:[\w.]|[eEpP][+-])*)"
    r"|(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<mark>\.\.\.|##|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||->|\+\+|--|[-+*/%&|^!~<>=?:;,.(){}\[\]#\\@`])"
)


@dataclass(frozen=True)
class Token:
    """A word of C; `offset` is where it stands in the header that it was read from."""

    kind: str
    text: str
    offset: int


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of `text[start:end]`; blanks are dropped, and so is what is no C."""
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        yield Token(str(match.lastgroup), match.group(), match.start())


def closing(found: Sequence[Token], at: int) -> int:
    """The index of the parenthesis, bracket or brace that closes the one at `at`; the length if none does."""
    depth = 0
    for index in range(at, len(found)):
        if found[index].text in ("(", "[", "{"):
            depth += 1
        elif found[index].text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return index
    return len(found)


def arguments(found: Sequence[Token], at: int, end: int) -> list[list[Token]]:
    """What stands between the commas of a call whose parentheses are at `at` and `end`."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found[at + 1 : end]:
        if token.text == "," and depth == 0:
            parts.append([])
            continue
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        parts[-1].append(token)
    return parts


def spelled(found: Sequence[Token]) -> str:
    """Tokens as text, with blanks where C or a reader needs them."""
    text = ""
    for token in found:
        tight = not text or text[-1] in "([!~" or token.text in (")", "]", ",", "(", "[")
        text += token.text if tight else f" {token.text}"
    return text
