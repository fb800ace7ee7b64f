"""Texts that a person accepted.

After a wanted change: `CHECK_ARCH_ACCEPT=1 python -m pytest tests/report`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).with_suffix("")


def assert_golden(name: str, text: str) -> None:
    """The text is the accepted one; with CHECK_ARCH_ACCEPT in the environment it becomes the accepted one."""
    file = _FOLDER / f"{name}.txt"
    if os.environ.get("CHECK_ARCH_ACCEPT"):
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"no golden {file.name}; CHECK_ARCH_ACCEPT=1 accepts the present text"
    assert text == file.read_text(encoding="utf-8"), f"{file.name} differs; CHECK_ARCH_ACCEPT=1 accepts the new text"
