"""A model against a tree."""

from __future__ import annotations

import json

from modelcheck.report.page import plain
from modelcheck.report.tree_comparison import comparison_object, report
from modelcheck.tree.compare import compare_tree
from tests.tree.test_units import HEADER, source, unit

SAME = HEADER.replace("#ifdef CONFIG_MORE\n    long more;\n#endif\n", "").replace(" void *mapping;", "")


def test_a_tree_that_fits() -> None:
    found = compare_tree(unit(), source(SAME))
    assert found.drifts == ()
    assert found.exit_status == 0
    text = plain(report(found, everything=False))
    assert text.startswith("FITS  xtensa 7.2 describes the tree\n")


def test_fields_and_configurations_that_differ() -> None:
    found = compare_tree(unit(), source(HEADER))
    assert found.exit_status == 5
    assert [(d.condition.text, len(d.differences)) for d in found.drifts] == [("", 1), ("MORE", 3)]
    text = plain(report(found, everything=False))
    assert "DRIFT  xtensa 7.2 does not describe the tree" in text
    assert "struct page on xtensa: MORE" in text
    assert "`page.refs` is at byte 12, 4 bytes in the model, at byte 16, 4 bytes in the" in text
    assert "(include/linux/mm_types.h:11)" in text
    assert "life cycles use `page.refs`" in " ".join(text.split())
    assert all(len(line) <= 80 for line in plain(report(found, everything=True, columns=80)).splitlines())
    shown = json.loads(json.dumps(comparison_object(found)))
    assert shown["verdict"] == "DRIFT"
    assert shown["drifts"][1]["differences"][0]["place"] == "include/linux/mm_types.h:5"


def test_another_version_is_noted() -> None:
    files = source(SAME, {"arch/xtensa/include/asm/Kbuild": "", "Makefile": "VERSION = 6\nPATCHLEVEL = 12\n"})
    found = compare_tree(unit(), files)
    assert found.version == "6.12"
    assert found.notes == ("The model describes Linux 7.2; the tree is 6.12.",)
