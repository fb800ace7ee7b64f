"""What a kernel has in another place than the model is an alert of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from modelcheck.kernel.compare import compare_unit
from modelcheck.kernel.comparison import Comparison
from modelcheck.review.alert import Kind
from modelcheck.review.drift import drift_alerts
from tests.cli.conftest import Said, say
from tests.kernel.test_compare import SMALL, small, small_kernel

Say = Callable[..., Said]
__all__ = ["say"]


def compared(*more: tuple[str, int]) -> Comparison:
    return compare_unit(small(), small_kernel(*more), "")


def test_what_fits_is_nothing_to_say() -> None:
    assert drift_alerts(compared(), "small:1:1") == ()


def test_each_difference_is_an_alert() -> None:
    found = compared(("surprise", 24), ("another", 32))
    assert not found.fits
    alerts = drift_alerts(found, "small:1:1")
    assert len(alerts) == len(found.candidates[0].differences) > 1
    assert {(alert.kind, alert.rule, alert.place) for alert in alerts} == {(Kind.DRIFT, "OV401", "small:1:1")}
    assert len({alert.fingerprint for alert in alerts}) == len(alerts)
    assert any("surprise" in alert.message for alert in alerts)
    # The same field somewhere else is the same thing to say.
    moved = drift_alerts(compared(("surprise", 40), ("another", 32)), "small:9:1")
    assert {alert.fingerprint for alert in moved} >= {a.fingerprint for a in alerts if "surprise" in a.message}


def test_a_kernel_of_another_kind() -> None:
    other = compare_unit(small(), small_kernel(word=4), "")
    (alert,) = drift_alerts(other, "small:1:1")
    assert alert.message == other.reason


def test_compare_writes_reports(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.litmus").write_text(SMALL, encoding="utf-8")
    monkeypatch.setattr("modelcheck.kernel.image.read_btf", lambda path: small_kernel(("surprise", 24)))
    said = say("compare", "small.litmus", "--btf", "some", "--format", "text", "--format", "sarif:out.sarif")
    assert said.status == 5
    assert said.out.startswith("DRIFT")
    (run,) = json.loads(Path("out.sarif").read_text(encoding="utf-8"))["runs"]
    assert {result["ruleId"] for result in run["results"]} == {"OV401"}
    assert run["invocations"][0]["exitCode"] == 5
