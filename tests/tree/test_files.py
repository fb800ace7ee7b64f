"""The three places that files of a tree come from."""

from __future__ import annotations

import pickle
import shutil
import subprocess
from pathlib import Path

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.tree.files import MAX_BYTES, Directory, Files, GitCommit, Overlaid


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


def git(root: Path, *words: str) -> None:
    name = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *name, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tree: Path) -> Path:
    git(tree, "init", "-q", "-b", "main")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "one")
    (tree / "include/linux/a.h").write_text("int later;\n")
    git(tree, "commit", "-q", "-a", "-m", "two")
    return tree


def test_both_read_the_same(repository: Path) -> None:
    both: tuple[Files, ...] = (Directory(repository), GitCommit(repository, "HEAD"))
    for files in both:
        assert files.read("include/linux/a.h") == "int later;\n"
        assert files.read("include/linux/again.h") == "int later;\n"
        assert files.read("include/linux") is None
        assert files.read("include/linux/b.h") is None
        assert files.read("include/linux/a.h/b.h") is None
        with pytest.raises(InputError) as error:
            files.read("include/linux/latin.h")
        assert code_of(error) == "CA411"
        assert "line 2" in error.value.diagnostics[0].message


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "include/../../secret", ""])
def test_nothing_outside_the_tree_is_read(repository: Path, path: str) -> None:
    (repository.parent / "secret").write_text("secret")
    assert Directory(repository).read(path) is None
    assert GitCommit(repository, "HEAD").read(path) is None


def test_a_commit_is_read_as_it_was(repository: Path) -> None:
    assert GitCommit(repository, "HEAD~1").read("include/linux/a.h") == "int a;\n"
    assert GitCommit(repository, "main").label == "main"


def test_a_commit_can_be_sent_to_another_process(repository: Path) -> None:
    files = GitCommit(repository, "HEAD~1")
    assert files.read("include/linux/a.h") == "int a;\n"
    again = pickle.loads(pickle.dumps(files))
    assert again == files
    assert again.read("include/linux/a.h") == "int a;\n"


def test_links_that_lead_nowhere(repository: Path) -> None:
    (repository / "dangling.h").symlink_to("nowhere.h")
    (repository / "outside.h").symlink_to("/etc/passwd")
    (repository / "loop.h").symlink_to("loop.h")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "links")
    files = GitCommit(repository, "HEAD")
    for name in ("dangling.h", "outside.h", "loop.h"):
        assert files.read(name) is None
    assert files.read("include/linux/a.h") == "int later;\n"


def test_a_repository_that_breaks(repository: Path) -> None:
    files = GitCommit(repository, "HEAD")
    shutil.rmtree(repository / ".git" / "objects")
    with pytest.raises(InputError) as error:
        files.read("include/linux/a.h")
    assert code_of(error) == "CA411"


@pytest.mark.parametrize("ref", ["nowhere", "--help", "HEAD:include", ""])
def test_an_unknown_commit(repository: Path, ref: str) -> None:
    with pytest.raises(InputError) as error:
        GitCommit(repository, ref)
    assert code_of(error) == "CA412"


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        GitCommit(tmp_path, "HEAD")
    assert code_of(error) == "CA412"


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError) as error:
        GitCommit(repository, "HEAD")
    assert code_of(error) == "CA412"


def test_overlaid(tree: Path) -> None:
    changed = {"include/linux/a.h": "int patched;\n", "include/linux/new.h": "int b;\n", "include/linux/latin.h": None}
    files = Overlaid(Directory(tree), changed)
    assert files.read("include/linux/a.h") == "int patched;\n"
    assert files.read("include/linux/new.h") == "int b;\n"
    assert files.read("include/linux/latin.h") is None
    assert files.read("include/linux/again.h") == "int a;\n"
    assert files.label == str(tree)


def test_a_huge_file(tree: Path) -> None:
    with (tree / "huge.h").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError) as error:
        Directory(tree).read("huge.h")
    assert code_of(error) == "CA411"
