"""`--config`: from text to fixed symbols and constants."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean
from modelcheck.model.unit import Unit

_WORD = re.compile(r"[A-Za-z_]\w*")
_SET = re.compile(r"CONFIG_(\w+)=(.*)")
_UNSET = re.compile(r"# CONFIG_(\w+) is not set")


@dataclass(frozen=True)
class Settings:
    """What the user fixed. `given` was said symbol by symbol; `file` was read from a .config (None: no file).

    In a .config a symbol that is not mentioned is `n`, as it is for Kconfig; `m` counts as `y`, as it does for
    `IS_ENABLED`.
    """

    given: Mapping[str, bool | int]
    file: Mapping[str, bool | int] | None

    def for_unit(self, unit: Unit) -> dict[str, bool | int]:
        """The symbols and constants that this model knows, sorted by name."""
        fixed: dict[str, bool | int] = {}
        if self.file is not None:
            fixed = {s.name: bool(self.file.get(s.name, False)) for s in unit.symbols if s.kind == "config"}
        known = {s.name for s in unit.symbols}
        constants = {c.name for c in unit.constants}
        for name, value in self.given.items():
            if name in known or name in constants:
                fixed[name] = value
        return dict(sorted(fixed.items()))

    def check(self, units: Sequence[Unit]) -> list[Diagnostic]:
        """What was said about symbols that no model knows, or with a value of the wrong kind."""
        symbols = {s.name for unit in units for s in unit.symbols}
        constants = {c.name: c for unit in units for c in unit.constants}
        found: list[Diagnostic] = []
        for name, value in self.given.items():
            if name in constants:
                minimum = constants[name].minimum
                if isinstance(value, bool):
                    found.append(Diagnostic("CA604", f"`{name}` is a number", help=f"for example `{name}={minimum}`"))
                elif value < minimum:
                    found.append(Diagnostic("CA604", f"`{name}` is at least {minimum}, not {value}"))
            elif name not in symbols:
                hint = did_you_mean(name, symbols | set(constants))
                found.append(Diagnostic("CA604", f"no model that is checked knows the symbol `{name}`", help=hint))
            elif not isinstance(value, bool):
                found.append(Diagnostic("CA604", f"`{name}` is y or n", help=f"`{name}=y` or `{name}=n`"))
        return found


def read_settings(texts: Sequence[str]) -> Settings:
    """Read the values of `--config`: `SYM=y`, `SYM=n`, `NAME=16`, or the name of a .config file.

    Raises InputError with everything that is wrong. What is said later replaces what was said before.
    """
    given: dict[str, bool | int] = {}
    file: dict[str, bool | int] | None = None
    wrong: list[Diagnostic] = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not _WORD.fullmatch(name):
            try:
                file = {**(file or {}), **read_config_file(Path(text).read_text(encoding="utf-8", errors="replace"))}
            except OSError as error:
                hint = f"to set a symbol, write `{text}=y`" if _WORD.fullmatch(text) else ""
                wrong.append(Diagnostic("CA602", f"cannot read `{text}`: {_why(error)}", help=hint))
            continue
        name = name.removeprefix("CONFIG_")
        if value in ("y", "m", "n"):
            given[name] = value != "n"
        elif re.fullmatch(r"\d+|0[xX][0-9a-fA-F]+", value):
            given[name] = int(value, 16) if value[:2].lower() == "0x" else int(value)
        else:
            wrong.append(Diagnostic("CA604", f"`{value}` is not a value for `{name}`", help="write y, n or a number"))
    if wrong:
        raise InputError(wrong)
    return Settings(given, file)


def read_config_file(text: str) -> dict[str, bool | int]:
    """The symbols of a kernel's .config: y and m are true, `is not set` is false, numbers are kept, strings are not."""
    found: dict[str, bool | int] = {}
    for each in text.splitlines():
        if match := _UNSET.fullmatch(each.strip()):
            found[match[1]] = False
        elif match := _SET.fullmatch(each.strip()):
            if match[2] in ("y", "m"):
                found[match[1]] = True
            elif match[2].isdigit():
                found[match[1]] = int(match[2])
    return found


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
