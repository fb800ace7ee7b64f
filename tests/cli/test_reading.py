"""Files are read without garbage collection, which is as it was afterwards, whatever was wrong with them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelcheck import resolve
from modelcheck.cli.reading import read_files
from tests.cli.conftest import CASE


@pytest.fixture(params=[True, False])
def collecting(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_nothing_is_collected_while_files_are_read(
    collecting: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = tmp_path / "good.litmus", tmp_path / "bad.litmus"
    good.write_text(CASE, encoding="utf-8")
    bad.write_text("lifecycle {", encoding="utf-8")
    meanwhile = []
    load = resolve.load_unit

    def loading(path: Path, *, extra: tuple[Path, ...]) -> object:
        meanwhile.append(gc.isenabled())
        return load(path, extra=extra)

    monkeypatch.setattr(resolve, "load_unit", loading)
    read = read_files([good, bad])
    assert [each.file for each in read.loaded] == [good]
    assert read.diagnostics
    assert meanwhile == [False, False]
    assert gc.isenabled() is collecting
