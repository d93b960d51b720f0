"""Take the pictures of the site from the emulator's calls, with Chromium. `make docs-images` runs it."""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.text import Text

from polyai_data import AsyncPolyAI
from polyai_data.emulator import Emulator
from polyai_data.review import Review

HERE = Path(__file__).parent
CALL = "CAabcd1234567abcdef1250065d4fc7389"
COMMANDS = (
    "polyai-data conversations list --since 2026-05-02 --limit 8",
    "polyai-data conversations search --words charged --since 2026-05-01 --context 1 --limit 1",
)
COLUMNS = 104


def printed(command: str) -> str:
    """What a command prints at a terminal."""
    outer, inner = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "TZ": "UTC"}
    arguments = [sys.executable, "-m", "polyai_data", *shlex.split(command)[1:]]
    with subprocess.Popen(arguments, stdin=inner, stdout=inner, stderr=subprocess.DEVNULL, env=environment):  # noqa: S603
        os.close(inner)
        output = bytearray()
        with suppress(OSError):  # the end of a terminal
            while piece := os.read(outer, 65536):
                output += piece
    os.close(outer)
    return output.decode().replace("\r\n", "\n")


def terminal(browser: Browser) -> None:
    """Commands and what they print, as rich draws a terminal."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for command in COMMANDS:
        console.print(Text.assemble(("$ ", "green"), (command, "bold")))
        console.print(Text.from_ansi(printed(command)), end="\n\n", soft_wrap=True)
    # The drawing's own fonts would come from another host.
    drawing = re.sub(r"@font-face\s*{.*?}", "", console.export_svg(title="polyai-data"), flags=re.DOTALL)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_content(f"<body style='margin:0; background:none; width:1200px'>{drawing}")
    page.locator("svg").screenshot(path=HERE / "terminal.png", omit_background=True)


def review(browser: Browser) -> None:
    """A call in the review, light and dark."""
    with tempfile.TemporaryDirectory() as folder, Review(AsyncPolyAI(), folder=folder) as running:
        for name, scheme in (("review", "light"), ("review-dark", "dark")):
            page = browser.new_page(viewport={"width": 1280, "height": 760}, color_scheme=scheme)
            page.goto(running.address())
            page.goto(f"{running.url}/call/{CALL}", wait_until="networkidle")
            page.screenshot(path=HERE / f"{name}.png")


def main() -> None:
    """Take all pictures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium has none for root
    with Emulator() as emulator, sync_playwright() as playwright:
        os.environ.update(emulator.env())
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        terminal(browser)
        review(browser)
        browser.close()


if __name__ == "__main__":
    main()
