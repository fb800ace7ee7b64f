"""What a proof stands on, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelcheck.footing import Fact, Footing, Kind
from modelcheck.report.columns import fill
from modelcheck.report.page import Line, Piece, line
from modelcheck.report.wording import count, listing

_SAYS: Mapping[Kind, str] = {
    "effect": "what it does",
    "test": "that it waits",
    "guard": "its `when`",
    "context": "the context of what follows",
}


def footing_lines(footing: Footing, columns: int, *, places: bool = False) -> list[Line]:
    """The law, the facts that the proof uses, and those that it does not need; `places`: where they are in the model,
    too."""
    if footing.reason:
        return [line(text) for text in fill(f"What the proof stands on is not known: {footing.reason}.", columns)]
    lines = [line(Piece("The proof stands on", "strong"), " (this proof; there may be others)")]
    for law in footing.laws:
        lines += [line(text) for text in fill(law, columns, first="  law  ", rest=" " * 9)]
    lines += _facts(footing.used, columns, places)
    said = f"{len(footing.clauses)} of the {count(footing.of_clauses, 'clause')} of its invariant"
    lines += [line(text) for text in fill(said, columns, first="  ", rest="  ")]
    if footing.unused:
        lines.append(())
        lines.append(
            line(Piece("It does not need", "strong"), " (all of it may go at once, and the same proof stands)")
        )
        lines += _facts(footing.unused, columns, places)
    answered = f"asked once more without that: {count(footing.queries, 'query', 'queries')}, {footing.checked_by}"
    return [*lines, *(line(Piece(text, "dim")) for text in fill(answered, columns))]


def _facts(facts: Sequence[Fact], columns: int, places: bool) -> Iterator[Line]:
    path = citation = None
    for (here, text, cited, place), found in _statements(facts).items():
        if found[0].kind in ("apart", "require"):
            continue
        if here != path:
            path, citation = here, None
            if here:
                yield line(Piece(f"  in {here}", "accent"))
        remark = _remark(found)
        yield from (line(each) for each in fill(text + remark, columns, first="    ", rest=" " * 8))
        if cited and cited != citation:
            citation = cited
            yield line(Piece(f"        {cited}", "dim"))
        if places and place:
            yield line(Piece(f"        {place}", "place"))
    required = [fact for fact in facts if fact.kind == "require"]
    if required:
        yield line(Piece("  required of the configuration (without it, some would not be covered)", "accent"))
    for fact in required:
        yield from (line(each) for each in fill(fact.text, columns, first="    ", rest=" " * 8))
        if fact.citation:
            yield line(Piece(f"        {fact.citation}", "dim"))
    pairs = [" and ".join(fact.fields) for fact in facts if fact.kind == "apart"]
    if pairs:
        yield line(Piece("  no byte is shared by", "accent"))
    for pair in pairs:
        yield from (line(each) for each in fill(pair, columns, first="    ", rest=" " * 8))


def _statements(facts: Sequence[Fact]) -> Mapping[tuple[str, str, str, str], list[Fact]]:
    """The facts of each statement together."""
    found: dict[tuple[str, str, str, str], list[Fact]] = {}
    for fact in facts:
        found.setdefault((fact.path, fact.text, fact.citation, fact.place), []).append(fact)
    return found


def _remark(facts: Sequence[Fact]) -> str:
    """What of a statement is meant; nothing where it is all that there is to most statements."""
    kinds = {fact.kind for fact in facts}
    text = facts[0].text
    if kinds <= {"effect", "left", "atomic"} and not text.startswith(("if (", "lock", "unlock", "wait")):
        return ""
    readers = [name for fact in facts if fact.kind == "waits" for name in fact.detail.split(", ")]
    words = [
        _WHICH_WAY if kind == "test" and text.startswith("if (") else _SAYS[kind] for kind in _SAYS if kind in kinds
    ]
    words += [f"that it waits for {listing(readers)}"] if readers else []
    return f": {listing(words)}" if words else ""


_WHICH_WAY = "which way it goes"


def footing_object(footing: Footing, *, scripts: bool = True) -> dict[str, Any]:
    """The same for a program; without `scripts` it comes without its SMT-LIB."""
    found = {
        "laws": list(footing.laws),
        "clauses": list(footing.clauses),
        "of_clauses": footing.of_clauses,
        "stands_on": [_fact(fact) for fact in footing.used],
        "does_not_need": [_fact(fact) for fact in footing.unused],
        "checked_by": footing.checked_by,
        "queries": footing.queries,
        "reason": footing.reason,
    }
    return found | ({"smtlib": footing.script} if scripts else {})


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "kind": fact.kind,
        "path": fact.path,
        "text": fact.text,
        "detail": fact.detail,
        "source": fact.citation,
        "place": fact.place,
        "fields": list(fact.fields),
    }
