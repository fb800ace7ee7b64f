"""What a change did, for a person: whether it passes comes first, then what is new or worse, each with its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from modelcheck.report.columns import fill
from modelcheck.report.counterexample import lanes
from modelcheck.report.formats.saying import condition, flat, in_order, label, layout_change, tally, title, waived
from modelcheck.report.formats.text import waiver_faults
from modelcheck.report.page import Line, Piece, Style, indent, line
from modelcheck.report.wording import count, listing
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.review import LayoutChange, Reread, Review

Amount = Literal["brief", "normal", "full"]
"""`brief`: a line each; `normal`: one run for each rule of a life cycle; `full`: everything."""

# More of them than this are counted, not listed, unless everything is wanted.
_MANY_CHANGES = 12
_MANY_FUNCTIONS = 20
_BEFORE = "as in the base"
_STYLES: dict[str, Style] = {"new": "bad", "worse": "bad", "fixed": "good", "unchanged": "dim", "": "bad"}


def report(review: Review, amount: Amount = "normal", columns: int = 100) -> Iterator[Line]:
    """The whole report."""
    yield from headline(review, columns)
    failing = [alert for alert in in_order(review.alerts) if alert.fails]
    if amount == "brief":
        for alert in failing:
            yield from _filled(f"{_standing(alert)}  {label(alert)} {_about(alert)}", columns, rest="    ")
        yield from waiver_faults(review.waiver_faults, columns)
        return
    shown: set[tuple[str, ...]] = set()
    for _, about in groupby(sorted(failing, key=_owner), key=_owner):
        yield ()
        yield from _lifecycle(list(about), review, amount, columns, shown)
    if review.waiver_faults:
        yield ()
        yield from waiver_faults(review.waiver_faults, columns)
    yield from _known(review, amount, columns)
    yield from _layouts(review.layout_changes, amount, columns)
    yield from _functions(review.to_reread, amount, columns)
    if review.notes or not review.rows:
        yield ()
    if not review.rows and not review.errors:
        yield line("no life cycle had to be checked")
    for note in review.notes:
        yield from _filled(flat(note), columns, rest="  ")


def headline(review: Review, columns: int = 100) -> Iterator[Line]:
    """`FAILS  main (1a2b) -> HEAD (3c4d): 2 new findings`."""
    failing = [alert for alert in review.alerts if alert.fails]
    passes = review.status == 0
    verdict = "PASSES" if passes else "FAILS"
    said = _new(failing) or ("nothing is new" if passes else "not everything could be decided")
    if review.waiver_faults:
        said += f"; {count(len(review.waiver_faults), 'faulty waiver')}"
    text = f"{verdict}  {flat(review.subject)}, compared with {flat(review.base)}: {said}"
    first, *rest = fill(text, columns, rest="    ")
    yield line(Piece(verdict, "good" if passes else "bad"), Piece(first[len(verdict) :], "strong"))
    yield from (line(Piece(each, "strong")) for each in rest)
    if review.rows:
        yield line(f"    {count(len(review.rows), 'life cycle')} checked")


def _new(failing: Sequence[Alert]) -> str:
    parts = []
    for standing, word in (("new", "new"), ("worse", "worse"), ("", "to deal with")):
        found = tally(alert.kind for alert in failing if alert.standing == standing)
        parts += [f"{word}: {found}" if standing else found] if found else []
    return "; ".join(parts)


def _lifecycle(
    alerts: Sequence[Alert], review: Review, amount: Amount, columns: int, shown: set[tuple[str, ...]]
) -> Iterator[Line]:
    """What is to be said of one life cycle. `shown` are the rules of which a run was shown for it, also as it is."""
    first = alerts[0]
    row = next((each for each in review.rows if each.subject == first.subject), None)
    if first.subject:
        before = f"{row.base_verdict.value} in the base, " if row and row.base_verdict else "new, "
        verdicts = f": {before}{row.verdict.value} now" if row else ""
        yield from (line(Piece(t, "strong")) for t in fill(f"{flat(first.subject)}{verdicts}", columns, rest="    "))
    for alert in alerts:
        yield from indent(_entry(alert, columns - 2), 2)
        run = alert.counterexample
        kind = alert.arch, alert.kernel, alert.lifecycle, alert.rule
        if run is not None and (amount == "full" or kind not in shown):
            shown.add(kind)
            yield ()
            yield from indent(lanes(run, columns - 6, everything=amount == "full"), 6)
            yield ()
            yield from (line(Piece(t, "bad")) for t in fill(f"{alert.rule}: {flat(alert.message)}", columns - 6,
                                                            first="      ", rest="        "))  # fmt: skip
            yield ()


def _entry(alert: Alert, columns: int) -> Iterator[Line]:
    """One alert: what, where, since when, and by what a waiver would name it."""
    standing = _standing(alert)
    head = f"{standing}  {label(alert)}  {title(alert)}"
    first, *rest = fill(head, columns, rest=" " * 9)
    yield line(Piece(first[: len(standing)], _STYLES[alert.standing]), Piece(first[len(standing) :], "strong"))
    yield from (line(Piece(text, "strong")) for text in rest)
    path = f"on the path {alert.path}" if alert.path else ""
    texts = [f"{path} {condition(alert)}".strip(), f"in the base: {flat(alert.was)}" if alert.was else ""]
    if alert.counterexample is None or not path:
        texts.append(flat(alert.message))
    texts.append(flat(alert.help))
    for text in filter(None, texts):
        yield from _filled(text, columns, first="    ", rest="      ")
    places = [flat(each) for each in (alert.place, alert.citation) if each]
    if places:
        yield from (line(Piece(text, "place")) for text in fill("  ".join(places), columns, first="    ", rest="    "))
    yield line(Piece(f"    {alert.fingerprint}", "dim"))


def tolerated(review: Review) -> Iterator[tuple[str, list[Alert]]]:
    """What does not fail, by the reason: waived, stated by the change itself, fixed; and what the base had already."""
    told = [alert for alert in review.alerts if not alert.fails]
    yield "waived", [each for each in told if each.waiver]
    yield "stated by the change itself", [
        each for each in told if each.standing in ("new", "worse") and each.expected and not each.waiver
    ]
    yield "fixed", [each for each in told if each.standing == "fixed"]
    yield _BEFORE, [each for each in told if each.standing == "unchanged" and not each.waiver]


def _known(review: Review, amount: Amount, columns: int) -> Iterator[Line]:
    for name, alerts in tolerated(review):
        if not alerts:
            continue
        yield ()
        if name == _BEFORE and amount != "full":
            yield line(Piece(f"{name}: {tally(each.kind for each in alerts)} (-v lists them)", "dim"))
            continue
        yield line(Piece(f"{name}: {tally(each.kind for each in alerts)}", "good" if name == "fixed" else "strong"))
        for alert in alerts:
            why = f"; {waived(alert)}" if alert.waiver else ""
            yield from _filled(f"{label(alert)} {_about(alert)}{why}", columns, first="  ", rest="      ")


def _layouts(changes: Sequence[LayoutChange], amount: Amount, columns: int) -> Iterator[Line]:
    """What became of bytes: all that life cycles use; the rest is counted."""
    if not changes:
        return
    mattering = [each for each in changes if each.matters]
    shown = list(changes) if amount == "full" else mattering[:_MANY_CHANGES]
    yield ()
    yield line(Piece("layout:", "strong"))
    for change in shown:
        yield from _filled(layout_change(change), columns, first="  ", rest="      ")
    if len(shown) < len(changes):
        rest = count(len(changes) - len(shown), "other change")
        unused = "" if len(shown) < len(mattering) else " of bytes that no life cycle uses"
        yield line(Piece(f"  {rest}{unused} (-v lists them)", "dim"))


def _functions(functions: Sequence[Reread], amount: Amount, columns: int) -> Iterator[Line]:
    if not functions:
        return
    yield ()
    yield line(Piece("functions that models were read from, to look at again:", "strong"))
    for each in functions if amount == "full" else functions[:_MANY_FUNCTIONS]:
        yield from _filled(f"{flat(each.citation)}: {flat(each.why)}", columns, first="  ", rest="      ")
        cited = listing(map(flat, each.cited_by if amount == "full" else _few(each.cited_by)))
        where = f" ({flat(each.place)})" if each.place else ""
        yield from (line(Piece(text, "dim")) for text in fill(f"for {cited}{where}", columns, first="      ",
                                                              rest="        "))  # fmt: skip
    left = len(functions) - _MANY_FUNCTIONS
    if left > 0 and amount != "full":
        yield line(Piece(f"  {count(left, 'other function')} (-v lists them)", "dim"))


def _few(names: Sequence[str], most: int = 4) -> Iterable[str]:
    return names if len(names) <= most else (*names[:most], f"{len(names) - most:,} others")


def _about(alert: Alert) -> str:
    parts = [flat(alert.subject), f"on the path {flat(alert.path)}" if alert.path else "", condition(alert)]
    if alert.kind is not Kind.FINDING:
        parts.append(flat(alert.message))
    return f"{', '.join(part for part in parts if part)}  [{alert.fingerprint}]"


def _standing(alert: Alert) -> str:
    return (alert.standing or "error").upper()


def _owner(alert: Alert) -> tuple[str, ...]:
    """Life cycles as they are come before all that would be so under proposals only."""
    return "proposal" * bool(alert.proposal), alert.arch, alert.kernel, alert.lifecycle, alert.proposal


def _filled(text: str, columns: int, first: str = "", rest: str = "") -> Iterator[Line]:
    yield from (line(each) for each in fill(text, columns, first=first, rest=rest))
