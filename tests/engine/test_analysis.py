"""The same code is analysed once, wherever it is written; what is said of it is said of the life cycle at hand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache

import pytest

from modelcheck.engine import check
from modelcheck.engine.analysis import Shared
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text
from modelcheck.verdict import Result, Verdict

TEXT = """\
litmus "three ways to free a table, two of which come to the same";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
config SMP;
layout { struct page { unsigned long flags; unsigned long private; unsigned int refs; }; }
const N >= 1;
lifecycle table on page level pte {
    tables N;
    counter refs;
    create { alloc_page; refs = TABLES; populate rest -> installed; }
    state installed { readers walker; unmap -> free; }
    path free [gather] { if (SMP) { grace_period; } goto release; }
    path release [release] { if (dec_and_test(refs)) free_page; }
    reader walker rcu { touch_table; }
}
lifecycle other on page level pte {
    create { alloc_page; populate 1 -> installed; }
    state installed { unmap -> free; }
    path free [gather] { goto release; }
    path release [release] { free_page; }
}
proposal at_once "a table is freed at once" {
    replace [gather] { write private; goto [release]; }
}
proposal all_at_once "every table is freed at once" {
    replace [defer], [gather] { write private; goto [release]; }
}
proposal later "a table is freed after a grace period" {
    replace [gather] { grace_period; goto [release]; }
}
expect table UNSAFE OV105 : "a walker may be inside";
"""


@cache
def unit() -> Unit:
    return load_text(TEXT)


class Asked:
    """Checks one unit again and again, and counts what is analysed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.analysed = 0
        self.shared = Shared(unit())
        module = sys.modules["modelcheck.engine.check"]
        monkeypatch.setattr(module, "analyse", self._counted(vars(module)["analyse"]))

    def _counted(self, analyse: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object) -> object:
            self.analysed += 1
            return analyse(*arguments)

        return counted

    def __call__(
        self, proposal: str = "", lifecycle: str = "table", fixed: Mapping[str, bool | int] | None = None
    ) -> Result:
        proposals = (proposal,) if proposal else ()
        (found,) = check(
            unit(), lifecycles=(lifecycle,), proposals=proposals, fixed=fixed, shared=self.shared
        )
        assert (found,) == check(unit(), lifecycles=(lifecycle,), proposals=proposals, fixed=fixed)
        self.analysed -= 1
        return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def test_the_same_code_is_analysed_once(asked: Asked) -> None:
    one, two = asked("at_once"), asked("all_at_once")
    assert asked.analysed == 1
    assert (one.proposal, two.proposal) == ("at_once", "all_at_once")
    assert one.verdict is two.verdict is Verdict.UNSAFE


def test_each_step_is_where_its_own_proposal_says(asked: Asked) -> None:
    lines = [text.startswith("    replace") for text in TEXT.splitlines()]
    wanted = [number for number, replaces in enumerate(lines, 1) if replaces]
    for proposal, line in zip(("at_once", "all_at_once"), wanted, strict=False):
        (finding,) = asked(proposal).findings
        assert any(step.place.startswith(f"<text>:{line}:") for step in finding.counterexample.steps)


def test_other_code_is_analysed(asked: Asked) -> None:
    assert asked("later").verdict is Verdict.SAFE
    assert asked("at_once").verdict is Verdict.UNSAFE
    assert asked().verdict is Verdict.UNSAFE
    assert asked.analysed == 3


def test_another_question_about_the_same_code_is_asked(asked: Asked) -> None:
    assert asked(fixed={"SMP": True}).verdict is Verdict.SAFE
    assert asked(fixed={"SMP": False}).verdict is Verdict.UNSAFE
    assert asked(fixed={"N": 1, "SMP": False}).verdict is Verdict.UNSAFE
    assert asked(fixed={"N": 3}).condition.text == "N == 3 && !SMP"
    assert asked.analysed == 4


def test_only_the_last_life_cycle_is_remembered(asked: Asked) -> None:
    for lifecycle in ("table", "other", "table"):
        asked("at_once", lifecycle)
    assert asked.analysed == 3
