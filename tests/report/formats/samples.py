"""Hand-made reviews: one of a check, one of a comparison with a base, and one with nothing in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from modelcheck.diagnostics import Diagnostic
from modelcheck.review.alert import Alert
from modelcheck.review.alerts import alerts_of
from modelcheck.review.review import LayoutChange, Reread, Review, row_of
from modelcheck.review.waivers import apply, waivers_in
from modelcheck.source import SourceText, Span
from modelcheck.verdict import Condition, Verdict
from tests.report.samples import SAFE, UNKNOWN, UNSAFE, VACUOUS

EMPTY = Review(subject="", base="", command="", alerts=(), rows=())

_NEVER = "`free_page` in release (archs/6.12/powerpc.arch:70:9)"
RESULTS = (UNSAFE, SAFE, UNKNOWN, replace(VACUOUS, unreached=(_NEVER,)))
ERROR = Diagnostic(
    "CA210",
    "no field `pt_rcu_haed` in `struct ptdesc`",
    Span(SourceText("bad.arch", "arch bad;\n"), 5, 8),
    help="did you mean `pt_rcu_head`?",
)
_FOUND = alerts_of(RESULTS, errors=[ERROR])
_WAIVERS = waivers_in(
    SourceText(
        "waivers.toml",
        f"""\
[[waiver]]
fingerprint = "{_FOUND[1].fingerprint}"
reason = "the fix is under review"
owner = "J. Doe <jd@example.org>"
expires = 2027-01-31

[[waiver]]
fingerprint = "{_FOUND[2].fingerprint}"
reason = "as above"
owner = "J. Doe <jd@example.org>"
expires = 2026-01-31
""",
    )
)
_WAIVED = apply(_FOUND, _WAIVERS, date(2026, 11, 25), frozenset())

CHECK = Review(
    subject="powerpc, Linux 6.12",
    base="",
    command="check-arch check powerpc --kernel 6.12",
    alerts=_WAIVED.alerts,
    rows=tuple(map(row_of, RESULTS)),
    waivers=_WAIVERS.entries,
    waiver_faults=_WAIVED.faults,
    notes=("interrupted; 2 life cycles not decided",),
    results=RESULTS,
    errors=(ERROR,),
    status=2,
)


def _standing(alert: Alert, number: int) -> Alert:
    standing = ("new", "worse", "fixed", "unchanged")[number % 4]
    was = {"worse": "only when SMP", "fixed": "in every configuration"}.get(standing, "")
    return replace(alert, standing=standing, was=was)  # type: ignore[arg-type]


GATE = Review(
    subject="powerpc, patch series v2",
    base="v6.12",
    command="check-arch gate --base v6.12",
    alerts=tuple(_standing(alert, number) for number, alert in enumerate(alerts_of(RESULTS))),
    rows=(
        replace(row_of(UNSAFE), standing="new", base_verdict=Verdict.SAFE),
        replace(row_of(SAFE), standing="unchanged", base_verdict=Verdict.SAFE),
    ),
    layout_changes=(
        LayoutChange("moved", "arm64", "6.12", "page", "pt_list", "", "bytes 0..3", "bytes 4..7", Condition("SMP")),
        LayoutChange("new overlap", "arm64", "6.12", "page", "a", "page.b", "", "bytes 8..15", Condition()),
        LayoutChange("grown", "arm64", "6.12", "page", "", "", "64 bytes", "72 bytes", Condition(), matters=False),
    ),
    to_reread=(Reread("mm/memory.c:free_pte_range", "its body changed", ("powerpc pte_fragment",), "p.arch:9:1"),),
    results=RESULTS,
    status=1,
)

# A kernel tree, in which no model is.
TREE = replace(
    GATE,
    subject="the working tree",
    command="check-arch gate --tree .",
    alerts=tuple(
        replace(alert, spot="include/linux/mm_types.h:7" if number == 0 else "")
        for number, alert in enumerate(GATE.alerts)
    ),
    waiver_faults=_WAIVED.faults,
    spots={"mm/memory.c:free_pte_range": "mm/memory.c:401"},
)
