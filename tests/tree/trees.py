"""Small kernel trees made of texts, and what is read from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelcheck.layout.layouts import Layouts
from modelcheck.layout.placed import StructLayout
from modelcheck.model.declarations import Declarations
from modelcheck.source import SourceText
from modelcheck.syntax.cdecl import parse_declarations
from modelcheck.tree.structs import HOME, TreeStructs, read_structs
from tests.layout.targets import shipped_abi

FOLDER = "toy"


@dataclass(frozen=True)
class Texts:
    """A tree that is a mapping of texts; remembers nothing."""

    texts: Mapping[str, str]
    label: str = field(default="the tree")

    def read(self, path: str) -> str | None:
        return self.texts.get(path)


def tree(home: str, headers: Mapping[str, str] | None = None) -> Texts:
    """A tree with `home` as include/linux/mm_types.h, and other headers by path."""
    return Texts({HOME: home, **(headers or {})})


def structs_of(
    home: str,
    headers: Mapping[str, str] | None = None,
    *,
    wanted: Iterable[str] = ("page",),
    known: Iterable[str] = (),
    model: str = "",
) -> TreeStructs:
    """What is read from a tree; `model` are declarations of a model in its own language."""
    read = parse_declarations(SourceText("model", model), 0, len(model))
    assert read.diagnostics == ()
    return read_structs(tree(home, headers), FOLDER, wanted, frozenset(known), Declarations(read.types))


def layout(found: Declarations, *symbols: str, abi: str = "x86_64", struct: str = "page") -> StructLayout:
    """The struct where exactly these symbols are set."""
    return Layouts(found, shipped_abi(abi)).layout(struct, lambda name: name in symbols)


def offsets(found: Declarations, *symbols: str, abi: str = "x86_64", struct: str = "page") -> dict[str, int]:
    """Byte offsets of all fields where exactly these symbols are set."""
    return {f.path: f.offset for f in layout(found, *symbols, abi=abi, struct=struct).fields}
