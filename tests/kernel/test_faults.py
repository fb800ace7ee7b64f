"""Every code of the package is described where `check-arch explain` finds it."""

from __future__ import annotations

import re
from pathlib import Path

import modelcheck.kernel


def test_the_codes_in_use_are_those_that_are_described() -> None:
    folder = Path(modelcheck.kernel.__file__).parent
    used = {code for file in folder.glob("*.py") for code in re.findall(r'"(CA\d{3})"', file.read_text())}
    described = set(re.findall(r"^\| (CA\d{3}) \|", modelcheck.kernel.__doc__ or "", re.MULTILINE))
    assert used == described
