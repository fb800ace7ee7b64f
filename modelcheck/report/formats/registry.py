"""The formats that a review can be written in, by name. Whoever adds one adds a line here; the command line, its help
and the tests follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelcheck.review.review import Review


@dataclass(frozen=True)
class Beside:
    """What a format also adds to the file that an environment variable names, where there is one: by `function`."""

    variable: str
    module: str
    function: str

    def render(self, review: Review) -> str:
        """The text to add."""
        return _made(self.module, self.function, review)


@dataclass(frozen=True)
class Format:
    """A format: its name, for whom it is, in a few words, and the module whose `render` makes a text of a review.

    The module is loaded when it is needed, which for most formats is never.
    """

    name: str
    does: str
    module: str
    beside: Beside | None = None

    def render(self, review: Review) -> str:
        """The review in this format."""
        return _made(self.module, "render", review)


def _made(module: str, function: str, review: Review) -> str:
    text: str = getattr(import_module(f"modelcheck.report.formats.{module}"), function)(review)
    return text


FORMATS = (
    Format("text", "for a terminal", "text"),
    Format("terse", "one line for each finding, for editors", "terse"),
    Format("json", "everything, by a schema", "json_review"),
    Format("sarif", "SARIF 2.1.0, for code scanning", "sarif"),
    Format("junit", "JUnit XML, for any CI", "junit"),
    Format("github", "annotations and summary of GitHub Actions", "github",
           Beside("GITHUB_STEP_SUMMARY", "github", "summary")),
    Format("gitlab", "GitLab's code quality", "gitlab"),
    Format("ktap", "the kernel's test protocol", "ktap"),
    Format("markdown", "for a merge request", "markdown"),
    Format("mail", "for a mailing list", "mail"),
)  # fmt: skip

NAMES = tuple(each.name for each in FORMATS)


def format_of(name: str) -> Format:
    """The format of that name; KeyError if there is none."""
    return {each.name: each for each in FORMATS}[name]
