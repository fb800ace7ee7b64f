"""A waiver covers one finding until a day; everything else that an entry may say is a fault, with its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.review.alert import Alert
from modelcheck.review.alerts import alerts_of
from modelcheck.review.waivers import Waived, Waivers, apply, read_waivers, waivers_in
from modelcheck.source import SourceText
from tests.report.samples import UNSAFE

TODAY = date(2026, 11, 25)
ALERTS = alerts_of([UNSAFE])
SUBJECTS = frozenset(alert.subject for alert in ALERTS)
FIRST = ALERTS[0].fingerprint


def entry(fingerprint: str = f'"{FIRST}"', expires: str = "2027-01-31", more: str = "") -> str:
    return f'[[waiver]]\nfingerprint = {fingerprint}\nreason = "known"\nowner = "J. Doe"\nexpires = {expires}\n{more}\n'


def read(text: str) -> Waivers:
    return waivers_in(SourceText("waivers.toml", text))


def applied(text: str, alerts: tuple[Alert, ...] = ALERTS, checked: frozenset[str] = SUBJECTS) -> Waived:
    return apply(alerts, read(text), TODAY, checked)


def faults(text: str) -> list[tuple[str, str]]:
    return [(fault.kind, fault.place) for fault in applied(text).faults]


def test_a_waiver_covers_its_finding_and_no_other() -> None:
    found = applied(entry())
    assert found.faults == ()
    assert [alert.waiver is not None for alert in found.alerts] == [True, False, False]
    assert [alert.is_open for alert in found.alerts] == [False, True, True]
    waiver = found.alerts[0].waiver
    assert waiver is not None
    assert (waiver.reason, waiver.owner, waiver.expires) == ("known", "J. Doe", date(2027, 1, 31))
    assert waiver.place == "waivers.toml:1:1"


def test_no_waivers() -> None:
    assert read("") == read("waiver = []\n") == Waivers()
    assert applied("").alerts == ALERTS


@pytest.mark.parametrize(("expires", "covers"), [("2026-11-26", True), ("2026-11-25", True), ("2026-11-24", False)])
def test_the_last_day_counts(expires: str, covers: bool) -> None:
    found = applied(entry(expires=expires))
    assert (found.alerts[0].waiver is not None) is covers
    assert [fault.kind for fault in found.faults] == ([] if covers else ["expired"])


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        (entry('"*"'), "too broad", "2:1"),
        (entry('""'), "too broad", "2:1"),
        (entry(f'"{FIRST[:8]}"'), "too broad", "2:1"),
        (entry(f'"{FIRST[:8]}*"'), "too broad", "2:1"),
        (entry(f'["{FIRST}"]'), "too broad", "2:1"),
        (entry("7"), "malformed", "2:1"),
        (entry(f'"{FIRST.upper()}x"'), "malformed", "2:1"),
        (entry(f'"{FIRST}0"'), "malformed", "2:1"),
        ('[[waiver]]\nreason = "x"\nowner = "y"\nexpires = 2027-01-31\n', "too broad", "1:1"),
        (f'[[waiver]]\nfingerprint = "{FIRST}"\nowner = "y"\nexpires = 2027-01-31\n', "malformed", "1:1"),
        (f'[[waiver]]\nfingerprint = "{FIRST}"\nreason = "x"\nexpires = 2027-01-31\n', "malformed", "1:1"),
        (f'[[waiver]]\nfingerprint = "{FIRST}"\nreason = "x"\nowner = "y"\n', "malformed", "1:1"),
        (entry(more="why = 1"), "malformed", "6:1"),
        (entry(more='about = " "'), "malformed", "6:1"),
        (entry(more='about = "x86 pte, Linux 7.2"'), "malformed", "1:1"),
        (entry(expires='"2027-01-31"'), "malformed", "5:1"),
        (entry(expires="2027-01-31T00:00:00"), "malformed", "5:1"),
        (entry().replace('"known"', "3"), "malformed", "3:1"),
        (entry().replace("known", " "), "malformed", "3:1"),
        (entry() + entry(), "duplicate", "7:1"),
        ("waiver = 3\n", "malformed", "1:1"),
        (f'{entry()}\n[[waivers]]\nx = 1\n', "malformed", "8:1"),
        (entry('"0123456789abcdef"'), "unused", "1:1"),
    ],
)  # fmt: skip
def test_faults(text: str, kind: str, place: str) -> None:
    assert faults(text) == [(kind, f"waivers.toml:{place}")]
    if kind not in ("duplicate",) and "[[waivers]]" not in text:
        assert all(alert.is_open for alert in applied(text).alerts)


def test_several_faults_of_one_entry() -> None:
    assert [kind for kind, _ in faults("[[waiver]]\n")] == ["too broad", "malformed", "malformed", "malformed"]


def test_help_is_near() -> None:
    (fault,) = read(entry(more='onwer = "x"')).faults
    assert "owner" in fault.help


def test_what_was_not_looked_at_may_still_need_its_waiver() -> None:
    elsewhere = entry('"0123456789abcdef"', more='about = "x86 pte, Linux 7.2"')
    assert applied(elsewhere).faults == ()
    assert [f.kind for f in applied(elsewhere, checked=frozenset({"x86 pte, Linux 7.2"})).faults] == ["unused"]
    late = entry('"0123456789abcdef"', "2020-01-01", more='about = "x86 pte, Linux 7.2"')
    assert [f.kind for f in applied(late).faults] == ["expired"]
    nameless = read(entry('"0123456789abcdef"'))
    assert apply(ALERTS, nameless, TODAY, SUBJECTS, whole=False).faults == ()


def test_what_is_fixed_needs_no_waiver() -> None:
    fixed = tuple(replace(alert, standing="fixed") for alert in ALERTS)
    found = applied(entry(), fixed)
    assert [fault.kind for fault in found.faults] == ["unused"]
    assert all(alert.waiver is None for alert in found.alerts)


def test_errors_cannot_be_waived() -> None:
    alerts = alerts_of([], errors=[Diagnostic("CA010", "bad")])
    found = applied(entry(f'"{alerts[0].fingerprint}"'), alerts)
    assert [fault.kind for fault in found.faults] == ["malformed"]
    assert found.alerts[0].is_open


@pytest.mark.parametrize(("text", "place"), [("[[waiver]\n", ":1:9"), ('a = "\n', ":1:6"), ("[[waiver]]\nx", ":2:2")])
def test_what_is_not_toml(text: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "CA801"
    assert diagnostic.span is not None
    assert diagnostic.span.place.endswith(place)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(entry(), encoding="utf-8")
    assert [each.fingerprint for each in read_waivers(file, "w.toml").entries] == [FIRST]
    file.write_bytes(b"\xff")
    for path in (file, tmp_path / "none"):
        with pytest.raises(InputError, match="CA801"):
            read_waivers(path, "w.toml")


def test_a_header_inside_a_string_is_none() -> None:
    text = entry().replace('"known"', '"""\n[[waiver]]\n"""') + entry('"0123456789abcdef"')
    assert [each.place for each in read(text).entries] == ["waivers.toml:1:1", "waivers.toml:9:1"]
