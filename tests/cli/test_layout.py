"""`layout`: what is drawn, in which configuration."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Said

Say = Callable[..., Said]


def test_a_struct(say: Say, case: str) -> None:
    said = say("layout", case)
    assert said.status == 0
    assert said.out == (
        "with MEMCG=n  (`--config SYM=y` changes them)\n"
        "\n"
        "struct page on lp64: 16 bytes, aligned to 8, no holes\n"
        "\n"
        "  byte       0       8       16\n"
        "    flags    [------]\n"
        "    private          [------]\n"
        "\n"
    )


def test_the_configuration_counts(say: Say, case: str) -> None:
    assert "struct page on lp64: 24 bytes" in say("layout", case, "--config", "MEMCG=y", "-q").out


def test_json(say: Say, case: str) -> None:
    document = json.loads(say("layout", case, "--format", "json").out)
    (struct,) = document["structs"]
    assert (document["abi"], document["symbols"], struct["size"]) == ("lp64", {"MEMCG": False}, 16)
    assert [(f["path"], f["offset_bits"], f["size_bits"]) for f in struct["fields"]] == [
        ("flags", 0, 64),
        ("private", 64, 64),
    ]


def test_used_fields_are_named_with_their_neighbours(say: Say) -> None:
    said = say("layout", "powerpc", "--abi", "ppc64le", "--struct", "ptdesc")
    assert said.status == 0
    assert "* pt_rcu_head" in said.out
    assert "shares bytes with" in said.out


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--struct", "paeg"], "did you mean `page`?"),
        (["--abi", "lp46"], "did you mean `lp64`?"),
        (["--config", "MEMCGG=y"], "did you mean `MEMCG`?"),
    ],
)
def test_bad_usage(say: Say, case: str, words: list[str], wanted: str) -> None:
    said = say("layout", case, *words)
    assert said.status == 2
    assert wanted in said.err
    assert said.out == ""


def test_a_configuration_that_nobody_can_have(say: Say) -> None:
    said = say("layout", "powerpc", "--abi", "ppc64le", "--config", "PPC_4K_PAGES=y", "--config", "PPC_64K_PAGES=y")
    assert said.status == 2
    assert "no configuration satisfies all requirements with PPC_4K_PAGES=y, PPC_64K_PAGES=y" in said.err
