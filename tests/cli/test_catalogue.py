"""Names to files."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.cli.catalogue import Catalogue, find_models, find_proposals, shipped


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    for kernel, names in {"6.1": ["arm"], "6.12": ["arm", "s390"], "7.2": ["arm"], "abi": ["x"]}.items():
        (tmp_path / kernel).mkdir()
        for name in names:
            (tmp_path / kernel / f"{name}.arch").write_text(f'kernel "{kernel}";\narch {name} "A";\n', encoding="utf-8")
    (tmp_path / "7.2" / "mm.arch").write_text('kernel "7.2";\n// no arch item: arch x\n', encoding="utf-8")
    (tmp_path / "proposals").mkdir()
    (tmp_path / "proposals" / "idea.proposal").write_text("", encoding="utf-8")
    return Catalogue(tmp_path)


def test_kernels_by_version(catalogue: Catalogue) -> None:
    assert catalogue.kernels() == ("6.1", "6.12", "7.2")
    assert catalogue.newest() == "7.2"


def test_what_is_only_included_is_no_architecture(catalogue: Catalogue) -> None:
    assert catalogue.architectures("7.2") == ("arm",)


def test_names(catalogue: Catalogue) -> None:
    def named(names: list[str], kernels: list[str]) -> list[str]:
        found = find_models(names, kernels, catalogue, [])
        assert found.diagnostics == ()
        return [f"{file.parent.name}/{file.stem}" for file in found.files]

    assert named([], []) == ["7.2/arm"]
    assert named(["arm"], ["6.12", "6.1"]) == ["6.12/arm", "6.1/arm"]
    assert named(["s390"], ["6.12", "6.1"]) == ["6.12/s390"]
    assert named([], ["6.12"]) == ["6.12/arm", "6.12/s390"]


def test_what_another_kernel_has_is_suggested(catalogue: Catalogue) -> None:
    (fault,) = find_models(["s390"], [], catalogue, []).diagnostics
    assert fault.help == "there is one for kernel 6.12: use `--kernel 6.12`"
    (fault,) = find_models(["s930"], ["6.12"], catalogue, []).diagnostics
    assert fault.help == "did you mean `s390`?"


def test_proposals(catalogue: Catalogue) -> None:
    found = find_proposals(["idea", "of_the_model"], catalogue)
    assert [file.name for file in found.files] == ["idea.proposal"]
    assert find_proposals(["./none.proposal"], catalogue).diagnostics[0].code == "CA602"


def test_what_is_shipped() -> None:
    assert "powerpc" in shipped().architectures(shipped().newest())
