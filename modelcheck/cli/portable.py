"""Names of files as another machine understands them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from operator import is_not
from pathlib import Path
from typing import TypeVar, cast

from modelcheck.cli.catalogue import shipped

_T = TypeVar("_T")


def portable(value: _T) -> _T:
    """The value with places in what comes with the program named from `archs/` on, wherever it is installed."""
    folder = f"{shipped().folder}/"
    return _mapped(value, lambda text: text.replace(folder, "archs/"))


def from_here(value: _T) -> _T:
    """As `portable`, and what lies below the present folder is named from there on, as a service expects it."""
    here = f"{Path.cwd()}/"
    return _mapped(portable(value), lambda text: text.replace(here, "") if len(here) > 2 else text)


def _mapped(value: _T, change: Callable[[str], str]) -> _T:
    """The value with its texts changed; the value itself where that changes nothing."""
    if isinstance(value, str):
        return cast(_T, change(value))
    if isinstance(value, tuple):
        parts = tuple([_mapped(each, change) for each in value])
        return cast(_T, parts) if any(map(is_not, parts, value)) else value
    if is_dataclass(value) and not isinstance(value, type):
        held = ((field.name, getattr(value, field.name)) for field in fields(value))
        changed = {name: new for name, old in held if (new := _mapped(old, change)) is not old}
        return cast(_T, replace(value, **changed)) if changed else value
    return value
