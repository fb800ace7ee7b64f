from __future__ import annotations

import pytest

from modelcheck.tree.version import nearest, version_of
from tests.tree.trees import Texts

KERNELS = ("6.1", "6.12", "7.2")


def test_the_makefile_says_which_version_a_tree_is() -> None:
    text = "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION = -rc1\n"
    assert version_of(Texts({"Makefile": text})) == "6.12"
    assert version_of(Texts({"Makefile": "all:\n"})) == ""
    assert version_of(Texts({})) == ""


@pytest.mark.parametrize(
    ("version", "model"),
    [("6.12", "6.12"), ("6.11", "6.1"), ("6.6", "6.1"), ("5.10", "6.1"), ("7.1", "6.12"), ("7.3", "7.2"), ("", "")],
)
def test_the_model_that_suits_a_tree(version: str, model: str) -> None:
    assert nearest(version, KERNELS) == model
