"""Names of files as another machine understands them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
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
    if isinstance(value, str):
        return cast(_T, change(value))
    if isinstance(value, tuple):
        return cast(_T, tuple(_mapped(each, change) for each in value))
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: _mapped(getattr(value, field.name), change) for field in fields(value)}
        return cast(_T, replace(value, **changed))
    return value
