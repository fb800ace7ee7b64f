"""Words that all formats share: what an alert is called, what is known of it, and how a run came out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modelcheck.report.columns import expand
from modelcheck.report.wording import count, holds_where, listing
from modelcheck.review.alert import Alert, Kind
from modelcheck.review.review import LayoutChange, Reread, Review, Row
from modelcheck.review.waiver import WaiverFault
from modelcheck.rules.catalogue import Rule, all_rules

_PLACE = re.compile(r"(?P<file>.*?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?", re.DOTALL)

# What each kind means, where no rule of the catalogue says it.
MEANINGS: dict[Kind, str] = {
    Kind.FINDING: "a hazard that can happen; the run that shows it was replayed",
    Kind.UNKNOWN: "neither proved nor refuted",
    Kind.BOUNDED: "no counterexample up to a depth, and no proof",
    Kind.VACUOUS: "something that matters can never happen, so that a proof would say nothing about it",
    Kind.DRIFT: "the model does not describe the kernel",
    Kind.EXPECTATION: "the verdict is not the one that the model states",
    Kind.ERROR: "an input cannot be used as it is",
}


@dataclass(frozen=True)
class Place:
    """A place in a file; line and column count from 1, and are 1 where they are not known."""

    file: str
    line: int
    column: int


def place_of(text: str) -> Place | None:
    """`file:line:column` taken apart; None for no place."""
    found = _PLACE.fullmatch(text)
    if not found or not found["file"]:
        return None
    return Place(found["file"], max(1, int(found["line"] or 1)), max(1, int(found["column"] or 1)))


def flat(text: str) -> str:
    """The text on one line, with control characters made visible."""
    return expand(" ".join(text.split()))


def rule_of(identifier: str) -> Rule | None:
    """The rule of the catalogue with that name."""
    return next((rule for rule in all_rules() if rule.id == identifier), None)


def label(alert: Alert) -> str:
    """What stands for the alert in a few letters: `OV105`, `UNKNOWN OV105`, `VACUOUS`, `CA210`."""
    rule = flat(alert.rule)
    return rule if rule and alert.kind in (Kind.FINDING, Kind.ERROR) else f"{alert.kind.name} {rule}".rstrip()


def title(alert: Alert) -> str:
    """What the rule says in a few words, or what the kind means."""
    rule = rule_of(alert.rule)
    said = rule.title if rule else MEANINGS[alert.kind]
    return f"undecided: {said}" if rule and alert.kind in (Kind.UNKNOWN, Kind.BOUNDED) else said


def where(alert: Alert) -> str:
    """Life cycle and path: `powerpc pte_fragment, Linux 7.2, in exit_mmap`."""
    parts = [alert.subject, f"in {alert.path}" if alert.path else ""]
    return flat(", ".join(part for part in parts if part))


def condition(alert: Alert) -> str:
    """`when PTE_FRAG_NR >= 2`, or nothing where it is so everywhere."""
    return flat(holds_where(alert.condition)) if alert.condition.text.strip() else ""


def marks(alert: Alert) -> list[str]:
    """What is known of the alert beside itself: how it stands to the base, who waived it, that a model expects it."""
    found = []
    if alert.standing:
        was = f" (the base: {flat(alert.was)})" if alert.was else ""
        found.append(f"{alert.standing}{was}")
    if alert.waiver:
        found.append(waived(alert))
    if alert.expected:
        found.append("expected by the model")
    return found


def waived(alert: Alert) -> str:
    """`waived until 2027-01-31 by J. Doe: the fix is under review`; nothing for what is not waived."""
    if alert.waiver is None:
        return ""
    return f"waived until {alert.waiver.expires} by {flat(alert.waiver.owner)}: {flat(alert.waiver.reason)}"


def layout_change(change: LayoutChange) -> str:
    """A sentence: `page.pt_share_count moved from bytes 0..3 to bytes 4..7 (arm64, Linux 7.2, when SMP)`."""
    name = f"{change.struct}.{change.field}" if change.field else f"struct {change.struct}"
    match change.change:
        case "new overlap":
            said = f"{name} shares bytes with {change.other} now ({change.after})"
        case "lost overlap":
            said = f"{name} no longer shares bytes with {change.other}"
        case "new hole":
            said = f"{name} has a hole now ({change.after})"
        case "added":
            said = f"{name} is new: {change.after}"
        case "removed":
            said = f"{name} is gone; it was {change.before}"
        case "moved" | "grown" | "shrunk":
            verb = {"moved": "moved", "grown": "grew", "shrunk": "shrank"}[change.change]
            said = f"{name} {verb} from {change.before} to {change.after}"
    about = [change.arch, f"Linux {change.kernel}" if change.kernel else ""]
    about.append(holds_where(change.condition) if change.condition.text.strip() else "")
    remark = "" if change.matters else "; no life cycle uses these bytes"
    return flat(f"{said} ({', '.join(each for each in about if each)}){remark}")


def outcome(review: Review) -> str:
    """How the run came out, in a sentence: `2 findings and 1 hazard undecided to deal with; 1 waived`."""
    open_ = tally(alert.kind for alert in review.open)
    nothing = "nothing new" if review.base else "nothing"
    expected = sum(alert.expected for alert in review.open)
    parts = [f"{open_ or nothing} to deal with" + (f" ({expected:,} of them expected by a model)" if expected else "")]
    for number, word in (
        (len(review.waived), "waived"),
        (sum(alert.standing == "fixed" for alert in review.alerts), "fixed"),
        (sum(alert.standing == "unchanged" and not alert.waiver for alert in review.alerts), "as in the base"),
    ):
        parts += [f"{number:,} {word}"] if number else []
    parts += [f"{count(len(review.waiver_faults), 'faulty waiver')}"] if review.waiver_faults else []
    return "; ".join(parts)


def tally(kinds: Iterable[Kind]) -> str:
    """`2 findings and 1 error`; nothing for none."""
    names = {
        Kind.FINDING: ("finding", "findings"),
        Kind.VACUOUS: ("vacuous step", "vacuous steps"),
        Kind.DRIFT: ("difference to a kernel", "differences to a kernel"),
        Kind.UNKNOWN: ("open hazard", "open hazards"),
        Kind.BOUNDED: ("hazard open beyond a depth", "hazards open beyond a depth"),
        Kind.EXPECTATION: ("expectation not met", "expectations not met"),
        Kind.ERROR: ("error", "errors"),
    }
    found = Counter(kinds)
    return listing(count(found[kind], *words) for kind, words in names.items() if found[kind])


def in_order(alerts: Iterable[Alert]) -> list[Alert]:
    """What is to be dealt with first comes first; within that, the given order."""
    rank = {"error": 0, "warning": 1, "note": 2}
    return sorted(alerts, key=lambda alert: (not alert.is_open, rank[alert.severity]))


def by_row(review: Review) -> tuple[list[tuple[Row, list[Alert]]], list[Alert]]:
    """Every life cycle with what is to be said of it, and the alerts that are about none of them."""
    about: dict[str, list[Alert]] = {row.subject: [] for row in review.rows}
    others: list[Alert] = []
    for alert in review.alerts:
        about.get(alert.subject, others).append(alert)
    return [(row, about[row.subject]) for row in review.rows], others


def remarks(review: Review) -> Iterator[str]:
    """What there is to say beside alerts, a line each: changes of layout, functions to look at again, notes."""
    for change in review.layout_changes:
        yield f"layout: {layout_change(change)}"
    yield from map(look_again, review.to_reread)
    yield from (flat(note) for note in review.notes)


def look_again(function: Reread) -> str:
    """A sentence: `look again at mm/memory.c:free_pte_range: it was changed (cited by powerpc pte_fragment)`."""
    cited = f" (cited by {listing(function.cited_by)})" if function.cited_by else ""
    return flat(f"look again at {function.citation}: {function.why}{cited}")


def spot_of(alert: Alert, review: Review) -> str:
    """Where a service shows the alert beside what was judged: a place in a model, or in a kernel tree; or ""."""
    return alert.place if review.spots is None else alert.spot


def spot_of_function(citation: str, review: Review) -> str:
    """The same for a function of the kernel: only where a kernel tree was judged is it there to be shown."""
    return (review.spots or {}).get(citation, "")


def spot_of_fault(fault: WaiverFault, review: Review) -> str:
    """The same for a waiver at fault, which is in no kernel tree."""
    return fault.place if review.spots is None else ""


def left_out(number: int, of: str) -> str:
    """`12 findings are left out here`; nothing for none."""
    return f"{count(number, of)} {'is' if number == 1 else 'are'} left out here" if number else ""
