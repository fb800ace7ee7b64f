"""Attributes of a declaration: those that move a field or change a size are kept, in the form a parser knows."""

from __future__ import annotations

from modelcheck.tree.ctokens import Token, arguments, closing, spelled
from modelcheck.tree.faults import not_understood
from modelcheck.tree.headers import Header

_KEPT = ("aligned", "packed")
# They change where something lies, and no kernel uses them in a struct that matters here.
_UNKNOWN = ("mode", "vector_size", "ms_struct", "scalar_storage_order", "warn_if_not_aligned")
_ALIGNED = ("_Alignas", "alignas")
_DROPPED = frozenset(("__extension__", "_Noreturn"))
_OTHER_NAMES = {
    "__volatile__": "volatile",
    "__volatile": "volatile",
    "__const": "const",
    "__const__": "const",
    "__signed__": "signed",
    "__signed": "signed",
    "__restrict": "restrict",
}


def kept_attributes(found: list[Token], header: Header) -> list[Token]:
    """The tokens with `__attribute__`s reduced to `aligned` and `packed`, neighbouring ones joined to one.

    Raises InputError (CA415) for attributes that move fields in ways that are not understood.
    """
    out: list[Token] = []
    pending: list[list[Token]] = []
    at = 0

    def flush(place: int) -> None:
        if pending:
            words = [t for n, part in enumerate(pending) for t in ([Token("mark", ",", place)] * bool(n) + part)]
            out.extend(_attribute(words, place))
            pending.clear()

    while at < len(found):
        token = found[at]
        opens = at + 1 < len(found) and found[at + 1].text == "("
        if token.text in ("__attribute__", "__attribute") and opens:
            end = closing(found, at + 1)
            inside = found[at + 2 : end]
            inside = inside[1 : closing(inside, 0)] if inside and inside[0].text == "(" else inside
            whole = [Token("mark", "(", token.offset), *inside, Token("mark", ")", token.offset)]
            pending += [p for p in arguments(whole, 0, len(whole) - 1) if p and _matters(p, header)]
            at = end + 1
            continue
        if token.text in _ALIGNED and opens:
            end = closing(found, at + 1)
            pending.append([Token("name", "aligned", token.offset), *found[at + 1 : end + 1]])
            at = end + 1
            continue
        at += 1
        if token.text in _DROPPED:
            continue
        flush(token.offset)
        out.append(Token(token.kind, _OTHER_NAMES.get(token.text, token.text), token.offset))
    flush(found[-1].offset if found else 0)
    return out


def _matters(attribute: list[Token], header: Header) -> bool:
    name = attribute[0].text.removeprefix("__").removesuffix("__")
    place = header.span(attribute[0].offset, attribute[0].offset + 1)
    if name in _UNKNOWN:
        raise not_understood(place, f"the attribute `{name}` is not understood")
    if name == "aligned" and len(attribute) == 1:
        raise not_understood(place, f"the attribute `{spelled(attribute)}` needs a number")
    return name in _KEPT


def _attribute(words: list[Token], place: int) -> list[Token]:
    opening = [Token("name", "__attribute__", place), Token("mark", "(", place), Token("mark", "(", place)]
    return [*opening, *words, Token("mark", ")", place), Token("mark", ")", place)]
