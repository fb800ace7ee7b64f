"""The files of a tree that lies in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.tree.files import MAX_BYTES, Directory


def code_of(error: pytest.ExceptionInfo[InputError]) -> str:
    (diagnostic,) = error.value.diagnostics
    return diagnostic.code


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "linux"
    (root / "include/linux").mkdir(parents=True)
    (root / "include/linux/a.h").write_text("int a;\n")
    (root / "include/linux/latin.h").write_bytes(b"ok\n\xe9\n")
    (root / "include/linux/again.h").symlink_to("a.h")
    return root


def test_a_folder(tree: Path) -> None:
    files = Directory(tree)
    assert files.label == str(tree)
    assert files.read("include/linux/a.h") == "int a;\n"
    assert files.read("include/linux/again.h") == "int a;\n"
    assert files.read("include/linux") is None
    assert files.read("include/linux/b.h") is None
    assert files.read("include/linux/a.h/b.h") is None
    with pytest.raises(InputError) as error:
        files.read("include/linux/latin.h")
    assert code_of(error) == "CA411"
    assert "line 2" in error.value.diagnostics[0].message


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "include/../../secret", ""])
def test_nothing_outside_the_tree_is_read(tree: Path, path: str) -> None:
    (tree.parent / "secret").write_text("secret")
    assert Directory(tree).read(path) is None


def test_a_huge_file(tree: Path) -> None:
    with (tree / "huge.h").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError) as error:
        Directory(tree).read("huge.h")
    assert code_of(error) == "CA411"
