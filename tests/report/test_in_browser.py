"""The page of counterexamples in a browser: it runs, it can be walked through, and it works without its script."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

import pytest

from tests.report.browser import driven, needs_browser, visit
from tests.report.html_reader import Reader
from tests.report.pages import made

pytestmark = needs_browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    made(folder)
    return folder / "page.html"


def current(document: str) -> list[str]:
    """The steps that are marked as the present ones."""
    steps = [each for each in Reader(document).all("li") if each.get("aria-current") == "step"]
    return [each["id"] for each in steps]


def classes_of_bytes(document: str) -> list[str]:
    return [each["class"] for each in Reader(document).of_class("byte")]


def test_it_loads_in_silence_and_draws_what_was_drawn(file: Path) -> None:
    seen = visit(file)
    assert seen.console == []
    assert classes_of_bytes(seen.document) == classes_of_bytes(file.read_text(encoding="utf-8"))
    assert [step.partition("-step-")[0] for step in current(seen.document)] == ["finding-1", "finding-2", "finding-3"]
    assert 'class="controls" hidden' not in seen.document


def test_an_address_names_a_step(file: Path) -> None:
    seen = visit(file, "#finding-2-step-3")
    assert seen.console == []
    assert "finding-2-step-3" in current(seen.document)
    drawn = Reader(seen.document).of_class("byte")
    assert len([each for each in drawn if "w" in each["class"].split()]) >= 8
    assert re.search(r"<b>Step 3</b> CPU 0, in \w+: write mapping", seen.document)


WALK = """
const out = [];
const run = document.getElementById("finding-2-run");
const at = () => run.querySelector("[aria-current]").id + " " + run.querySelector(".count").textContent;
const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const target = run.querySelector(".next");
out.push(at());
run.querySelector(".previous").click(); out.push(at());
run.querySelector(".next").click(); out.push(at());
run.querySelector(".next").click(); out.push(at());
run.querySelector(".previous").focus();
const arrow = (key) => run.querySelector(".previous").dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
arrow("ArrowLeft"); arrow("ArrowLeft"); arrow("ArrowRight"); out.push(at());
const slider = run.querySelector("input");
slider.value = "1"; slider.dispatchEvent(new Event("input")); out.push(at());
arrow("ArrowLeft"); out.push(at());
out.push(location.hash);
out.push(run.querySelector(".previous").getAttribute("aria-disabled"));
out.push(document.getElementById("finding-1-run").querySelector("[aria-current]").id);
dispatchEvent(new Event("beforeprint")); out.push(at());
out.push(String(document.querySelectorAll("details:not([open])").length));
dispatchEvent(new Event("afterprint")); out.push(at());
document.title = JSON.stringify(out);
"""


def test_buttons_arrows_and_slider_walk_through_the_run(file: Path) -> None:
    seen = driven(file, WALK)
    out = json.loads(seen.title)
    last = int(out[0].rpartition(" ")[2])

    def step(number: int) -> str:
        return f"finding-2-step-{number} {number} / {last}"

    assert out[:6] == [step(last), step(last - 1), step(last), step(last), step(last - 1), step(1)]
    assert out[6:9] == [step(1), "#finding-2-step-1", "true"]
    assert out[9].startswith("finding-1-step-")
    assert out[10:] == [step(last), "0", step(1)]
    assert seen.console == []


WITHOUT_SCRIPT = """<!DOCTYPE html><html><head><title>-</title></head><body>
<iframe sandbox="allow-same-origin" srcdoc="{page}" style="width:1200px;height:800px"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {{
  const inside = frame.contentDocument;
  const height = (selector) =>
    [...inside.querySelectorAll(selector)].map((each) => each.getBoundingClientRect().height);
  document.title = JSON.stringify({{
    scripted: inside.documentElement.classList.contains("scripted"),
    controls: height(".controls"),
    drawings: height(".stage .struct"),
    steps: height(".steps > li"),
    crossed: inside.querySelectorAll(".byte.x").length,
    painted: getComputedStyle(inside.querySelector(".byte.x rect")).fill,
  }});
}});
</script></body></html>"""


def test_without_its_script_everything_is_there(file: Path) -> None:
    frame = file.with_name("without.html")
    page = file.read_text(encoding="utf-8")
    frame.write_text(WITHOUT_SCRIPT.format(page=escape(page)), encoding="utf-8")
    found = json.loads(visit(frame).title)
    assert found["scripted"] is False
    assert found["controls"] == [0, 0, 0]
    assert len(found["drawings"]) == 3
    assert min(found["drawings"]) > 100
    assert len(found["steps"]) == len(re.findall(r'id="finding-\d+-step-', page))
    assert min(found["steps"]) > 10
    assert found["crossed"] == page.count('class="cross"')
    assert "#pattern-" in found["painted"]


FRAME = """<!DOCTYPE html><html><head><title>-</title></head><body>
<iframe src="driven.html" style="width:{width}px;height:800px;border:0"></iframe>
<script>addEventListener("message", (event) => {{ document.title = JSON.stringify(event.data); }});</script>
</body></html>"""

MEASURE = """
const {scrollWidth, clientWidth} = document.documentElement;
const wide = [...document.querySelectorAll("body *")].filter((each) => !each.closest("svg, pre, .skip, .patterns"))
  .filter((each) => each.getBoundingClientRect().right > clientWidth + 0.5).map((each) => each.outerHTML.slice(0, 80));
parent.postMessage([innerWidth, scrollWidth <= clientWidth, wide], "*");
"""


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_it_is_never_wider_than_the_window(file: Path, width: int) -> None:
    driven(file, MEASURE)
    frame = file.with_name("frame.html")
    frame.write_text(FRAME.format(width=width), encoding="utf-8")
    assert json.loads(visit(frame, width=1500).title) == [width, True, []]


def test_what_a_model_says_does_not_run(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    copy = file.with_name("injected.html")
    copy.write_text(text.replace("</body>", '<script>document.title = "run";</script></body>'), encoding="utf-8")
    seen = visit(copy)
    assert seen.title != "run"
    assert "Content Security Policy" in seen.console[0]
