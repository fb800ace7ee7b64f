"""Requirements of the configuration that a proof needs, and those that make no difference to it."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.engine import check
from modelcheck.model.conditions import describe
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text
from modelcheck.verdict import Verdict
from tests.proofs.explained import explained, footing

MODEL = """\
litmus "whoever destroys the lock has made it";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
config MAKES, DESTROYS, OTHER, FURTHER;
require DESTROYS -> MAKES at "mm/Kconfig";
require OTHER -> MAKES;
require FURTHER -> OTHER && DESTROYS;
layout { struct page { unsigned long flags; unsigned long ptl; }; }
lifecycle table on page level pte {
    create { alloc_page; if (MAKES) init_lock(ptl); populate 1 -> installed; }
    state installed { unmap -> release; }
    path release { if (DESTROYS) destroy_lock(ptl); free_page; }
}
expect table SAFE;
"""


def _without(unit: Unit, *words: str) -> Unit:
    kept = tuple(each for each in unit.requirements if not any(word in describe(each.condition) for word in words))
    assert len(kept) < len(unit.requirements)
    return replace(unit, requirements=kept)


def test_only_what_keeps_configurations_out_is_needed() -> None:
    unit = load_text(MODEL)
    found = [fact for fact in footing(explained(unit, unit.lifecycles[0])).used if fact.kind == "require"]
    assert [(fact.text, fact.citation) for fact in found] == [("require DESTROYS -> MAKES", "mm/Kconfig")]
    assert found[0].place.endswith(":5:1")


def test_the_others_may_go_at_once() -> None:
    (result,) = check(_without(load_text(MODEL), "OTHER", "FURTHER"))
    assert result.verdict is Verdict.SAFE


def test_without_it_there_are_others() -> None:
    (result,) = check(_without(load_text(MODEL), "DESTROYS"))
    assert result.verdict is Verdict.UNSAFE
