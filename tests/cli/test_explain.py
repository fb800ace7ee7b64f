"""`explain`: every rule and every code, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import modelcheck
from modelcheck.cli.codes import all_codes
from modelcheck.rules import all_rules
from tests.cli.conftest import Said

Say = Callable[..., Said]


@pytest.mark.parametrize("identifier", [each.id for each in all_rules()])
def test_every_rule(say: Say, identifier: str) -> None:
    said = say("explain", identifier.lower())
    assert said.status == 0
    assert said.out.startswith(identifier)
    for head in ("What it means", "Why it is bad", "Example", "How it is avoided"):
        assert f"\n{head}\n" in said.out


def test_the_catalogue_names_all(say: Say) -> None:
    out = say("explain").out
    assert all(f"  {each.id}  " in out for each in all_rules())
    assert all(f"  {code}  " in out for code in all_codes())


def test_a_code(say: Say) -> None:
    assert say("explain", "CA603").out.startswith("CA603  there is no model of that architecture or kernel.\n")


def test_json(say: Say) -> None:
    document = json.loads(say("explain", "--format", "json").out)
    assert len(document["rules"]) == len(all_rules())
    assert document["codes"] == all_codes()


@pytest.mark.parametrize(("name", "wanted"), [("OV1003", "OV10"), ("CA6033", "CA603"), ("nothing", "there is no rule")])
def test_unknown(say: Say, name: str, wanted: str) -> None:
    said = say("explain", name)
    assert said.status == 2
    assert wanted in said.err


def test_every_code_of_the_command_line_is_explained() -> None:
    folder = Path(modelcheck.__file__).parent / "cli"
    used = {code for file in folder.glob("*.py") for code in re.findall(r"Diagnostic\(\"(CA\d{3})\"", file.read_text())}
    assert used
    assert used <= set(all_codes())
