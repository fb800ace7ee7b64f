"""Comparisons of a model with a kernel."""

from __future__ import annotations

from dataclasses import replace

from modelcheck.kernel.comparison import Candidate, Comparison
from modelcheck.kernel.differences import Difference, Extent
from modelcheck.report.comparison import comparison_object, report
from modelcheck.report.page import plain
from modelcheck.verdict import Condition
from tests.report.goldens import assert_golden

MOVED = Difference("ptdesc", "pt_rcu_head", Extent(64, 128, "struct rcu_head"), Extent(128, 128, "struct rcu_head"))
FITTING = Candidate(("ppc64le",), Condition("MEMCG && !SMP"), (), (("MEMCG", True), ("SMP", False)), ("NUMA",))
FITS = Comparison(
    unit="powerpc",
    described="6.12",
    kernel="vmlinux",
    word=8,
    byte_order="little",
    abis=("ppc64le",),
    structs=("page", "ptdesc"),
    candidates=(FITTING,),
    reason="Every field lies where the model says.",
    notes=("the kernel was built without names of parameters",),
)
DRIFT = replace(
    FITS,
    candidates=(
        Candidate(("ppc64le",), Condition(), (MOVED,) * 14, (), ()),
        Candidate(("ppc64le",), Condition("SMP"), (MOVED,), (), ()),
    ),
    reason="A field has moved.",
    notes=(),
)


def test_goldens() -> None:
    assert_golden("comparison_fits", plain(report(FITS, everything=False)))
    assert_golden("comparison_drift", plain(report(DRIFT, everything=False)))
    assert_golden("comparison_drift_full", plain(report(DRIFT, everything=True)))


def test_json() -> None:
    document = comparison_object(DRIFT)
    assert (document["verdict"], comparison_object(FITS)["verdict"]) == ("DRIFT", "FITS")
    assert document["candidates"][1]["differences"][0]["kind"] == "place"
    assert document["candidates"][1]["differences"][0]["kernel"]["offset_bits"] == 128
