"""Reads `waivers.toml`: the findings that somebody has decided to live with, each with a reason and an end.

    [[waiver]]
    fingerprint = "3f2a9c0d4e5b6a71"
    about = "x86 kernel_pte, Linux 7.2"     # may be left out
    reason = "perf walks kernel tables; the fix is under review"
    owner = "Jane Doe <jane@example.org>"
    expires = 2027-03-31

An entry covers one finding and no other: there are no patterns, and nothing is waived for ever.

| code | the file or the entry |
|---|---|
| CA801 | cannot be read, or is not TOML |
| CA802 | is malformed: a key is missing, unknown or has another type |
| CA803 | is too broad: its fingerprint is missing, or could fit several findings |
| CA804 | is a second entry for the same finding |
| CA805 | has expired |
| CA806 | is unused: no finding has its fingerprint |
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

from modelcheck.diagnostics import Diagnostic, InputError, Note, did_you_mean
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.fingerprint import LENGTH
from modelcheck.review.waiver import FaultKind, Waiver, WaiverFault
from modelcheck.source import SourceText, Span

FILE_NAME = "waivers.toml"

_CODES: dict[FaultKind, str] = {
    "malformed": "CA802",
    "too broad": "CA803",
    "duplicate": "CA804",
    "expired": "CA805",
    "unused": "CA806",
}
_MANDATORY = ("fingerprint", "reason", "owner", "expires")
_KEYS = (*_MANDATORY, "about")
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{LENGTH}}}")
# The beginning of a fingerprint, or a pattern.
_FITS_SEVERAL = re.compile(rf"[0-9a-fA-F]{{0,{LENGTH - 1}}}|.*[*?\[\]|%].*", re.DOTALL)
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*[\"']?waiver[\"']?[ \t]*\]\].*$", re.MULTILINE)
_AT = re.compile(r" \(at line (\d+), column (\d+)\)")


@dataclass(frozen=True)
class Waivers:
    """The entries that can be used, and what is wrong with the others."""

    entries: tuple[Waiver, ...] = ()
    faults: tuple[WaiverFault, ...] = ()


@dataclass(frozen=True)
class Waived:
    """Alerts with the waivers that cover them, and all faults of waivers."""

    alerts: tuple[Alert, ...]
    faults: tuple[WaiverFault, ...]


def read_waivers(file: Path, name: str) -> Waivers:
    """The waivers of a file that reports call `name`. Raises InputError (CA801) where it cannot be read at all."""
    try:
        text = file.read_bytes().decode("utf-8")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Diagnostic("CA801", f"cannot read the waivers in `{name}`: {why}")]) from error
    except UnicodeDecodeError as error:
        raise InputError([Diagnostic("CA801", f"the waivers in `{name}` are not UTF-8")]) from error
    return waivers_in(SourceText(name, text))


def waivers_in(source: SourceText) -> Waivers:
    """The waivers of a text. Raises InputError (CA801) where it is not TOML."""
    try:
        found = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        _not_toml(source, str(error))
    return _Reader(source).read(found)


def apply(
    alerts: tuple[Alert, ...], waivers: Waivers, today: date, checked: frozenset[str], *, whole: bool = True
) -> Waived:
    """Mark the alerts that are waived today, and say which waivers have expired or are not used.

    `checked` are the subjects that were looked at: an entry about another one may be needed elsewhere. `whole` False
    says that what was looked at was narrowed down, so that an entry that names no subject may be needed elsewhere too.
    """
    by_print: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.standing != "fixed":
            by_print.setdefault(alert.fingerprint, []).append(alert)
    faults = list(waivers.faults)
    covering: dict[str, Waiver] = {}
    for entry in waivers.entries:
        covered = by_print.get(entry.fingerprint, [])
        fault = _unfit(entry, covered, today) if covered else None
        if covered and fault is None:
            covering[entry.fingerprint] = entry
        elif not covered and (entry.about in checked if entry.about else whole):
            fault = _unused(entry)
        elif not covered and entry.expires < today:
            fault = _expired(entry, today)
        faults += [fault] if fault else []
    marked = (replace(a, waiver=None if a.standing == "fixed" else covering.get(a.fingerprint)) for a in alerts)
    return Waived(tuple(marked), tuple(sorted(faults, key=_position)))


def _position(fault: WaiverFault) -> int:
    return fault.diagnostic.span.start if fault.diagnostic.span else 0


def _unfit(entry: Waiver, covered: list[Alert], today: date) -> WaiverFault | None:
    """Why an entry does not cover the alert that has its fingerprint, if it does not."""
    alert = covered[0]
    if alert.kind in (Kind.ERROR, Kind.EXPECTATION):
        what = "an error in an input" if alert.kind is Kind.ERROR else "an expectation that is not met"
        return _fault("malformed", f"{what} cannot be waived", entry.span, entry.fingerprint, help="mend the model")
    if entry.about and all(entry.about != each.subject for each in covered):
        message = f"the entry is about `{entry.about}`, but its fingerprint is that of a finding in `{alert.subject}`"
        return _fault("malformed", message, entry.span, entry.fingerprint)
    return _expired(entry, today) if entry.expires < today else None


def _expired(entry: Waiver, today: date) -> WaiverFault:
    return _fault(
        "expired",
        f"the waiver of {entry.owner} expired on {entry.expires}; today is {today}",
        entry.span,
        entry.fingerprint,
        help="solve it, or decide anew and give another date",
    )


def _unused(entry: Waiver) -> WaiverFault:
    hint = "delete it"
    if not entry.about:
        hint += ', or say what it belongs to if that was not looked at: `about = "ARCH LIFECYCLE, Linux VERSION"`'
    message = f"nothing that was looked at has a finding with the fingerprint {entry.fingerprint}"
    return _fault("unused", message, entry.span, entry.fingerprint, help=hint)


def _fault(
    kind: FaultKind, message: str, span: Span, fingerprint: str = "", help: str = "", notes: tuple[Note, ...] = ()
) -> WaiverFault:
    return WaiverFault(kind, Diagnostic(_CODES[kind], message, span, notes=notes, help=help), fingerprint)


def _not_toml(source: SourceText, message: str) -> NoReturn:
    found = _AT.search(message)
    if found:
        lines = source.text.split("\n")
        line = int(found[1])
        start = min(sum(len(each) + 1 for each in lines[: line - 1]) + int(found[2]) - 1, len(source.text))
    else:
        start = len(source.text)
    said = _AT.sub("", message).removesuffix(" (at end of document)")
    message = f"this is not TOML: {said[:1].lower() + said[1:]}"
    raise InputError([Diagnostic("CA801", message, Span(source, start, start))])


class _Reader:
    """Reads the entries of one text, and collects what is wrong with them."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.faults: list[WaiverFault] = []

    def read(self, found: Mapping[str, object]) -> Waivers:
        for key in found:
            if key != "waiver":
                hint = did_you_mean(key, ["waiver"]) or "every entry begins with `[[waiver]]`"
                self._fault("malformed", f"there is no key `{key}` in a file of waivers", self._key(0, key), help=hint)
        given = found.get("waiver", [])
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            hint = "every entry begins with `[[waiver]]`"
            self._fault("malformed", "`waiver` is not a list of tables", self._key(0, "waiver"), help=hint)
            given = []
        starts = self._starts(len(given))
        entries: dict[str, Waiver] = {}
        for start, each in zip(starts, given, strict=True):
            entry = self._entry(each, start)
            if entry is None:
                continue
            first = entries.setdefault(entry.fingerprint, entry)
            if first is not entry:
                notes = (Note("the first one is here", first.span),)
                message = f"there are two waivers for the finding {entry.fingerprint}"
                self._fault("duplicate", message, entry.span, entry.fingerprint, "keep one of them", notes)
        return Waivers(tuple(entries.values()), tuple(self.faults))

    def _entry(self, given: Mapping[str, object], start: int) -> Waiver | None:
        before = len(self.faults)
        span = self._line(start)
        raw = given.get("fingerprint", "")
        print_ = raw if isinstance(raw, str) else ""
        for key in given:
            if key not in _KEYS:
                hint = did_you_mean(key, _KEYS) or f"a waiver has {', '.join(_KEYS)}"
                self._fault("malformed", f"a waiver has no key `{key}`", self._key(start, key), print_, hint)
        for key in _MANDATORY:
            if key not in given:
                if key == "fingerprint":
                    message, hint = "this waiver names no finding", "every report prints the fingerprint of a finding"
                    self._fault("too broad", message, span, help=hint)
                else:
                    self._fault("malformed", f"this waiver has no `{key}`", span, print_)
        for key in ("reason", "owner", "about"):
            self._text(given, key, start, print_)
        if "fingerprint" in given:
            self._fingerprint(raw, self._key(start, "fingerprint"))
        expires = self._date(given, start, print_)
        if len(self.faults) > before or expires is None:
            return None
        texts = {key: str(given.get(key, "")).strip() for key in ("reason", "owner", "about")}
        return Waiver(fingerprint=print_, expires=expires, span=span, **texts)

    def _text(self, given: Mapping[str, object], key: str, start: int, print_: str) -> None:
        value = given.get(key, "something")
        if not isinstance(value, str):
            self._fault("malformed", f"`{key}` is not a text in quotes", self._key(start, key), print_)
        elif not value.strip():
            self._fault("malformed", f"`{key}` is empty", self._key(start, key), print_)

    def _date(self, given: Mapping[str, object], start: int, print_: str) -> date | None:
        value = given.get("expires")
        # A date with a time is a date for Python.
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if "expires" in given:
            hint = "a date without quotes and without a time: `expires = 2027-03-31`"
            self._fault("malformed", "`expires` is not a date", self._key(start, "expires"), print_, hint)
        return None

    def _fingerprint(self, value: object, span: Span) -> None:
        if isinstance(value, str) and _FINGERPRINT.fullmatch(value):
            return
        hint = f"a waiver covers one finding, by the {LENGTH} hexadecimal digits that every report prints"
        text = value if isinstance(value, str) else ""
        if isinstance(value, list) or (isinstance(value, str) and _FITS_SEVERAL.fullmatch(value)):
            several = f"the fingerprint `{text}`" if text else "this fingerprint"
            self._fault("too broad", f"{several} could fit several findings", span, text, hint)
        else:
            self._fault("malformed", "this is no fingerprint", span, text, hint)

    def _fault(
        self,
        kind: FaultKind,
        message: str,
        span: Span,
        fingerprint: str = "",
        help: str = "",
        notes: tuple[Note, ...] = (),
    ) -> None:
        self.faults.append(_fault(kind, message, span, fingerprint, help, notes))

    # TOML is read without places, so they are looked for in the text.

    def _starts(self, entries: int) -> list[int]:
        found = list(self._headers(entries))
        return found if len(found) == entries else [0] * entries

    def _headers(self, entries: int) -> Iterator[int]:
        candidates = [found.start() for found in _HEADER.finditer(self.source.text)]
        if len(candidates) == entries:
            yield from candidates
            return
        for start in candidates:
            # A line inside a string is no header: what comes before it is not complete.
            try:
                tomllib.loads(self.source.text[:start])
            except tomllib.TOMLDecodeError:
                continue
            yield start

    def _line(self, start: int) -> Span:
        end = self.source.text.find("\n", start)
        end = len(self.source.text) if end < 0 else end
        return Span(self.source, start, start + len(self.source.text[start:end].split("#")[0].rstrip()))

    def _key(self, start: int, key: str) -> Span:
        """The line of a key in the entry that begins at `start`; the entry's own line where it is not found."""
        following = _HEADER.search(self.source.text, start + 1)
        block = self.source.text[start : following.start() if following and start else len(self.source.text)]
        found = re.search(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[=.\]].*$", block, re.MULTILINE)
        return self._line(start + found.start() if found else start)
