"""The formats that a review can be written in, by name. Whoever adds one adds a line here; the command line, its help
and the tests follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modelcheck.report.formats import github, gitlab, json_review, junit, ktap, mail, markdown, sarif, terse, text
from modelcheck.review.review import Review

Render = Callable[[Review], str]


@dataclass(frozen=True)
class Beside:
    """What a format also adds to the file that an environment variable names, where there is one."""

    variable: str
    render: Render


@dataclass(frozen=True)
class Format:
    """A format: its name, for whom it is, in a few words, and how a review becomes a text."""

    name: str
    does: str
    render: Render
    beside: Beside | None = None


FORMATS = (
    Format("text", "for a terminal", text.render),
    Format("terse", "one line for each finding, for editors", terse.render),
    Format("json", "everything, by a schema", json_review.render),
    Format("sarif", "SARIF 2.1.0, for code scanning", sarif.render),
    Format("junit", "JUnit XML, for any CI", junit.render),
    Format("github", "annotations and summary of GitHub Actions", github.render,
           Beside(github.SUMMARY_FILE, github.summary)),
    Format("gitlab", "GitLab's code quality", gitlab.render),
    Format("ktap", "the kernel's test protocol", ktap.render),
    Format("markdown", "for a merge request", markdown.render),
    Format("mail", "for a mailing list", mail.render),
)  # fmt: skip

NAMES = tuple(each.name for each in FORMATS)


def format_of(name: str) -> Format:
    """The format of that name; KeyError if there is none."""
    return {each.name: each for each in FORMATS}[name]
