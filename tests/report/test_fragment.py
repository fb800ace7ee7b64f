"""Fragments of a .config."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.report.fragment import fragment
from modelcheck.verdict import Condition
from tests.report.samples import SCHEDULE

MANY = replace(SCHEDULE, symbols=(("44x", False), ("MEMCG", False), ("SMP", True), ("radix_enabled", True)))


def test_what_it_depends_on_comes_first() -> None:
    assert fragment(MANY, Condition("SMP && !MEMCG && PTE_FRAG_NR >= 2"), {"radix_enabled"}) == (
        "# Target: ppc64le",
        "# What it depends on:",
        "# CONFIG_MEMCG is not set",
        "CONFIG_SMP=y",
        "# The rest of the configuration it was shown in:",
        "# CONFIG_44x is not set",
        "# Decided at boot:",
        "#   radix_enabled: yes",
        "# Constants there:",
        "#   PTE_FRAG_NR = 2",
    )


def test_kconfig_takes_it_for_what_it_is() -> None:
    """Every line is a comment or a setting, and every symbol is set or unset once."""
    lines = fragment(MANY, Condition(), ())
    settings = [line for line in lines if "CONFIG_" in line]
    assert len(settings) == len(MANY.symbols)
    for line in settings:
        assert line.startswith("CONFIG_") == line.endswith("=y")
        assert line.startswith("# CONFIG_") == line.endswith(" is not set")
    assert all(line.startswith("# ") for line in lines if line not in settings)


def test_nothing_is_known() -> None:
    assert fragment(replace(SCHEDULE, abi="", symbols=(), constants=()), Condition(), ()) == ()
