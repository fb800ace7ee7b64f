"""What the gate tells a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from modelcheck.diagnostics import Diagnostic
from modelcheck.gate.standing import Answer, compared
from modelcheck.report.gate_text import Amount, report
from modelcheck.report.page import plain
from modelcheck.review.review import LayoutChange, Reread, Review
from modelcheck.review.waiver import Waiver, WaiverFault
from modelcheck.source import SourceText, Span
from modelcheck.verdict import Condition, Result
from tests.gate.test_standing import SUBJECT
from tests.report.goldens import assert_golden
from tests.report.samples import SAFE, UNSAFE

SPAN = Span(SourceText("waivers.toml", "[[waiver]]\n"), 0, 10)
WHERE = Condition("SMP", ((("SMP", "y"),),))
LAYOUT = (
    LayoutChange("moved", "powerpc", "6.12", "ptdesc", "pt_frag_refcount", "", "bytes 32..35", "bytes 16..19", WHERE),
    LayoutChange("new overlap", "powerpc", "6.12", "ptdesc", "pt_rcu_head", "ptdesc.pt_frag_refcount", "",
                 "bytes 16..19", Condition()),
    LayoutChange("new hole", "powerpc, s390", "6.12", "ptdesc", "", "", "", "bytes 36..39", Condition(), False),
    LayoutChange("grown", "s390", "6.12", "page", "", "", "64 bytes", "80 bytes", Condition(), False),
)  # fmt: skip
AGAIN = Reread(
    "mm/pgtable-generic.c:pte_free_defer", "it was changed",
    ("arc pte", "arm pte", "arm64 pte", "mips pte", "x86 pte", "x86 pmd"), "archs/6.12/mm.arch:120:10",
)  # fmt: skip


def answer(result: Result, lifecycle: str) -> Answer:
    return Answer(SUBJECT, replace(result, lifecycle=lifecycle))


def review() -> Review:
    worse = compared(Answer(SUBJECT, SAFE), Answer(SUBJECT, UNSAFE))
    mended = compared(answer(UNSAFE, "pmd_fragment"), answer(SAFE, "pmd_fragment"))
    same = compared(answer(UNSAFE, "pgd"), answer(UNSAFE, "pgd"))
    waived = compared(None, answer(UNSAFE, "pud"))
    waiver = Waiver("0" * 16, "the fix is under review", "Jane Doe", date(2027, 3, 31), SPAN)
    return Review(
        subject="HEAD (0123456789ab)",
        base="main (ba9876543210)",
        command="check-arch gate --base main --head HEAD",
        alerts=(
            *worse.alerts,
            *mended.alerts,
            *same.alerts,
            *(replace(each, waiver=waiver) for each in waived.alerts),
        ),
        rows=(worse.row, mended.row, same.row, waived.row),
        layout_changes=LAYOUT,
        to_reread=(AGAIN,),
        waiver_faults=(WaiverFault("unused", Diagnostic("CA806", "nothing has it", SPAN, help="delete it"), "1" * 16),),
        notes=("12 models not touched by the change", "5 life cycles the same as in the base, and not checked"),
        status=1,
    )


@pytest.mark.parametrize("amount", ["brief", "normal", "full"])
def test_golden(amount: Amount) -> None:
    assert_golden(f"gate_{amount}", plain(report(review(), amount, 80)))


def test_nothing_to_say() -> None:
    nothing = Review("HEAD (1)", "HEAD^ (2)", "check-arch gate", (), (), notes=("nothing was touched",))
    assert_golden("gate_nothing", plain(report(nothing, "normal", 80)))


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize("amount", ["brief", "normal", "full"])
def test_lines_fit(amount: Amount, columns: int) -> None:
    assert max(len(each) for each in plain(report(review(), amount, columns)).splitlines()) <= columns


def test_everything_that_fails_is_named() -> None:
    found = review()
    for amount in ("brief", "normal", "full"):
        text = plain(report(found, amount, 100))  # type: ignore[arg-type]
        assert all(alert.fingerprint in text for alert in found.alerts if alert.fails)
        assert text.startswith("FAILS  HEAD (0123456789ab), compared with main (ba9876543210): new: ")


def test_what_is_so_today_comes_before_what_would_be_so() -> None:
    would = compared(None, Answer(SUBJECT, replace(UNSAFE, arch="alpha", proposal="direct_rcu_head")))
    today = compared(None, Answer(SUBJECT, replace(UNSAFE, arch="x86", proposal="")))
    both = Review("HEAD", "HEAD^", "check-arch gate", (*would.alerts, *today.alerts), (would.row, today.row), status=1)
    text = plain(report(both, "normal", 80))
    assert text.index("x86 ") < text.index("alpha ")
