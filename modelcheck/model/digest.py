"""A value of the model as a digest: equal digests, equal values, places in files and words for people among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from hashlib import sha256

from modelcheck.source import Span


def digest_of(*values: object) -> str:
    """The digest of some values of the model, as hexadecimal digits: the same in every process.

    Raises TypeError for what no model is made of.
    """
    pieces: list[str] = []
    _write(values, pieces.append)
    return sha256("".join(pieces).encode()).hexdigest()


def _write(value: object, put: Callable[[str], None]) -> None:
    match value:
        case str() | int() | None:
            put(f"{value!r},")
        case tuple():
            put("(")
            for each in value:
                _write(each, put)
            put(")")
        case Span():
            put(f"{value.place!r},")
        case Enum():
            put(f"{value},")
        case frozenset():
            texts = []
            for each in value:
                pieces: list[str] = []
                _write(each, pieces.append)
                texts.append("".join(pieces))
            put(f"{{{''.join(sorted(texts))}}}")
        case Mapping():
            _write(tuple(sorted(value.items())), put)
        case _:
            if not dataclasses.is_dataclass(value):
                raise TypeError(f"no part of a model: {value!r}")
            put(f"{type(value).__name__}(")
            for field in dataclasses.fields(value):
                _write(getattr(value, field.name), put)
            put(")")
