"""Annotations stay within what GitHub takes, and no text becomes a command."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings

from modelcheck.report.formats.github import render, summary
from modelcheck.review.review import Review
from tests.report.formats.samples import CHECK, EMPTY
from tests.report.formats.test_every_format import alert
from tests.strategies.reviews import reviews

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of every command, as the runner takes a line apart."""
    *lines, last = text.split("\n")[:-1]
    assert not last.startswith("::")
    found = []
    for line in lines:
        command = COMMAND.fullmatch(line)
        assert command, line
        properties = dict(each.split("=", 1) for each in command[2].split(","))
        assert set(properties) <= {"file", "line", "col", "title"}
        found.append((command[1], {k: unescaped(v) for k, v in properties.items()}, unescaped(command[3])))
    return found


def unescaped(text: str) -> str:
    for code, character in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


@given(reviews(most=8))
@settings(max_examples=60, deadline=None)
def test_every_line_but_the_last_is_a_command(review: Review) -> None:
    text = render(review)
    found = commands(text)
    assert max(Counter(level for level, _, _ in found).values(), default=0) <= 10
    assert "##[" not in text.splitlines()[-1]
    assert len(text.splitlines()) == len(text.split("\n")) - 1


def test_ten_of_each_level() -> None:
    text = render(replace(EMPTY, alerts=tuple(map(alert, range(25))), notes=tuple("x" * n for n in range(1, 15))))
    levels = Counter(level for level, _, _ in commands(text))
    assert levels == {"error": 10, "notice": 10}
    assert "19 annotations are left out here" in text.splitlines()[-1]


def test_what_a_command_says() -> None:
    odd = replace(CHECK.alerts[0], message="100% of\r\na: b, c", place="a,b:c.arch:3:4")
    ((level, properties, message),) = commands(render(replace(EMPTY, alerts=(odd,))))
    assert level == "error"
    assert properties == {"file": "a,b:c.arch", "line": "3", "col": "4", "title": "OV103: a link is put in use twice"}
    assert message.startswith("100% of\na: b, c\n")


def test_what_is_waived_is_a_notice() -> None:
    levels = {message.splitlines()[-1]: level for level, _, message in commands(render(CHECK))}
    waived = next(each for each in CHECK.alerts if each.waiver)
    assert levels[f"fingerprint {waived.fingerprint}"] == "notice"


def test_long_texts_are_cut() -> None:
    long = replace(CHECK.alerts[0], message="x" * 100_000, rule="y" * 1_000)
    ((_, properties, message),) = commands(render(replace(EMPTY, alerts=(long,))))
    assert len(properties["title"]) == 255
    assert len(message) < 5_000
    assert long.fingerprint in message


def test_the_summary_is_a_page_of_at_most_a_mebibyte() -> None:
    review = replace(EMPTY, alerts=tuple(replace(alert(number), message="\u20ac" * 300) for number in range(5_000)))
    text = summary(review)
    assert len(text.encode()) <= 1024 * 1024
    assert "left out here" in text
    assert summary(CHECK).startswith("## check-arch: powerpc, Linux 6.12\n")
