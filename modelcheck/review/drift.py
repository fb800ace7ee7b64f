"""From a comparison with a real kernel, or with the sources of one, to alerts."""

from __future__ import annotations

from modelcheck.kernel.comparison import Comparison
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.fingerprint import digest
from modelcheck.tree.compare import TreeComparison
from modelcheck.verdict import Condition


def drift_alerts(found: Comparison, place: str) -> tuple[Alert, ...]:
    """One alert for each difference of the setting that comes nearest; one for all where no setting can be compared.

    `place` is where the model is, `file:line:column`. A fingerprint is made of model, struct, field and kind of
    difference: not of sizes, and not of which build of the kernel it was.
    """
    if found.fits:
        return ()
    if not found.candidates:
        return (_alert(found, place, found.reason, Condition(), "nothing to compare"),)
    nearest = found.candidates[0]
    return tuple(
        _alert(found, place, f"{each.text} ({found.kernel})", nearest.condition, each.struct, each.path, each.kind)
        for each in nearest.differences
    )


def tree_drift_alerts(found: TreeComparison, place: str) -> tuple[Alert, ...]:
    """One alert for each way in which a struct of a kernel tree differs; it stands where the header has the field.

    `place` is where the model is, `file:line:column`, for what no header has.
    """
    return tuple(
        _alert(
            found,
            f"{placed.place}:1" if placed.place else place,
            f"{placed.difference.text} ({found.tree})",
            drift.condition,
            placed.difference.struct,
            placed.difference.path,
            placed.difference.kind,
            *drift.abis,
        )
        for drift in found.drifts
        for placed in drift.differences
    )


def _alert(
    found: Comparison | TreeComparison, place: str, message: str, condition: Condition, *identity: str
) -> Alert:
    return Alert(
        kind=Kind.DRIFT,
        fingerprint=digest(Kind.DRIFT.value, found.unit, found.described, *identity),
        message=message,
        rule="OV401",
        arch=found.unit,
        kernel=found.described,
        condition=condition,
        place=place,
    )
