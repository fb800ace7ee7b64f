"""What the pages in HTML share: the templates' environment, the frame around a page, and who may run in it.

Jinja2 writes the pages, so that the markup stands in readable templates and everything put into it is escaped. A page
needs no network and no other file. Its policy names its own style sheet and script by their hashes, so that nothing
else runs in it, whatever a model says.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from modelcheck import __version__
from modelcheck.report.wording import capital, holds_where
from modelcheck.verdict import Verdict

KINDS = {
    Verdict.SAFE: "safe",
    Verdict.UNSAFE: "unsafe",
    Verdict.UNKNOWN: "doubt",
    Verdict.BOUNDED: "doubt",
    Verdict.VACUOUS: "doubt",
    Verdict.NOT_APPLICABLE: "none",
}
"""The class that the style sheet has for a verdict."""


def render(template: str, styles: Sequence[str], script: str = "", **values: object) -> str:
    """A page from a template that extends `frame.html`; `styles` and `script` are names of files in `html/`."""
    environment = Environment(
        loader=PackageLoader("modelcheck.report", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["marked"] = marked
    environment.filters["prose"] = prose
    environment.filters["breakable"] = breakable
    environment.filters["leaf"] = leaf
    environment.filters["where"] = holds_where
    environment.filters["capital"] = capital
    style = "\n" + "\n".join(_text(name) for name in styles)
    code = f"\n{_text(script)}" if script else ""
    return environment.get_template(template).render(
        version=__version__, style=Markup(style), script=Markup(code), policy=_policy(style, code), **values
    )


def marked(text: str) -> Markup:
    """A message with what stands between backquotes as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return Markup.escape(text)
    return Markup().join(Markup("<code>{}</code>").format(p) if odd % 2 else p for odd, p in enumerate(parts))


def breakable(text: str) -> Markup:
    """A statement or the name of a file, which may go on in the next line behind a parenthesis or a folder."""
    return Markup("<wbr>").join(re.split(r"(?<=[(/])(?=\w)", text))


def leaf(place: str) -> str:
    """A place without its folders: `powerpc.arch:87`."""
    return place.rpartition("/")[2]


def prose(text: str) -> Markup:
    """Paragraphs and lists, as rule files have them."""
    return Markup("\n").join(_blocks(text))


def _blocks(text: str) -> Iterator[Markup]:
    for block in re.split(r"\n\s*\n", text.strip()):
        items = re.split(r"(?:^|\n)[*-] ", block)
        if len(items) > 1 and not items[0]:
            listed = Markup().join(Markup("<li>{}</li>").format(marked(" ".join(i.split()))) for i in items[1:])
            yield Markup("<ul>{}</ul>").format(listed)
        else:
            yield Markup("<p>{}</p>").format(marked(" ".join(block.split())))


def _policy(style: str, code: str) -> str:
    allowed = ["default-src 'none'", f"style-src {_hash(style)}"]
    if code:
        allowed.append(f"script-src {_hash(code)}")
    return "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _text(name: str) -> str:
    return files("modelcheck.report").joinpath("html", name).read_text(encoding="utf-8")
