"""Every code of a diagnostic, with what it means in a few words.

Each package describes its own codes, in a mapping `CODES` or in a table of its docstring; this module collects them, so
that `check-arch explain CA403` knows them. The packages are read, not imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_ROW = re.compile(r"^\s*\| (CA\d{3}) \| (.+?) \|", re.MULTILINE)

CODES = {
    "CA601": "the command line cannot be understood",
    "CA602": "a file that the command line names cannot be read or written",
    "CA603": "there is no model of that architecture or kernel",
    "CA604": "`--config` names a symbol that no model knows, or gives it a value it cannot have",
    "CA605": "no model that is checked has a life cycle, level or proposal of that name",
    "CA606": "a litmus case states no expected verdict",
    "CA607": "a saved run is not possible in the model as it is now",
    "CA609": "shards of a matrix do not belong together, or some are missing",
    "CA610": "a run cannot be said as a litmus test of the Linux kernel's memory model",
    "CA901": "there is no rule or code of that name",
}


def all_codes() -> dict[str, str]:
    """Code to meaning, sorted by code."""
    found: dict[str, str] = {}
    for file in sorted(_PACKAGE.rglob("*.py")):
        for code, meaning in _codes_in(file.read_text(encoding="utf-8")):
            found.setdefault(code, meaning)
    return dict(sorted(found.items()))


def _codes_in(text: str) -> Iterator[tuple[str, str]]:
    if "CA" not in text:
        return
    tree = ast.parse(text)
    yield from _ROW.findall(ast.get_docstring(tree) or "")
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="CODES")], value=ast.Dict() as value):
                pass
            case ast.AnnAssign(target=ast.Name(id="CODES"), value=ast.Dict() as value):
                pass
            case _:
                continue
        for key, meaning in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(meaning, ast.Constant):
                yield str(key.value), str(meaning.value)
