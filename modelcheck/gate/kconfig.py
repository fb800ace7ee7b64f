"""What a Kconfig file says of each symbol, as far as it takes to tell whether that was changed."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_ENTRY = re.compile(r"^[ \t]*(?:config|menuconfig)[ \t]+(\w+)")
# What ends the entry of a symbol without beginning another one.
_OTHER = re.compile(r"^(?:choice|endchoice|menu|endmenu|if|endif|source|comment|mainmenu)\b")
_HELP = re.compile(r"^(\s+)(?:help|---help---)\s*$")
_SELECTED = re.compile(r"^\s+(?:select|imply)\s+(\w+)")


def is_kconfig(file: str) -> bool:
    """Is it a Kconfig file, by its name?"""
    return PurePosixPath(file).name.startswith("Kconfig")


def symbols_of(text: str) -> dict[str, str]:
    """For every symbol the lines that are about it: its own entries, and what selects it elsewhere.

    Comments and help texts are left out.
    """
    found: dict[str, dict[int, str]] = {}
    entry, help_depth = "", -1
    for number, raw in enumerate(text.splitlines()):
        line = raw.partition("#")[0].rstrip()
        depth = len(raw.expandtabs()) - len(raw.expandtabs().lstrip())
        if help_depth >= 0 and (not raw.strip() or depth > help_depth):
            continue
        helping = _HELP.match(line)
        help_depth = len(helping[1].expandtabs()) if helping else -1
        if helping or not line:
            continue
        begun = _ENTRY.match(line)
        entry = begun[1] if begun else "" if _OTHER.match(line) else entry
        for name in {entry, *_SELECTED.findall(line)} - {""}:
            found.setdefault(name, {})[number] = " ".join(line.split())
    return {name: "\n".join(lines.values()) for name, lines in found.items()}


def line_of_symbol(text: str, name: str) -> int:
    """The line (from 1) on which the first entry of a symbol begins; 0 where there is none."""
    begun = ((number, _ENTRY.match(line)) for number, line in enumerate(text.splitlines(), start=1))
    return next((number for number, found in begun if found is not None and found[1] == name), 0)
