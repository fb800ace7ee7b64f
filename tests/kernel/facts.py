"""The facts in tests/data as values."""

from __future__ import annotations

import json
from pathlib import Path

from modelcheck.kernel.structs import KernelField, KernelStruct
from modelcheck.kernel.types import KernelTypes

DATA = Path(__file__).resolve().parent.parent / "data"
NAMES = tuple(sorted(path.stem for path in DATA.glob("*.json")))


def kernel_facts(name: str) -> KernelTypes:
    """The structs of one of Debian's kernels. The list has no members of members."""
    facts = json.loads((DATA / f"{name}.json").read_text())
    structs = tuple(
        KernelStruct(
            struct,
            described["size"],
            tuple(
                KernelField(path, text, text, at, bits, bits % 8 != 0) for path, at, bits, text in described["members"]
            ),
        )
        for struct, described in facts["structs"].items()
    )
    return KernelTypes(name, facts["word"], facts["byte_order"], structs)


def config_of(name: str) -> frozenset[str]:
    """The options that are set in that kernel, without `CONFIG_`."""
    lines = (DATA / f"{name}.config").read_text().splitlines()
    return frozenset(line.split("=")[0].removeprefix("CONFIG_") for line in lines)
