"""The wheel holds everything that the program reads, and works from wherever it is put."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of a wheel built from this tree."""
    pytest.importorskip("hatchling", reason="the build backend (extra `test`) is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("name", ["archs", "grammars"])
def test_data_is_complete(unpacked: Path, name: str) -> None:
    assert files(unpacked / "modelcheck" / "_data" / name) == files(ROOT / name)
    assert files(ROOT / name)


def test_the_package_is_complete(unpacked: Path) -> None:
    packed = {name for name in files(unpacked / "modelcheck") if not name.startswith("_data/")}
    assert packed == files(ROOT / "modelcheck")
    assert {"rules/OV101.md", "report/schema/check-arch-1.schema.json", "py.typed"} <= packed


def test_nothing_else_is_packed(unpacked: Path) -> None:
    top = {path.name for path in unpacked.iterdir()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"modelcheck"}


def test_metadata(unpacked: Path) -> None:
    (info,) = unpacked.glob("*.dist-info")
    metadata = (info / "METADATA").read_text(encoding="utf-8")
    assert "License-Expression: GPL-2.0-only" in metadata
    needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE)
    assert sorted(needed) == ["jinja2", "lark", "markupsafe", "rich", "z3-solver"]
    assert "check-arch = modelcheck.cli:run" in (info / "entry_points.txt").read_text(encoding="utf-8")
    assert (info / "licenses" / "LICENSE").is_file()


@pytest.mark.parametrize("words", [["explain", "OV101"], ["layout", "powerpc", "-q"], ["--version"]])
def test_it_works_from_there(unpacked: Path, tmp_path: Path, words: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-m", "modelcheck", *words]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    where = [sys.executable, "-c", "import modelcheck; print(modelcheck.__file__)"]
    used = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert Path(used.stdout.strip()).is_relative_to(unpacked)


def test_the_readme_and_the_gate_agree() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (tests,) = re.findall(r"^ {4}python3 -m venv .*\[test\].*$", readme, re.MULTILINE)
    command = tests.split(" && ")[-1].removeprefix(".venv/bin/")
    last = gate.rstrip().splitlines()[-1].replace('"', "").removeprefix("$work/venv/bin/")
    assert last == command == "python -m pytest"
