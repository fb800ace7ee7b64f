"""Names of scalar types, and integer arithmetic, as C has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from modelcheck.model.declarations import NumberExpr
from modelcheck.source import Span

# `include/uapi/asm-generic/int-ll64.h` and `include/linux/types.h`: names that need no declaration, and what they are.
BUILTIN_TYPES: dict[str, str] = {
    **{f"{prefix}{sign}8": "char" for prefix in ("", "__") for sign in "us"},
    **{f"{prefix}{sign}16": "short" for prefix in ("", "__") for sign in "us"},
    **{f"{prefix}{sign}32": "int" for prefix in ("", "__") for sign in "us"},
    **{f"{prefix}{sign}64": "long long" for prefix in ("", "__") for sign in "us"},
    **{f"{prefix}int8_t": "char" for prefix in ("", "u")},
    **{f"{prefix}int16_t": "short" for prefix in ("", "u")},
    **{f"{prefix}int32_t": "int" for prefix in ("", "u")},
    **{f"{prefix}int64_t": "long long" for prefix in ("", "u")},
    **{f"__{order}16": "short" for order in ("le", "be")},
    **{f"__{order}32": "int" for order in ("le", "be")},
    **{f"__{order}64": "long long" for order in ("le", "be")},
    "bool": "char",
    "uint": "int",
    "ulong": "long",
    "size_t": "long",
    "ssize_t": "long",
    "ptrdiff_t": "long",
    "intptr_t": "long",
    "uintptr_t": "long",
}

_ORDER = ("signed", "unsigned", "_Bool", "char", "short", "long", "int")


def scalar_key(words: Iterable[str]) -> str | None:
    """The key of `Abi.scalars` for the words of a scalar type in any order (`unsigned long int` is `long`), or None."""
    kept = list(words)
    if not kept or not set(kept) <= {*_ORDER, "__signed__"}:
        return None
    match sorted(word for word in kept if word not in ("signed", "unsigned", "__signed__")):
        case [] | ["int"]:
            return "int"
        case ["char"] | ["_Bool"]:
            return "char"
        case ["short"] | ["int", "short"]:
            return "short"
        case ["long"] | ["int", "long"]:
            return "long"
        case ["long", "long"] | ["int", "long", "long"]:
            return "long long"
    return None


def spelled_scalar(span: Span) -> str:
    """A scalar type as it was written, without qualifiers and needless words: `unsigned long int` as `unsigned
    long`."""
    words = span.source.text[span.start : span.end].split()
    kept = sorted((word for word in words if word in _ORDER), key=_ORDER.index)
    if len(kept) > 1 and kept[-1] == "int" and ("short" in kept or "long" in kept):
        kept.pop()
    if kept[:1] == ["signed"] and "char" not in kept:
        kept = kept[1:] or ["int"]
    return "unsigned int" if kept == ["unsigned"] else " ".join(kept)


# Widths and lengths beyond this are mistakes; the limit keeps `1 << 1000000` from being worked out.
_LIMIT = 1 << 64

_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1),
    "%": lambda a, b: abs(a) % abs(b) * (1 if a >= 0 else -1),
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
}


def arithmetic(operator: str, left: int, right: int) -> int | None:
    """C's integer arithmetic; None where it is undefined or the result is beyond 64 bits."""
    if (operator in "/%" and right == 0) or (operator in ("<<", ">>") and not 0 <= right < 64):
        return None
    value = _ARITHMETIC[operator](left, right)
    return value if abs(value) < _LIMIT else None


def number_text(number: NumberExpr) -> str:
    """The expression as C writes it."""
    match number.operator:
        case "number":
            return str(number.value)
        case "name":
            return number.name
        case "sizeof":
            return f"sizeof({number.name})"
        case "offsetof":
            struct, _, path = number.name.partition(".")
            return f"offsetof(struct {struct}, {path})"
    left, right = (number_text(o) if not o.operands else f"({number_text(o)})" for o in number.operands)
    return f"{left} {number.operator} {right}"
