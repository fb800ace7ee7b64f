"""A headless Chromium, for what only a browser can say about a page."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


class Seen:
    """The document after its scripts have run, and what the console said."""

    def __init__(self, document: str, console: list[str]) -> None:
        self.document = document
        self.console = console

    @property
    def title(self) -> str:
        (found,) = re.findall(r"<title>(.*?)</title>", self.document[: self.document.index("</head>")], re.DOTALL)
        return unescape(found)


def visit(file: Path, fragment: str = "", *, width: int = 1280) -> Seen:
    """Load a page, run it for two seconds of its own time, and read it."""
    assert BROWSER is not None
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={file.parent / 'profile'}",
        f"--window-size={width},900",
        "--virtual-time-budget=2000",
        "--dump-dom",
        f"{file.as_uri()}{fragment}",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return Seen(ran.stdout, re.findall(r"CONSOLE:\d+\] (.*)", ran.stderr))


def driven(file: Path, script: str) -> Seen:
    """Load a copy of a page with one more script at its end; the policy, which would not allow it, is left out."""
    text = file.read_text(encoding="utf-8")
    text, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    assert count == 1
    copy = file.with_name("driven.html")
    copy.write_text(text.replace("</body>", f"<script>{script}</script>\n</body>"), encoding="utf-8")
    return visit(copy)
