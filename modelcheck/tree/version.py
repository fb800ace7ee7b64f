"""Which version of the kernel a tree is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from modelcheck.tree.files import Files

_LINE = re.compile(r"^(VERSION|PATCHLEVEL)[ \t]*=[ \t]*(\d+)[ \t]*$", re.MULTILINE)


def version_of(files: Files) -> str:
    """The version that the Makefile at the top of a tree states (`6.12`); empty where it states none."""
    found = dict(_LINE.findall(files.read("Makefile") or ""))
    return f"{found['VERSION']}.{found['PATCHLEVEL']}" if len(found) == 2 else ""


def nearest(version: str, kernels: Sequence[str]) -> str:
    """Of the kernels that there are models of, the newest that is not newer than the version, else the oldest."""
    if not version or not kernels:
        return ""
    ordered = sorted(kernels, key=_number)
    older = [kernel for kernel in ordered if _number(kernel) <= _number(version)]
    return older[-1] if older else ordered[0]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
