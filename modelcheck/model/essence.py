"""What a value of the resolved model comes to, without what is only shown to people or only finds things."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

WORDS = frozenset({"text", "citation", "title", "reason", "tags", "replaced", "level", "span"})

PLACES = frozenset({"citation", "title", "level", "span", "proposal", "replaced"})
"""In what two pieces of a model that are the same code may differ: where they are written, and what they belong to."""

Essence = tuple[object, ...]
"""A value without some of its attributes; equal where nothing else differs."""


def essence(value: object, without: Collection[str] = WORDS) -> object:
    """A value without the attributes of these names, however deep they are in it."""
    if isinstance(value, tuple):
        return tuple(essence(each, without) for each in value)
    if isinstance(value, Mapping):
        return tuple((key, essence(each, without)) for key, each in sorted(value.items()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = (
            essence(getattr(value, each.name), without)
            for each in dataclasses.fields(value)
            if each.name not in without
        )
        return (type(value).__name__, *kept)
    return value
