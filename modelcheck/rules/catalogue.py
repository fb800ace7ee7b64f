"""The catalogue of rules, read from the files beside this module.

A rule file has one heading `# OVnnn title` and the five sections of `SECTIONS`, in this order. The example is the one
fenced block of its section: a complete litmus case, or plain text where the rule is not about a life cycle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from modelcheck.diagnostics import Diagnostic, InputError, did_you_mean

SECTIONS = ("What it means", "Why it is bad", "Example", "How it is avoided", "In the kernel's history")

_TITLE = re.compile(r"# (OV\d{3}) (\S.*)")
_EXAMPLE = re.compile(r"```(\w+)\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """One rule. All texts are Markdown without headings; `title` is a clause without a full stop.

    `example` is the text inside the fence; it is a litmus case where `example_is_litmus`.
    `history` is a list of kernel commits and mails, each with what happened.
    """

    id: str
    title: str
    meaning: str
    why: str
    example: str
    avoided: str
    history: str
    example_is_litmus: bool


def read_rule(text: str) -> Rule:
    """The rule in the text of a rule file; ValueError names what is missing."""
    title, *sections = re.split(r"^(?=##? )", text, flags=re.MULTILINE)[1:]
    found = _TITLE.fullmatch(title.strip())
    if not found:
        raise ValueError("a rule file begins with `# OVnnn title`")
    bodies = dict(section.removeprefix("## ").split("\n", 1) for section in sections)
    if tuple(bodies) != SECTIONS:
        raise ValueError(f"{found[1]}: the sections are {', '.join(SECTIONS)}; found {', '.join(bodies)}")
    meaning, why, example, avoided, history = (body.strip() for body in bodies.values())
    block = _EXAMPLE.fullmatch(example)
    if not block:
        raise ValueError(f"{found[1]}: the example is one fenced block")
    return Rule(found[1], found[2], meaning, why, block[2], avoided, history, block[1] == "litmus")


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id."""
    files = (f for f in resources.files(__package__).iterdir() if f.name.endswith(".md"))
    return tuple(read_rule(f.read_text(encoding="utf-8")) for f in sorted(files, key=lambda f: f.name))


def rule(id: str) -> Rule:
    """The rule of that id, in any case of letters; InputError (CA901) with a suggestion where there is none."""
    by_id = {r.id: r for r in all_rules()}
    if id.upper() not in by_id:
        raise InputError([Diagnostic("CA901", f"there is no rule `{id}`", help=did_you_mean(id.upper(), by_id))])
    return by_id[id.upper()]
