"""A page in HTML as tests look at it."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

_VOID = {"meta", "input", "wbr"}


class Reader(HTMLParser):
    """Elements with their attributes and text; fails where what is open is not what is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def of_class(self, name: str) -> list[dict[str, str]]:
        return [each for _, each in self.elements if name in each.get("class", "").split()]

    def text(self) -> str:
        """What a person reads."""
        shown = (data for tag, data in self.texts if tag not in ("style", "script"))
        return " ".join(" ".join(shown).split())

    def inside(self, tag: str) -> list[str]:
        """The texts of elements that hold nothing but text."""
        return [data for name, data in self.texts if name == tag]

    def hash_of(self, tag: str) -> str:
        """The hash of the last such element's text, as a policy names it."""
        digest = hashlib.sha256(self.inside(tag)[-1].encode("utf-8")).digest()
        return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy_of(page: Reader) -> dict[str, list[str]]:
    """The page's Content-Security-Policy, by directive."""
    (policy,) = [each["content"] for each in page.all("meta") if "http-equiv" in each]
    return {name: values for name, *values in (directive.split() for directive in policy.split(";"))}
