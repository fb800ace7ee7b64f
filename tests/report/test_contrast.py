"""The colours of the pages, light and dark, by the formula of WCAG 2: text 4.5 to 1, lines with a meaning 3 to 1."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

STYLES = "".join(
    files("modelcheck.report").joinpath("html", name).read_text(encoding="utf-8")
    for name in ("base.css", "matrix.css", "counterexamples.css")
)
TONES = range(1, 9)
TEXT = [
    *[(text, ground) for text in ("text", "faint", "link") for ground in ("page", "head", "sheet", "link-bg")],
    *[(kind, f"{kind}-bg") for kind in ("safe", "unsafe", "doubt", "none")],
    *[("text", f"{part}-{tone}") for tone in TONES for part in ("bg", "ink")],
    ("text", "unsafe-bg"),
    ("faint", "unsafe-bg"),
    ("link", "unsafe-bg"),
    ("unsafe", "page"),
]
# The frames of bytes and fields, of what is at stake, and of controls.
LINES = [
    *[(line, "page") for line in ("edge", "unsafe", "text", "link")],
    *[("unsafe", f"{part}-{tone}") for tone in TONES for part in ("bg", "ink")],
]


def palette(dark: bool) -> dict[str, str]:
    """The custom properties, the dark ones over the light ones."""
    blocks = re.findall(r"(@media \(prefers-color-scheme: dark\) \{\s*)?:root \{(.*?)\}", STYLES, re.DOTALL)
    chosen = [body for media, body in blocks if dark or not media]
    assert len(chosen) == (4 if dark else 2)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", "".join(chosen)))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(dark: bool) -> None:
    colours = palette(dark)
    found = {(a, b): round(contrast(colours[a], colours[b]), 2) for a, b in TEXT}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("dark", [False, True])
def test_lines_that_mean_something_can_be_seen(dark: bool) -> None:
    colours = palette(dark)
    found = {(a, b): round(contrast(colours[a], colours[b]), 2) for a, b in LINES}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 3} == {}


@pytest.mark.parametrize("dark", [False, True])
def test_no_two_owners_look_alike(dark: bool) -> None:
    colours = palette(dark)
    looks = [(colours[f"bg-{tone}"], colours[f"ink-{tone}"]) for tone in TONES]
    assert len(set(looks)) == len(TONES)
    for ground, figure in looks:
        assert ground != figure


def test_every_colour_that_is_used_is_there() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLES)) - {"number", "lane", "lanes"}
    assert used <= set(palette(False))
    assert set(palette(True)) == set(palette(False))
