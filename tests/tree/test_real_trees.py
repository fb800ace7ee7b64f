"""The models that come with the program agree with the kernels they describe, in every configuration.

`CHECK_ARCH_KERNEL_TREES` names trees, with colons between them. Which kernel a tree is, its Makefile says, or the
name of its folder.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from modelcheck.cli.catalogue import shipped
from modelcheck.cli.trees import read_one
from modelcheck.gate.cited import citations_of
from modelcheck.gate.functions import functions_in
from modelcheck.gate.kconfig import is_kconfig
from modelcheck.report.page import plain
from modelcheck.report.tree_comparison import report
from modelcheck.tree import with_tree_layout
from modelcheck.tree.compare import compare_tree
from modelcheck.tree.files import Directory
from modelcheck.tree.version import version_of

VARIABLE = "CHECK_ARCH_KERNEL_TREES"
TREES = tuple(Path(name) for name in os.environ.get(VARIABLE, "").split(":") if name)
CASES = [(tree, arch) for tree in TREES for arch in shipped().architectures(version_of(Directory(tree)) or tree.name)]


def test_trees_are_named() -> None:
    if not TREES:
        pytest.skip(f"{VARIABLE} names no kernel trees")
    assert CASES, f"no tree of {VARIABLE} is a kernel that there are models of: {', '.join(map(str, TREES))}"


@pytest.mark.parametrize(("tree", "arch"), CASES, ids=lambda value: str(value).rpartition("/")[2])
def test_the_model_describes_the_tree(tree: Path, arch: str) -> None:
    files = Directory(tree)
    unit = read_one(arch, version_of(files) or tree.name).unit
    found = compare_tree(unit, files)
    assert not found.drifts, plain(report(found, everything=True))
    # Whatever was not found in the tree would be compared with itself.
    assert not [note for note in found.details if "as the model declares it" in note]
    with_tree_layout(unit, files)


@pytest.mark.parametrize(("tree", "arch"), CASES, ids=lambda value: str(value).rpartition("/")[2])
def test_what_the_model_cites_is_in_the_tree(tree: Path, arch: str) -> None:
    files = Directory(tree)
    unit = read_one(arch, version_of(files) or tree.name).unit
    texts = {file: files.read(file) for file in {citation.file for citation in citations_of(unit)}}
    known = {file: functions_in(text or "") for file, text in texts.items()}

    def is_there(file: str, name: str) -> bool:
        text = texts[file]
        # What a Kconfig is cited for may be that it does not have a symbol.
        if text is None or not name or is_kconfig(file):
            return text is not None
        if file.endswith(".S"):
            return re.search(rf"\b{name}\b", text) is not None
        # Types are cited, too, where they say all that there is to say.
        return name in known[file] or re.search(rf"\b(enum|struct|union) {name}\b", text) is not None

    missing = [c for c in citations_of(unit) if not is_there(c.file, c.name)]
    assert [f"{c.file}:{c.name} ({c.place})" for c in missing] == []
